"""The check-list of an edition that was opened for a year: what stands, what to confirm, where.

A tick keeps who confirmed what and how it read; it lapses by itself when the setting changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from core import audit
from core.fiscal import FiscalYear, deadline_text, era_date, is_working_day, jst_date
from core.money import format_yen
from programs.kinds import KINDS
from programs.models import Call, Confirmation, Criterion, Edition, FormVersion
from programs.rules import sentences


@dataclass(frozen=True)
class Item:
    """One thing to confirm: how it stands, what is amiss, where it is mended, and its tick.

    `kept` is the state in the portal's own language, so that a tick is the same to all readers.
    """

    key: str
    title: str
    state: str
    url: str
    problem: str
    kept: str
    confirmation: Confirmation | None

    @property
    def is_confirmed(self) -> bool:
        """Say whether somebody confirmed it as it stands now."""
        return self.confirmation is not None and self.confirmation.state == self.kept

    @property
    def has_lapsed(self) -> bool:
        """Say whether it was confirmed and has changed since."""
        return self.confirmation is not None and not self.is_confirmed


@dataclass(frozen=True)
class Progress:
    """How far an edition's check-list has come."""

    edition: Edition
    done: int
    total: int
    problems: int


def with_all(editions: QuerySet[Edition]) -> QuerySet[Edition]:
    """Return the editions with what their check-lists look at, in as many queries as for one."""
    published = FormVersion.objects.exclude(published_at=None).order_by("-number")
    calls = Call.objects.select_related("form").order_by("round", "pk")
    return editions.select_related("program", "section", "rules").prefetch_related(
        Prefetch("criteria", Criterion.objects.order_by("order", "pk")),
        Prefetch("calls", calls),
        Prefetch("calls__form__versions", published),
        Prefetch("confirmations", Confirmation.objects.select_related("confirmed_by")),
    )


def of_year(fiscal_year: int) -> list[Progress]:
    """Return the progress of every edition of the year that has rules or calls."""
    used = Q(rules__isnull=False) | Q(calls__isnull=False)
    rows = Edition.objects.filter(used, fiscal_year=fiscal_year).distinct()
    found = with_all(rows).order_by("program__area__number", "pk")
    return [_progress(edition) for edition in found]


def _progress(edition: Edition) -> Progress:
    found = items(edition)
    done = sum(item.is_confirmed for item in found)
    return Progress(edition, done, len(found), sum(bool(item.problem) for item in found))


def items(edition: Edition) -> list[Item]:
    """Return the check-list of an edition that comes from `with_all`."""
    ticks = {row.item: row for row in edition.confirmations.all()}
    rows = own = list(_rows(edition))
    if get_language() != settings.LANGUAGE_CODE:
        with override(settings.LANGUAGE_CODE):
            own = list(_rows(edition))
    kept = {key: state[:1000] for key, _title, state, *_rest in own}
    return [Item(*row, kept[row[0]], ticks.get(row[0])) for row in rows]


@transaction.atomic
def confirm(edition: Edition, key: str, kept: str, *, by: Any, now: datetime) -> None:
    """Keep that the item was confirmed as it reads; refuse what has changed meanwhile."""
    item = next((item for item in items(edition) if item.key == key), None)
    if item is None or item.kept != kept:
        raise ValidationError(
            _("This has changed meanwhile. Read it again, then confirm it."), code="stale"
        )
    values = {"state": kept, "confirmed_at": now, "confirmed_by_id": by.pk}
    Confirmation.objects.update_or_create(edition=edition, item=key, defaults=values)
    audit.record("confirm_setting", edition, by=by, at=now, note=f"{item.title}: {kept}"[:500])


_Row = tuple[str, str, str, str, str]


def _rows(edition: Edition) -> Iterator[_Row]:
    yield from _edition_rows(edition)
    yield from _call_rows(edition)
    yield from _criteria_rows(edition)
    yield from _rule_rows(edition)


