"""The file that came in, given back with marks where it does not fit."""

import io
from collections import defaultdict
from collections.abc import Iterable
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_from_string

from core.sheets import opening, reading
from core.sheets.reading import Place
from core.sheets.table import Problem, Sheet

AUTHOR = "CLAIR"
_COLOUR = "FFFFC7CE"
_FILL = PatternFill("solid", start_color=_COLOUR, end_color=_COLOUR)
_HEADINGS = frozenset({"要修正", "To correct"})
_WIDTH = 60
_LAST_COLUMN = 16_384  # Excel has no more


def mark(
    sheet: Sheet, file: IO[bytes], problems: Iterable[Problem], *, name: str = "sheet.xlsx"
) -> bytes:
    """Return the same workbook with each cell coloured and explained, and a column that says all.

    What else stands in it is kept: formulas, other pages, widths (shapes and macros cannot be).
    Marks of an earlier return are taken away first.
    """
    content = opening.content_of(file, name)
    book = opening.workbook(content, name, values=False)
    place = reading.find(sheet, book)
    if place is None:
        return content
    column = _clear(place)
    for row, found in _by_row(place, problems).items():
        for problem in found:
            _mark_cell(place.page, problem)
        cell = place.page.cell(row, column)
        cell.value, cell.data_type = "\n".join(str(p) for p in found), "s"
        cell.fill, cell.alignment = _FILL, Alignment(wrap_text=True, vertical="top")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _by_row(place: Place, problems: Iterable[Problem]) -> dict[int, list[Problem]]:
    """Return the problems by row; those of the whole file under the heading's row."""
    found: dict[int, list[Problem]] = defaultdict(list)
    for problem in problems:
        row = coordinate_from_string(problem.cell)[1] if problem.cell else place.head
        found[row].append(problem)
    if found:
        heading = Problem("heading", _("To correct"))
        found[place.head] = [heading, *found[place.head]]
    return found


def _mark_cell(page: Any, problem: Problem) -> None:
    if not problem.cell or isinstance(page[problem.cell], MergedCell):
        return
    cell = page[problem.cell]
    cell.fill = _FILL
    cell.comment = Comment(problem.message, AUTHOR, height=110, width=260)


def _clear(place: Place) -> int:
    """Take away the marks of an earlier return; return the column in which to say what is wrong."""
    page = place.page
    for cell in opening.cells_of(page):
        if cell.comment and cell.comment.author == AUTHOR:
            cell.comment = None
        if cell.fill.fill_type == "solid" and cell.fill.start_color.rgb == _COLOUR:
            cell.fill = PatternFill()
    earlier = [c for c in page[place.head] if _is_heading(c.value)]
    if not earlier:
        return _free_column(page)
    for number in [place.head, *opening.rows_of(page, place.head)]:
        page.cell(number, earlier[0].column).value = None
    return int(earlier[0].column)


def _is_heading(value: Any) -> bool:
    return isinstance(value, str) and value.split("\n")[0] in _HEADINGS


def _free_column(page: Any) -> int:
    taken = [cell.column for cell in opening.cells_of(page) if cell.value is not None]
    column = min(max(taken) + 1, _LAST_COLUMN)
    page.column_dimensions[get_column_letter(column)].width = _WIDTH
    if page.print_area:
        page.print_area = None
    return column
