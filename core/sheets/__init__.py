"""A table out to XLSX and back: written, read, compared cell by cell, given back with marks."""

from core.sheets.comparing import CellChange, RowChange, compare
from core.sheets.marking import mark
from core.sheets.reading import read
from core.sheets.table import Column, Problem, ReadSheet, Row, Sheet
from core.sheets.writing import write

__all__ = [
    "CellChange",
    "Column",
    "Problem",
    "ReadSheet",
    "Row",
    "RowChange",
    "Sheet",
    "compare",
    "mark",
    "read",
    "write",
]
