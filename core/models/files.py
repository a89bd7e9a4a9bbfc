"""Stored files and the abstract link by which a case holds one."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.retention import Retention
from core.scopes import Person, Scope, ScopedQuerySet


def _storage_path(stored: "StoredFile", filename: str) -> str:
    """Name the file on disk by its id alone: nothing typed reaches the file system."""
    return f"{stored.public_id.hex[:2]}/{stored.public_id.hex}"


class StoredFile(models.Model):
    """An uploaded or generated file; its SHA-256 is read back from storage, not from the upload."""

    class ScanState(models.TextChoices):
        PENDING = "pending", _("scan pending")
        NOT_CONFIGURED = "not_configured", _("no scanner configured")
        CLEAN = "clean", _("no virus found")
        INFECTED = "infected", _("virus found")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    content = models.FileField(_("content"), upload_to=_storage_path, max_length=200)
    name = models.CharField(_("name"), max_length=255)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    content_type = models.CharField(_("type"), max_length=100)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    scan_state = models.CharField(
        _("scan"), max_length=16, choices=ScanState, default=ScanState.PENDING
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("uploader"),
    )
    is_linked = models.BooleanField(_("belongs to a record"), default=False, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Person("uploaded_by", role="uploader"),)
    personal_data = True
    retention = Retention(
        _("goes with its record; what no record took goes after 7 days by the nightly task"),
        _("our own; no source states it"),
    )

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        default_permissions = ("view", "add")
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(is_linked=False),
                name="core_storedfile_unlinked",
            )
        ]

    def __str__(self) -> str:
        return self.name


class FileLink(models.Model):
    """A file's place in a record; a download is allowed where a link is visible."""

    class Sensitivity(models.TextChoices):
        NORMAL = "normal", _("normal")
        INTERNAL = "internal", _("headquarters only")

    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    sensitivity = models.CharField(
        _("sensitivity"), max_length=16, choices=Sensitivity, default=Sensitivity.NORMAL
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        abstract = True
        default_permissions = ()

    def in_charge(self) -> list[Any]:
        """Return the mailboxes (outbox.Recipient) that must know of a virus in the file."""
        return []

    def notice_context(self) -> dict[str, Any]:
        """Return what their mail says: the record, one link, whom to ask."""
        return {}
