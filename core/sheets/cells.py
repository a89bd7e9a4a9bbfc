"""One cell's value as its column understands it, or what to write there instead."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from core.japanese import InputError, contains_my_number, normalize, search_key
from core.money import MAX_YEN, AmountError, parse_yen
from core.sheets.table import Column


class CellError(InputError):
    """A cell that is refused; its message says what to write there."""


_NOTHING = re.compile("[-‐‑‒–−―ー—─]+|なし|無し?")  # how a table says: no amount
_ERRORS = frozenset({"#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#N/A", "#NUM!", "#NULL!"})


def parse(column: Column, value: Any) -> Any:
    """Return the value: text or choice as str (empty for none), yen as int, decimal as Decimal.

    An empty number is None. CellError where it does not fit.
    """
    if value in _ERRORS:
        raise CellError(
            _("The formula here gives an error (%(value)s). Correct it, or type the value.")
            % {"value": value},
            code="formula_error",
        )
    found = _PARSERS[column.kind](column, value)
    if column.required and found in (None, ""):
        raise CellError(_("Fill in this cell."), code="required")
    return found


def no_result() -> CellError:
    """Return the refusal of a formula that no program has calculated yet."""
    return CellError(
        _("The formula here has no result yet. Open the file in Excel, save it and add it again."),
        code="formula_unsaved",
    )


def _text(column: Column, value: Any) -> str:
    text = normalize(_written(value))
    if len(text) > column.limit:
        raise CellError(
            _("Write at most %(limit)d characters; these are %(count)d.")
            % {"limit": column.limit, "count": len(text)},
            code="too_long",
        )
    if contains_my_number(text):
        raise CellError(
            _("This looks like an Individual Number (My Number). Take it out."), code="my_number"
        )
    return text


def _written(value: Any) -> str:
    """Return what the cell shows: 3 for 3.0, 2026-09-30 for a date."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return str(value.date())
    return str(value)


def _choice(column: Column, value: Any) -> str:
    typed = search_key(_written(value))
    if not typed:
        return ""
    for code, label in column.choices:
        if typed in (search_key(label), search_key(code)):
            return code
    labels = [label for _code, label in column.choices]
    shown = "、".join(labels[:8]) + ("…" if len(labels) > 8 else "")
    raise CellError(_("Choose one of: %(choices)s") % {"choices": shown}, code="unknown_choice")


def _yen(column: Column, value: Any) -> int | None:
    if isinstance(value, str):
        return _typed_yen(value)
    amount = _number(value)
    if amount is None:
        return None
    if amount != amount.to_integral_value():
        raise CellError(
            _("Write the amount in whole yen, without a decimal point."), code="decimal"
        )
    return int(amount)


def _typed_yen(text: str) -> int | None:
    plain = normalize(text)
    if not plain or _NOTHING.fullmatch(plain):
        return None
    try:
        return parse_yen(plain)
    except AmountError as error:
        raise CellError(str(error), code=error.code) from error


def _decimal(column: Column, value: Any) -> Decimal | None:
    amount = _typed_decimal(value) if isinstance(value, str) else _number(value)
    if amount is None:
        return None
    if amount != round(amount, column.places):
        raise CellError(
            _("Write at most %(places)d decimal places.") % {"places": column.places},
            code="decimal_places",
        )
    return round(amount, column.places)


def _typed_decimal(text: str) -> Decimal | None:
    plain = unicodedata.normalize("NFKC", normalize(text)).replace(",", "").replace(" ", "")
    if not plain or _NOTHING.fullmatch(plain):
        return None
    if not re.fullmatch(r"[-−△▲]?[0-9]{1,15}(?:\.[0-9]{1,10})?", plain):
        raise CellError(_("Write a number in digits, for example 1234.50."), code="no_number")
    return _number(Decimal(re.sub("^[−△▲]", "-", plain)))


def _number(value: Any) -> Decimal | None:
    """Return a number cell exactly as it shows; dates and yes/no are no numbers."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise CellError(
            _("This cell holds a date or another kind. Set it to “number” and type the amount."),
            code="no_number",
        )
    try:
        amount = Decimal(repr(value) if isinstance(value, float) else value)
        amount = round(amount, 6)
    except InvalidOperation:
        amount = Decimal(MAX_YEN + 1)
    if amount < 0:
        raise CellError(_("Write the amount without a minus sign, 0 or more."), code="negative")
    if amount > MAX_YEN:
        raise CellError(_("The amount is too large. Check the number of digits."), code="too_large")
    return amount


_PARSERS: dict[str, Callable[[Column, Any], Any]] = {
    "text": _text,
    "choice": _choice,
    "yen": _yen,
    "decimal": _decimal,
}
