"""An edition's rules parsed from JSON into types; each rule carries the clause it rests on.

What no public source states is listed in `unconfirmed` and shown so wherever it is used.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

UNITS = (1, 10, 100, 1_000, 10_000)
PLACES = ("domestic", "overseas")
# What the days are counted for: correction, withdrawal after the notice, the standard processing
# period, the report after the project's end, notice of a change, the tax credit report.
DUTIES = (
    "correction",
    "withdrawal",
    "processing",
    "report",
    "change",
    "tax_credit",
)
STARTS_AFTER_DECISION = ("never", "second_round", "always")
JOINT_COUNTING = ("lead", "shares")
# A rule without a clause of its own rests on that of the wider rule.
_WIDER = {"window_hours": "window", "joint_counting": "joint_shares", "deduct_income": "rate"}


class RuleError(ValueError):
    """The data is not a set of rules; says which field and why, and names the rule."""

    def __init__(self, message: str, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule


@dataclass(frozen=True)
class CapGroup:
    """The most that a body of these kinds may ask for in one edition, in yen.

    `place` narrows the ceiling to projects mainly there; empty for any place.
    """

    kinds: tuple[str, ...]
    cap: int
    place: str = ""


@dataclass(frozen=True)
class Category:
    """One of the kinds of project that the edition supports."""

    key: str
    name: str
    name_en: str = ""


@dataclass(frozen=True)
class Expense:
    """A class of cost that may be counted, with a ceiling in yen or as a share of all cost."""

    key: str
    name: str
    limit: int | None = None
    share: Fraction | None = None

    def most(self, eligible_cost: int) -> int | None:
        """Return the ceiling in yen for a project of that cost; None where there is none."""
        found = [self.limit] if self.limit is not None else []
        if self.share is not None:
            found.append(int(eligible_cost * self.share))
        return min(found, default=None)


@dataclass(frozen=True)
class Document:
    """A paper that belongs to an application; `key` is that of the form's file question."""

    key: str
    name: str
    when: str = "always"


@dataclass(frozen=True)
class Period:
    """When a project may begin and end; the last day of February where `ends` says so."""

    starts: str
    ends: str

    def first_day(self, fiscal_year: int) -> date:
        """Return the first possible day of a project of that fiscal year."""
        return day_in(self.starts, fiscal_year)

    def last_day(self, fiscal_year: int) -> date:
        """Return the last possible day of a project of that fiscal year."""
        return day_in(self.ends, fiscal_year)


@dataclass(frozen=True)
class Window:
    """When applications usually arrive: month and day of the year before the project, hour in JST.

    The hour is that of the closing day; None where no source states it.
    """

    opens: str
    closes: str
    hour: time | None = None


@dataclass(frozen=True)
class Currency:
    """A currency in which a budget may be written: yen for one unit, as of a day."""

    code: str
    rate: Decimal
    as_of: date

    def yen(self, amount: Decimal) -> int:
        """Return an amount of this currency in whole yen, fractions cut off."""
        return int(amount * self.rate)


@dataclass(frozen=True)
class ChangeLimits:
    """Above which a change needs approval: moved share of a class of cost, or moved yen."""

    share: Fraction | None = None
    amount: int | None = None


