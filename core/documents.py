"""A paper as Word: what the PDF of a draft prints, in a file that the body's office works on."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY_FONT, HEAD_FONT = "MS Mincho", "Yu Gothic"
EMPTY = "（未記入）"
_MADE = datetime(2021, 4, 1)  # noqa: DTZ001 - the format knows no zone; the same text, the same bytes
_ZIP_TIME = (2021, 4, 1, 0, 0, 0)
_WIDTH = 170  # mm between the margins of an A4 page
_HEADINGS = (("Title", 16), ("Heading 1", 12), ("Heading 2", 10.5))


@dataclass(frozen=True)
class Table:
    """A table: headings, rows of texts and whole numbers (yen, to the right), widths in parts."""

    head: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    widths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Part:
    """A section: pairs of question and answer (a text, a number, texts or none), then tables."""

    title: str
    questions: Sequence[tuple[str, Any]] = ()
    tables: Sequence[Table] = ()
    note: str = ""


@dataclass(frozen=True)
class Paper:
    """A whole paper; `notice` stands in a frame on top, `footer` on each page beside its number."""

    title: str
    facts: Sequence[tuple[str, str]]
    parts: Sequence[Part]
    notice: str = ""
    footer: str = ""


def write(paper: Paper) -> bytes:
    """Return the paper as .docx: A4, in Japanese, no macros, and no moment of its making."""
    document = docx.Document()
    _set_styles(document)
    _set_page(document, paper.footer)
    _drop_thumbnail(document)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = paper.title, "", ""
    properties.created = properties.modified = _MADE
    properties.last_modified_by, properties.language = "", "ja-JP"
    if paper.notice:
        _write_notice(document, paper.notice)
    document.add_paragraph(paper.title, "Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write_facts(document, paper.facts)
    for part in paper.parts:
        _write_part(document, part)
    stream = io.BytesIO()
    document.save(stream)
    return _without_moments(stream)


def _drop_thumbnail(document: Any) -> None:
    """Take out the picture of the library's own empty template."""
    links = document.part.package.rels
    for key in [key for key, link in links.items() if link.reltype.endswith("/thumbnail")]:
        del links[key]


def _write_part(document: Any, part: Part) -> None:
    document.add_paragraph(part.title, "Heading 1")
    for label, answer in part.questions:
        document.add_paragraph(label, "Heading 2")
        _write_answer(document, answer)
    for table in part.tables:
        _write_table(document, table)
    if part.note:
        document.add_paragraph(part.note)


def _write_answer(document: Any, answer: Any) -> None:
    paragraph = document.add_paragraph()
    _say(paragraph, words_of(answer))
    paragraph.paragraph_format.left_indent = Mm(5)


def words_of(answer: Any) -> str:
    """Return an answer as it is printed: numbers with commas, choices joined, nothing said so."""
    if answer is None or answer in ("", [], ()):
        return EMPTY
    if isinstance(answer, list | tuple):
        return "、".join(str(item) for item in answer)
    if isinstance(answer, int) and not isinstance(answer, bool):
        return f"{answer:,}"
    return str(answer)


def _printable(text: str) -> str:
    """Return the text without what XML cannot hold."""
    return "".join(c for c in text if c >= " " or c == "\t")


def _write_notice(document: Any, text: str) -> None:
    table = document.add_table(1, 1, "Table Grid")
    _fill(table.cell(0, 0), text, bold=True).alignment = WD_ALIGN_PARAGRAPH.CENTER


def _write_facts(document: Any, facts: Sequence[tuple[str, str]]) -> None:
    table = document.add_table(0, 2, "Table Grid")
    for label, value in facts:
        cells = table.add_row().cells
        _fill(cells[0], label, bold=True)
        _fill(cells[1], value)
    _set_widths(table, (1, 3))


def _write_table(document: Any, found: Table) -> None:
    table = document.add_table(1, len(found.head), "Table Grid")
    for cell, label in zip(table.rows[0].cells, found.head, strict=True):
        _fill(cell, label, bold=True)
    _mark_row(table.rows[0], "w:tblHeader")  # repeated on each page, read out as headings
    for row in found.rows:
        cells = table.add_row()
        _mark_row(cells, "w:cantSplit")
        for cell, value in zip(cells.cells, row, strict=True):
            paragraph = _fill(cell, "" if value in (None, "") else words_of(value))
            if isinstance(value, int):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _set_widths(table, found.widths or (1,) * len(found.head))
    document.add_paragraph()


def _fill(cell: Any, text: str, *, bold: bool = False) -> Any:
    paragraph = cell.paragraphs[0]
    _say(paragraph, text, bold=bold)
    return paragraph


def _say(paragraph: Any, text: str, *, bold: bool = False) -> None:
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        run = paragraph.add_run(_printable(line))
        run.bold = bold or None
        if number < len(lines):
            run.add_break()


def _mark_row(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _set_widths(table: Any, parts: tuple[int, ...]) -> None:
    table.autofit = False
    for column, part in zip(table.columns, parts, strict=True):
        column.width = Mm(_WIDTH * part / sum(parts))
    for row in table.rows:
        for cell, part in zip(row.cells, parts, strict=True):
            cell.width = Mm(_WIDTH * part / sum(parts))


def _set_styles(document: Any) -> None:
    _set_font(document.styles["Normal"], BODY_FONT, 10.5)
    for name, size in _HEADINGS:
        style = document.styles[name]
        _set_font(style, HEAD_FONT, size)
        style.font.bold, style.font.color.rgb = True, None
        style.paragraph_format.space_before = Pt(8)
        style.paragraph_format.space_after = Pt(3)
        style.paragraph_format.keep_with_next = True
    for border in document.styles["Title"].element.iter(qn("w:pBdr")):
        border.getparent().remove(border)
    language = document.styles.element.find(f".//{qn('w:lang')}")
    language.set(qn("w:val"), "ja-JP")
    language.set(qn("w:eastAsia"), "ja-JP")


def _set_font(style: Any, name: str, size: float) -> None:
    style.font.name, style.font.size = name, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)


def _set_page(document: Any, footer: str) -> None:
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(20)
    page.top_margin = page.bottom_margin = Mm(20)
    paragraph = page.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(f"{footer}　" if footer else "")
    for text in ("PAGE", None, "NUMPAGES"):
        paragraph.add_run("/") if text is None else _write_field(paragraph, text)


def _write_field(paragraph: Any, name: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    field.append(paragraph.add_run("1")._r)
    paragraph._p.append(field)


def _without_moments(stream: io.BytesIO) -> bytes:
    """Return the package with one fixed time in it, so that the same paper is the same file."""
    made = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(made, "w") as target:
        for info in source.infolist():
            entry = zipfile.ZipInfo(info.filename, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(info))
    return made.getvalue()
