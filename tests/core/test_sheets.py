"""A table out to XLSX and back: same rows, odd files, marks, differences."""

import io
import tracemalloc
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from core.japanese import contains_my_number, normalize
from core.money import MAX_YEN
from core.sheets import Column, Problem, Row, Sheet, compare, mark, read, write
from core.sheets.writing import HEAD

FIRST = HEAD + 2  # the first row under the heading, as Excel counts
SHEET = Sheet(
    "経費内訳書",
    (
        Column(
            "category",
            "経費区分",
            "choice",
            (("travel", "旅費"), ("fee", "謝金"), ("print", "印刷製本費")),
            required=True,
        ),
        Column("description", "内容", required=True, width=30, limit=200),
        Column("basis", "積算", width=30, limit=200),
        Column("amount", "金額（円）", "yen", required=True, total=True),
        Column("foreign", "外貨額", "decimal"),
    ),
    notes=("行は増やせます。",),
)
META = {"case": "9f86d081-884c", "version": 3, "edition": "2022-tabunka"}


def a_row(key="1", **values):
    usual = {
        "category": "travel",
        "description": "講師の旅費",
        "basis": "2人×1,000円",
        "amount": 2000,
        "foreign": None,
    }
    return Row({**usual, **values}, key)


def written(*rows, meta=META):
    return io.BytesIO(write(SHEET, rows, meta=meta))


def changed(*rows, by):
    """The written file after a person worked on its table."""
    book = openpyxl.load_workbook(written(*rows))
    by(book[SHEET.tab])
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def rows_of(found):
    return [dict(row.values) for row in found.rows]


def codes(found):
    return [(p.cell, p.code) for p in found.problems]


def refused(content, name="sheet.xlsx"):
    with pytest.raises(ValidationError) as caught:
        read(SHEET, io.BytesIO(content), name=name)
    return caught.value.code


texts = st.text(max_size=60).map(normalize).filter(lambda text: not contains_my_number(text))
# XML has no place for some characters, and a text that is an error's or a total's name is one.
plain = texts.filter(lambda text: text.isprintable() and not text.startswith("#"))
filled = plain.filter(lambda text: text not in ("", "合計", "小計", "総計", "計"))
rows = st.builds(
    lambda key, **values: Row(values, str(key)),
    key=st.integers(min_value=1),
    category=st.sampled_from(["travel", "fee", "print"]),
    description=filled,
    basis=plain,
    amount=st.integers(0, 10**15 - 1),
    foreign=st.none() | st.integers(0, 10**11).map(lambda cents: Decimal(cents).scaleb(-2)),
)


@given(st.lists(rows, max_size=6, unique_by=lambda row: row.key))
@settings(max_examples=25, deadline=None)
def test_what_was_written_is_read(found):
    back = read(SHEET, written(*found))

    assert back.problems == ()
    assert rows_of(back) == [dict(row.values) for row in found]
    assert [row.key for row in back.rows] == [row.key for row in found]
    assert compare(SHEET, found, back.rows) == ()


def test_file_says_whose_it_is():
    found = read(SHEET, written(a_row()))

    assert found.meta == {"case": "9f86d081-884c", "version": "3", "edition": "2022-tabunka"}
    assert found.differs(case="9f86d081-884c", version=3) == []
    assert found.differs(case="other", version=4) == ["case", "version"]
    assert read(SHEET, written(a_row(), meta={})).differs(version=3) == ["version"]


def test_same_rows_give_the_same_bytes():
    assert written(a_row()).getvalue() == written(a_row()).getvalue()


def test_formula_characters_stay_text():
    row = a_row(description="=1+1", basis="@SUM(A1)")

    page = openpyxl.load_workbook(written(row))[SHEET.tab]

    assert (page.cell(FIRST, 2).data_type, page.cell(FIRST, 3).data_type) == ("s", "s")
    assert rows_of(read(SHEET, written(row))) == [row.values]


def test_workbook_offers_choices_freezes_headings_and_prints_across():
    book = openpyxl.load_workbook(written(a_row(), a_row("2", amount=500)))
    page = book[SHEET.tab]

    assert page.freeze_panes == f"A{FIRST}"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.print_title_rows == f"${FIRST - 1}:${FIRST - 1}"
    rules = {str(rule.sqref).split(":")[0]: rule for rule in page.data_validations.dataValidation}
    assert rules[f"A{FIRST}"].formula1 == '"旅費,謝金,印刷製本費"'
    assert rules[f"D{FIRST}"].type == "whole"
    assert book["_clair"].sheet_state == "veryHidden"
    assert page.column_dimensions["F"].hidden
    total = openpyxl.load_workbook(written(a_row(), a_row("2", amount=500)), data_only=True)
    assert total[SHEET.tab].cell(HEAD, 4).value == 2500  # 2,000 + 500


