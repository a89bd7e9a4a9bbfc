"""A call: the window in which applications for an edition arrive (JST, to the second)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import contact_of
from core.fiscal import day_text, deadline_text
from core.models import Case
from core.scopes import Scope, ScopedQuerySet
from core.workflow import Step
from programs.models.editions import Edition
from programs.models.forms import Form


def announced(now: datetime) -> Q:
    """Match what the public may see at `now`: no draft, unless its time to open has come."""
    due = Q(opens_at__lte=now, form__isnull=False, edition__rules__isnull=False, awaits_check=False)
    return ~Q(status="draft") | due


class Announced(Scope):
    """Calls that everybody may see; computed, so nobody waits for the task that opens them."""

    def q(self, user: Any) -> Q | None:
        return announced(timezone.now())

    def roles(self, user: Any, obj: Any) -> frozenset[str]:
        return frozenset({"everyone"}) if obj.is_announced(timezone.now()) else frozenset()


class CallQuerySet(ScopedQuerySet):
    """Calls as the public sees them."""

    def announced(self, now: datetime) -> "CallQuerySet":
        """Narrow to the calls that may be shown without signing in."""
        return self.filter(announced(now))


class Call(Case):
    """One round of applications (募集) for an edition; a second round is a call of its own."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("call", "in preparation")
        OPEN = "open", pgettext_lazy("call", "open for applications")
        CLOSED = "closed", pgettext_lazy("call", "closed to applications")
        DECIDED = "decided", pgettext_lazy("call", "decided")

    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="calls", verbose_name=_("edition")
    )
    round = models.PositiveSmallIntegerField(pgettext_lazy("call", "round"), default=1)
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(_("what it is, in two sentences"), max_length=500, blank=True)
    opens_at = models.DateTimeField(_("opens at (JST)"))
    closes_at = models.DateTimeField(_("closes at (JST)"))
    decides_on = models.DateField(
        _("day planned for the notice of the decision"), null=True, blank=True
    )
    hours_confirmed = models.BooleanField(_("hours confirmed"), default=False)
    awaits_check = models.BooleanField(_("waits for the check-list"), default=False, editable=False)
    form = models.ForeignKey(
        Form,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="calls",
        verbose_name=_("form"),
    )

    objects = CallQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Announced(),)

    class Meta(Case.Meta):
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["edition", "round"], name="programs_call_round"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=models.F("closes_at")),
                name="programs_call_opens_before_it_closes",
                violation_error_message=_("A call must open before it closes."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "open", "closed", "decided"]),
                name="programs_call_status",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "closes_at"], name="programs_call_window"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the public page."""
        return reverse("call", args=[self.public_id])

    def notice_context(self, step: Step) -> dict[str, Any]:
        """Return what the mails about this call say: no personal data, no amounts."""
        section = self.edition.section
        return {
            "case": {"title": self.title, "status_label": str(Call.Status(self.status).label)},
            "link": settings.BASE_URL + self.get_absolute_url(),
            "due": deadline_text(self.closes_at),
            "decides_on": day_text(self.decides_on) if self.decides_on else "",
            "reason": step.data.get("reason", ""),
            "contact": contact_of(section),
        }

    @property
    def is_ready(self) -> bool:
        """Say whether there is something to answer and something to be judged by."""
        return self.form_id is not None and self.edition.rules_id is not None

    @property
    def opens_by_itself(self) -> bool:
        """Say whether a draft opens at its time: not while it waits for the check-list.

        A column, not the check-list itself: a request never trusts the task that opens calls, so
        what it computes must not hang on words of settings that change from hour to hour.
        """
        return self.is_ready and not self.awaits_check

    def is_announced(self, now: datetime) -> bool:
        """Say whether everybody may see the call at `now`."""
        is_draft = self.status == self.Status.DRAFT
        return not is_draft or (self.opens_by_itself and self.opens_at <= now)

    def is_open(self, now: datetime) -> bool:
        """Say whether an application may arrive at `now`; the closing second still counts."""
        is_draft = self.status == self.Status.DRAFT
        is_open = self.status == self.Status.OPEN and self.is_ready
        may_open = self.opens_by_itself if is_draft else is_open
        return may_open and self.opens_at <= now <= self.closes_at

    def is_over(self, now: datetime) -> bool:
        """Say whether what arrives at `now` is late."""
        return now > self.closes_at

    def is_upcoming(self, now: datetime) -> bool:
        """Say whether the call is announced and its window has not begun."""
        return self.status == self.Status.OPEN and now < self.opens_at