@dataclass(frozen=True)
class RuleData:
    """All rules of one edition: amounts in yen, rate as a fraction (None = not known)."""

    applicant_kinds: tuple[str, ...]
    caps: tuple[CapGroup, ...]
    joint_cap: int | None
    floor: int
    rate: Fraction | None
    deduct_income: bool
    rounding_unit: int
    categories: tuple[Category, ...]
    expenses: tuple[Expense, ...]
    documents: tuple[Document, ...]
    period: Period
    window: Window | None
    implementer_kinds: tuple[str, ...]
    implementer_only: tuple[str, ...]
    double_funding_ban: bool
    clauses: dict[str, str] = field(default_factory=dict)
    unconfirmed: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()
    quota: int | None = None
    joint_shares: bool = False
    joint_counting: str = "lead"
    starts_after_decision: str = "never"
    multi_year: bool = False
    currencies: tuple[Currency, ...] = ()
    changes: ChangeLimits = ChangeLimits()
    duties: dict[str, int] = field(default_factory=dict)
    retention_years: int | None = None
    asset_threshold: int | None = None

    @classmethod
    def parse(cls, data: dict[str, Any]) -> "RuleData":
        """Return the rules typed, or raise RuleError naming the first field that is wrong."""
        unknown = sorted(set(data) - set(_READERS))
        if unknown:
            raise RuleError(_("Unknown rule: %(name)s") % {"name": ", ".join(unknown)})
        missing = sorted(set(_READERS) - set(data) - _OPTIONAL - _LATER)
        if missing:
            raise RuleError(_("Missing rule: %(name)s") % {"name": ", ".join(missing)})
        given = {name for name in _READERS if name in data or name in _OPTIONAL}
        rules = cls(**{name: _read(name, data.get(name)) for name in given})
        _check(rules)
        return rules

    def cap_for(self, kind: str, *, is_joint: bool, place: str = "") -> int | None:
        """Return the ceiling (yen) for a body of that kind and place; a joint project has its own.

        While the place is not known, the highest ceiling of the kind holds.
        """
        if is_joint and self.joint_cap is not None:
            return self.joint_cap
        found = [
            group.cap
            for group in self.caps
            if kind in group.kinds and (not place or group.place in ("", place))
        ]
        return max(found, default=None)

    def currency(self, code: str) -> Currency | None:
        """Return the currency with its rate; None where the edition does not take it."""
        return next((row for row in self.currencies if row.code == code), None)

    def days(self, duty: str, default: int) -> int:
        """Return the days for a duty, or the default where the edition sets none."""
        return self.duties.get(duty, default)

    def waits_for_decision(self, round_number: int) -> bool:
        """Say whether a project of that round may begin only after the notice of the decision."""
        asked = self.starts_after_decision
        return asked == "always" or (asked == "second_round" and round_number > 1)

    def clause(self, name: str) -> str:
        """Return the clause that the named rule rests on, its own or that of the wider rule."""
        return self.clauses.get(name) or self.clauses.get(_WIDER.get(name, ""), "")

    def is_confirmed(self, name: str) -> bool:
        """Say whether a public source states the named rule."""
        return name not in self.unconfirmed


def day_in(text: str, fiscal_year: int) -> date:
    """Place a month-day ("04-01", "02-end") in the fiscal year April to March."""
    month_text, day_text = text.split("-")
    month = int(month_text)
    year = fiscal_year if month >= 4 else fiscal_year + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, last if day_text == "end" else int(day_text))


def _month_day(value: Any) -> str:
    text = str(value)
    day_in(text, 2020)
    return text


