"""Typed Japanese: the one form, the search key, codes with check digits, contacts."""

import csv
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.japanese import (
    InputError,
    contains_my_number,
    corporate_number_check_digit,
    is_corporate_number,
    is_katakana,
    is_municipality_code,
    is_my_number,
    municipality_code_check_digit,
    normalize,
    normalize_code,
    normalize_digits,
    normalize_email,
    normalize_phone,
    normalize_postal_code,
    read_number,
    search_key,
    to_katakana,
)

CODES = Path(__file__).resolve().parents[2] / "accounts" / "data" / "municipality_codes.csv"
MY_NUMBER = "123456789018"

# What people mix: widths, marks, dashes, spaces, joiners, names' rare characters.
TYPED = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "ｱｶﾞﾊﾟﾞﾟｰかがハ゛゜\u3099\u309aＡ１（），．：～〜ー－-‐―␣　 \n\r\t\u200b\u200d髙﨑𠮷\ufe00"
        ),
    ),
    max_size=30,
)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ｸﾚｱ", "クレア"),
        ("ｶﾞｷﾞｸﾞﾊﾟﾋﾟｳﾞ", "ガギグパピヴ"),
        ("ｱﾞ", "ア゛"),
        ("か゛んは゜る", "がんぱる"),
        ("\u304b\u3099", "が"),
        ("｢ｱ｣､ｲ･ｳ｡", "「ア」、イ・ウ。"),
        ("ＣＬＡＩＲ　２０２１", "CLAIR 2021"),
        ("ＪＥＴ（ＡＬＴ）", "JET(ALT)"),
        ("助成金（通知）", "助成金（通知）"),
        ("国際交流，多文化共生．", "国際交流，多文化共生．"),
        ("１，０００円", "1,000円"),
        ("開始１０：３０", "開始10:30"),
        ("１０時〜１２時", "10時～12時"),
        ("ABC－123", "ABC-123"),
        ("03‐5213‑1722", "03-5213-1722"),
        ("０３ー５２１３ー１７２２", "03-5213-1722"),
        ("2019–2021", "2019-2021"),
        ("1―2―3", "1-2-3"),
        ("コーヒー", "コーヒー"),
        ("ｺｰﾋｰ", "コーヒー"),
        ("――以上", "――以上"),
        ("山田　太郎", "山田 太郎"),
        ("  山田\u00a0 太郎　", "山田 太郎"),
        ("山田\t太郎", "山田 太郎"),
        ("一行\r\n二行\r三行\x0b四行", "一行\n二行\n三行\n四行"),
        ("　字下げ\n　二段落　", "　字下げ\n　二段落"),
        ("\n\n本文\n　\n末尾\n\n", "本文\n\n末尾"),
        ("ゼロ\u200b幅\ufeff文\u2060字", "ゼロ幅文字"),
        ("制\x00御\x07文\x7f字", "制御文字"),
        ("\u202e逆順\u202c", "逆順"),
        ("\ud800対なし", "対なし"),
        ("髙﨑德邉𠮷", "髙﨑德邉𠮷"),
        ("\ufa19社と\ufa1e田", "\ufa19社と\ufa1e田"),
        ("葛\U000e0100城市", "葛\U000e0100城市"),
        ("⽇本⻑⻄", "日本長西"),
        ("①㎡㈱Ⅳ", "①㎡㈱Ⅳ"),
        ("cafe\u0301", "café"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("\u0930\u094d\u200d\u092f", "\u0930\u094d\u200d\u092f"),
        ("　", ""),
        ("", ""),
    ],
)
def test_normalize_brings_typed_text_into_one_form(typed: str, stored: str) -> None:
    assert normalize(typed) == stored


@given(TYPED)
@example("Ａ\u0301")
@example("　a\n")
@example("1ー\u200b2")
def test_normalize_twice_changes_nothing_more(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(TYPED)
def test_normalize_leaves_no_control_character_but_the_line_break(text: str) -> None:
    left = {char for char in normalize(text) if unicodedata.category(char) in ("Cc", "Cs")}
    assert left <= {"\n"}


@given(st.text(st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), max_size=20))
def test_normalize_keeps_every_ideograph(text: str) -> None:
    assert normalize(text) == text


