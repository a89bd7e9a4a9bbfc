"""Each rule read from JSON into its type; what cannot be read names the rule and says why."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from programs.rules.terms import (
    DUTIES,
    JOINT_COUNTING,
    PLACES,
    STARTS_AFTER_DECISION,
    YEAR_DAYS,
    Advance,
    CapGroup,
    Category,
    ChangeLimits,
    Currency,
    Document,
    Expense,
    Indicator,
    Period,
    RepaymentTerms,
    Window,
    day_in,
)


class RuleError(ValueError):
    """The data is not a set of rules; says which field and why, and names the rule."""

    def __init__(self, message: str, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule


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


def _advance(value: dict[str, Any]) -> Advance:
    return Advance(_rate(value.get("share")))


def _percent(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
        is_percent = 0 <= number <= 100
    except InvalidOperation as error:
        raise ValueError("0 to 100 percent a year") from error
    if not is_percent:
        raise ValueError("0 to 100 percent a year")
    return number


def _repayment(value: dict[str, Any]) -> RepaymentTerms:
    readers: dict[str, Callable[[Any], Any]] = {
        "surcharge_percent": _percent,
        "arrears_percent": _percent,
        "year_days": _year_days,
    }
    return RepaymentTerms(**{name: readers[name](given) for name, given in dict(value).items()})


def _year_days(value: Any) -> int:
    if value not in YEAR_DAYS:
        raise ValueError("360, 365 or 366 days")
    return int(value)


READERS: dict[str, Callable[[Any], Any]] = {
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
    "asset_years": _or_none(_positive),
    "report_by": _or_none(_month_day),
    "advance": _or_none(_advance),
    "repayment": _repayment,
    "indicators": _rows(Indicator),
}


def read(name: str, value: Any) -> Any:
    """Return the named rule typed, or raise RuleError."""
    try:
        return READERS[name](value)
    except (AttributeError, TypeError, ValueError, KeyError, ZeroDivisionError) as error:
        problem = {"name": name, "problem": str(error)}
        raise RuleError(_("Rule “%(name)s” cannot be read: %(problem)s") % problem, name) from error
