"""Fiscal years (April to March, JST), 和暦 dates as typed and as written, and working days."""

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

import jpholiday
from django.utils.translation import gettext_lazy as _

from core.japanese import InputError, normalize, read_number

JST = ZoneInfo("Asia/Tokyo")
# Japan counts in the Gregorian calendar since 明治6年1月1日 (明治5年太政官布告第337号).
FIRST_YEAR, LAST_YEAR = 1873, 2099
ONE_DAY = timedelta(days=1)


class DateError(InputError):
    """A typed date or fiscal year that is refused."""


class UnreadableDateError(DateError):
    """The text is no date."""


class ImpossibleDateError(DateError):
    """The calendar has no such day."""


class WrongEraError(DateError):
    """The era had not begun or was over on that day; the message gives the right one."""


class Era(NamedTuple):
    """A 元号: its name, the short forms people type, and its first day."""

    name: str
    short: str
    letter: str
    began: date


ERAS = (
    Era("令和", "令", "R", date(2019, 5, 1)),
    Era("平成", "平", "H", date(1989, 1, 8)),
    Era("昭和", "昭", "S", date(1926, 12, 25)),
    Era("大正", "大", "T", date(1912, 7, 30)),
    Era("明治", "明", "M", date(1868, 10, 23)),
)
_BY_NAME = {name: era for era in ERAS for name in (era.name, era.short, era.letter)}
_ERA_NAME = "|".join(_BY_NAME)


def era_of(day: date) -> tuple[Era, int]:
    """Return the era of a day and the year in it."""
    era = next((era for era in ERAS if era.began <= day), ERAS[-1])
    return era, day.year - era.began.year + 1


class FiscalYear(int):
    """A 会計年度: the calendar year in which it begins; 1 April to 31 March in JST."""

    def __new__(cls, year: int) -> Self:
        """Refuse what is no year, such as 3 for 令和3年度."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"{year} is no fiscal year between {FIRST_YEAR} and {LAST_YEAR}")
        return super().__new__(cls, year)

    @classmethod
    def of(cls, moment: date) -> Self:
        """Return the fiscal year of a date, or of an aware datetime by the clock in Japan."""
        day = jst_date(moment)
        return cls(day.year if day.month >= 4 else day.year - 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the fiscal year typed as 令和4年度, R4, 平成31年度, ２０２２年度 or 2022."""
        typed = _arabic(_folded(text))
        if match := re.fullmatch(r"(?:FY)?(\d{4})(?:年度?)?", typed):
            return cls(_checked_year(int(match[1])))
        if match := re.fullmatch(rf"({_ERA_NAME})(\d{{1,2}}|元)(?:年度?)?", typed):
            return cls._in_era(_BY_NAME[match[1]], _era_year(match[2]))
        raise UnreadableDateError(
            _("Write the fiscal year like 令和4年度 or 2022年度."), code="unreadable_fiscal_year"
        )

    @classmethod
    def _in_era(cls, era: Era, year: int) -> Self:
        fiscal_year = cls(_checked_year(era.began.year + year - 1))
        # FY2019 began in 平成 and is called 令和元年度: both are right.
        if era not in (era_of(fiscal_year.starts)[0], fiscal_year._era):
            raise WrongEraError(
                _("There is no such fiscal year in that era. Write %(correct)s."),
                code="wrong_era",
                correct=fiscal_year.label,
            )
        return fiscal_year

    @property
    def _era(self) -> Era:
        return next(era for era in ERAS if era.began.year <= self)

    @property
    def starts(self) -> date:
        """The first day, 1 April."""
        return date(self, 4, 1)

    @property
    def ends(self) -> date:
        """The last day, 31 March."""
        return date(self + 1, 3, 31)

    @property
    def label(self) -> str:
        """令和3年度; FY2019 is 令和元年度, as the government's offices named it."""
        return f"{self._era.name}{_year_text(self - self._era.began.year + 1)}度"

    @property
    def label_in_letters(self) -> str:
        """令和３年度: the label in running text of letters (look.md)."""
        return f"{self._era.name}{_year_text(self - self._era.began.year + 1, letters=True)}度"

    @property
    def western_label(self) -> str:
        """2021年度."""
        return f"{int(self)}年度"

    def next(self) -> Self:
        """Return the following fiscal year."""
        return type(self)(self + 1)

    def previous(self) -> Self:
        """Return the fiscal year before."""
        return type(self)(self - 1)


def jst_date(moment: date) -> date:
    """Return the calendar day in Japan; a datetime must be aware, or nobody knows the day."""
    if not isinstance(moment, datetime):
        return moment
    return today(moment)


def today(now: datetime) -> date:
    """Return the day in Japan at a moment."""
    return _in_jst(now).date()


