"""What a check-list holds: each setting of an edition as it stands, what is amiss, where it is mended."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.fiscal import FiscalYear, day_text, deadline_text, is_working_day, jst_date
from core.money import format_yen
from programs.kinds import KINDS
from programs.models import Call, Edition
from programs.rules import RuleData, Sentence, every_rule

_YEAR = re.compile(r"(?:令和|平成)(?:元|\d{1,2})年度")


@dataclass(frozen=True)
class Row:
    """One setting: `problem` is to be mended, `note` only to be known; a rule has its clause.

    `is_unsure`: no public source states it. `group` is the heading under which it stands.
    """

    key: str
    title: str
    state: str
    url: str
    problem: str = ""
    note: str = ""
    clause: str = ""
    is_unsure: bool = False
    group: str = ""

    @property
    def kept(self) -> str:
        """Return what a tick keeps: it lapses when the words, the clause or the mark change."""
        if not self.clause and not self.is_unsure:
            return self.state
        mark = _("not confirmed") if self.is_unsure else ""
        return f"{mark}［{self.clause}］{self.state}"


def rows_of(edition: Edition) -> Iterator[Row]:
    """Return the settings of an edition that comes from `with_all`, in the order of the page."""
    yield from _edition_rows(edition)
    yield from _call_rows(edition)
    yield from _criteria_rows(edition)
    yield from _rule_rows(edition)


def back_to(edition: Edition, key: str = "") -> str:
    """Return the check-list's page, at one of its rows."""
    page = reverse("admin:programs_edition_checklist", args=[edition.pk])
    return f"{page}#item-{key}" if key else page


def _edition_page(edition: Edition, key: str) -> str:
    return f"{reverse('admin:programs_edition_change', args=[edition.pk])}?check={key}"


def _edition_rows(edition: Edition) -> Iterator[Row]:
    def row(key: str, title: str, state: str, **more: Any) -> Row:
        return Row(key, title, state, _edition_page(edition, key), group=_("Edition"), **more)

    year = FiscalYear(edition.fiscal_year).label
    yield row("name", _("Official name and year"), f"{edition.name}（{year}）")
    missing = "" if edition.section else _("No section is in charge yet.")
    yield row("section", _("Section in charge"), str(edition.section or "－"), problem=missing)
    budget = "－" if edition.budget is None else format_yen(edition.budget)
    missing = "" if edition.budget is not None else _("No budget is set yet.")
    yield row("budget", _("Budget of the edition"), budget, problem=missing)
    route = _("goes to CLAIR directly")
    if edition.routes_through_branch:
        clock = str(Edition.BranchClock(edition.branch_clock).label)
        route = _("through the branch; %(clock)s") % {"clock": clock}
    rules = edition.rules.rules if edition.rules else None
    unsure = rules is not None and not rules.is_confirmed("routing")
    clause = rules.clause("routing") if rules else ""
    yield row("routing", _("Way of the application"), route, clause=clause, is_unsure=unsure)


def _call_rows(edition: Edition) -> Iterator[Row]:
    calls = list(edition.calls.all())
    if not calls:
        page = f"{reverse('admin:programs_call_add')}?edition={edition.pk}&check=calls"
        missing = _("There is no call yet. Add one.")
        yield Row("calls", _("Call"), "－", page, problem=missing, group=_("Call"))
    for call in calls:
        yield from _rows_of_call(call)


def _rows_of_call(call: Call) -> Iterator[Row]:
    page = reverse("admin:programs_call_change", args=[call.pk])

    def row(part: str, title: str, state: str, **more: Any) -> Row:
        key = f"call-{call.public_id}-{part}"
        url = more.pop("url", f"{page}?check={key}")
        return Row(key, title, state, url, group=call.title, **more)

    title, problem = _("Dates and hours of the call"), _window_problem(call)
    yield row("window", title, window_text(call), problem=problem)
    day = day_text(call.decides_on) if call.decides_on else "－"
    missing = (
        "" if call.decides_on else _("The day planned for the notice of the decision is not set.")
    )
    yield row("decision", _("Day planned for the notice of the decision"), day, problem=missing)
    version = next(iter(call.form.versions.all()), None) if call.form else None
    if version is None:
        missing = _("The call has no published form, so it cannot open.")
        yield row("form", _("Form of the application"), "－", problem=missing)
        return
    form = reverse("admin:programs_formversion_changelist") + f"?form__id__exact={call.form_id}"
    shown = _("%(form)s, version %(number)s") % {"form": call.form, "number": version.number}
    yield row("form", _("Form of the application"), shown, url=form)


def window_text(call: Call) -> str:
    """Return from when to when a call is open, as officers read it."""
    days = {"first": deadline_text(call.opens_at), "last": deadline_text(call.closes_at)}
    return _("%(first)s to %(last)s") % days


def _window_problem(call: Call) -> str:
    if not is_working_day(jst_date(call.closes_at)):
        return _("The last day is no working day.")
    if not call.hours_confirmed:
        return _("Dates and hours are not confirmed. Open the call and tick “hours confirmed”.")
    return ""


def _criteria_rows(edition: Edition) -> Iterator[Row]:
    page = f"{_edition_page(edition, 'criteria')}#criteria-group"
    rows = list(edition.criteria.all())
    told = _(", ").join(f"{row.name} {row.weight}×{row.maximum}" for row in rows)
    full = sum(row.full for row in rows)
    state = _("%(criteria)s (full marks %(full)s)") % {"criteria": told, "full": full}
    missing, group = "" if rows else _("There are no criteria to review by yet."), _("Review")
    yield Row(
        "criteria", _("Criteria"), state if rows else "－", page, problem=missing, group=group
    )
    named = _("not blind: reviewers see the body's name")
    blind = _("reviewers do not see the body's name") if edition.blind_review else named
    page = _edition_page(edition, "blind_review")
    yield Row("blind_review", _("Name of the body in the review"), blind, page, group=group)


def _rule_rows(edition: Edition) -> Iterator[Row]:
    page, group = f"{reverse('admin:programs_ruleset_add')}?edition={edition.pk}", _("Rules")
    if edition.rules is None:
        missing = _("There are no rules yet. Write the first version.")
        yield Row("rules", group, "－", f"{page}&check=rules", problem=missing, group=group)
        return
    rules = edition.rules.rules
    for told in _told(rules, edition.fiscal_year):
        key = f"rule-{told.rule}"
        yield Row(
            key,
            told.title,
            told.text,
            f"{page}&check={key}#{key}",
            note=_of_another_year(told.clause, edition.fiscal_year),
            clause=told.clause,
            is_unsure=not told.is_confirmed,
            group=group,
        )


def _told(rules: RuleData, fiscal_year: int) -> Iterator[Sentence]:
    """Return each rule that sets something or that no source states, also one without words."""
    known = every_rule(rules, fiscal_year=fiscal_year, kinds=KINDS)
    yield from (row for row in known if not row.is_silent or not row.is_confirmed)
    for name in sorted(rules.unconfirmed - {row.rule for row in known} - {"routing"}):
        yield Sentence(name, name, "－", rules.clause(name), is_confirmed=False)


def _of_another_year(clause: str, fiscal_year: int) -> str:
    """Say that a clause is cited from another year's text, which the new one may have changed."""
    cited = _YEAR.search(clause)
    if cited is None or cited[0] == FiscalYear(fiscal_year).label:
        return ""
    return _("The source is that of %(year)s.") % {"year": cited[0]}