def test_long_lists_of_choices_are_offered_from_the_hidden_page():
    many = tuple((str(number), f"経費区分その{number}") for number in range(60))
    sheet = Sheet("内訳", (Column("kind", "区分", "choice", many),))

    content = write(sheet, [Row({"kind": "59"})], meta={})

    [rule] = openpyxl.load_workbook(io.BytesIO(content))["内訳"].data_validations.dataValidation
    assert rule.formula1 == "_clair!$D$1:$D$60"
    assert rows_of(read(sheet, io.BytesIO(content))) == [{"kind": "59"}]


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("￥１，２３４", 1234),
        ("300万円", 3_000_000),
        (" 1,234 円", 1234),
        (1234.0, 1234),
        (1100.0000000000002, 1100),  # 1,000 × 1.1 as a computer multiplies
        (0, 0),
    ],
)
def test_amounts_are_read_as_people_type_them(typed, amount):
    def work(page):
        page.cell(FIRST, 4).value = typed

    assert rows_of(read(SHEET, changed(a_row(), by=work)))[0]["amount"] == amount


@pytest.mark.parametrize(
    ("column", "typed", "code"),
    [
        ("D", -500, "negative"),
        ("D", "△500", "negative"),
        ("D", 10.5, "decimal"),
        ("D", "十円くらい", "unreadable_amount"),
        ("D", datetime(2026, 9, 30), "no_number"),
        ("D", True, "no_number"),
        ("D", MAX_YEN * 10, "too_large"),
        ("D", None, "required"),
        ("D", "－", "required"),
        ("D", "#REF!", "formula_error"),
        ("A", "旅費ほか", "unknown_choice"),
        ("A", None, "required"),
        ("B", "あ" * 201, "too_long"),
        ("B", "123456789018", "my_number"),
        ("E", "12.345", "decimal_places"),
        ("E", "約12", "no_number"),
        ("E", -1, "negative"),
    ],
)
def test_cell_that_does_not_fit_is_named(column, typed, code):
    def work(page):
        page[f"{column}{FIRST}"].value = typed

    found = read(SHEET, changed(a_row(), by=work))

    assert codes(found) == [(f"{column}{FIRST}", code)]
    [problem] = found.problems
    label = {c: str(col.label) for c, col in zip("ABCDE", SHEET.columns, strict=True)}[column]
    assert str(problem).startswith(f"{column}{FIRST} {label}：")


def test_texts_come_in_one_form():
    def work(page):
        page.cell(FIRST, 1).value = " 旅 費 "
        page.cell(FIRST, 2).value = "ｺﾋﾟｰ　ＡＢＣ"
        page.cell(FIRST, 3).value = 3.0
        page.cell(FIRST, 5).value = "１，２３４．５"

    [row] = rows_of(read(SHEET, changed(a_row(), by=work)))

    assert row == {
        "category": "travel",
        "description": "コピー ABC",
        "basis": "3",
        "amount": 2000,
        "foreign": Decimal("1234.50"),
    }


def test_inserted_rows_moved_columns_and_totals_are_understood():
    def work(page):
        page.insert_rows(1, 4)
        page.insert_cols(2)
        page.cell(FIRST + 3, 2).value = "自由記入欄"
        page.cell(FIRST + 6, 1).value = "謝 金"
        page.cell(FIRST + 6, 3).value = "通訳"
        page.cell(FIRST + 6, 5).value = "500"
        page.cell(FIRST + 8, 1).value = "合　計"
        page.cell(FIRST + 8, 5).value = 2500

    found = read(SHEET, changed(a_row(), by=work))

    assert found.problems == ()
    assert [(r.key, r.number, r.values["amount"]) for r in found.rows] == [
        ("1", FIRST + 4, 2000),
        ("", FIRST + 6, 500),
    ]


def test_headings_may_change_their_look_but_not_their_words():
    def work(page):
        for cell, text in zip(
            page[HEAD + 1], ["※ 経費 区分", "内容", "積算\n", "金額", "外貨額（USD）"], strict=False
        ):
            cell.value = text

    assert rows_of(read(SHEET, changed(a_row(), by=work))) == [a_row().values]


def test_missing_column_is_named_before_anything_is_read():
    found = read(SHEET, changed(a_row(), by=lambda page: page.delete_cols(4)))

    assert [(p.code, p.label) for p in found.problems] == [("column_missing", "金額（円）")]
    assert found.rows == ()


