"""Who holds which post from when to when, and the invitations that lead there."""

import uuid
from datetime import date, datetime

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.dated import between, period
from accounts.models.sections import Post
from core.retention import ERASED, Retention
from core.scopes import Body, Person, Scope, ScopedQuerySet


class MembershipQuerySet(ScopedQuerySet):
    """Memberships by day."""

    def current(self, on: date) -> "MembershipQuerySet":
        """Return those that hold on the given day (JST), first and last day included."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)

    def not_ended(self, on: date) -> "MembershipQuerySet":
        """Return those that hold on the given day or will."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on))


class Membership(models.Model):
    """A user on a post, from the first to the last day; a deputy (代理) is beside the holder."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="memberships",
        verbose_name=_("person"),
    )
    post = models.ForeignKey(
        Post, models.PROTECT, related_name="memberships", verbose_name=_("post")
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    is_deputy = models.BooleanField(_("deputy"), default=False)

    objects = MembershipQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Body("post__section__organization"), Person("user"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=between("starts_on", "ends_on"), name="accounts_membership_period"
            ),
            models.CheckConstraint(
                condition=Q(is_deputy=False) | Q(ends_on__isnull=False),
                name="accounts_membership_deputy_ends",
            ),
            ExclusionConstraint(
                name="accounts_membership_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    (period("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The person already holds this post in this period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.post}"

    @property
    def mark(self) -> str:
        """Return what follows the post's name where the person only deputises."""
        return "（代理）" if self.is_deputy else ""


class Invitation(models.Model):
    """An offer of a post by mail; the link in it is kept as a digest and expires."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"))
    post = models.ForeignKey(
        Post, models.PROTECT, related_name="invitations", verbose_name=_("post")
    )
    token_hash = models.CharField(_("digest of the link"), max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Body("post__section__organization"),)
    retention = Retention(
        _("accepted, withdrawn or expired"),
        _("our own; no source states it"),
        days=365,
        due=lambda before: (
            ~Q(email__endswith=ERASED)
            & (Q(accepted_at__lt=before) | Q(withdrawn_at__lt=before) | Q(expires_at__lt=before))
        ),
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="accounts_invitation_period"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(withdrawn_at=None),
                name="accounts_invitation_accepted_or_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def erase(self) -> None:
        """Take out the address that was invited; core.purge alone calls it."""
        self.email = f"{self.public_id.hex}{ERASED}"
        self.save(update_fields=["email"])

    def is_open(self, now: datetime) -> bool:
        """Tell whether the link still works."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at