def _edition_rows(edition: Edition) -> Iterator[_Row]:
    page = reverse("admin:programs_edition_change", args=[edition.pk])
    year = FiscalYear(edition.fiscal_year).label
    yield "name", _("Official name and year"), f"{edition.name}（{year}）", page, ""
    missing = "" if edition.section else _("No section is in charge yet.")
    yield "section", _("Section in charge"), str(edition.section or "－"), page, missing
    budget = "－" if edition.budget is None else format_yen(edition.budget)
    missing = "" if edition.budget is not None else _("No budget is set yet.")
    yield "budget", _("Budget of the edition"), budget, page, missing
    route = _("goes to CLAIR directly")
    if edition.routes_through_branch:
        clock = str(Edition.BranchClock(edition.branch_clock).label)
        route = _("through the branch; %(clock)s") % {"clock": clock}
    yield "routing", _("Way of the application"), route, page, ""


def _call_rows(edition: Edition) -> Iterator[_Row]:
    calls = list(edition.calls.all())
    if not calls:
        page = f"{reverse('admin:programs_call_add')}?edition={edition.pk}"
        yield "calls", _("Call"), "－", page, _("There is no call yet. Add one.")
    for call in calls:
        yield from _rows_of_call(call)


def _rows_of_call(call: Call) -> Iterator[_Row]:
    page, title = reverse("admin:programs_call_change", args=[call.pk]), call.title
    opens = deadline_text(call.opens_at)
    window = _("%(first)s to %(last)s") % {"first": opens, "last": deadline_text(call.closes_at)}
    yield f"call-{call.public_id}-window", title, window, page, _window_problem(call)
    day = era_date(call.decides_on) if call.decides_on else "－"
    missing = "" if call.decides_on else _("No day is planned for the notice of the decision.")
    decision = _("%(call)s: notice of the decision") % {"call": title}
    yield f"call-{call.public_id}-decision", decision, day, page, missing
    asked = _("%(call)s: form") % {"call": title}
    version = next(iter(call.form.versions.all()), None) if call.form else None
    if version is None:
        missing = _("The call has no published form, so it cannot open.")
        yield f"call-{call.public_id}-form", asked, "－", page, missing
        return
    form = reverse("admin:programs_formversion_changelist") + f"?form__id__exact={call.form_id}"
    yield f"call-{call.public_id}-form", asked, f"{call.form} v{version.number}", form, ""


def _window_problem(call: Call) -> str:
    if not is_working_day(jst_date(call.closes_at)):
        return _("The last day is no working day.")
    if not call.hours_confirmed:
        return _("Dates and hours are not confirmed. Open the call and tick “hours confirmed”.")
    return ""


def _criteria_rows(edition: Edition) -> Iterator[_Row]:
    page = reverse("admin:programs_edition_change", args=[edition.pk]) + "#criteria-group"
    rows = list(edition.criteria.all())
    told = _(", ").join(f"{row.name} {row.weight}×{row.maximum}" for row in rows)
    full = sum(row.full for row in rows)
    state = _("%(criteria)s (full marks %(full)s)") % {"criteria": told, "full": full}
    missing = "" if rows else _("There are no criteria to review by yet.")
    yield "criteria", _("Criteria"), state if rows else "－", page, missing
    named = _("reviewers see the body's name")
    blind = _("reviewers do not see the body's name") if edition.blind_review else named
    yield "blind_review", _("Review"), blind, page, ""


def _rule_rows(edition: Edition) -> Iterator[_Row]:
    page = f"{reverse('admin:programs_ruleset_add')}?edition={edition.pk}"
    if edition.rules is None:
        yield "rules", _("Rules"), "－", page, _("There are no rules yet. Write the first version.")
        return
    yield (
        "rules",
        _("Rules"),
        _("version %(version)s") % {"version": edition.rules.version},
        page,
        "",
    )
    words = sentences(edition.rules.rules, fiscal_year=edition.fiscal_year, kinds=KINDS)
    for row in words:
        if not row.is_confirmed:
            yield f"rule-{row.rule}", row.title, row.text, f"{page}#rule-{row.rule}", ""