def _yen(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("whole yen")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("list of texts")
    return tuple(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _rate(value: Any) -> Fraction | None:
    if value is None:
        return None
    rate = Fraction(str(value))
    if not 0 < rate <= 1:
        raise ValueError("between 0 and 1")
    return rate


def _rows(make: Callable[..., Any]) -> Callable[[Any], tuple]:
    return lambda value: tuple(make(**row) for row in value)


def _one_of(names: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in names:
            raise ValueError(" | ".join(names))
        return value

    return read


def _positive(value: Any) -> int:
    if _yen(value) == 0:
        raise ValueError("1 or more")
    return value


def _or_none(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _cap_group(kinds: list[str], cap: int, place: str = "") -> CapGroup:
    return CapGroup(_texts(kinds), _yen(cap), _one_of(("", *PLACES))(place))


def _expense(key: str, name: str, limit: int | None = None, share: Any = None) -> Expense:
    return Expense(key, name, _or_none(_yen)(limit), _rate(share))


def _window(value: Any) -> Window | None:
    if not value:
        return None
    hour = value.get("hour")
    return Window(
        _month_day(value["opens"]),
        _month_day(value["closes"]),
        time.fromisoformat(hour) if hour else None,
    )


def _currency(code: str, rate: Any, as_of: str) -> Currency:
    try:
        number = Decimal(str(rate))
    except InvalidOperation as error:
        raise ValueError("yen for one unit") from error
    if len(code) != 3 or not code.isupper() or number <= 0:
        raise ValueError("yen for one unit of a currency such as USD")
    return Currency(code, number, date.fromisoformat(str(as_of)))


def _change_limits(value: dict[str, Any]) -> ChangeLimits:
    return ChangeLimits(_rate(value.get("share")), _or_none(_yen)(value.get("amount")))


def _days(value: Any) -> dict[str, int]:
    return {_one_of(DUTIES)(name): _positive(days) for name, days in dict(value).items()}


_READERS: dict[str, Callable[[Any], Any]] = {
    "applicant_kinds": _texts,
    "caps": _rows(_cap_group),
    "joint_cap": _or_none(_yen),
    "floor": _yen,
    "rate": _rate,
    "deduct_income": _flag,
    "rounding_unit": _yen,
    "categories": _rows(Category),
    "expenses": _rows(_expense),
    "documents": _rows(Document),
    "period": lambda value: Period(_month_day(value["starts"]), _month_day(value["ends"])),
    "window": _window,
    "implementer_kinds": _texts,
    "implementer_only": _texts,
    "double_funding_ban": _flag,
    "clauses": dict,
    "unconfirmed": lambda value: frozenset(_texts(value)),
    "places": lambda value: tuple(_one_of(PLACES)(place) for place in _texts(value)),
    "quota": _or_none(_positive),
    "joint_shares": _flag,
    "joint_counting": _one_of(JOINT_COUNTING),
    "starts_after_decision": _one_of(STARTS_AFTER_DECISION),
    "multi_year": _flag,
    "currencies": _rows(_currency),
    "changes": _change_limits,
    "duties": _days,
    "retention_years": _or_none(_positive),
    "asset_threshold": _or_none(_yen),
}
_OPTIONAL = frozenset({"rate", "joint_cap", "window"})
# Rules that older versions do not have; where they are missing, RuleData's default holds.
_LATER = frozenset({
    "places", "quota", "joint_shares", "joint_counting", "starts_after_decision", "multi_year",
    "currencies", "changes", "duties", "retention_years", "asset_threshold",
})  # fmt: skip


def _read(name: str, value: Any) -> Any:
    try:
        return _READERS[name](value)
    except (TypeError, ValueError, KeyError, ZeroDivisionError) as error:
        problem = {"name": name, "problem": str(error)}
        raise RuleError(_("Rule “%(name)s” cannot be read: %(problem)s") % problem, name) from error


def _check(rules: RuleData) -> None:
    """Refuse data whose fields contradict each other."""
    if rules.rounding_unit not in UNITS:
        message = _("The rounding unit must be 1, 10, 100, 1,000 or 10,000 yen.")
        raise RuleError(message, "rounding_unit")
    without_cap = [k for k in rules.applicant_kinds if rules.cap_for(k, is_joint=False) is None]
    if rules.caps and without_cap:
        raise RuleError(_("No ceiling for: %(name)s") % {"name": ", ".join(without_cap)}, "caps")
    _check_places(rules)
    for name in ("categories", "expenses", "documents"):
        keys = [row.key for row in getattr(rules, name)]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            message = _("The same key stands twice: %(name)s") % {"name": ", ".join(twice)}
            raise RuleError(message, name)
    if any(document.when not in ("always", "joint", "optional") for document in rules.documents):
        raise RuleError(_("A document is asked always, joint or optional."))


def _check_places(rules: RuleData) -> None:
    """Every kind has a ceiling at every place of the edition, and no ceiling names another."""
    if any(group.place and group.place not in rules.places for group in rules.caps):
        raise RuleError(_("A ceiling names a place that the edition does not ask for."), "caps")
    for place in rules.places if rules.caps else ():
        without = [
            k
            for k in rules.applicant_kinds
            if rules.cap_for(k, is_joint=False, place=place) is None
        ]
        if without:
            raise RuleError(_("No ceiling for: %(name)s") % {"name": ", ".join(without)}, "caps")
