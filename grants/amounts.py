"""Amounts of a budget that is written in a currency other than yen."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import BoxField
from core.fiscal import era_date_plain
from core.japanese import InputError, normalize
from programs.rules import Currency

MAX_AMOUNT = Decimal(10) ** 12
_MARKS = re.compile(r"^[A-Z]{3}|[A-Z]{3}$|^[$€£]|[,\s]")


class ForeignAmountField(BoxField):
    """An amount in a currency, 0 or more, with at most two decimals; also as USD 1,234.50."""

    box_attributes = {"inputmode": "decimal", "autocomplete": "off"}
    empty_value = None
    default_error_messages = {"required": gettext_lazy("Enter an amount.")}

    def read(self, text: str) -> Decimal:
        bare = unicodedata.normalize("NFKC", normalize(text)).upper()
        try:
            amount = Decimal(_MARKS.sub("", _MARKS.sub("", bare)))
        except InvalidOperation:
            raise InputError(
                _("Write the amount in digits, for example 1,234.50."), code="unreadable_amount"
            ) from None
        if not amount.is_finite() or amount < 0 or amount >= MAX_AMOUNT:
            raise InputError(
                _("Write the amount in digits, 0 or more. Check their number."), code="too_large"
            )
        if amount != amount.quantize(Decimal("0.01")):
            raise InputError(_("Write at most two digits after the point."), code="decimal")
        return amount

    def show(self, value: Any) -> str:
        return f"{value:,.2f}"


def foreign_text(code: str, amount: Decimal | None) -> str:
    """Return the amount with its currency, as in USD 1,234.50; empty where there is none."""
    return f"{code} {amount:,.2f}" if code and amount is not None else ""


def rate_text(currency: Currency | None) -> str:
    """Return the rate with its day, as the sheet and the papers print it."""
    if currency is None:
        return ""
    words = {
        "code": currency.code,
        "rate": f"{currency.rate:,f}",
        "day": era_date_plain(currency.as_of),
    }
    return _("1 %(code)s = %(rate)s yen (%(day)s), fractions of a yen cut off") % words