def test_text_merged_over_rows_counts_for_each_but_makes_no_row():
    def work(page):
        page.cell(FIRST + 1, 1).value = None
        page.merge_cells(f"A{FIRST}:A{FIRST + 2}")

    found = read(SHEET, changed(a_row(), a_row("2"), by=work))

    assert found.problems == ()
    assert [row.values["category"] for row in found.rows] == ["travel", "travel"]


def test_copied_row_is_a_new_one():
    def work(page):
        for cell in page[FIRST]:
            page.cell(FIRST + 1, cell.column).value = cell.value

    assert [row.key for row in read(SHEET, changed(a_row(), by=work)).rows] == ["1", ""]


def test_formula_without_a_saved_result_is_told():
    def work(page):
        page.cell(FIRST, 4).value = "=2*1000"

    assert codes(read(SHEET, changed(a_row(), by=work))) == [(f"D{FIRST}", "formula_unsaved")]


def test_empty_table_has_no_rows_and_no_problems():
    found = read(SHEET, written())

    assert (found.rows, found.problems) == ((), ())


def test_file_that_is_no_workbook_is_refused_with_what_to_do():
    assert refused(b"") == "file_empty"
    assert refused("経費区分,内容\n".encode("cp932")) == "file_content"
    assert refused(b"a,b", name="sheet.csv") == "sheet_type"
    assert refused(bytes.fromhex("d0cf11e0a1b11ae1"), name="sheet.xls") == "sheet_type"
    encrypted = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le")
    assert refused(encrypted) == "file_encrypted"
    assert refused(written(a_row()).getvalue()[:2000]) == "file_content"
    assert refused(saved(openpyxl.Workbook()).getvalue()) == "sheet_headings"


def with_part(name, content):
    """The written file with one part replaced or added."""
    source, target = zipfile.ZipFile(written(a_row())), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in source.infolist():
            if info.filename != name:
                archive.writestr(info, source.read(info))
        archive.writestr(name, content)
    return target.getvalue()


def test_file_that_would_fill_the_memory_is_refused_before_it_does():
    part = "xl/worksheets/sheet1.xml"
    cells = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 10**5))
    page = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<sheetData>%s</sheetData>%s</worksheet>"
    )

    assert refused(with_part(part, page % (cells, b""))) == "sheet_size"
    merged = b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    assert refused(with_part(part, page % (b"", merged))) == "sheet_size"
    assert refused(with_part(part, b" " * 25_000_000)) == "sheet_size"
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + page % (b"", b"")
    assert refused(with_part(part, bomb)) == "sheet_unreadable"
    assert refused(with_part(part, b"<worksheet")) == "sheet_unreadable"
    assert refused(with_part("xl/vbaProject.bin", b"x")) == "file_macro"


def test_lone_cell_far_away_costs_nothing():
    def work(page):
        page["XFD1048576"].value = "x"
        page.cell(FIRST, 4).value = -1

    file = changed(a_row(), by=work)
    tracemalloc.start()
    found = read(SHEET, file)
    marked = mark(SHEET, file, found.problems)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert codes(found) == [(f"D{FIRST}", "negative")]
    assert peak < 20_000_000
    assert openpyxl.load_workbook(io.BytesIO(marked))


def test_file_that_libreoffice_saved_is_read_and_marked():
    """Made from `a_row` in LibreOffice 7.4: a row and a column put in, one formula, one bad cell."""
    content = Path(__file__).with_name("edited_in_libreoffice.xlsx").read_bytes()

    found = read(SHEET, io.BytesIO(content))

    assert found.meta == {"case": "9f86d081-884c", "version": "3", "edition": "2022-tabunka"}
    assert [(r.key, r.values["category"], r.values["amount"]) for r in found.rows] == [
        ("1", "travel", 105_000),
        ("", "fee", 15_000),
        ("2", None, 60_000),
    ]
    assert codes(found) == [(f"A{FIRST + 2}", "unknown_choice")]
    assert openpyxl.load_workbook(io.BytesIO(mark(SHEET, io.BytesIO(content), found.problems)))


def test_rows_beyond_the_limit_are_told(monkeypatch):
    monkeypatch.setattr("core.sheets.reading.MAX_ROWS", 2)

    found = read(SHEET, written(a_row("1"), a_row("2"), a_row("3")))

    assert (len(found.rows), codes(found)) == (2, [("", "too_many_rows")])


