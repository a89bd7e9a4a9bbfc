"""Typesetting of letters, receipts and drafts: a typst template and JSON data make a PDF."""

import functools
import hashlib
import itertools
import json
import logging
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import qrcode
import typst
from django.conf import settings

logger = logging.getLogger(__name__)

BASE_TEMPLATE = "core/letters/base.typ"
FONT_PACKAGES = ("pylopdf_fonts_jp", "noto_cjk_sans_jp_bold")


class TypesettingError(Exception):
    """A template could not be typeset; names the template and what typst said."""

    def __init__(self, template: str, message: str) -> None:
        super().__init__(f"{template}: {message}")
        self.template = template


def render(template: str, data: dict[str, Any]) -> bytes:
    """Typeset a template of the templates folder with its data into a tagged PDF.

    Data reaches the template as JSON, so nothing in it is ever run. A character that no font
    has (an emoji, a 外字) is no reason to withhold a letter: then the PDF is tagged but not
    archival, and the log says so.
    """
    if not (_root() / template).is_file():
        raise TypesettingError(template, "no such template")
    compiler = typst.Compiler(
        _root() / template,
        root=_root(),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    try:
        return _compile(compiler, archival=True)
    except typst.TypstError as error:
        if not error.message.startswith("PDF/"):
            raise TypesettingError(template, error.message) from error
    logger.warning("typesetting.not_archival template=%s", template)
    try:
        return _compile(compiler, archival=False)
    except typst.TypstError as error:
        raise TypesettingError(template, error.message) from error


def template_version(template: str) -> str:
    """Return a short fingerprint of a template and its layout, stored with each letter."""
    digest = hashlib.sha256()
    for name in (template, BASE_TEMPLATE):
        digest.update((_root() / name).read_bytes())
    return digest.hexdigest()[:12]


def qr_svg(text: str) -> str:
    """Return a QR code as one SVG path, for the `verification` of a letter.

    Each run of dark modules is one rectangle: half the path of the library's own drawing, a fifth
    of the time that a letter takes.
    """
    code = qrcode.QRCode()
    code.add_data(text)
    code.make()
    matrix = code.get_matrix()
    size = len(matrix)
    path = "".join(
        f"M{x} {y}h{length}v1h-{length}z"
        for y, row in enumerate(matrix)
        for x, length in _dark_runs(row)
    )
    box = f'viewBox="0 0 {size} {size}" width="{size}mm" height="{size}mm"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}><path d="{path}"/></svg>'


def _dark_runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield (first column, length) of each run of dark modules."""
    column = 0
    for is_dark, run in itertools.groupby(row):
        length = len(list(run))
        if is_dark:
            yield column, length
        column += length


def _compile(compiler: typst.Compiler, *, archival: bool) -> bytes:
    """Make the PDF; archival: to be kept for decades (PDF/A-2a) and read aloud (PDF/UA-1)."""
    pdf = compiler.compile(format="pdf", pdf_standards=["a-2a", "ua-1"] if archival else [])
    assert isinstance(pdf, bytes)
    return pdf


def _root() -> Path:
    """Return the folder that `/core/letters/base.typ` is absolute to."""
    return Path(settings.BASE_DIR) / "templates"


@functools.cache
def _fonts() -> typst.Fonts:
    """Load the fonts of our packages once per process; the machine's own are never used."""
    folders = [Path(str(files(name))) for name in FONT_PACKAGES]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)
