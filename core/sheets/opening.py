"""A workbook that came back, opened only where it is no threat to the memory and the reader."""

import io
import re
import warnings
import zipfile
from pathlib import PurePosixPath
from typing import IO, Any

import openpyxl
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl.utils import range_boundaries

from core import uploads

MAX_BYTES = 5 * 1024 * 1024
MAX_XML = 20 * 1024 * 1024  # unpacked
_LAST_ROW = 1_048_576  # Excel has no more
MAX_CELLS = 60_000  # of the whole workbook, merged ones each by itself
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*ref=[\"']([A-Za-z0-9:$]+)[\"']")
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")


def content_of(file: IO[bytes], name: str) -> bytes:
    """Return the file's bytes; ValidationError (what to do) where it is no workbook to be read."""
    ending = PurePosixPath(name).suffix.lower()
    if ending != ".xlsx":
        raise ValidationError(
            _("“%(name)s” is not an Excel workbook (.xlsx). Save it as .xlsx and add it again.")
            % {"name": name},
            code="sheet_type",
        )
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    uploads.inspect(io.BytesIO(content), name, len(content))
    if len(content) > MAX_BYTES:
        raise _too_large(name)
    _check_weight(content, name)
    return content


def workbook(content: bytes, name: str, *, values: bool) -> Any:
    """Return the workbook with its results (`values`), or with its formulas and links."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl leaves out, it says on stderr
            return openpyxl.load_workbook(
                io.BytesIO(content), data_only=values, keep_links=not values
            )
    except Exception as error:  # a broken file makes its reader fail in any way
        raise unreadable(name) from error


def unreadable(name: str) -> ValidationError:
    """Return the refusal of a file that only looks like a workbook."""
    return ValidationError(
        _("“%(name)s” cannot be read. Open it in Excel, save it again and add it again.")
        % {"name": name},
        code="sheet_unreadable",
    )


def _too_large(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” holds too much. Keep only the sheet that was downloaded and add it again.")
        % {"name": name},
        code="sheet_size",
    )


def _check_weight(content: bytes, name: str) -> None:
    """Refuse what would grow in memory: too many cells, wide merges, entities in the XML."""
    cells = unpacked = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                if not info.filename.lower().endswith((".xml", ".rels", ".vml")):
                    continue
                unpacked += info.file_size
                if unpacked > MAX_XML:
                    raise _too_large(name)
                part = archive.read(info)
                if _DECLARES.search(part.replace(b"\0", b"")):
                    raise unreadable(name)
                cells += len(_CELL.findall(part)) + _merged_cells(part)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise unreadable(name) from error
    if cells > MAX_CELLS:
        raise _too_large(name)


def _merged_cells(part: bytes) -> int:
    total = 0
    for match in _MERGED.finditer(part):
        left, top, right, bottom = range_boundaries(match[1].decode())
        total += (right - left + 1) * (bottom - top + 1)
    return total


def cells_of(page: Any) -> list[Any]:
    """Return the cells that the file holds; asking openpyxl by rows would make those between."""
    return list(page._cells.values())


def rows_of(page: Any, after: int) -> list[int]:
    """Return the numbers of the rows below one that hold anything."""
    return sorted({cell.row for cell in cells_of(page) if after < cell.row <= _LAST_ROW})