@given(st.sampled_from([chr(code) for code in range(0xF900, 0xFAFF)]))
def test_normalize_keeps_compatibility_ideographs_of_names(char: str) -> None:
    assert normalize(char) == char


@pytest.mark.parametrize(
    ("stored", "looked_for"),
    [
        ("髙橋", "高橋"),
        ("﨑山", "崎山"),
        ("渡邉", "渡辺"),
        ("𠮷田", "吉田"),
        ("\ufa19戸市", "神戸市"),
        ("葛\U000e0100城市", "葛城市"),
        ("茅ヶ崎市", "茅ケ崎市"),
        ("龍ケ崎市", "竜ヶ崎市"),
        ("ｻｯﾎﾟﾛｼ", "さっぽろし"),
        ("コーヒー", "コ－ヒ－"),
        ("CLAIR Forum", "ｃｌａｉｒ　ｆｏｒｕｍ"),
        ("03ー5213ー1722", "03-5213-1722"),
        ("Straße", "STRASSE"),
        ("（株）国際", "㈱国際"),
        ("山田　太郎", "山田太郎"),
        ("第１号", "第1号"),
    ],
)
def test_search_key_is_the_same_however_it_is_typed(stored: str, looked_for: str) -> None:
    assert search_key(stored) == search_key(looked_for)


@pytest.mark.parametrize(
    ("one", "other"), [("北海道", "北海"), ("1-2", "12"), ("ハート", "ハト"), ("ビル", "ヒル")]
)
def test_search_key_keeps_different_words_apart(one: str, other: str) -> None:
    assert search_key(one) != search_key(other)


@given(TYPED)
def test_search_key_is_of_the_stored_form_as_of_the_typed_one(text: str) -> None:
    assert search_key(normalize(text)) == search_key(text)


def test_search_key_has_no_space_and_no_hiragana() -> None:
    assert search_key("　ひろしま 市\nＡ") == "ヒロシマ市a"


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("やまだ　たろう", "ヤマダ タロウ"),
        ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ"),
        ("ニュ－ヨ－ク", "ニューヨーク"),
        ("メアリー・ジェーン", "メアリー・ジェーン"),
        ("ゔぃくとる", "ヴィクトル"),
    ],
)
def test_to_katakana_gives_a_reading(typed: str, reading: str) -> None:
    assert to_katakana(typed) == reading
    assert is_katakana(reading)


@pytest.mark.parametrize(
    "text", ["", "山田", "やまだ", "Yamada", "ヤマダ1", "ヤマダ  タロウ", " ヤマダ"]
)
def test_is_katakana_refuses_what_is_no_reading(text: str) -> None:
    assert not is_katakana(text)


def test_normalize_digits_reads_every_width_and_script() -> None:
    assert normalize_digits("１２3٤号") == "1234号"


def test_every_municipality_of_the_list_has_its_check_digit() -> None:
    with CODES.open(encoding="utf-8-sig") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert len(codes) == 1788
    assert [code for code in codes if not is_municipality_code(code)] == []
    assert all(municipality_code_check_digit(code[:5]) == code[5] for code in codes)
    assert [code for code in codes if normalize_code(str(int(code))) != code] == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("131016", "131016"),
        ("１３１０１６", "131016"),
        (" 13101-6 ", "131016"),
        ("13101ー6", "131016"),
        ("12025", "012025"),
        ("１００６", "1006"),
        ("92011", "092011"),
        ("010006\u200b", "010006"),
    ],
)
def test_normalize_code_restores_a_municipality_code(typed: str, code: str) -> None:
    assert normalize_code(typed) == code


@pytest.mark.parametrize(
    "code", ["", "131017", "480002", "000001", "13101", "1310166", "１３１０１６", "abcdef"]
)
def test_is_municipality_code_refuses_what_is_none(code: str) -> None:
    assert not is_municipality_code(code)


def test_corporate_number_of_a_real_body_has_its_check_digit() -> None:
    assert corporate_number_check_digit("000012050002") == "7"
    assert is_corporate_number("7000012050002")


