"""Receipts: proof of what arrived, when, and of each file as it lies in storage."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.retention import Retention
from core.scopes import OfCase, Scope, ScopedQuerySet


class Receipt(models.Model):
    """One submission's proof; never changed (domain.md 1.4: e-filing arrives when recorded)."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("receipt number"), max_length=24)
    round = models.PositiveSmallIntegerField(_("submission"))
    case_label = models.CharField(_("record type"), max_length=100)
    case_id = models.BigIntegerField(_("record"))
    arrived_at = models.DateTimeField(_("arrived at"))
    submitted_by = models.CharField(_("submitted by"), max_length=200)
    on_behalf_of = models.CharField(_("on behalf of"), max_length=200, blank=True)
    behalf_reason = models.CharField(_("reason for filing on behalf"), max_length=500, blank=True)
    paper_arrived_on = models.DateField(_("arrival of the paper"), null=True, blank=True)
    files = models.JSONField(_("files"), default=list)
    content_sha256 = models.CharField(_("digest of the content"), max_length=64)
    snapshot = models.JSONField(_("content as submitted"), default=dict)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (OfCase(),)

    retention = Retention(
        _("kept: proof of what arrived and when; append-only, so nothing in it is taken out"),
        _("none found: how long CLAIR keeps documents is not published"),
    )

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        default_permissions = ("view",)
        permissions = [("file_for_body", _("may file a body's paper for it"))]
        constraints = [
            models.UniqueConstraint(fields=["number", "round"], name="core_receipt_number_once"),
            models.UniqueConstraint(
                fields=["case_label", "case_id", "round"], name="core_receipt_once_a_round"
            ),
        ]

    def __str__(self) -> str:
        return self.number
