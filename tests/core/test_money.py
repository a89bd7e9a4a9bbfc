"""Yen as typed and as shown."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MAX_YEN, AmountError, floor_to, format_yen, parse_yen


@pytest.mark.parametrize(
    ("typed", "yen"),
    [
        ("3000000", 3_000_000),
        ("3,000,000", 3_000_000),
        ("３，０００，０００", 3_000_000),
        ("3、000、000", 3_000_000),
        ("￥3,000,000", 3_000_000),
        ("¥ 3,000,000-", 3_000_000),
        ("\\3,000,000", 3_000_000),
        ("3,000,000円", 3_000_000),
        ("金3,000,000円也", 3_000_000),
        ("300万円", 3_000_000),
        ("３００万", 3_000_000),
        ("3百万円", 3_000_000),
        ("三百万円", 3_000_000),
        ("3,000千円", 3_000_000),
        ("1,234千円", 1_234_000),
        ("12百万円", 12_000_000),
        ("1億2,345万円", 123_450_000),
        ("１万２千円", 12_000),
        (" 500 円 ", 500),
        ("3 000 000", 3_000_000),
        ("0", 0),
        ("０円", 0),
        ("007", 7),
    ],
)
def test_parse_yen_reads_what_people_type(typed: str, yen: int) -> None:
    assert parse_yen(typed) == yen


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("-500", "negative"),
        ("△500", "negative"),
        ("▲500円", "negative"),
        ("−500", "negative"),
        ("￥-500", "negative"),
        ("(500)", "negative"),
        ("1.5万円", "decimal"),
        ("100.0", "decimal"),
        ("１．５", "decimal"),
        ("", "unreadable_amount"),
        ("円", "unreadable_amount"),
        ("万円", "unreadable_amount"),
        ("約300万円", "unreadable_amount"),
        ("300万円〜400万円", "unreadable_amount"),
        ("1,23", "unreadable_amount"),
        ("3,00,000", "unreadable_amount"),
        ("$100", "unreadable_amount"),
        ("1e6", "unreadable_amount"),
        ("なし", "unreadable_amount"),
        ("9" * 16, "too_large"),
        ("9" * 5000, "unreadable_amount"),
    ],
)
def test_parse_yen_refuses_and_says_why(typed: str, code: str) -> None:
    with pytest.raises(AmountError) as caught:
        parse_yen(typed)
    assert caught.value.code == code
    assert str(caught.value)


@given(st.integers(min_value=0, max_value=MAX_YEN))
def test_parse_yen_reads_back_what_is_shown(amount: int) -> None:
    assert parse_yen(format_yen(amount)) == amount


@given(st.text(max_size=20))
def test_parse_yen_never_fails_in_another_way(text: str) -> None:
    try:
        amount = parse_yen(text)
    except AmountError:
        return
    assert 0 <= amount <= MAX_YEN


def test_format_yen_groups_thousands() -> None:
    assert format_yen(3_000_000) == "3,000,000円"


@pytest.mark.parametrize(
    ("amount", "unit", "floored"),
    [(1_234_567, 1000, 1_234_000), (999, 1000, 0), (1000, 1000, 1000), (55, 1, 55), (0, 1000, 0)],
)
def test_floor_to_cuts_below_the_unit(amount: int, unit: int, floored: int) -> None:
    assert floor_to(amount, unit) == floored


def test_floor_to_takes_exact_shares_of_a_cost() -> None:
    assert floor_to(Fraction(2, 3) * 1_000_000) == 666_000


@given(st.integers(0, MAX_YEN), st.sampled_from([1, 10, 1000, 10_000]))
def test_floor_to_loses_less_than_one_unit(amount: int, unit: int) -> None:
    floored = floor_to(amount, unit)
    assert floored % unit == 0
    assert 0 <= amount - floored < unit