def _in_jst(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a datetime without time zone has no day in Japan")
    return moment.astimezone(JST)


def letter_number(number: int) -> str:
    """Return a number for running text of letters: ４, but 12 (公用文: one digit is full width)."""
    return chr(ord("０") + number) if 0 <= number <= 9 else str(number)


def _year_text(year: int, *, letters: bool = False) -> str:
    if year == 1:
        return "元年"
    return f"{letter_number(year) if letters else year}年"


def era_date(moment: date) -> str:
    """Return 令和４年９月１日, 令和４年12月10日 or 令和元年５月１日, for letters (look.md)."""
    day = jst_date(moment)
    era, year = era_of(day)
    months = f"{letter_number(day.month)}月{letter_number(day.day)}日"
    return f"{era.name}{_year_text(year, letters=True)}{months}"


def era_date_plain(moment: date) -> str:
    """Return 令和4年9月1日, for screens and forms."""
    day = jst_date(moment)
    era, year = era_of(day)
    return f"{era.name}{_year_text(year)}{day.month}月{day.day}日"


_WEEKDAYS = "月火水木金土日"
_WEEKDAY = re.compile(rf"[(]([{_WEEKDAYS}])曜?日?[)]|([{_WEEKDAYS}])曜日?")
_KANJI_NUMBER = re.compile("[〇零一二三四五六七八九十]+")
_GAP = r"[-/. ]"
_WESTERN = re.compile(rf"(\d{{4}})(?:年|{_GAP})(\d{{1,2}})(?:月|{_GAP})(\d{{1,2}})日?")
_NO_YEAR = re.compile(r"(\d{1,2})(?:月|/)(\d{1,2})日?")
_NEAR = timedelta(days=270)
_WESTERN_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_IN_ERA = re.compile(
    rf"({_ERA_NAME}){_GAP}?(\d{{1,2}}|元)(?:年|{_GAP})(\d{{1,2}})(?:月|{_GAP})(\d{{1,2}})日?"
)
_IN_ERA_COMPACT = re.compile(rf"({_ERA_NAME})(\d{{2}})(\d{{2}})(\d{{2}})")
_SHORT_YEAR = re.compile(rf"\d{{1,2}}(?:年|{_GAP})\d{{1,2}}(?:月|{_GAP})\d{{1,2}}日?")


def parse_date(text: str, *, after: date | None = None) -> date:
    """Return the day typed as 2021-08-02, 2021/8/2, 20210802, 令和3年8月2日, R3.8.2 or the like.

    With `after`, 9/30 and 9月30日 are the next such day from then on, where that is not far off.
    Full width, spaces, kanji numerals and a weekday are taken; a day that is not in the calendar
    or not in its era, and a weekday that is not the day's, is refused with what to write instead.
    """
    typed = _folded(text)
    weekday = _WEEKDAY.search(typed)
    typed = _arabic(_WEEKDAY.sub("", typed))
    no_year = _NO_YEAR.fullmatch(typed) if after else None
    day = _next(int(no_year[1]), int(no_year[2]), after) if no_year and after else _day(typed)
    if weekday and (weekday[1] or weekday[2]) != japanese_weekday(day):
        raise ImpossibleDateError(
            _("%(date)s is a %(weekday)s. Correct the date or the weekday."),
            code="wrong_weekday",
            date=era_date_plain(day),
            weekday=f"{japanese_weekday(day)}曜日",
        )
    return day


def _next(month: int, day: int, after: date) -> date:
    """Return the next such day; one that is nearly a year away was more likely meant as past."""
    upcoming = _existing(after.year, month, day)
    if upcoming < after:
        upcoming = _existing(after.year + 1, month, day)
    if upcoming - after > _NEAR:
        raise UnreadableDateError(
            _("Write the date with its year: this day of the year has passed lately."),
            code="no_year",
        )
    return upcoming


def _arabic(typed: str) -> str:
    return _KANJI_NUMBER.sub(lambda match: str(read_number(match[0])), typed)


def _folded(text: str) -> str:
    typed = unicodedata.normalize("NFKC", normalize(text)).upper().replace("、", ".")
    typed = re.sub(r"\s+", " ", typed).strip()
    around = f"{_ERA_NAME}|[年月日度元/.()-]"
    return re.sub(rf" ?({around}) ?", r"\1", typed)


def _day(typed: str) -> date:
    if match := _WESTERN.fullmatch(typed) or _WESTERN_COMPACT.fullmatch(typed):
        return _existing(_checked_year(int(match[1])), int(match[2]), int(match[3]))
    if match := _IN_ERA.fullmatch(typed) or _IN_ERA_COMPACT.fullmatch(typed):
        era, year = _BY_NAME[match[1]], _era_year(match[2])
        western = _checked_year(era.began.year + year - 1)
        return _in_era(era, _existing(western, int(match[3]), int(match[4])))
    if _SHORT_YEAR.fullmatch(typed):
        raise UnreadableDateError(
            _("Write the year in four digits or with its era, like 2021年8月2日 or 令和3年8月2日."),
            code="short_year",
        )
    raise UnreadableDateError(
        _("Write the date like 2021-08-02, 2021年8月2日 or 令和3年8月2日."), code="unreadable_date"
    )


def _era_year(typed: str) -> int:
    year = 1 if typed == "元" else int(typed)
    if year == 0:
        raise ImpossibleDateError(
            _("An era has no year 0. Its first year is 元年."), code="era_year_zero"
        )
    return year


def _checked_year(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ImpossibleDateError(
            _("The year %(year)s cannot be right. Write a year from %(first)s to %(last)s."),
            code="year_out_of_range",
            year=year,
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
    return year


def _existing(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise ImpossibleDateError(
            _("There is no month %(month)s. Write a month from 1 to 12."),
            code="no_such_month",
            month=month,
        )
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise ImpossibleDateError(
            _("%(year)s-%(month)s has no day %(day)s. Write a day from 1 to %(last)s."),
            code="no_such_day",
            year=year,
            month=month,
            day=day,
            last=last,
        )
    return date(year, month, day)


def _in_era(era: Era, day: date) -> date:
    right, _year = era_of(day)
    if right is era:
        return day
    before = day < era.began
    limit = era.began if before else _last_day(era)
    raise WrongEraError(
        _("%(era)s began on %(limit)s. Write %(correct)s.")
        if before
        else _("%(era)s ended on %(limit)s. Write %(correct)s."),
        code="wrong_era",
        era=era.name,
        limit=f"{limit.year}年{limit.month}月{limit.day}日",
        correct=era_date_plain(day),
    )


def _last_day(era: Era) -> date:
    return ERAS[ERAS.index(era) - 1].began - ONE_DAY


def japanese_weekday(moment: date) -> str:
    """Return 月 to 日."""
    return _WEEKDAYS[jst_date(moment).weekday()]


def deadline_text(deadline: datetime) -> str:
    """Return a deadline as officers read it, in JST: 2021年9月30日（木）17時00分."""
    local = _in_jst(deadline)
    return f"{day_text(local)}{local.hour}時{local.minute:02}分"


def day_text(day: date) -> str:
    """Return a day as `deadline_text` writes it, without an hour: 2021年9月30日（木）."""
    local = jst_date(day)
    return f"{local.year}年{local.month}月{local.day}日（{japanese_weekday(local)}）"


def due_day_text(day: date) -> str:
    """Return a day on which something is due: 令和4年3月31日（木）."""
    return f"{era_date_plain(day)}（{japanese_weekday(day)}）"


def days_left(deadline: datetime, now: datetime) -> int:
    """Return the calendar days in JST to the deadline; 0 on its day, below 0 once it is over."""
    days = (jst_date(deadline) - jst_date(now)).days
    return -1 if days == 0 and now > deadline else days


@lru_cache(maxsize=256)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(day for day, _name in jpholiday.year_holidays(year))


def is_working_day(day: date) -> bool:
    """Return whether offices are open: no weekend, holiday or 29 December to 3 January.

    行政機関の休日に関する法律（昭和63年法律第91号）第1条.
    """
    year_end = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() < 5 and not year_end and day not in _holidays(day.year)


def add_working_days(day: date, count: int) -> date:
    """Return the count-th working day after a day, before it if negative; 0: that day or next."""
    step, left = (-ONE_DAY if count < 0 else ONE_DAY), abs(count)
    while left or not is_working_day(day):
        day += step
        left -= left > 0 and is_working_day(day)
    return day


def next_working_day(day: date) -> date:
    """Return the day, or where offices are closed the next one (民法第142条, 地方自治法第4条の2第4項).

    For duties counted in days: report, claim, withdrawal, repayment, correction. A day that is
    itself named (a call's closing time, 31 March) is no period and stays.
    """
    return add_working_days(day, 0)


def previous_working_day(day: date) -> date:
    """Return the day, or where offices are closed the last one before."""
    while not is_working_day(day):
        day -= ONE_DAY
    return day


def period_end(begins: date, days: int) -> date:
    """Return the last day of a period of days that begins with an act.

    The day of the act is not counted (民法第140条), and the end moves to a working day (第142条).
    """
    return next_working_day(begins + timedelta(days=days))


def working_days_between(start: date, end: date) -> int:
    """Return the working days after start up to and including end; negative if end is earlier."""
    if end < start:
        return -working_days_between(end, start)
    offsets = range(1, (end - start).days + 1)
    return sum(is_working_day(start + timedelta(days=offset)) for offset in offsets)
