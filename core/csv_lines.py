"""Small tables as CSV for everybody; reports of many rows go by core.exports."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

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


def _formula_safe(cell: Any) -> Any:
    return _FORMULA.sub("'", cell) if isinstance(cell, str) else cell
