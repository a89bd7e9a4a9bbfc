"""What is due of applications, awards and changes: told before and after its day (core.deadlines)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Membership, Post, contact_of
from core.deadlines import Deadline, Provider, register
from core.fiscal import deadline_text, jst_date
from core.outbox import Recipient
from finance.actions import commitments
from grants.models import Application, Award, ChangeRequest, TaxCreditReport
from programs.models import Call

_BODY = ("submitter", "contact")
_DESK, _MANAGER = ("officer",), ("manager",)
_RELATED = ("organization", "section", "edition__section", "edition__program")

Due = Callable[[Any], date | None]


class Reached:
    """Whom the mails reach: mailboxes of sections and of their posts, read at once for all cases."""

    def __init__(self, sections: Iterable[int], day: date):
        wanted = set(sections)
        posts = Post.objects.filter(section__in=wanted, valid_to=None).order_by("pk")
        self._posts: dict[int, list[Post]] = {}
        for post in posts:
            self._posts.setdefault(post.section_id, []).append(post)
        bare = [p.pk for found in self._posts.values() for p in found if not p.mailbox]
        held = Membership.objects.current(day).filter(post__in=bare, user__is_active=True)
        self._people: dict[int, list[str]] = {}
        for post_id, email in held.order_by("pk").values_list("post_id", "user__email"):
            self._people.setdefault(post_id, []).append(email)

    def of(self, section: Any, roles: tuple[str, ...]) -> tuple[Recipient, ...]:
        """Return the section's mailbox and those of its posts with the roles, deputies included."""
        if section is None:
            return ()
        found = [Recipient(section.mailbox, section.name)] if section.mailbox else []
        for post in self._posts.get(section.pk, []):
            if post.role in roles:
                boxes = [post.mailbox] if post.mailbox else self._people.get(post.pk, [])
                found += [Recipient(box, post.name) for box in boxes]
        return tuple(found)


def _yield(
    rows: models.QuerySet,
    kind: str,
    label: Any,
    due: Due,
    *,
    now: datetime,
    case: models.Model | None,
    more: Callable[[Any], dict[str, Any]] | None = None,
) -> Iterator[Deadline]:
    """Yield a deadline for each row, with a constant number of queries."""
    if case is not None:
        if not isinstance(case, rows.model):
            return
        rows = rows.filter(pk=case.pk)
    found = list(rows.select_related(*_RELATED))
    sections = {row.section_id for row in found} | {row.edition.section_id for row in found}
    reached = Reached((s for s in sections if s), jst_date(now)) if found else None
    for row in found:
        day = due(row)
        if day and reached:
            yield _deadline(row, kind, label, day, reached, more(row) if more else {})


def _deadline(  # noqa: PLR0917 - one record from what was read for all
    row: Any, kind: str, label: Any, day: date, reached: Reached, more: dict[str, Any]
) -> Deadline:
    desk = row.edition.section
    meta = row._meta
    return Deadline(
        case_label=meta.label,
        case_id=row.pk,
        kind=kind,
        due=day,
        label=str(label),
        url_for_owner=row.get_absolute_url(),
        url_for_staff=reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]),
        owner_recipients=reached.of(row.section, _BODY),
        escalate_to=reached.of(desk, _MANAGER),
        staff_recipients=reached.of(desk, _DESK),
        section=desk.name if desk else "",
        body=row.organization.name,
        number=getattr(row, "award_number", "") or row.receipt_number or "",
        program=row.edition.name,
        context={"contact": contact_of(desk)} | more,
    )


def drafts(*, now: datetime, case: models.Model | None = None) -> Iterator[Deadline]:
    """Drafts under a call that is open; the mail names the hour at which it closes."""
    rows = Application.objects.filter(
        status=Application.Status.DRAFT,
        call__status=Call.Status.OPEN,
        call__opens_at__lte=now,
        call__closes_at__gte=now,
    ).select_related("call")
    return _yield(
        rows,
        "application_draft",
        DRAFT,
        lambda row: jst_date(row.call.closes_at),
        now=now,
        case=case,
        more=lambda row: {"facts": [("締切", deadline_text(row.call.closes_at))]},
    )


