"""The table of a sheet: its columns, its rows, and what was wrong in a cell."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.money import format_yen

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyText  # only the stubs have it

MAX_ROWS = 2_000
NUMERIC = frozenset({"yen", "decimal"})


@dataclass(frozen=True)
class Column:
    """One column: `kind` is text, yen (whole yen, int), decimal (Decimal) or choice (its value)."""

    key: str
    label: "str | LazyText"
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()  # value and label
    required: bool = False
    width: int = 16  # in characters
    help: "str | LazyText" = ""
    limit: int = 500  # characters of a text
    places: int = 2  # decimal places
    total: bool = False  # its sum stands over the heading

    @property
    def numeric(self) -> bool:
        """Say whether the column holds numbers."""
        return self.kind in NUMERIC

    def shown(self, value: Any) -> str:
        """Return the value in words, as a page or a paper shows it."""
        if value is None or value == "":
            return ""
        if self.kind == "choice":
            return dict(self.choices).get(value, str(value))
        if self.kind == "yen":
            return format_yen(value)
        return f"{value:,f}" if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True)
class Sheet:
    """A table that goes out as XLSX and comes back; `notes` say how to fill it in."""

    title: str
    columns: tuple[Column, ...]
    notes: "tuple[str | LazyText, ...]" = ()

    @property
    def tab(self) -> str:
        """Return the worksheet's name: what Excel allows of the title, at most 31 characters."""
        return "".join(c for c in self.title if c not in "[]:*?/\\'")[:31] or "Sheet1"


@dataclass(frozen=True)
class Row:
    """One row: values by column key; `key` names the record; `number` is its row in the file."""

    values: Mapping[str, Any]
    key: str = ""
    number: int = 0


@dataclass(frozen=True)
class Problem:
    """What does not fit: the cell (B7), its column, what stands there, and what to do."""

    code: str
    message: str
    cell: str = ""
    label: str = ""
    found: str = ""

    def __str__(self) -> str:
        place = " ".join(part for part in (self.cell, self.label) if part)
        return f"{place}：{self.message}" if place else self.message


@dataclass(frozen=True)
class ReadSheet:
    """What a file said: whose it is (`meta`; empty where that was lost), its rows, its problems."""

    meta: dict[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    tab: str = ""  # the worksheet that was read

    def differs(self, **expected: Any) -> list[str]:
        """Return the names of what the file does not share: another case, an older version."""
        return [name for name, value in expected.items() if self.meta.get(name) != str(value)]


_MARKS = ("※必須", "必須", "(必須)", "(required)", "※", "*")


def bare_label(text: Any) -> str:
    """Return a heading without width, spaces, line breaks and the mark of a required column."""
    plain = "".join(unicodedata.normalize("NFKC", str(text or "")).casefold().split())
    for mark in _MARKS:
        plain = plain.removeprefix(mark).removesuffix(mark)
    return plain


def loose_label(text: Any) -> str:
    """Return a heading without what it adds in brackets either, such as its unit."""
    plain = bare_label(text)
    for opening, closing in ("()", "[]", "【】"):
        if plain.endswith(closing) and plain.find(opening) > 0:
            plain = plain[: plain.find(opening)]
    return plain
