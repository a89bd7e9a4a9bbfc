"""Money is whole yen: read as people type it, shown in one form."""

import re
import unicodedata
from fractions import Fraction

from django.utils.translation import gettext as _

from core.japanese import InputError, holds_number_marks, normalize, read_number

MAX_YEN = 10**15 - 1  # above every budget in Japan, within a bigint and a JSON number


class AmountError(InputError):
    """A typed amount that is refused."""


_MINUS = re.compile("^[-△▲∆−ー―–—]|^[(].*[)]$")
_BEFORE = re.compile(r"^(?:金|[¥\\]|JPY)+", re.IGNORECASE)
_AFTER = re.compile(r"(?:円(?:[也整])?|也|JPY|YEN|[.]?[-ー―—]+)+$", re.IGNORECASE)


def parse_yen(text: str) -> int:
    """Return whole yen typed as 3,000,000, ￥３００００００, 300万円, 1,234千円 or 三百万円.

    Negative amounts, fractions of a yen and anything else are refused with what to write instead.
    """
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", normalize(text)))
    bare = _BEFORE.sub("", typed)
    if _MINUS.search(bare) or _MINUS.search(typed):
        raise AmountError(_("Write the amount without a minus sign, 0 or more."), code="negative")
    bare = _AFTER.sub("", bare).replace("、", ",")
    if re.search("[0-9][.・][0-9]", bare):
        raise AmountError(
            _("Write the amount in whole yen, without a decimal point."), code="decimal"
        )
    amount = None if holds_number_marks(text) else read_number(bare)
    if amount is None:
        raise AmountError(
            _("Write the amount in digits, for example 3,000,000 or 300万円."),
            code="unreadable_amount",
        )
    if amount > MAX_YEN:
        raise AmountError(
            _("The amount is too large. Check the number of digits."), code="too_large"
        )
    return amount


def format_yen(amount: int) -> str:
    """Return 3,000,000円, or 3,000,000 yen to readers of English."""
    return _("%(amount)s yen") % {"amount": f"{amount:,}"}


def floor_to(amount: int | Fraction, unit: int = 1000) -> int:
    """Return the yen rounded down to the unit (千円未満切捨て; domain.md §1.4)."""
    return int(amount // unit) * unit
