"""Notices written in the transaction of their cause; a task sends them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.retention import Retention


class OutboxMessage(models.Model):
    """One mail to one recipient, with the Message-ID it keeps through every attempt."""

    template = models.CharField(_("template"), max_length=200)
    case_label = models.CharField(_("record type"), max_length=100, blank=True)
    case_id = models.BigIntegerField(_("record"), null=True, blank=True)
    recipient = models.EmailField(_("recipient"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(pgettext_lazy("mail", "body"))
    message_id = models.CharField(_("Message-ID"), max_length=200, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    not_before = models.DateTimeField(_("not before"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    batch = models.UUIDField(_("announced together"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    cancel_reason = models.CharField(_("reason of stopping"), max_length=300, blank=True)

    retention = Retention(
        _("sent, given up or stopped"),
        _("our own; no source states it"),
        days=400,
        due=lambda before: (
            models.Q(sent_at__lt=before)
            | models.Q(failed_at__lt=before)
            | models.Q(cancelled_at__lt=before)
        ),
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                condition=models.Q(sent_at=None, failed_at=None),
                name="core_outboxmessage_waiting",
            ),
            models.Index(fields=["case_label", "case_id"], name="core_outboxmessage_case"),
            models.Index(
                fields=["batch"],
                condition=models.Q(batch__isnull=False),
                name="core_outboxmessage_batch",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_at=None) | models.Q(failed_at=None),
                name="core_outboxmessage_sent_or_failed",
            ),
            models.CheckConstraint(
                condition=models.Q(cancelled_at=None) | models.Q(sent_at=None),
                name="core_outboxmessage_sent_or_stopped",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def state(self) -> str:
        """Return where the notice stands: sent, failed, cancelled or waiting."""
        told = {"sent": self.sent_at, "failed": self.failed_at, "cancelled": self.cancelled_at}
        return next((name for name, at in told.items() if at), "waiting")
