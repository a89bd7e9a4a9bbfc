"""Fiscal years, 和暦 dates and working days, in JST."""

import copy
import pickle
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fiscal import (
    JST,
    DateError,
    FiscalYear,
    ImpossibleDateError,
    UnreadableDateError,
    WrongEraError,
    add_working_days,
    days_left,
    deadline_text,
    era_date,
    era_date_plain,
    is_working_day,
    japanese_weekday,
    next_working_day,
    parse_date,
    period_end,
    previous_working_day,
    today,
    working_days_between,
)

DAYS = st.dates(date(1873, 1, 1), date(2099, 12, 31))


def test_fiscal_year_runs_from_april_to_march() -> None:
    year = FiscalYear(2021)
    assert (year.starts, year.ends) == (date(2021, 4, 1), date(2022, 3, 31))
    assert (year.next(), year.previous()) == (2022, 2020)
    assert isinstance(year.next(), FiscalYear)


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (date(2021, 3, 31), 2020),
        (date(2021, 4, 1), 2021),
        (datetime(2021, 3, 31, 14, 59, tzinfo=UTC), 2020),
        (datetime(2021, 3, 31, 15, 0, tzinfo=UTC), 2021),
        (datetime(2021, 4, 1, 0, 0, tzinfo=JST), 2021),
    ],
)
def test_fiscal_year_of_a_moment_is_that_of_the_day_in_japan(moment: date, year: int) -> None:
    assert FiscalYear.of(moment) == year


def test_a_datetime_without_zone_has_no_fiscal_year() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FiscalYear.of(datetime(2021, 4, 1))


@pytest.mark.parametrize("year", [0, 3, 21, 1872, 2100])
def test_fiscal_year_refuses_what_is_no_year(year: int) -> None:
    with pytest.raises(ValueError, match="no fiscal year"):
        FiscalYear(year)


@pytest.mark.parametrize(
    ("year", "label", "in_letters"),
    [
        (2021, "令和3年度", "令和３年度"),
        (2019, "令和元年度", "令和元年度"),
        (2018, "平成30年度", "平成30年度"),
        (1989, "平成元年度", "平成元年度"),
        (1988, "昭和63年度", "昭和63年度"),
        (2028, "令和10年度", "令和10年度"),
    ],
)
def test_fiscal_year_has_its_names(year: int, label: str, in_letters: str) -> None:
    assert FiscalYear(year).label == label
    assert FiscalYear(year).label_in_letters == in_letters
    assert FiscalYear(year).western_label == f"{year}年度"


@pytest.mark.parametrize(
    ("typed", "year"),
    [
        ("令和4年度", 2022),
        ("令和４年度", 2022),
        ("令和四年度", 2022),
        ("R4", 2022),
        ("ｒ４年度", 2022),
        ("令4", 2022),
        ("２０２２年度", 2022),
        ("2022", 2022),
        ("2022年", 2022),
        ("FY2022", 2022),
        ("令和元年度", 2019),
        ("令和1年度", 2019),
        ("平成31年度", 2019),
        ("H30", 2018),
        ("昭和 63 年度", 1988),
    ],
)
def test_fiscal_year_is_read_as_people_type_it(typed: str, year: int) -> None:
    assert FiscalYear.parse(typed) == year


@pytest.mark.parametrize(
    ("typed", "error", "code"),
    [
        ("平成32年度", WrongEraError, "wrong_era"),
        ("昭和64年度", WrongEraError, "wrong_era"),
        ("令和0年度", ImpossibleDateError, "era_year_zero"),
        ("9999", ImpossibleDateError, "year_out_of_range"),
        ("4年度", UnreadableDateError, "unreadable_fiscal_year"),
        ("来年度", UnreadableDateError, "unreadable_fiscal_year"),
        ("", UnreadableDateError, "unreadable_fiscal_year"),
    ],
)
def test_fiscal_year_refuses_and_says_why(typed: str, error: type[DateError], code: str) -> None:
    with pytest.raises(error) as caught:
        FiscalYear.parse(typed)
    assert caught.value.code == code


def test_fiscal_year_of_an_ended_era_is_told_its_right_name() -> None:
    with pytest.raises(WrongEraError) as caught:
        FiscalYear.parse("平成32年度")
    assert caught.value.params["correct"] == "令和2年度"


@given(st.integers(1900, 2099).map(FiscalYear))
def test_fiscal_year_is_read_back_from_its_names(year: FiscalYear) -> None:
    assert FiscalYear.parse(year.label) == year
    assert FiscalYear.parse(year.label_in_letters) == year
    assert FiscalYear.parse(year.western_label) == year


