"""A table as a workbook: headings, choices to pick from, room for more rows, and whose it is."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from core.sheets.table import MAX_ROWS, Column, Row, Sheet

META_TAB = "_clair"
ROW_HEADING = "clair-row"  # heads the hidden column that names each row's record
HEAD = 3  # the heading's row, counted from 0: title, how to, totals above it
SPARE_ROWS = 30
_LINE = 20  # points
FONT = "Yu Gothic"
_A4 = 9
_MADE = datetime(2021, 4, 1, tzinfo=UTC).replace(tzinfo=None)  # the same rows, the same bytes
_FORMATS = {"text": "@", "choice": "@", "yen": "#,##0"}
_MAX_LIST = 255  # characters of choices that a validation may hold itself


def write(sheet: Sheet, rows: Iterable[Row], *, meta: Mapping[str, Any]) -> bytes:
    """Return the workbook; `meta` (case, version, edition) is hidden in it and read back."""
    found = list(rows)
    if len(found) > MAX_ROWS:
        raise ValueError(f"a sheet has at most {MAX_ROWS} rows")
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"title": sheet.title, "created": _MADE})
        _write_table(book, sheet, found)
        _write_notes(book, sheet)
        _write_meta(book, sheet, meta)
    return stream.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": FONT, "font_size": 11}
    cell = {**base, "border": 1, "valign": "top"}
    return {
        "plain": book.add_format(base),
        "title": book.add_format({**base, "bold": True, "font_size": 14}),
        "head": book.add_format(
            {**cell, "bold": True, "bg_color": "#E8F1FE", "text_wrap": True, "valign": "vcenter"}
        ),
        "total": book.add_format({**base, "bold": True, "align": "right"}),
        "sum": book.add_format({**base, "bold": True, "num_format": "#,##0"}),
        "wrap": book.add_format({**cell, "text_wrap": True}),
        "text": book.add_format({**cell, "num_format": "@", "text_wrap": True}),
        "choice": book.add_format({**cell, "num_format": "@"}),
        "yen": book.add_format({**cell, "num_format": "#,##0"}),
        "decimal": book.add_format({**cell, "num_format": "#,##0.00"}),
    }


def _write_table(book: Any, sheet: Sheet, rows: Sequence[Row]) -> None:
    page, styles = book.add_worksheet(sheet.tab), _styles(book)
    last = HEAD + len(rows) + SPARE_ROWS
    page.write_string(0, 0, sheet.title, styles["title"])
    page.write_string(1, 0, _how_to(), styles["plain"])
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width)
        page.write_string(HEAD, index, _heading(column), styles["head"])
        if column.total:
            value = sum(row.values.get(column.key) or 0 for row in rows)
            _write_total(page, index, value, last, styles)
        _restrict(page, index, column, last)
        for number in range(HEAD + 1, last + 1):
            row = rows[number - HEAD - 1] if number <= HEAD + len(rows) else None
            _write_cell(page, (number, index), column, row, styles[column.kind])
    _set_heights(page, sheet, rows)
    hidden = len(sheet.columns)
    page.set_column(hidden, hidden, 4, None, {"hidden": True})
    page.write_string(HEAD, hidden, ROW_HEADING)
    for number, row in enumerate(rows, HEAD + 1):
        page.write_string(number, hidden, row.key)
    _set_paper(page, sheet, last)


def _set_heights(page: Any, sheet: Sheet, rows: Sequence[Row]) -> None:
    """Give a row whose words wrap the height for them: not every program finds it by itself."""
    page.set_default_row(_LINE)
    heads = [(_heading(column), column.width) for column in sheet.columns]
    page.set_row(HEAD, _LINE * _lines(heads))
    for number, row in enumerate(rows, HEAD + 1):
        lines = _lines((c.shown(row.values.get(c.key)), c.width) for c in sheet.columns)
        if lines > 1:
            page.set_row(number, _LINE * lines)


def _lines(words: Iterable[tuple[str, int]]) -> int:
    """Return how many lines the longest of the texts takes in its width (half-width characters)."""
    return max((_lines_of(text, width) for text, width in words), default=1)


def _lines_of(text: str, width: int) -> int:
    wide = (sum(1 + (east_asian_width(c) in "WFA") for c in line) for line in text.split("\n"))
    return sum(max(1, ceil(count / max(1, width - 1))) for count in wide)


def _how_to() -> str:
    return _("Rows may be added and taken out. Leave the headings as they are.")


def _heading(column: Column) -> str:
    label = str(column.label)
    return _("%(label)s (required)") % {"label": label} if column.required else label


def _write_total(page: Any, index: int, value: Any, last: int, styles: dict[str, Any]) -> None:
    """Write the column's sum over its heading, where it is seen while the rows scroll."""
    first, end = xl_rowcol_to_cell(HEAD + 1, index), xl_rowcol_to_cell(last, index)
    page.write_formula(HEAD - 1, index, f"=SUM({first}:{end})", styles["sum"], value)
    if index:
        page.write_string(HEAD - 1, index - 1, _("Total"), styles["total"])


