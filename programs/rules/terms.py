"""What an edition's rules are made of: ceilings, classes of cost, papers, days, repayment."""

import calendar
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from fractions import Fraction

UNITS = (1, 10, 100, 1_000, 10_000)
PLACES = ("domestic", "overseas")
# What the days are counted for: correction, withdrawal after the notice, the standard processing
# period, the report after the project's end, notice of a change, the claim after the notice of the
# fixed amount, the repayment after its order, the tax credit report.
DUTIES = (
    "correction",
    "withdrawal",
    "processing",
    "report",
    "change",
    "claim",
    "repayment",
    "tax_credit",
)
STARTS_AFTER_DECISION = ("never", "second_round", "always")
JOINT_COUNTING = ("lead", "shares")
# By how many days a year's percent is divided; the law of Art. 19 says 365 in leap years too.
YEAR_DAYS = (360, 365, 366)


@dataclass(frozen=True)
class CapGroup:
    """The most that a body of these kinds may ask for in one edition, in yen.

    `place` narrows the ceiling to projects mainly there; empty for any place.
    """

    kinds: tuple[str, ...]
    cap: int
    place: str = ""


@dataclass(frozen=True)
class Category:
    """One of the kinds of project that the edition supports."""

    key: str
    name: str
    name_en: str = ""


@dataclass(frozen=True)
class Expense:
    """A class of cost that may be counted, with a ceiling in yen or as a share of all cost."""

    key: str
    name: str
    limit: int | None = None
    share: Fraction | None = None

    def most(self, eligible_cost: int) -> int | None:
        """Return the ceiling in yen for a project of that cost; None where there is none."""
        found = [self.limit] if self.limit is not None else []
        if self.share is not None:
            found.append(int(eligible_cost * self.share))
        return min(found, default=None)


@dataclass(frozen=True)
class Document:
    """A paper that belongs to an application; `key` is that of the form's file question."""

    key: str
    name: str
    when: str = "always"


@dataclass(frozen=True)
class Period:
    """When a project may begin and end; the last day of February where `ends` says so."""

    starts: str
    ends: str

    def first_day(self, fiscal_year: int) -> date:
        """Return the first possible day of a project of that fiscal year."""
        return day_in(self.starts, fiscal_year)

    def last_day(self, fiscal_year: int) -> date:
        """Return the last possible day of a project of that fiscal year."""
        return day_in(self.ends, fiscal_year)


@dataclass(frozen=True)
class Window:
    """When applications usually arrive: month and day of the year before the project, hour in JST.

    The hour is that of the closing day; None where no source states it.
    """

    opens: str
    closes: str
    hour: time | None = None


@dataclass(frozen=True)
class Currency:
    """A currency in which a budget may be written: yen for one unit, as of a day."""

    code: str
    rate: Decimal
    as_of: date

    def yen(self, amount: Decimal) -> int:
        """Return an amount of this currency in whole yen, fractions cut off."""
        return int(amount * self.rate)


@dataclass(frozen=True)
class ChangeLimits:
    """Above which a change needs approval: moved share of a class of cost, or moved yen."""

    share: Fraction | None = None
    amount: int | None = None


@dataclass(frozen=True)
class Advance:
    """What may be paid before the amount is fixed (概算払): a share of the decided amount, or all."""

    share: Fraction | None = None

    def most(self, decided: int) -> int:
        """Return the most that may be advanced of a decided amount, in yen, fractions cut off."""
        return decided if self.share is None else int(decided * self.share)


@dataclass(frozen=True)
class RepaymentTerms:
    """Percent a year of 加算金 and 延滞金, and the days of a year by which it is divided.

    Those of 補助金適正化法 Art. 19, 10.95 percent and 365 days (domain.md §1.4); CLAIR's own are
    not published.
    """

    surcharge_percent: Decimal = Decimal("10.95")
    arrears_percent: Decimal = Decimal("10.95")
    year_days: int = 365


@dataclass(frozen=True)
class Indicator:
    """What the final report tells as target and actual: one figure with its unit."""

    key: str
    name: str
    unit: str


def day_in(text: str, fiscal_year: int) -> date:
    """Place a month-day ("04-01", "02-end") in the fiscal year April to March."""
    month_text, day_text = text.split("-")
    month = int(month_text)
    year = fiscal_year if month >= 4 else fiscal_year + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, last if day_text == "end" else int(day_text))


def report_day(text: str, fiscal_year: int) -> date:
    """Place the last day for reports: one of April or May comes after the year (翌年度4月10日)."""
    month = int(text.split("-", maxsplit=1)[0])
    return day_in(text, fiscal_year + 1 if month in (4, 5) else fiscal_year)