def test_fiscal_year_survives_copying_and_stays_a_number_in_text() -> None:
    year = FiscalYear(2021)
    assert copy.deepcopy(year) == pickle.loads(pickle.dumps(year)) == year
    assert f"{year}" == "2021"


@pytest.mark.parametrize(
    ("day", "letters", "plain"),
    [
        (date(2022, 9, 1), "令和４年９月１日", "令和4年9月1日"),
        (date(2022, 12, 10), "令和４年12月10日", "令和4年12月10日"),
        (date(2028, 1, 31), "令和10年１月31日", "令和10年1月31日"),
        (date(2019, 5, 1), "令和元年５月１日", "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年４月30日", "平成31年4月30日"),
        (date(1989, 1, 7), "昭和64年１月７日", "昭和64年1月7日"),
        (datetime(2019, 4, 30, 15, 0, tzinfo=UTC), "令和元年５月１日", "令和元年5月1日"),
    ],
)
def test_era_date_is_written_for_letters_and_for_screens(
    day: date, letters: str, plain: str
) -> None:
    assert era_date(day) == letters
    assert era_date_plain(day) == plain


@pytest.mark.parametrize(
    "typed",
    [
        "2021-08-02",
        "2021-8-2",
        "2021/8/2",
        "2021/08/02",
        "2021.8.2",
        "2021 8 2",
        "20210802",
        "２０２１－０８－０２",
        "２０２１／８／２",
        "2021ー8ー2",
        "2021年8月2日",
        "２０２１年８月２日",
        "2021年 8月 2日",
        "2021年8月2日（月）",
        "2021年8月2日 月曜日",
        "令和3年8月2日",
        "令和３年８月２日",
        "令和 3 年 8 月 2 日",
        "令和三年八月二日",
        "㋿3年8月2日",
        "R3.8.2",
        "r3/8/2",
        "R.3.8.2",
        "Ｒ３．８．２",
        "R03-08-02",
        "R030802",
        "令3.8.2",
        " 2021-08-02　",
        "2021-08-02\u200b",
    ],
)
def test_parse_date_reads_what_people_type(typed: str) -> None:
    assert parse_date(typed) == date(2021, 8, 2)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("平成31年4月30日", date(2019, 4, 30)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("令和1年5月1日", date(2019, 5, 1)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("S22.5.3", date(1947, 5, 3)),
        ("明治22年4月1日", date(1889, 4, 1)),
        ("令和二年十二月三十一日", date(2020, 12, 31)),
        ("2020-02-29", date(2020, 2, 29)),
    ],
)
def test_parse_date_reads_eras_to_their_last_day(typed: str, day: date) -> None:
    assert parse_date(typed) == day


@pytest.mark.parametrize(
    ("typed", "correct"),
    [
        ("令和元年4月30日", "平成31年4月30日"),
        ("平成31年5月1日", "令和元年5月1日"),
        ("平成32年1月1日", "令和2年1月1日"),
        ("昭和64年1月8日", "平成元年1月8日"),
        ("昭和1年12月24日", "大正15年12月24日"),
        ("S95.4.1", "令和2年4月1日"),
    ],
)
def test_parse_date_tells_the_right_era(typed: str, correct: str) -> None:
    with pytest.raises(WrongEraError) as caught:
        parse_date(typed)
    assert caught.value.params["correct"] == correct
    assert correct in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "error", "code"),
    [
        ("2021-02-29", ImpossibleDateError, "no_such_day"),
        ("令和3年2月30日", ImpossibleDateError, "no_such_day"),
        ("2021-04-31", ImpossibleDateError, "no_such_day"),
        ("2021-08-00", ImpossibleDateError, "no_such_day"),
        ("2021-13-01", ImpossibleDateError, "no_such_month"),
        ("20211301", ImpossibleDateError, "no_such_month"),
        ("令和0年1月1日", ImpossibleDateError, "era_year_zero"),
        ("1872-12-31", ImpossibleDateError, "year_out_of_range"),
        ("9999-12-31", ImpossibleDateError, "year_out_of_range"),
        ("2021年8月2日（火）", ImpossibleDateError, "wrong_weekday"),
        ("21/8/2", UnreadableDateError, "short_year"),
        ("3年8月2日", UnreadableDateError, "short_year"),
        ("8/2/2021", UnreadableDateError, "unreadable_date"),
        ("令和3年8月", UnreadableDateError, "unreadable_date"),
        ("8月2日", UnreadableDateError, "unreadable_date"),
        ("明日", UnreadableDateError, "unreadable_date"),
        ("2021", UnreadableDateError, "unreadable_date"),
        ("2021-08-02T00:00", UnreadableDateError, "unreadable_date"),
        ("", UnreadableDateError, "unreadable_date"),
    ],
)
def test_parse_date_refuses_and_says_why(typed: str, error: type[DateError], code: str) -> None:
    with pytest.raises(error) as caught:
        parse_date(typed)
    assert caught.value.code == code
    assert str(caught.value)


