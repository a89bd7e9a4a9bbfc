"""The rules in words for the call's page: each sentence names the clause it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.money import format_yen
from programs.rules.data import Category, RuleData
from programs.rules.verdict import show


@dataclass(frozen=True)
class Sentence:
    """One rule in words; `is_confirmed` is false where no public source states it."""

    rule: str
    title: str
    text: str
    clause: str
    is_confirmed: bool


def sentences(
    rules: RuleData, *, fiscal_year: int, kinds: Mapping[str, Any]
) -> tuple[Sentence, ...]:
    """Return the rules of that project year as a person reads them; `kinds` names the bodies."""
    return tuple(
        Sentence(rule, title, text, rules.clause(rule), rules.is_confirmed(rule))
        for rule, title, text in _all(rules, fiscal_year, kinds)
        if text
    )


def amounts(rules: RuleData, *, kinds: Mapping[str, Any]) -> str:
    """Return floor and ceilings in one line."""
    parts = [
        _("%(kinds)s: up to %(cap)s")
        % {"kinds": _names(group.kinds, kinds), "cap": format_yen(group.cap)}
        for group in rules.caps
    ]
    if rules.joint_cap is not None:
        parts.append(_("joint project: up to %(cap)s") % {"cap": format_yen(rules.joint_cap)})
    return _(" / ").join(parts)


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
    yield "caps", _("How much"), amounts(rules, kinds=kinds)
    yield "floor", _("Least amount"), _floor(rules)
    yield "rate", _("Rate"), _rate(rules)
    yield "rounding_unit", _("Fractions"), _fractions(rules)
    yield (
        "categories",
        _("What kind of project"),
        _names(tuple(_category(category) for category in rules.categories), {}),
    )
    yield "period", _("Project period"), _period(rules, fiscal_year)
    yield (
        "expenses",
        _("Eligible costs"),
        _names(tuple(expense.name for expense in rules.expenses), {}),
    )
    yield "documents", _("Documents"), _documents(rules)
    yield "double_funding_ban", _("Other grants"), _other_grants(rules)


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


def _rate(rules: RuleData) -> str:
    if rules.rate is None:
        return _("The rate is not published; CLAIR decides the amount in the review.")
    return _("Up to %(rate)s of the eligible cost") % {"rate": rules.rate}


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
