"""A paper as Word: its words, its tables, its language; nothing that runs, no moment."""

import io
import zipfile

import docx
import pytest
from docx.oxml.ns import qn

from core import uploads
from core.documents import EMPTY, Paper, Part, Table, words_of, write

PAPER = Paper(
    "助成申請書",
    [("団体", "見本町"), ("担当者", "企画課\n0123-45-6789")],
    [
        Part(
            "申請の概要",
            [("事業名", "防災講座"), ("概要", "町内で開く。\n髙﨑 德子。"), ("分野", [])],
        ),
        Part("経費の内訳", tables=[Table(("内容", "金額（円）"), [("旅費", 70_000), ("", None)])]),
        Part("別紙", note="別紙はありません。"),
    ],
    notice="下書き",
    footer="第3版",
)


@pytest.fixture
def document():
    return docx.Document(io.BytesIO(write(PAPER)))


def test_words_stand_in_their_order_under_headings(document):
    said = [(p.style.name, p.text) for p in document.paragraphs if p.text]

    assert said == [
        ("Title", "助成申請書"),
        ("Heading 1", "申請の概要"),
        ("Heading 2", "事業名"),
        ("Normal", "防災講座"),
        ("Heading 2", "概要"),
        ("Normal", "町内で開く。\n髙﨑 德子。"),
        ("Heading 2", "分野"),
        ("Normal", EMPTY),
        ("Heading 1", "経費の内訳"),
        ("Heading 1", "別紙"),
        ("Normal", "別紙はありません。"),
    ]


def test_tables_have_a_heading_row_and_amounts_with_commas(document):
    notice, facts, costs = document.tables

    assert notice.cell(0, 0).text == "下書き"
    assert [[c.text for c in row.cells] for row in facts.rows][1] == [
        "担当者",
        "企画課\n0123-45-6789",
    ]
    assert [[c.text for c in row.cells] for row in costs.rows] == [
        ["内容", "金額（円）"],
        ["旅費", "70,000"],
        ["", ""],
    ]
    assert costs.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_paper_is_in_japanese_with_fonts_that_offices_have(document):
    fonts = document.styles["Normal"].element.rPr.rFonts
    language = document.styles.element.find(f".//{qn('w:lang')}")

    assert fonts.get(qn("w:eastAsia")) == "MS Mincho"
    assert language.get(qn("w:eastAsia")) == "ja-JP"
    assert "PAGE" in document.sections[0].footer._element.xml
    assert document.core_properties.author == ""


def test_same_paper_is_the_same_file_and_passes_as_an_upload():
    content = write(PAPER)

    assert content == write(PAPER)
    assert uploads.inspect(io.BytesIO(content), "案.docx", len(content)).endswith("document")
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not [name for name in names if "vba" in name.lower() or "thumbnail" in name]


def test_control_characters_do_not_break_the_file():
    paper = Paper("件名", [], [Part("問", [("問", "前\x0b後\x00")])])

    assert docx.Document(io.BytesIO(write(paper))).paragraphs[-1].text == "前後"


@pytest.mark.parametrize(
    ("answer", "words"),
    [(None, EMPTY), ("", EMPTY), ([], EMPTY), (1234567, "1,234,567"), (["甲", "乙"], "甲、乙")],
)
def test_answers_in_words(answer, words):
    assert words_of(answer) == words
