"""An edition's rules parsed from JSON into types; each rule carries the clause it rests on.

What no public source states is listed in `unconfirmed` and shown so wherever it is used.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

UNITS = (1, 10, 100, 1_000, 10_000)


class RuleError(ValueError):
    """The data is not a set of rules; says which field and why."""


@dataclass(frozen=True)
class CapGroup:
    """The most that a body of these kinds may ask for in one edition, in yen."""

    kinds: tuple[str, ...]
    cap: int


@dataclass(frozen=True)
class Category:
    """One of the kinds of project that the edition supports."""

    key: str
    name: str
    name_en: str = ""


@dataclass(frozen=True)
class Expense:
    """A class of cost that may be counted, with its own ceiling in yen where there is one."""

    key: str
    name: str
    limit: int | None = None


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
        return _day(self.starts, fiscal_year)

    def last_day(self, fiscal_year: int) -> date:
        """Return the last possible day of a project of that fiscal year."""
        return _day(self.ends, fiscal_year)


@dataclass(frozen=True)
class Window:
    """When applications usually arrive, month and day of the year before the project."""

    opens: str
    closes: str


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

    @classmethod
    def parse(cls, data: dict[str, Any]) -> "RuleData":
        """Return the rules typed, or raise RuleError naming the first field that is wrong."""
        unknown = sorted(set(data) - set(_READERS))
        if unknown:
            raise RuleError(_("Unknown rule: %(name)s") % {"name": ", ".join(unknown)})
        missing = sorted(set(_READERS) - set(data) - _OPTIONAL)
        if missing:
            raise RuleError(_("Missing rule: %(name)s") % {"name": ", ".join(missing)})
        rules = cls(**{name: _read(name, data.get(name)) for name in _READERS})
        _check(rules)
        return rules

    def cap_for(self, kind: str, *, is_joint: bool) -> int | None:
        """Return the ceiling for a body of that kind; a joint project has its own."""
        if is_joint and self.joint_cap is not None:
            return self.joint_cap
        return next((group.cap for group in self.caps if kind in group.kinds), None)

    def clause(self, name: str) -> str:
        """Return the clause that the named rule rests on."""
        return self.clauses.get(name, "")

    def is_confirmed(self, name: str) -> bool:
        """Say whether a public source states the named rule."""
        return name not in self.unconfirmed


def _day(text: str, fiscal_year: int) -> date:
    """Place a month-day ("04-01", "02-end") in the fiscal year April to March."""
    month_text, day_text = text.split("-")
    month = int(month_text)
    year = fiscal_year if month >= 4 else fiscal_year + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, last if day_text == "end" else int(day_text))


def _month_day(value: Any) -> str:
    text = str(value)
    _day(text, 2020)
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


def _cap_group(kinds: list[str], cap: int) -> CapGroup:
    return CapGroup(_texts(kinds), _yen(cap))


def _expense(key: str, name: str, limit: int | None = None) -> Expense:
    return Expense(key, name, None if limit is None else _yen(limit))


_READERS: dict[str, Callable[[Any], Any]] = {
    "applicant_kinds": _texts,
    "caps": _rows(_cap_group),
    "joint_cap": lambda value: None if value is None else _yen(value),
    "floor": _yen,
    "rate": _rate,
    "deduct_income": _flag,
    "rounding_unit": _yen,
    "categories": _rows(Category),
    "expenses": _rows(_expense),
    "documents": _rows(Document),
    "period": lambda value: Period(_month_day(value["starts"]), _month_day(value["ends"])),
    "window": lambda value: (
        value and Window(_month_day(value["opens"]), _month_day(value["closes"]))
    ),
    "implementer_kinds": _texts,
    "implementer_only": _texts,
    "double_funding_ban": _flag,
    "clauses": dict,
    "unconfirmed": lambda value: frozenset(_texts(value)),
}
_OPTIONAL = frozenset({"rate", "joint_cap", "window"})


def _read(name: str, value: Any) -> Any:
    try:
        return _READERS[name](value)
    except (TypeError, ValueError, KeyError, ZeroDivisionError) as error:
        problem = {"name": name, "problem": str(error)}
        raise RuleError(_("Rule “%(name)s” cannot be read: %(problem)s") % problem) from error


def _check(rules: RuleData) -> None:
    """Refuse data whose fields contradict each other."""
    if rules.rounding_unit not in UNITS:
        raise RuleError(_("The rounding unit must be 1, 10, 100, 1,000 or 10,000 yen."))
    without_cap = [k for k in rules.applicant_kinds if rules.cap_for(k, is_joint=False) is None]
    if rules.caps and without_cap:
        raise RuleError(_("No ceiling for: %(name)s") % {"name": ", ".join(without_cap)})
    for rows in (rules.categories, rules.expenses, rules.documents):
        keys = [row.key for row in rows]
        if len(keys) != len(set(keys)):
            raise RuleError(_("The same key stands twice: %(name)s") % {"name": ", ".join(keys)})
    if any(document.when not in ("always", "joint", "optional") for document in rules.documents):
        raise RuleError(_("A document is asked always, joint or optional."))