def test_differences_name_rows_and_cells():
    before = [a_row("1"), a_row("2", description="会場費"), a_row("3", description="印刷")]
    after = [
        Row({**before[1].values, "amount": 2500}, "2", 5),
        before[0],
        a_row("", description="通訳", amount=None),
    ]

    changes = compare(SHEET, before, after)

    assert [(c.kind, c.cells[1].after or c.cells[1].before) for c in changes] == [
        ("changed", "会場費"),
        ("added", "通訳"),
        ("removed", "印刷"),
    ]
    assert [c.key for c in changes[0].cells if c.changed] == ["amount"]
    amount = changes[0].cells[3]
    assert ("2,000" in amount.before, "2,500" in amount.after) == (True, True)
    assert changes[0].number == 5


def test_rows_that_lost_their_keys_are_matched_by_what_they_say():
    before = [a_row("1", description=text) for text in ("甲", "乙", "丙")]
    after = [a_row("", description=text) for text in ("甲", "丁", "乙", "丙改")]

    changes = compare(SHEET, before, after)

    assert [(c.kind, c.cells[1].before, c.cells[1].after) for c in changes] == [
        ("added", "", "丁"),
        ("changed", "丙", "丙改"),
    ]


def test_marks_say_what_is_wrong_and_keep_what_the_user_has():
    def work(page):
        page.cell(FIRST, 4).value = -1
        page.cell(FIRST + 20, 2).value = "=1+1"
        page.parent.create_sheet("計算").cell(1, 1).value = "覚え書き"

    file = changed(a_row(), by=work)
    marked = mark(SHEET, file, read(SHEET, file).problems)

    book = openpyxl.load_workbook(io.BytesIO(marked))
    page = book[SHEET.tab]
    bad = page.cell(FIRST, 4)
    assert (bad.value, bad.fill.start_color.rgb, bad.comment.author) == (-1, "FFFFC7CE", "CLAIR")
    said = page.cell(FIRST, 7).value
    assert said.startswith(f"D{FIRST} 金額（円）：")
    assert (book["計算"]["A1"].value, page.cell(FIRST + 20, 2).value) == ("覚え書き", "=1+1")
    assert book["_clair"].sheet_state == "veryHidden"


def test_corrected_file_loses_its_marks():
    file = changed(a_row(), by=lambda page: page.cell(FIRST, 4, -1))
    book = openpyxl.load_workbook(io.BytesIO(mark(SHEET, file, read(SHEET, file).problems)))
    book[SHEET.tab].cell(FIRST, 4).value = 100
    again = saved(book)

    found = read(SHEET, again)
    clean = openpyxl.load_workbook(io.BytesIO(mark(SHEET, again, [])))[SHEET.tab]

    assert (found.problems, rows_of(found)[0]["amount"]) == ((), 100)
    assert found.differs(version=3) == []
    assert (clean.cell(FIRST, 4).comment, clean.cell(FIRST, 7).value) == (None, None)
    assert clean.cell(FIRST, 4).fill.fill_type is None


def test_problem_of_the_whole_file_stands_at_the_heading():
    marked = mark(SHEET, written(a_row()), [Problem("too_many_rows", "多すぎます。")])

    page = openpyxl.load_workbook(io.BytesIO(marked))[SHEET.tab]
    assert "多すぎます。" in page.cell(HEAD + 1, 7).value


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(1, 8), st.text(max_size=8) | st.integers()),
        max_size=12,
    )
)
@settings(max_examples=20, deadline=None)
def test_marking_keeps_every_other_cell(typed):
    def work(page):
        for row, column, value in typed:
            if isinstance(value, int) or value.isprintable():
                cell = page.cell(FIRST + row, column)
                cell.value = value if isinstance(value, int) else f"'{value}"

    file = changed(a_row(), by=work)
    before = openpyxl.load_workbook(file)[SHEET.tab]
    found = read(SHEET, file)
    after = openpyxl.load_workbook(io.BytesIO(mark(SHEET, file, found.problems)))[SHEET.tab]

    theirs = [[c.value for c in row] for row in before.iter_rows()]
    width = before.max_column
    ours = [[c.value for c in row[:width]] for row in after.iter_rows(max_row=before.max_row)]
    assert ours == theirs


def test_component_shows_each_difference_and_its_empty_state():
    changes = compare(SHEET, [a_row("1")], [a_row("1", amount=2500), a_row("", description="<b>")])

    page = render_to_string("components/sheet_diff.html", {"changes": changes})

    assert (page.count("<del>"), "&lt;b&gt;" in page, "<b>" in page) == (1, True, False)
    assert "<table" not in render_to_string("components/sheet_diff.html", {"changes": ()})
