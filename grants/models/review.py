"""A reviewer's score sheet for one application (審査票)."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Case
from core.scopes import Person
from grants.models.application import Application


class ReviewStatus(models.TextChoices):
    """Every status of a review (cases.md); a conflict of interest closes it."""

    ASSIGNED = "assigned", pgettext_lazy("review", "assigned")
    DECLARED = "declared", pgettext_lazy("review", "no conflict declared")
    SCORED = "scored", pgettext_lazy("review", "scored")
    SUBMITTED = "submitted", pgettext_lazy("review", "sheet submitted")
    CONFLICTED = "conflicted", pgettext_lazy("review", "conflict of interest")


class AssignedReviewer(Person):
    """The reviewer to whom the sheet was given, while they hold a reviewer's post."""

    def __init__(self) -> None:
        super().__init__("reviewer", role="reviewer")

    def q(self, user: Any) -> Q | None:
        return super().q(user) if _sits_on_a_committee(user) else None

    def roles(self, user: Any, obj: models.Model) -> frozenset[str]:
        return super().roles(user, obj) if _sits_on_a_committee(user) else frozenset()


def _sits_on_a_committee(user: Any) -> bool:
    held: Iterable[frozenset[str]] = (*user.access.section_roles.values(), user.access.staff_roles)
    return any("reviewer" in roles for roles in held)


class Review(Case):
    """One reviewer's review of one application: declaration, points, comments (審査)."""

    Status = ReviewStatus

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="reviews", verbose_name=_("application")
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="reviews",
        verbose_name=_("reviewer"),
    )
    due_on = models.DateField(_("review due"), null=True, blank=True)
    scores = models.JSONField(_("points"), default=dict, blank=True)
    comments = models.JSONField(_("comments by criterion"), default=dict, blank=True)
    overall = models.TextField(_("overall comment"), max_length=4000, blank=True)
    conflict_reason = models.TextField(_("conflict of interest"), blank=True, editable=False)
    # Σ weight × points; set when the sheet is submitted, so that rankings and exports read a column.
    total = models.PositiveIntegerField(_("weighted total"), null=True, editable=False)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, editable=False)
    reopen_reason = models.TextField(_("reason of reopening"), blank=True, editable=False)

    scopes = (AssignedReviewer(),)
    audit_mask = frozenset({"conflict_reason", "comments", "overall"})

    class Meta(Case.Meta):
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        default_permissions = ("view", "add", "change")
        permissions = [
            (f"{verb}_review", verb) for verb in ("declare", "score", "submit", "reopen")
        ]
        indexes = [models.Index(fields=["reviewer", "-id"], name="grants_review_reviewer")]
        constraints = [
            models.UniqueConstraint(fields=["application", "reviewer"], name="grants_review_once"),
            models.CheckConstraint(
                condition=Q(status__in=ReviewStatus.values), name="grants_review_status"
            ),
            models.CheckConstraint(
                condition=Q(status="submitted", total__isnull=False, submitted_at__isnull=False)
                | (~Q(status="submitted") & Q(total=None)),
                name="grants_review_submitted_has_total",
            ),
        ]

    def __str__(self) -> str:
        return f"{_('Review')} {self.application.receipt_number or ''}".strip()

    def get_absolute_url(self) -> str:
        """Return the reviewer's page of the sheet."""
        return reverse("grants:review-detail", args=[self.public_id])

    @property
    def is_open_to_reviewer(self) -> bool:
        """Say whether the reviewer may read the application: after declaring no conflict."""
        return self.status in (self.Status.DECLARED, self.Status.SCORED, self.Status.SUBMITTED)