def corrections(*, now: datetime, case: models.Model | None = None) -> Iterator[Deadline]:
    """Applications that came back."""
    rows = Application.objects.filter(status=Application.Status.RETURNED)
    due: Due = lambda row: row.return_due  # noqa: E731
    return _yield(rows, "application_correction", CORRECTION, due, now=now, case=case)


def reports(*, now: datetime, case: models.Model | None = None) -> Iterator[Deadline]:
    """Awards whose final report did not arrive yet."""
    rows = Award.objects.filter(status__in=(Award.Status.ACTIVE, Award.Status.SUSPENDED))
    due: Due = lambda row: row.report_due  # noqa: E731
    return _yield(rows, "award_report", REPORT, due, now=now, case=case)


def report_corrections(*, now: datetime, case: models.Model | None = None) -> Iterator[Deadline]:
    """Awards whose report came back, or whose correction was ordered."""
    statuses = (Award.Status.REPORT_RETURNED, Award.Status.CORRECTION_ORDERED)
    rows = Award.objects.filter(status__in=statuses)
    due: Due = lambda row: row.correction_due  # noqa: E731
    return _yield(rows, "award_correction", REPORT_CORRECTION, due, now=now, case=case)


def change_corrections(*, now: datetime, case: models.Model | None = None) -> Iterator[Deadline]:
    """Changes that came back."""
    rows = ChangeRequest.objects.filter(status=ChangeRequest.Status.RETURNED)
    due: Due = lambda row: row.return_due  # noqa: E731
    rows = rows.select_related("award")
    return _yield(rows, "change_correction", CHANGE_CORRECTION, due, now=now, case=case)


def claims(*, now: datetime, case: models.Model | None = None) -> Iterator[Deadline]:
    """Awards whose amount is fixed and not all claimed."""
    rows = Award.objects.filter(status=Award.Status.AMOUNT_FIXED)
    if isinstance(case, Award):
        rows = rows.filter(pk=case.pk)
    elif case is not None:
        return iter(())
    money = commitments.settlements_of(list(rows))
    owing = [pk for pk, found in money.items() if found.claimable > 0]
    rows = Award.objects.filter(pk__in=owing).select_related(
        "application__rule_set", "application__edition__rules"
    )
    due: Due = lambda row: row.claim_due  # noqa: E731
    return _yield(rows, "award_claim", CLAIM, due, now=now, case=case)


def tax_reports(*, now: datetime, case: models.Model | None = None) -> Iterator[Deadline]:
    """Tax credit reports that did not come yet."""
    rows = TaxCreditReport.objects.filter(status=TaxCreditReport.Status.DUE)
    due: Due = lambda row: row.due_on  # noqa: E731
    return _yield(rows, "tax_credit_report", TAX_REPORT, due, now=now, case=case)


DRAFT = _("submission of the application")
CORRECTION = _("correction of the application")
REPORT = pgettext_lazy("deadline", "final report")
REPORT_CORRECTION = _("correction of the final report")
CHANGE_CORRECTION = _("correction of the change")
CLAIM = _("claim of the fixed amount")
TAX_REPORT = _("report of the tax credit")

_PROVIDERS: tuple[tuple[str, Any, Provider, bool], ...] = (
    ("application_draft", DRAFT, drafts, False),
    ("application_correction", CORRECTION, corrections, False),
    ("award_report", REPORT, reports, True),
    ("award_correction", REPORT_CORRECTION, report_corrections, True),
    ("change_correction", CHANGE_CORRECTION, change_corrections, True),
    ("award_claim", CLAIM, claims, True),
    ("tax_credit_report", TAX_REPORT, tax_reports, True),
)
for _kind, _label, _provider, _listed in _PROVIDERS:
    register(_kind, _provider, label=_label, in_today=_listed)
