"""Reviews: assigned by the officer; declared, scored and submitted by the reviewer alone."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, User, contact_of
from core import outbox, workflow
from core.fiscal import era_date_plain
from core.outbox import Recipient
from core.workflow import InvalidTransition, Step
from grants.models import Application, Review
from grants.models.review import ReviewStatus
from grants.reviewing import criteria_of, weighted_total
from programs.actions import fix_criteria

NOT_NOW = gettext_lazy("The application is not under review now. Points can be given while it is.")
REVIEWED_IN = (Application.Status.RECEIVED, Application.Status.UNDER_REVIEW)


def reviewers(on: date) -> Any:
    """Return the people who hold a reviewer's post on the day, by name."""
    held = Membership.objects.current(on).filter(post__role="reviewer")
    return User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("kana", "pk")


def assign(
    applications: Sequence[Application],
    chosen: Iterable[User],
    *,
    by: Any,
    now: datetime,
    due_on: date | None = None,
) -> list[Review]:
    """Give every reviewer a sheet of every application; what is assigned already stays.

    Locks the applications by pk and sends each reviewer one notice of the new sheets. Raises
    ValidationError for an application that is not received or under review.
    """
    with transaction.atomic():
        locked = _locked(applications)
        wrong = [
            _("%(record)s: its status is “%(status)s”, so no reviewers can be assigned.")
            % {"record": case, "status": case.status_text}
            for case in locked
            if case.status not in REVIEWED_IN
        ]
        if wrong:
            raise ValidationError(wrong)
        made = []
        for reviewer in chosen:
            new = [
                _assigned(case, reviewer, by, now, due_on) for case in _without(locked, reviewer)
            ]
            if new:
                _tell(reviewer, new, now=now, due_on=due_on)
            made += new
    return made


def _locked(applications: Sequence[Application]) -> list[Application]:
    rows = Application.objects.filter(pk__in=[case.pk for case in applications])
    related = rows.select_related("organization", "edition__section")
    return list(related.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _without(cases: Iterable[Application], reviewer: User) -> list[Application]:
    held = set(reviewer.reviews.values_list("application_id", flat=True))
    return [case for case in cases if case.pk not in held]


def _assigned(
    case: Application, reviewer: User, by: Any, now: datetime, due_on: date | None
) -> Review:
    changes = {"application": case, "reviewer": reviewer, "due_on": due_on}
    return workflow.create(Review, by=by, now=now, changes=changes)


def _tell(reviewer: User, new: Sequence[Review], *, now: datetime, due_on: date | None) -> None:
    """Queue one mail: how many sheets, until when, where; neither body nor title (blind)."""
    edition = new[0].application.edition
    section = edition.section
    with translation.override(settings.LANGUAGE_CODE):
        outbox.enqueue(
            "grants/mail/review_assign",
            recipients=[Recipient(reviewer.email, reviewer.name)],
            context={
                "count": len(new),
                "program": edition.name,
                "due": era_date_plain(due_on) if due_on else "",
                "link": settings.BASE_URL + reverse("grants:review-list"),
                "contact": contact_of(section),
            },
            case=new[0],
            now=now,
        )


def declared_target(step: Step) -> str:
    """Return where a declaration leads: a conflict of interest closes the sheet for good."""
    if step.data["has_conflict"]:
        return ReviewStatus.CONFLICTED
    return ReviewStatus.SCORED if step.before == ReviewStatus.SCORED else ReviewStatus.DECLARED


def declare(step: Step) -> None:
    """Keep what the conflict is."""
    step.case.conflict_reason = step.data.get("conflict_reason") or ""


def require_reviewed_now(step: Step) -> None:
    """Refuse points while the application is not under review (returned, decided, withdrawn)."""
    application = step.case.application
    if application.status != Application.Status.UNDER_REVIEW:
        raise InvalidTransition(str(NOT_NOW))


def score(step: Step) -> None:
    """Keep points and comments; from now on the edition's criteria stay as they are."""
    review, data = step.case, step.data
    fix_criteria(review.application.edition_id, now=step.now)
    review.scores, review.comments = data["scores"], data["comments"]
    review.overall = data["overall"]


def require_all_scored(step: Step) -> None:
    """Refuse to submit a sheet in which a criterion has no points."""
    require_reviewed_now(step)
    if weighted_total(criteria_of(step.case.application), step.case.scores) is None:
        raise ValidationError(_("Give points for every criterion, then submit the sheet."))


def submit(step: Step) -> None:
    """Fix the total that rankings read."""
    review = step.case
    review.total = weighted_total(criteria_of(review.application), review.scores)
    review.submitted_at = step.now


def reopen(step: Step) -> None:
    """Give the sheet back to its reviewer, with the reason."""
    review = step.case
    review.total, review.submitted_at = None, None
    review.reopen_reason = step.data["reason"]