@pytest.mark.parametrize(
    "number", ["6000012050002", "700001205000", "70000120500022", "", "７000012050002"]
)
def test_is_corporate_number_refuses_what_is_none(number: str) -> None:
    assert not is_corporate_number(number)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_corporate_number_has_one_check_digit(base: str) -> None:
    assert [digit for digit in "0123456789" if is_corporate_number(digit + base)] == [
        corporate_number_check_digit(base)
    ]


@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_my_number_has_one_check_digit(base: str) -> None:
    assert sum(is_my_number(base + digit) for digit in "0123456789") == 1


@pytest.mark.parametrize(
    "text",
    [
        MY_NUMBER,
        "個人番号は１２３４５６７８９０１８です",
        "1234-5678-9018",
        "1234 5678 9018",
        "1234ー5678ー9018",
        "１２３４　５６７８　９０１８",
        "1234\u200b56789018",
    ],
)
def test_contains_my_number_finds_it_in_any_form(text: str) -> None:
    assert contains_my_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456789012",
        "7000012050002",
        f"9{MY_NUMBER}",
        f"{MY_NUMBER}-1",
        "03-5213-1722",
        "300万円",
    ],
)
def test_contains_my_number_lets_other_numbers_pass(text: str) -> None:
    assert not contains_my_number(text)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("03-5213-1722", "03-5213-1722"),
        ("０３（５２１３）１７２２", "03-5213-1722"),
        ("03ー5213ー1722", "03-5213-1722"),
        ("0352131722", "03-5213-1722"),
        ("09012345678", "090-1234-5678"),
        ("08001234567", "0800-123-4567"),
        ("0120123456", "0120-123-456"),
        ("045 671 3826", "045-671-3826"),
        ("0456713826", "0456713826"),
        ("TEL：03-5213-1722", "03-5213-1722"),
        ("+81 (0)3 5213 1722", "03-5213-1722"),
        ("+81-3-5213-1722", "03-5213-1722"),
        ("+44 20 7839 2130", "+44-20-7839-2130"),
        ("03-5213-1722（内線１２）", "03-5213-1722 内線12"),
        ("03-5213-1722 内線 12", "03-5213-1722 内線12"),
    ],
)
def test_normalize_phone_gives_one_form(typed: str, number: str) -> None:
    assert normalize_phone(typed) == number
    assert normalize_phone(number) == number


@pytest.mark.parametrize(
    "typed", ["", "5213-1722", "なし", "03-5213-172", "03-5213-17222222", "+1"]
)
def test_normalize_phone_refuses_what_nobody_can_call(typed: str) -> None:
    with pytest.raises(InputError) as caught:
        normalize_phone(typed)
    assert caught.value.code == "phone"


@pytest.mark.parametrize(
    "typed", ["102-0083", "１０２－００８３", "〒102ー0083", "1020083", "〒 102 0083"]
)
def test_normalize_postal_code_gives_one_form(typed: str) -> None:
    assert normalize_postal_code(typed) == "102-0083"


@pytest.mark.parametrize("typed", ["", "102-008", "102-00833", "abc"])
def test_normalize_postal_code_refuses_other_lengths(typed: str) -> None:
    with pytest.raises(InputError) as caught:
        normalize_postal_code(typed)
    assert caught.value.code == "postal_code"


@pytest.mark.parametrize(
    "typed",
    [
        "kikaku@clair.example",
        " Ｋｉｋａｋｕ＠ｃｌａｉｒ．ｅｘａｍｐｌｅ　",
        "<mailto:KIKAKU@clair.example>",
        "mailto:kikaku@clair.example",
    ],
)
def test_normalize_email_gives_one_form(typed: str) -> None:
    assert normalize_email(typed) == "kikaku@clair.example"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("1,234", 1234),
        ("三百", 300),
        ("千五百", 1500),
        ("二〇二一", 2021),
        ("二十一", 21),
        ("壱拾弐万", 120_000),
        ("1億2,345万", 123_450_000),
        ("300百万", 300_000_000),
        ("", None),
        ("万", None),
        ("1,23", None),
        ("1万20000", None),
        ("3千4千", None),
        ("多い", None),
    ],
)
def test_read_number_reads_kanji_and_mixed_numerals(text: str, value: int | None) -> None:
    assert read_number(text) == value
