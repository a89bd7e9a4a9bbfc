"""The rules in words for the call's page: each sentence names the clause it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core.money import format_yen
from programs.rules.data import RuleData
from programs.rules.terms import (
    DUTIES,
    CapGroup,
    Category,
    Currency,
    Expense,
    Indicator,
    day_in,
    report_day,
)
from programs.rules.verdict import show

_ANY_YEAR = 2022  # for days of the year written without one; none of them is 29 February


@dataclass(frozen=True)
class Sentence:
    """One rule in words; `is_confirmed` is false where no public source states it.

    `is_silent`: the rules set nothing here, and the text says what then holds.
    """

    rule: str
    title: str
    text: str
    clause: str
    is_confirmed: bool
    is_silent: bool = False


def sentences(
    rules: RuleData, *, fiscal_year: int, kinds: Mapping[str, Any]
) -> tuple[Sentence, ...]:
    """Return the rules of that project year as a person reads them; `kinds` names the bodies."""
    return tuple(
        Sentence(rule, title, text, rules.clause(rule), rules.is_confirmed(rule))
        for rule, title, text in _all(rules, fiscal_year, kinds)
        if text
    )


def every_rule(
    rules: RuleData, *, fiscal_year: int, kinds: Mapping[str, Any]
) -> tuple[Sentence, ...]:
    """Return a sentence for each rule, also for one that sets nothing, so that it can be read."""
    return tuple(
        Sentence(
            rule,
            title,
            text or str(SILENT_WORDS.get(rule, _NOTHING_SET)),
            rules.clause(rule),
            rules.is_confirmed(rule),
            is_silent=not text,
        )
        for rule, title, text in _all(rules, fiscal_year, kinds)
    )


def amounts(rules: RuleData, *, kinds: Mapping[str, Any]) -> str:
    """Return the ceilings in one line: by kind of body, by place where they differ, joint."""
    everybody = set(rules.applicant_kinds)
    parts = [_ceiling(group, kinds, everybody) for group in rules.caps]
    if rules.joint_cap is not None:
        parts.append(_("joint project: up to %(cap)s") % {"cap": format_yen(rules.joint_cap)})
    return _(" / ").join(parts)


def rate(rules: RuleData) -> str:
    """Return the rate in one line, or that none is published."""
    if rules.rate is None:
        return _("The rate is not published; CLAIR decides the amount in the review.")
    if rules.rate == 1:
        return _("Up to the whole eligible cost")
    return _("Up to %(rate)s of the eligible cost") % {"rate": rules.rate}


def money_of(rules: RuleData) -> str:
    """Return in which currencies a budget may be written, each with its rate and day."""
    return _(", ").join(_currency(row) for row in rules.currencies)


def who(rules: RuleData, *, kinds: Mapping[str, Any]) -> str:
    """Return who may apply, in one line."""
    return _names(rules.applicant_kinds, kinds)


def _names(keys: tuple[str, ...], kinds: Mapping[str, Any]) -> str:
    return _(", ").join(str(kinds.get(key, key)) for key in keys)


def _all(
    rules: RuleData, fiscal_year: int, kinds: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    yield "applicant_kinds", _("Who may apply"), who(rules, kinds=kinds)
    yield "implementers", _("NPOs"), _implementers(rules, kinds)
    yield "places", _("Place of the project"), _places(rules)
    yield from _money(rules, kinds)
    yield from _joint(rules)
    yield from _project(rules, fiscal_year)
    yield from _papers(rules)
    yield from _afterwards(rules, fiscal_year)
    yield from _settlement(rules)
    yield from _equipment(rules)


def _money(rules: RuleData, kinds: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield "caps", _("How much"), amounts(rules, kinds=kinds)
    yield "floor", _("Least amount"), _floor(rules)
    yield "quota", _("How many applications"), _quota(rules)
    yield "rate", _("Rate"), rate(rules)
    yield "deduct_income", _("Income"), _income(rules)
    yield "rounding_unit", _("Fractions"), _fractions(rules)
    yield "currencies", _("Currency"), money_of(rules)


def _joint(rules: RuleData) -> Iterator[tuple[str, str, str]]:
    shares = _("Each body enters its share; the shares add up to the amount applied for.")
    yield "joint_shares", _("Joint project"), shares if rules.joint_shares else ""
    counted = _("Of each body's ceiling for the year, a joint project takes its share alone.")
    is_shared = rules.joint_counting == "shares"
    yield "joint_counting", _("Ceiling with joint projects"), counted if is_shared else ""


def _project(rules: RuleData, fiscal_year: int) -> Iterator[tuple[str, str, str]]:
    categories = tuple(_category(category) for category in rules.categories)
    yield "categories", _("What kind of project"), _names(categories, {})
    yield "period", _("Project period"), _period(rules, fiscal_year)
    yield "starts_after_decision", _("Beginning of the project"), _start(rules)
    text = _("A project may go on for several years; it is examined again each year.")
    yield "multi_year", _("Several years"), text if rules.multi_year else ""
    expenses = tuple(_expense(expense) for expense in rules.expenses)
    yield "expenses", _("Eligible costs"), _names(expenses, {})


def _papers(rules: RuleData) -> Iterator[tuple[str, str, str]]:
    yield "documents", _("Documents"), _documents(rules)
    yield "double_funding_ban", _("Other grants"), _other_grants(rules)
    yield "window", _("When applications are taken"), _window(rules)
    yield "window_hours", _("Hour"), _hour(rules)


def _afterwards(rules: RuleData, fiscal_year: int) -> Iterator[tuple[str, str, str]]:
    """What holds once a project is adopted: changes, days, the report and what it tells."""
    yield "changes", _("Changes"), _changes(rules)
    duties = tuple(
        str(DUTY_WORDS[duty]) % {"count": rules.duties[duty]}
        for duty in DUTIES
        if duty in rules.duties
    )
    yield "duties", _("Days"), _names(duties, {})
    yield "report_by", _("Report at the latest"), _last_report(rules, fiscal_year)
    indicators = tuple(_indicator(row) for row in rules.indicators)
    yield "indicators", _("Figures of the result"), _names(indicators, {})


def _settlement(rules: RuleData) -> Iterator[tuple[str, str, str]]:
    """Payment before the amount is fixed, and what paying back costs."""
    yield "advance", _("Payment in advance"), _advance(rules)
    text = _(
        "Money paid back after a cancellation bears a surcharge of %(surcharge)s percent a year, "
        "money paid late arrears of %(arrears)s percent a year (a year counts %(days)s days)."
    )
    terms = rules.repayment
    figures = {
        "surcharge": f"{terms.surcharge_percent:f}",
        "arrears": f"{terms.arrears_percent:f}",
        "days": terms.year_days,
    }
    yield "repayment", _("Surcharge and arrears"), text % figures


def _equipment(rules: RuleData) -> Iterator[tuple[str, str, str]]:
    """Papers to keep, and equipment that is not disposed of without approval."""
    years = {"count": rules.retention_years}
    text = _("Keep the papers for %(count)s years after the project's fiscal year.") % years
    yield "retention_years", _("Papers to keep"), text if rules.retention_years else ""
    yield "asset_threshold", _("Equipment"), _threshold(rules)
    text = _("This holds for %(count)s years after the equipment was bought.")
    years = {"count": rules.asset_years}
    yield "asset_years", _("Years of the limit"), text % years if rules.asset_years else ""


SILENT_WORDS = {
    "deduct_income": gettext_lazy("Income of the project is not taken off the cost."),
    "joint_counting": gettext_lazy(
        "Of the ceilings of the year, a joint project takes the whole amount from its lead."
    ),
    "double_funding_ban": gettext_lazy("Other grants stand in nobody's way."),
    "rounding_unit": gettext_lazy("Nothing is cut off."),
}
_NOTHING_SET = gettext_lazy("The rules set nothing.")
DUTY_WORDS = {
    "correction": gettext_lazy("corrections within %(count)s days"),
    "withdrawal": gettext_lazy("withdrawal within %(count)s days after the notice of the decision"),
    "processing": gettext_lazy("CLAIR decides within %(count)s days after the deadline"),
    "report": gettext_lazy("report within %(count)s days after the end of the project"),
    "change": gettext_lazy("application for a change %(count)s days ahead"),
    "claim": gettext_lazy("claim within %(count)s days after the notice of the fixed amount"),
    "repayment": gettext_lazy("repayment within %(count)s days after its order"),
    "tax_credit": gettext_lazy("report on the consumption tax credit within %(count)s days"),
}
PLACE_WORDS = {
    "domestic": gettext_lazy("mainly in Japan"),
    "overseas": gettext_lazy("mainly abroad"),
}


def _ceiling(group: CapGroup, kinds: Mapping[str, Any], everybody: set[str]) -> str:
    """Return one ceiling; the kinds stay unsaid where it is the same for all who may apply."""
    words = {
        "kinds": _names(group.kinds, kinds),
        "cap": format_yen(group.cap),
        "place": str(PLACE_WORDS.get(group.place, "")),
    }
    if everybody <= set(group.kinds):
        text = _("%(place)s: up to %(cap)s") if group.place else _("each body: up to %(cap)s")
        return text % words
    if group.place:
        return _("%(kinds)s, %(place)s: up to %(cap)s") % words
    return _("%(kinds)s: up to %(cap)s") % words


def _places(rules: RuleData) -> str:
    return _(" / ").join(str(PLACE_WORDS[place]) for place in rules.places)


def _quota(rules: RuleData) -> str:
    if rules.quota is None:
        return ""
    return _("At most %(count)s a year for each body") % {"count": rules.quota}


def _income(rules: RuleData) -> str:
    text = _("Income of the project is taken off the cost before the rate is applied.")
    return text if rules.deduct_income else ""


def _currency(row: Currency) -> str:
    words = {"code": row.code, "rate": f"{row.rate:f}", "day": show(row.as_of)}
    return _("%(code)s (1 = %(rate)s yen, rate of %(day)s)") % words


def _start(rules: RuleData) -> str:
    if rules.starts_after_decision == "always":
        return _("A project may begin only after the notice of the decision.")
    if rules.starts_after_decision == "second_round":
        return _("In a second round, a project may begin only after the notice of the decision.")
    return ""


def _expense(expense: Expense) -> str:
    limits = []
    if expense.limit is not None:
        limits.append(_("up to %(amount)s") % {"amount": format_yen(expense.limit)})
    if expense.share is not None:
        limits.append(_("up to %(share)s of all cost") % {"share": expense.share})
    if not limits:
        return expense.name
    return _("%(name)s (%(limits)s)") % {"name": expense.name, "limits": _(", ").join(limits)}


def _changes(rules: RuleData) -> str:
    share, amount = rules.changes.share, rules.changes.amount
    if share is not None and amount is not None:
        text = _("Ask for approval to move more than %(share)s of a class of cost or %(amount)s.")
        return text % {"share": share, "amount": format_yen(amount)}
    if share is not None:
        text = _("Ask for approval to move more than %(share)s of a class of cost.")
        return text % {"share": share}
    if amount is not None:
        return _("Ask for approval to move more than %(amount)s.") % {"amount": format_yen(amount)}
    return ""


def _window(rules: RuleData) -> str:
    if rules.window is None:
        return ""
    days = {"first": _month_day(rules.window.opens), "last": _month_day(rules.window.closes)}
    return _("Usually %(first)s to %(last)s; the dates of each call hold.") % days


def _hour(rules: RuleData) -> str:
    if rules.window is None or rules.window.hour is None:
        return ""
    return _("Until %(hour)s on the last day (Japan time)") % {"hour": f"{rules.window.hour:%H:%M}"}


def _last_report(rules: RuleData, fiscal_year: int) -> str:
    if rules.report_by is None:
        return ""
    text = _("The report arrives by %(day)s, also where the project is not finished.")
    return text % {"day": show(report_day(rules.report_by, fiscal_year))}


def _threshold(rules: RuleData) -> str:
    if rules.asset_threshold is None:
        return ""
    text = _("Ask CLAIR before you dispose of equipment of %(amount)s or more a piece.")
    return text % {"amount": format_yen(rules.asset_threshold)}


def _advance(rules: RuleData) -> str:
    if rules.advance is None:
        return _("Paid after the amount is fixed; nothing is paid in advance.")
    if rules.advance.share is None:
        return _("Where the project needs it, the decided amount may be paid in advance.")
    text = _("Where the project needs it, %(share)s of the decided amount may be paid in advance.")
    return text % {"share": rules.advance.share}


def _indicator(row: Indicator) -> str:
    return _("%(name)s (%(limits)s)") % {"name": row.name, "limits": row.unit}


def _month_day(text: str) -> str:
    return date_format(day_in(text, _ANY_YEAR), "MONTH_DAY_FORMAT")


def _category(category: Category) -> str:
    is_english = (get_language() or "").startswith("en")
    return category.name_en if is_english and category.name_en else category.name


def _implementers(rules: RuleData, kinds: Mapping[str, Any]) -> str:
    if not rules.implementer_only:
        return ""
    return _("%(kinds)s take part only as implementers; a body named above applies.") % {
        "kinds": _names(rules.implementer_only, kinds)
    }


def _floor(rules: RuleData) -> str:
    return _("%(amount)s or more") % {"amount": format_yen(rules.floor)} if rules.floor else ""


def _fractions(rules: RuleData) -> str:
    if rules.rounding_unit == 1:
        return ""
    return _("Amounts below %(unit)s are cut off.") % {"unit": format_yen(rules.rounding_unit)}


def _period(rules: RuleData, fiscal_year: int) -> str:
    first, last = (
        rules.period.first_day(fiscal_year),
        rules.period.last_day(fiscal_year),
    )
    return _("%(first)s to %(last)s") % {"first": show(first), "last": show(last)}


def _documents(rules: RuleData) -> str:
    notes = {
        "always": "",
        "joint": _(" (with a joint body or an implementer)"),
        "optional": _(" (optional)"),
    }
    return _(", ").join(document.name + notes[document.when] for document in rules.documents)


def _other_grants(rules: RuleData) -> str:
    if not rules.double_funding_ban:
        return ""
    return _("A project that gets a grant of the state or of a body close to it is not supported.")
