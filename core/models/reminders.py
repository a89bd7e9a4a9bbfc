"""Reminders of a deadline: one row for each day on which somebody was told."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scopes import Scope, ScopedQuerySet


class Reminder(models.Model):
    """What was told of one deadline on one planned day; names its case by label and id."""

    class Problem(models.TextChoices):
        NO_MAILBOX = "no_mailbox", _("no mailbox")
        UNDELIVERED = "undelivered", _("not delivered")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    case_label = models.CharField(_("record type"), max_length=100)
    case_id = models.BigIntegerField(_("record"))
    kind = models.CharField(_("kind of deadline"), max_length=40)
    due = models.DateField(_("due"))
    offset = models.SmallIntegerField(_("days after the deadline (before: negative)"))
    label = models.CharField(_("what is due"), max_length=100)
    number = models.CharField(_("number"), max_length=40, blank=True)
    body = models.CharField(_("body"), max_length=200, blank=True)
    section = models.CharField(_("section in charge"), max_length=100, blank=True)
    url = models.CharField(_("address for staff"), max_length=300, blank=True)
    is_escalated = models.BooleanField(_("manager told"), default=False)
    sent_at = models.DateTimeField(_("told at"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=16, choices=Problem, blank=True)
    handled_at = models.DateTimeField(_("taken care of at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        default_permissions = ("view",)
        permissions = [("handle_reminder", _("take care of a mailbox that fails"))]
        indexes = [
            models.Index(
                fields=["id"],
                condition=~models.Q(problem="") & models.Q(handled_at=None),
                name="core_reminder_problem",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case_label", "case_id", "kind", "due", "offset"], name="core_reminder_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.body}".strip()