def _write_cell(
    page: Any, place: tuple[int, int], column: Column, row: Row | None, style: Any
) -> None:
    value = row.values.get(column.key) if row else None
    if value is None or value == "":
        page.write_blank(*place, None, style)
    elif column.numeric:
        page.write_number(*place, value, style)
    else:
        page.write_string(*place, column.shown(value), style)


def _restrict(page: Any, index: int, column: Column, last: int) -> None:
    """Let Excel offer the choices, refuse a negative amount and show the help beside the cell."""
    rule: dict[str, Any] = {"validate": "any"}
    if column.kind == "choice":
        labels = [label for _value, label in column.choices]
        short = sum(len(label) + 1 for label in labels) <= _MAX_LIST
        safe = short and not any("," in label for label in labels)
        rule = {"validate": "list", "source": labels if safe else _range(index, len(labels))}
    elif column.numeric:
        rule = {
            "validate": "integer" if column.kind == "yen" else "decimal",
            "criteria": ">=",
            "value": 0,
            "error_type": "warning",
        }
    if column.help:
        rule |= {"input_title": str(column.label)[:32], "input_message": str(column.help)[:255]}
    if rule != {"validate": "any"}:
        page.data_validation(HEAD + 1, index, last, index, rule)


def _range(index: int, count: int) -> str:
    first = xl_rowcol_to_cell(0, index + 3, row_abs=True, col_abs=True)
    end = xl_rowcol_to_cell(count - 1, index + 3, row_abs=True, col_abs=True)
    return f"={META_TAB}!{first}:{end}"


def _set_paper(page: Any, sheet: Sheet, last: int) -> None:
    page.freeze_panes(HEAD + 1, 0)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEAD)
    page.print_area(0, 0, last, len(sheet.columns) - 1)
    page.set_footer("&C&P/&N")


def _write_notes(book: Any, sheet: Sheet) -> None:
    """Write a second page that says, column by column, what is wanted."""
    page, styles = book.add_worksheet(_("How to fill in")), _styles(book)
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 80)
    line = 0
    for note in (_how_to(), *map(str, sheet.notes)):
        page.write_string(line, 0, note, styles["plain"])
        line += 1
    for column in sheet.columns:
        line += 1
        page.write_string(line, 0, _heading(column), styles["head"])
        page.write_string(line, 1, _explained(column), styles["wrap"])
        page.set_row(line, _LINE * _lines_of(_explained(column), 80))
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)


def _explained(column: Column) -> str:
    said = [str(column.help)] if column.help else []
    if column.kind == "choice":
        labels = "、".join(label for _value, label in column.choices)
        said.append(_("Choose one of: %(choices)s") % {"choices": labels})
    if column.kind == "yen":
        said.append(_("Whole yen, 0 or more."))
    return "\n".join(said)


def _write_meta(book: Any, sheet: Sheet, meta: Mapping[str, Any]) -> None:
    page = book.add_worksheet(META_TAB)
    for number, (name, value) in enumerate(meta.items()):
        page.write_string(number, 0, name)
        page.write_string(number, 1, str(value))
    for index, column in enumerate(sheet.columns):
        for number, (_value, label) in enumerate(column.choices):
            page.write_string(number, index + 3, label)
    page.very_hidden()
