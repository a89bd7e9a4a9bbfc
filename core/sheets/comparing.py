"""What a sheet that came back would change, row by row and cell by cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from core.japanese import normalize
from core.sheets.table import Row, Sheet

KINDS: dict[str, Promise] = {
    "added": pgettext_lazy("sheet row", "added"),
    "removed": pgettext_lazy("sheet row", "taken out"),
    "changed": pgettext_lazy("sheet row", "changed"),
}
Pair = tuple[Row | None, Row | None]


@dataclass(frozen=True)
class CellChange:
    """One cell before and after, in words."""

    key: str
    label: str
    numeric: bool
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Say whether the words differ."""
        return self.before != self.after


@dataclass(frozen=True)
class RowChange:
    """A row that was added, taken out or changed; `number` is its row in the file, 0 without."""

    kind: str
    number: int
    cells: tuple[CellChange, ...]

    @property
    def kind_label(self) -> Promise:
        """Return what happened to the row, in words."""
        return KINDS[self.kind]

    @property
    def name(self) -> str:
        """Return the row's first words, to call it by."""
        return next((c.after or c.before for c in self.cells if c.after or c.before), "")


def compare(sheet: Sheet, before: Sequence[Row], after: Sequence[Row]) -> tuple[RowChange, ...]:
    """Return what differs, in the order of the file and then what it lacks.

    Rows are matched by the key that stood hidden beside them; where the file lost its keys, by
    what they say and then by position.
    """
    if any(row.key for row in after):
        pairs = _by_key(before, after)
    else:
        pairs = _by_position(sheet, before, after)
    made = [_change(sheet, *pair) for pair in pairs]
    found = [change for change in made if change is not None]
    return tuple(sorted(found, key=lambda change: change.kind == "removed"))


def _by_key(before: Sequence[Row], after: Sequence[Row]) -> Iterator[Pair]:
    known = {row.key: row for row in before if row.key}
    for row in after:
        yield known.pop(row.key, None), row
    for row in before:
        if not row.key or row.key in known:
            yield row, None


def _by_position(sheet: Sheet, before: Sequence[Row], after: Sequence[Row]) -> Iterator[Pair]:
    old, new = ([_words(sheet, row) for row in rows] for rows in (before, after))
    for _tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        width = max(b - a, d - c)
        left = [*before[a:b], *[None] * (width - (b - a))]
        right = [*after[c:d], *[None] * (width - (d - c))]
        yield from zip(left, right, strict=True)


def _words(sheet: Sheet, row: Row | None) -> tuple[str, ...]:
    values: Any = row.values if row else {}
    return tuple(normalize(column.shown(values.get(column.key))) for column in sheet.columns)


def _change(sheet: Sheet, before: Row | None, after: Row | None) -> RowChange | None:
    old, new = _words(sheet, before), _words(sheet, after)
    if before and after and old == new:
        return None
    cells = tuple(
        CellChange(column.key, str(column.label), column.numeric, *words)
        for column, *words in zip(sheet.columns, old, new, strict=True)
    )
    kind = "added" if before is None else "removed" if after is None else "changed"
    return RowChange(kind, after.number if after else 0, cells)
