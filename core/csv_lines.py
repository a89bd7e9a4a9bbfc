"""Small tables as CSV or XLSX; reports of many rows go by core.exports."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import xlsxwriter

from core.exports import BOM

# What a spreadsheet may take for a formula; an apostrophe before it makes it text.
_FORMULA = re.compile(r"^(?=[\t\r\n]|\s*[-=+@－＝＋＠])")


def csv_of(lines: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Return lines as CSV that Excel reads, each text safe from being a formula."""
    yield BOM
    for line in lines:
        stream = io.StringIO()
        csv.writer(stream).writerow([_formula_safe(cell) for cell in line])
        yield stream.getvalue().encode()


def book_of(title: str, lines: Sequence[Sequence[Any]]) -> bytes:
    """Return lines as a workbook, heads first; numbers are numbers and text is never a formula."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        plain = book.add_format({"num_format": "#,##0"})
        head = book.add_format({"bold": True})
        book.set_properties({"title": title})
        for row, cells in enumerate(lines):
            sheet.write_row(row, 0, cells, plain if row else head)
        sheet.freeze_panes(1, 1)
        sheet.autofit()
    return stream.getvalue()


def _formula_safe(cell: Any) -> Any:
    return _FORMULA.sub("'", cell) if isinstance(cell, str) else cell
