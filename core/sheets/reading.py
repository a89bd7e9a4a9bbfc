"""A table read back from a workbook that people worked on: tolerant of form, strict on values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from core.japanese import normalize
from core.sheets import cells, opening
from core.sheets.table import (
    MAX_ROWS,
    Column,
    Problem,
    ReadSheet,
    Row,
    Sheet,
    bare_label,
    loose_label,
)
from core.sheets.writing import META_TAB, ROW_HEADING

MAX_COLUMNS = 100
MAX_TABS = 30
_HEAD_WITHIN = 60  # the heading is looked for in the first rows
_TOTALS = frozenset({"合計", "小計", "総計", "計", "total"})


@dataclass(frozen=True)
class Place:
    """Where the table stands in a workbook: the heading's row and each column's number."""

    page: Any
    head: int
    columns: dict[str, int]
    keys: int | None  # the hidden column that names the records


def read(sheet: Sheet, file: IO[bytes], *, name: str = "sheet.xlsx") -> ReadSheet:
    """Return rows and problems of the file; ValidationError where it is no workbook of the table.

    Rows and columns may have been added and moved; a merged cell counts for all it covers; blank
    rows and rows of totals are passed over; a formula counts as the result that was saved with it.
    """
    content = opening.content_of(file, name)
    book = opening.workbook(content, name, values=True)
    formulas = opening.workbook(content, name, values=False)
    place = find(sheet, book)
    if place is None:
        raise ValidationError(
            _("“%(name)s” has not the headings of “%(title)s”. Use the sheet that was downloaded.")
            % {"name": name, "title": sheet.title},
            code="sheet_headings",
        )
    meta = _meta_of(book)
    missing = [_missing(column) for column in sheet.columns if column.key not in place.columns]
    if missing:
        return ReadSheet(meta, (), tuple(missing), place.page.title)
    reader = _Reader(sheet, place, formulas[place.page.title])
    return ReadSheet(meta, *reader.read(), place.page.title)


def find(sheet: Sheet, book: Any) -> Place | None:
    """Return where the table stands: on its own worksheet first, else on any that shows."""
    pages = [page for page in book.worksheets if page.sheet_state == "visible"]
    pages.sort(key=lambda page: page.title != sheet.tab)
    wanted = max(1, (len(sheet.columns) + 1) // 2)
    for page in pages[:MAX_TABS]:
        rows = page.iter_rows(max_row=_HEAD_WITHIN, max_col=_width(page), values_only=True)
        found = [(_columns(sheet, row), number) for number, row in enumerate(rows, 1)]
        columns, head = max(found, key=lambda pair: len(pair[0]), default=({}, 0))
        if len(columns) >= wanted:
            heading = [cell.value for cell in page[head][: _width(page)]]
            keys = heading.index(ROW_HEADING) + 1 if ROW_HEADING in heading else None
            return Place(page, head, columns, keys)
    return None


def _width(page: Any) -> int:
    return min(page.max_column or 1, MAX_COLUMNS)


def _columns(sheet: Sheet, row: tuple[Any, ...]) -> dict[str, int]:
    """Return which column of the row heads which column of the table; the first of two alike."""
    found: dict[str, int] = {}
    for plain in (bare_label, loose_label):
        labels = [plain(value) if isinstance(value, str) else "" for value in row]
        for column in sheet.columns:
            label = plain(column.label)
            if column.key in found or label not in labels:
                continue
            number = labels.index(label) + 1
            if number not in found.values():
                found[column.key] = number
    return found


def _missing(column: Column) -> Problem:
    return Problem(
        "column_missing",
        _("This column is missing. Put it back as it is in the sheet that was downloaded."),
        label=str(column.label),
    )


def _meta_of(book: Any) -> dict[str, str]:
    if META_TAB not in book.sheetnames:
        return {}
    rows = book[META_TAB].iter_rows(max_row=50, max_col=2, values_only=True)
    return {str(row[0]): str(row[1]) for row in rows if len(row) > 1 and None not in row}


class _Reader:
    """Reads the rows under the heading."""

    def __init__(self, sheet: Sheet, place: Place, formulas: Any):
        self.sheet, self.place, self.formulas = sheet, place, formulas
        self.problems: list[Problem] = []
        self.covered = dict(_covered(place))

    def read(self) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
        """Return rows and problems."""
        rows: list[Row] = []
        seen: set[str] = set()
        for number in opening.rows_of(self.place.page, self.place.head):
            values = {c.key: self._value(number, c.key) for c in self.sheet.columns}
            if self._is_no_row(number, values):
                continue
            if len(rows) == MAX_ROWS:
                self.problems.append(_too_many())
                break
            key = self._key(number)
            rows.append(Row(self._parse(number, values), "" if key in seen else key, number))
            seen.add(key)
        return tuple(rows), tuple(self.problems)

    def _value(self, number: int, key: str) -> Any:
        place = (number, self.place.columns[key])
        return self.place.page.cell(*self.covered.get(place, place)).value

    def _lent(self, number: int, key: str) -> bool:
        """Say whether the value is that of a merged cell above."""
        return (number, self.place.columns[key]) in self.covered

    def _is_no_row(self, number: int, values: dict[str, Any]) -> bool:
        """Pass over blank rows, rows of totals, and a heading that stands there a second time."""
        said = [v for v in values.values() if not _is_blank(v)]
        own = [key for key, v in values.items() if not _is_blank(v) and not self._lent(number, key)]
        if not own:
            return not any(self._formula(number, key) for key in values)
        if isinstance(said[0], str) and bare_label(said[0]) in _TOTALS:
            return True
        heads = {bare_label(column.label) for column in self.sheet.columns}
        return len(said) > 1 and all(isinstance(v, str) and bare_label(v) in heads for v in said)

    def _key(self, number: int) -> str:
        if self.place.keys is None:
            return ""
        value = self.place.page.cell(number, self.place.keys).value
        return "" if value is None else str(value).strip()

    def _parse(self, number: int, values: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for column in self.sheet.columns:
            value = values[column.key]
            try:
                if value is None and self._formula(number, column.key):
                    raise cells.no_result()
                found[column.key] = cells.parse(column, value)
            except cells.CellError as error:
                found[column.key] = None
                self.problems.append(self._problem(number, column, value, error))
        return found

    def _formula(self, number: int, key: str) -> bool:
        cell = self.formulas.cell(number, self.place.columns[key])
        return cell.data_type == "f"

    def _problem(self, number: int, column: Column, value: Any, error: cells.CellError) -> Problem:
        letter = get_column_letter(self.place.columns[column.key])
        found = "" if value is None else _shown(value)
        return Problem(error.code, str(error), f"{letter}{number}", str(column.label), found)


def _covered(place: Place) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield, for each cell that a merge downwards hides, the cell whose value it shares.

    A merge to the right says nothing of the columns that it covers, and a merge of numbers would
    count them twice: only texts and choices go down.
    """
    numbers = set(place.columns.values())
    for area in place.page.merged_cells.ranges:
        if area.min_row <= place.head or area.min_col not in numbers:
            continue
        top = (area.min_row, area.min_col)
        if not isinstance(place.page.cell(*top).value, str):
            continue
        for number in range(area.min_row + 1, area.max_row + 1):
            yield (number, area.min_col), top


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not normalize(value))


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value)[:100]


def _too_many() -> Problem:
    return Problem(
        "too_many_rows",
        _("A sheet has at most %(count)d rows. Put small items together.") % {"count": MAX_ROWS},
    )