@given(DAYS)
def test_parse_date_reads_back_every_form_that_is_written(day: date) -> None:
    assert parse_date(era_date(day)) == day
    assert parse_date(era_date_plain(day)) == day
    assert parse_date(f"{era_date_plain(day)}（{japanese_weekday(day)}）") == day
    assert parse_date(day.isoformat()) == day


@given(st.text(max_size=20))
def test_parse_date_never_fails_in_another_way(text: str) -> None:
    try:
        day = parse_date(text)
    except DateError:
        return
    assert 1873 <= day.year <= 2099


def test_deadline_is_written_with_weekday_and_hour_in_japan() -> None:
    deadline = datetime(2021, 9, 30, 8, 0, tzinfo=UTC)
    assert deadline_text(deadline) == "2021年9月30日（木）17時00分"
    assert deadline_text(datetime(2021, 9, 30, 9, 5, tzinfo=JST)) == "2021年9月30日（木）9時05分"


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2021, 9, 23, 23, 59, tzinfo=JST), 7),
        (datetime(2021, 9, 29, 17, 1, tzinfo=JST), 1),
        (datetime(2021, 9, 29, 15, 0, tzinfo=UTC), 0),
        (datetime(2021, 9, 30, 17, 0, tzinfo=JST), 0),
        (datetime(2021, 9, 30, 17, 0, 1, tzinfo=JST), -1),
        (datetime(2021, 10, 2, 0, 0, tzinfo=JST), -2),
    ],
)
def test_days_left_counts_days_of_the_japanese_calendar(now: datetime, left: int) -> None:
    assert days_left(datetime(2021, 9, 30, 17, 0, tzinfo=JST), now) == left


def test_today_is_the_day_in_japan() -> None:
    assert today(datetime(2021, 3, 31, 15, 0, tzinfo=UTC)) == date(2021, 4, 1)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2021, 8, 2), True),
        (date(2021, 8, 1), False),
        (date(2021, 7, 22), False),
        (date(2021, 7, 19), True),
        (date(2021, 12, 28), True),
        (date(2021, 12, 29), False),
        (date(2022, 1, 3), False),
        (date(2022, 1, 4), True),
        (date(2021, 5, 4), False),
    ],
)
def test_working_days_leave_out_weekends_holidays_and_the_turn_of_the_year(
    day: date, working: bool
) -> None:
    assert is_working_day(day) is working


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2021, 12, 28), 1, date(2022, 1, 4)),
        (date(2022, 1, 4), -1, date(2021, 12, 28)),
        (date(2021, 4, 28), 2, date(2021, 5, 6)),
        (date(2021, 8, 2), 0, date(2021, 8, 2)),
        (date(2021, 8, 1), 0, date(2021, 8, 2)),
        (date(2021, 8, 1), 1, date(2021, 8, 2)),
        (date(2021, 7, 31), -1, date(2021, 7, 30)),
    ],
)
def test_add_working_days_steps_over_closed_days(start: date, count: int, end: date) -> None:
    assert add_working_days(start, count) == end


@pytest.mark.parametrize(
    ("act", "days", "end"),
    [
        (date(2021, 8, 2), 10, date(2021, 8, 12)),  # the day of the act is not counted (民法140条)
        (date(2021, 7, 30), 10, date(2021, 8, 10)),  # 9 August was a holiday moved from the 8th
        (
            date(2021, 9, 8),
            10,
            date(2021, 9, 21),
        ),  # Saturday 18th, then 敬老の日 on Monday the 20th
        (date(2021, 12, 1), 30, date(2022, 1, 4)),  # 31 December: offices open again on the 4th
        (date(2024, 1, 30), 30, date(2024, 2, 29)),  # a leap day
    ],
)
def test_a_period_ends_on_the_day_that_offices_open_again(act: date, days: int, end: date) -> None:
    assert period_end(act, days) == end


def test_next_and_previous_working_day_leave_a_working_day_alone() -> None:
    monday, saturday = date(2021, 8, 2), date(2021, 7, 31)
    assert (next_working_day(monday), previous_working_day(monday)) == (monday, monday)
    assert next_working_day(saturday) == monday
    assert previous_working_day(saturday) == date(2021, 7, 30)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(1, 30))
def test_working_days_between_counts_what_was_added(start: date, count: int) -> None:
    end = add_working_days(start, count)
    assert working_days_between(start, end) == count
    assert working_days_between(end, start) == -count
    assert working_days_between(start, start) == 0
    assert end > start + timedelta(days=count - 1)
