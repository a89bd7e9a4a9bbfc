"""Lists of personal data whose time is over: proposed by the portal, decided by a person."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scopes import Scope, ScopedQuerySet


class PurgeList(models.Model):
    """What shall be let go, by model and id; nothing is deleted that no decided list names."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("purge", "to be decided")
        DECIDED = "decided", pgettext_lazy("purge", "decided")
        DONE = "done", pgettext_lazy("purge", "carried out")
        DISMISSED = "dismissed", pgettext_lazy("purge", "dismissed")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    period = models.CharField(pgettext_lazy("list to let go", "month"), max_length=7, unique=True)
    state = models.CharField(
        pgettext_lazy("purge", "state"), max_length=10, choices=State, default=State.PROPOSED
    )
    parts = models.JSONField(pgettext_lazy("purge", "rows by model"), default=list)
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    done_at = models.DateTimeField(_("carried out at"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("list of what is deleted")
        verbose_name_plural = _("lists of what is deleted")
        default_permissions = ("view",)
        permissions = [("decide_purgelist", _("decide what is deleted"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="proposed", decided_by=None, decided_at=None)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(state="proposed"),
                name="core_purgelist_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(state="done", done_at__isnull=False)
                | ~models.Q(state="done") & models.Q(done_at=None),
                name="core_purgelist_done_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.period

    @property
    def total(self) -> int:
        """Return how many rows it names."""
        return sum(len(part["ids"]) for part in self.parts)
