"""The audit: what was done, by whom; insert-only for the web role (migration 0002)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.retention import Retention


class AuditEvent(models.Model):
    """One act by one actor. Holds no foreign key, so it outlives all that it names."""

    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("actor"), null=True)
    actor_label = models.CharField(_("post"), max_length=200)
    on_behalf_of = models.CharField(_("on behalf of"), max_length=200, blank=True)
    action = models.CharField(_("action"), max_length=100)
    target_label = models.CharField(_("record type"), max_length=100)
    target_id = models.CharField(_("record"), max_length=64)
    target_ids = models.JSONField(_("records"), default=list, blank=True)
    changes = models.JSONField(_("changes"), default=dict, blank=True)
    note = models.TextField(_("note"), blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    retention = Retention(
        _("kept: the chain breaks where a link is taken out; it holds ids and posts, no names"),
        _("our own; no source states it"),
    )

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["target_label", "target_id", "-id"], name="core_auditevent_target"
            ),
            models.Index(fields=["-at"], name="core_auditevent_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_label} {self.target_id}"


class AuditSeal(models.Model):
    """One link of the chain over committed events, appended by the sealer alone."""

    position = models.BigIntegerField(_("position"), primary_key=True)
    event_id = models.BigIntegerField(_("event"), unique=True)
    previous = models.CharField(_("previous hash"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.position}"
