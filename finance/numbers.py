"""Account numbers: brought into the bank's form, and refused with what to write instead."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Section
from core.japanese import normalize_digits
from finance import zengin
from finance.models import BankAccount

_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_PLAIN = re.compile(r"[A-Z0-9]{4,34}")
HOLDER_WIDTH = 30

Found = dict[str, Any]


def checked(values: dict[str, Any]) -> Found:
    """Return each part in its one form, or the ValidationError that stands beside its box."""
    if values.get("kind") == BankAccount.Kind.ABROAD:
        return _abroad(values)
    return _domestic(values)


def _domestic(values: dict[str, Any]) -> Found:
    found: Found = {"bic": "", "country": ""}
    for name, width in (("bank_code", 4), ("branch_code", 3), ("number", 7)):
        found[name] = _digits(values.get(name) or "", width)
    if not values.get("account_type"):
        found["account_type"] = ValidationError(_("Choose the type of account."))
    for name in ("bank_name", "branch_name", "holder"):
        found[name] = _kana(values.get(name) or "", HOLDER_WIDTH if name == "holder" else 140)
    return found


def _digits(typed: str, width: int) -> Any:
    text = re.sub(r"[-\s]", "", normalize_digits(typed))
    if not re.fullmatch(rf"[0-9]{{{width}}}", text):
        return ValidationError(_("Write %(width)s digits, with zeros in front.") % {"width": width})
    return text


def _kana(typed: str, width: int) -> Any:
    if not typed:
        return ValidationError(_("Fill this in."))
    try:
        text = zengin.kana(typed)
    except zengin.UnwritableError as error:
        return ValidationError(str(error))
    if len(text) > width:
        return ValidationError(
            _("The banks take %(width)s half-width characters: this has %(count)s. Shorten it as "
              "the bank writes it in the passbook.")
            % {"width": width, "count": len(text)}
        )  # fmt: skip
    return text


def _abroad(values: dict[str, Any]) -> Found:
    found: Found = {"bank_code": "", "branch_code": "", "account_type": ""}
    bic = _bare(values.get("bic") or "")
    found["bic"] = bic if _BIC.fullmatch(bic) else ValidationError(
        _("Write the SWIFT/BIC in 8 or 11 characters, for example DEUTDEFF.")
    )  # fmt: skip
    country = _bare(values.get("country") or "")
    found["country"] = country if re.fullmatch("[A-Z]{2}", country) else ValidationError(
        _("Write the country in two letters, for example DE.")
    )  # fmt: skip
    found["number"] = _foreign_number(_bare(values.get("number") or ""))
    return found


def _bare(typed: str) -> str:
    return re.sub(r"[-\s]", "", normalize_digits(typed)).upper()


def _foreign_number(number: str) -> Any:
    looks_like_iban = re.match(r"[A-Z]{2}[0-9]{2}", number)
    if looks_like_iban and not is_iban(number):
        return ValidationError(
            _("This IBAN does not fit its check digits. Compare it with the bank's paper.")
        )
    if not _PLAIN.fullmatch(number):
        return ValidationError(_("Write the account number in letters and digits alone."))
    return number


def is_iban(number: str) -> bool:
    """Return whether the check digits fit (ISO 13616: the number modulo 97 is 1)."""
    if not _IBAN.fullmatch(number):
        return False
    moved = number[4:] + number[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def own_sections(user: Any) -> Any:
    """Return the sections for which the user may act, own and granted."""
    sections = Section.objects.filter(pk__in=sorted(user.access.section_roles))
    return sections.select_related("organization").order_by("pk")
