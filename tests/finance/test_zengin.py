"""The 総合振込 file against the published layout, field by field (finance/zengin.py names it)."""

from datetime import date

import pytest

from finance import zengin

REQUESTER = zengin.Requester(
    code="1234567890",
    name="ｻﾞｲ)ｼﾞﾁﾀｲｺｸｻｲｶｷﾖｳｶｲ",
    bank_code="0001",
    bank_name="ﾐｽﾞﾎ",
    branch_code="101",
    branch_name="ﾎﾝﾃﾝ",
    account_type="1",
    number="7654321",
)
TRANSFER = zengin.Transfer(
    bank_code="0128",
    bank_name="ｸﾞﾝﾏ",
    branch_code="101",
    branch_name="ｵｵｲｽﾞﾐ",
    account_type="1",
    number="0012345",
    holder="ｵｵｲｽﾞﾐﾏﾁ ｶｲｹｲｶﾝﾘｼﾔ",
    amount=600_000,
    edi="CLAIR12",
)
# Position (from 1), width, and what stands there; each record adds up to 120.
HEADER = [
    (1, 1, "1"),
    (2, 2, "21"),
    (4, 1, "0"),
    (5, 10, "1234567890"),
    (15, 40, "ｻﾞｲ)ｼﾞﾁﾀｲｺｸｻｲｶｷﾖｳｶｲ".ljust(40)),
    (55, 4, "0610"),
    (59, 4, "0001"),
    (63, 15, "ﾐｽﾞﾎ".ljust(15)),
    (78, 3, "101"),
    (81, 15, "ﾎﾝﾃﾝ".ljust(15)),
    (96, 1, "1"),
    (97, 7, "7654321"),
    (104, 17, " " * 17),
]
ROW = [
    (1, 1, "2"),
    (2, 4, "0128"),
    (6, 15, "ｸﾞﾝﾏ".ljust(15)),
    (21, 3, "101"),
    (24, 15, "ｵｵｲｽﾞﾐ".ljust(15)),
    (39, 4, "0000"),
    (43, 1, "1"),
    (44, 7, "0012345"),
    (51, 30, "ｵｵｲｽﾞﾐﾏﾁ ｶｲｹｲｶﾝﾘｼﾔ".ljust(30)),
    (81, 10, "0000600000"),
    (91, 1, "0"),
    (92, 20, "CLAIR12".ljust(20)),
    (112, 1, "7"),
    (113, 1, "Y"),
    (114, 7, " " * 7),
]
TRAILER = [(1, 1, "8"), (2, 6, "000002"), (8, 12, "000001200000"), (20, 101, " " * 101)]
END = [(1, 1, "9"), (2, 119, " " * 119)]
RECORDS = zengin.lines(REQUESTER, date(2022, 6, 10), [TRANSFER, TRANSFER])


@pytest.mark.parametrize(
    ("record", "layout"),
    [(RECORDS[0], HEADER), (RECORDS[1], ROW), (RECORDS[3], TRAILER), (RECORDS[4], END)],
    ids=["header", "data", "trailer", "end"],
)
def test_record_stands_in_the_published_positions(record, layout):
    place = 1
    for position, width, text in layout:
        assert position == place
        assert record[position - 1 : position - 1 + width] == text
        place += width
    assert place == 121


def test_records_come_in_order():
    assert [record[0] for record in RECORDS] == ["1", "2", "2", "8", "9"]


def test_each_record_is_120_single_bytes():
    plain = zengin.content(RECORDS, line_ends=False)

    assert len(plain) == 5 * 120
    assert plain[:4] == b"1210"
    assert plain[14:16] == b"\xbb\xde"  # ｻﾞ in JIS X 0201: one byte each


def test_line_ends_are_added_after_each_record_where_asked():
    with_ends = zengin.content(RECORDS, line_ends=True)

    assert len(with_ends) == 5 * 122
    assert all(with_ends[n * 122 + 120 : n * 122 + 122] == b"\r\n" for n in range(5))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("おおいずみまち", "ｵｵｲｽﾞﾐﾏﾁ"),
        ("オオイズミマチ　カイケイカンリシャ", "ｵｵｲｽﾞﾐﾏﾁ ｶｲｹｲｶﾝﾘｼﾔ"),
        ("キャッシュ", "ｷﾔﾂｼﾕ"),
        ("ヴィラ", "ｳﾞｲﾗ"),
        ("センター", "ｾﾝﾀ-"),
        ("ヲサメ", "ｵｻﾒ"),
        ("ﾊﾟｰｸ", "ﾊﾟ-ｸ"),
        ("clair（カ）", "CLAIR(ｶ)"),
        ("ABC－１２３", "ABC-123"),
    ],
)
def test_kana_is_written_as_the_banks_read_it(typed, written):
    assert zengin.kana(typed) == written


@pytest.mark.parametrize("typed", ["大泉町", "A&B", "A@B"])
def test_what_the_file_cannot_carry_is_named(typed):
    with pytest.raises(zengin.UnwritableError):
        zengin.kana(typed)


@pytest.mark.parametrize("amount", [0, -1, 10**10])
def test_amount_outside_ten_digits_is_refused(amount):
    with pytest.raises(zengin.UnwritableError):
        zengin.row(zengin.Transfer(**{**vars(TRANSFER), "amount": amount}))


def test_empty_file_is_refused():
    with pytest.raises(zengin.UnwritableError):
        zengin.lines(REQUESTER, date(2022, 6, 10), [])


def test_voiced_mark_counts_as_a_sign_of_its_own():
    assert zengin.letters("ガ", 3) == "ｶﾞ "


def test_too_long_a_text_is_refused_and_a_name_may_be_cut():
    with pytest.raises(zengin.UnwritableError):
        zengin.letters("ｱ" * 21, 20)
    assert zengin.letters("ｱ" * 21, 20, cut=True) == "ｱ" * 20
