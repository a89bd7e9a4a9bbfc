"""Keys by which partner systems act for a user over the API."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.scopes import StaffRole
from core.scopes import Person, Scope, ScopedQuerySet


class KeyScope(models.TextChoices):
    """What a key opens: reading alone, or acting too."""

    READ = "read", _("read")
    WRITE = "write", _("write")


def read_only() -> list[str]:
    """Return what a key may do unless more is asked."""
    return [KeyScope.READ.value]


class ApiKey(models.Model):
    """A key of one user; the secret is shown once and kept only as SHA-256."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="api_keys",
        verbose_name=_("person"),
    )
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("beginning"), max_length=12, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True, editable=False)
    key_scopes = models.JSONField(_("may do"), default=read_only)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Person("user"), StaffRole("administrator", "auditor"))
    personal_data = True
    audit_mask = frozenset({"sha256"})

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="accounts_apikey_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, now: datetime) -> bool:
        """Tell whether the key opens anything at the given moment."""
        return self.revoked_at is None and now < self.expires_at and self.user.is_active
