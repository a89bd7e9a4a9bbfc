"""A hand-over: one person's posts go to a successor from a day, in one act."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.memberships import Invitation, Membership
from accounts.scopes import BodyOfLines
from core.scopes import Person, Scope, ScopedQuerySet


class HandoverQuerySet(ScopedQuerySet):
    """Hand-overs as lists show them."""

    def planned(self) -> "HandoverQuerySet":
        """Return what lies ahead, the nearest first, with people and posts."""
        lines = HandoverLine.objects.select_related("membership__post__section").order_by("pk")
        related = self.select_related("outgoing", "successor", "invitation")
        found = related.filter(state=Handover.State.PLANNED)
        return found.prefetch_related(models.Prefetch("lines", lines)).order_by("starts_on", "pk")


class Handover(models.Model):
    """Who hands over to whom from which day (JST); an invited successor is known once they accept."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("hand-over", "planned")
        DONE = "done", pgettext_lazy("hand-over", "done")
        CANCELLED = "cancelled", pgettext_lazy("hand-over", "cancelled")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    outgoing = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="handovers_given",
        verbose_name=_("person who leaves the posts"),
    )
    successor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="handovers_taken",
        verbose_name=_("successor"),
    )
    invitation = models.OneToOneField(
        Invitation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="handover",
        verbose_name=_("invitation"),
    )
    starts_on = models.DateField(_("successor's first day"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("planned by"),
    )
    created_at = models.DateTimeField(_("created at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = HandoverQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (
        BodyOfLines("lines", "handover", "membership__post__section__organization"),
        Person("outgoing"),
    )

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(successor__isnull=False) | Q(invitation__isnull=False),
                name="accounts_handover_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | ~Q(successor=F("outgoing")),
                name="accounts_handover_to_another",
            ),
            models.CheckConstraint(
                condition=Q(state="planned", closed_at=None)
                | (~Q(state="planned") & Q(closed_at__isnull=False)),
                name="accounts_handover_closed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def successor_text(self) -> str:
        """Return who comes: the name, or the invited address until it is accepted."""
        if self.successor:
            return str(self.successor)
        return self.invitation.email if self.invitation else ""


class HandoverLine(models.Model):
    """One post of a hand-over; a post is in one open hand-over at a time."""

    handover = models.ForeignKey(
        Handover, models.PROTECT, related_name="lines", verbose_name=_("hand-over")
    )
    membership = models.ForeignKey(
        Membership, models.PROTECT, related_name="handover_lines", verbose_name=_("membership")
    )
    is_open = models.BooleanField(pgettext_lazy("hand-over", "open"), default=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("post of a hand-over")
        verbose_name_plural = _("posts of a hand-over")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(is_open=True),
                name="accounts_handoverline_one_open",
            ),
            models.UniqueConstraint(
                fields=["handover", "membership"], name="accounts_handoverline_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.membership_id}"
