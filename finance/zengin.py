"""The transfer file 総合振込 of the 全銀協 layout: fixed records of 120 bytes, half-width kana.

Positions and widths follow the layout as banks publish it (全銀協制定ファイルフォーマット【総合振込】,
https://expydoc.com/doc/11700435/, of a bank in 群馬; the same fields in other banks' manuals):

    header 1   1 kind=1 | 2 種別=21 | 1 code=0 (JIS) | 10 委託者コード | 40 name | 4 MMDD | 4 bank
               | 15 bank's name | 3 branch | 15 branch's name | 1 type | 7 number | 17 spaces
    data 2     1 kind=2 | 4 bank | 15 name | 3 branch | 15 name | 4 手形交換所=0000 | 1 type | 7 number
               | 30 受取人名 | 10 yen | 1 新規コード=0 | 20 EDI情報 | 1 振込指定=7 (電信) | 1 識別=Y | 7 spaces
    trailer 8  1 kind=8 | 6 count | 12 yen | 101 spaces
    end 9      1 kind=9 | 119 spaces

Numbers stand right, filled with 0; characters left, filled with spaces. 識別 is Y where EDI情報 is sent.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import jaconv
from django.utils.translation import gettext as _

WIDTH = 120
MOST_YEN, MOST_ROWS = 10**10 - 1, 10**6 - 1
_KANA = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ"
ALLOWED = frozenset(_KANA + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ()-./｢｣\\")
# Small kana are written large, ヲ as オ, the long vowel and all dashes as a hyphen.
_FOLDED = str.maketrans(
    "ｧｨｩｪｫｬｭｮｯｦｰ‐‑‒–—―−－ー「」・･、,，。．￥¥［］【】",
    "ｱｲｳｴｵﾔﾕﾖﾂｵ---------｢｣......." + "." + "\\\\()()",
)


class UnwritableError(ValueError):
    """A text or number that the file cannot carry; says which and why."""


def kana(text: str) -> str:
    """Return the text in the banks' half-width set; UnwritableError names what has no place there."""
    wide = jaconv.hira2kata(unicodedata.normalize("NFKC", text)).upper()
    narrow = jaconv.z2h(wide, kana=True, ascii=True, digit=True).translate(_FOLDED)
    wrong = sorted(set(narrow) - ALLOWED)
    if wrong:
        raise UnwritableError(
            _("The bank's file cannot carry %(signs)s. Write katakana, capitals and digits.")
            % {"signs": "".join(wrong)}
        )
    return " ".join(narrow.split())


@dataclass(frozen=True)
class Requester:
    """Who transfers (振込依頼人): the code that the bank gave, and the account to be charged."""

    code: str
    name: str
    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    account_type: str
    number: str


@dataclass(frozen=True)
class Transfer:
    """One transfer: to which account, how many yen, and what the receiver's statement says."""

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    account_type: str
    number: str
    holder: str
    amount: int
    edi: str = ""


def digits(text: str | int, width: int) -> str:
    """Return a number right, filled with 0; refused where it is none or too long."""
    found = str(text)
    if not (found.isascii() and found.isdecimal()) or len(found) > width:
        raise UnwritableError(
            _("“%(text)s” is no number of at most %(width)s digits.")
            % {"text": found, "width": width}
        )
    return found.zfill(width)


def letters(text: str, width: int, *, cut: bool = False) -> str:
    """Return characters left, filled with spaces; too long is refused, or cut where it may be."""
    found = kana(text)
    if len(found) > width and not cut:
        raise UnwritableError(
            _("“%(text)s” is longer than the %(width)s characters that the file carries.")
            % {"text": found, "width": width}
        )
    return found[:width].ljust(width)


def header(requester: Requester, transfer_on: date) -> str:
    """Return the record of kind 1."""
    return _record(
        "1",
        "21",
        "0",
        digits(requester.code, 10),
        letters(requester.name, 40),
        f"{transfer_on:%m%d}",
        digits(requester.bank_code, 4),
        letters(requester.bank_name, 15, cut=True),
        digits(requester.branch_code, 3),
        letters(requester.branch_name, 15, cut=True),
        digits(requester.account_type, 1),
        digits(requester.number, 7),
        " " * 17,
    )


def row(transfer: Transfer) -> str:
    """Return one record of kind 2."""
    if not 0 < transfer.amount <= MOST_YEN:
        raise UnwritableError(_("An amount has between 1 and 10 digits."))
    return _record(
        "2",
        digits(transfer.bank_code, 4),
        letters(transfer.bank_name, 15, cut=True),
        digits(transfer.branch_code, 3),
        letters(transfer.branch_name, 15, cut=True),
        "0000",
        digits(transfer.account_type, 1),
        digits(transfer.number, 7),
        letters(transfer.holder, 30, cut=True),
        digits(transfer.amount, 10),
        "0",
        letters(transfer.edi, 20),
        "7",
        "Y" if transfer.edi else " ",
        " " * 7,
    )


def trailer(transfers: Sequence[Transfer]) -> str:
    """Return the record of kind 8: how many, and how much in all."""
    total = sum(transfer.amount for transfer in transfers)
    return _record("8", digits(len(transfers), 6), digits(total, 12), " " * 101)


def end() -> str:
    """Return the record of kind 9."""
    return _record("9", " " * 119)


def _record(*fields: str) -> str:
    record = "".join(fields)
    if len(record) != WIDTH:
        raise UnwritableError(f"a record of {len(record)} bytes")
    return record


def lines(requester: Requester, transfer_on: date, transfers: Sequence[Transfer]) -> list[str]:
    """Return the records of a file in their order; a file has 1 to 999,999 transfers."""
    if not 0 < len(transfers) <= MOST_ROWS:
        raise UnwritableError(_("A file has at least one transfer."))
    return [header(requester, transfer_on), *map(row, transfers), trailer(transfers), end()]


def content(records: Iterable[str], *, line_ends: bool) -> bytes:
    """Return the file's bytes: one byte a character (JIS X 0201), with CR LF where the bank asks."""
    tail = "\r\n" if line_ends else ""
    return "".join(f"{record}{tail}" for record in records).encode("shift_jis")
