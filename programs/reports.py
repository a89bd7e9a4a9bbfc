"""The plan reports on itself: each line with what carried it out, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.fiscal import FiscalYear
from core.money import format_yen
from programs.carriers import Carried, Measure, carried
from programs.charts import Chart, Kind, Row
from programs.models import Area, Initiative, PlanLine

TEN_THOUSAND = 10_000


@dataclass(frozen=True)
class CarrierLine:
    """One kind of record that carries a line out, in words."""

    name: str
    words: str
    url: str
    measure: Measure


@dataclass(frozen=True)
class LineView:
    """A line with its offices and carriers; no carriers means the portal holds no records yet."""

    line: PlanLine
    offices: tuple[str, ...]
    carriers: tuple[CarrierLine, ...]

    @property
    def has_records(self) -> bool:
        """Say whether anything is recorded for the line."""
        return any(not row.measure.is_empty for row in self.carriers)

    @property
    def amount(self) -> int:
        """Return the yen that the line's records carry."""
        return sum(row.measure.amount or 0 for row in self.carriers)


@dataclass(frozen=True)
class InitiativeView:
    """An initiative with its lines."""

    initiative: Initiative
    lines: tuple[LineView, ...]


@dataclass(frozen=True)
class AreaView:
    """An area with its initiatives, and how many lines it has."""

    area: Area
    initiatives: tuple[InitiativeView, ...]

    @property
    def line_count(self) -> int:
        """Return the number of lines, for the table of contents."""
        return len(self.lines)

    @property
    def lines(self) -> list[LineView]:
        """Return the area's lines, whatever initiative they stand under."""
        return [line for initiative in self.initiatives for line in initiative.lines]

    @property
    def recorded_count(self) -> int:
        """Return the number of lines of which anything is recorded."""
        return sum(line.has_records for line in self.lines)

    @property
    def amount(self) -> int:
        """Return the yen that the area's records carry."""
        return sum(line.amount for line in self.lines)


def latest_year(current: int) -> int | None:
    """Return the newest plan that has begun; where none has, the newest at all."""
    plans = PlanLine.objects.filter(valid_to=None)
    begun = plans.filter(fiscal_year__lte=current).aggregate(year=Max("fiscal_year"))["year"]
    return begun or plans.aggregate(year=Max("fiscal_year"))["year"]


def year_label(year: int) -> str:
    """Return 令和3年度, or FY2021 to readers of English."""
    return FiscalYear(year).label if _is_japanese() else f"FY{year}"


def plan_years() -> list[int]:
    """Return the fiscal years that have a plan, newest first."""
    years = PlanLine.objects.order_by("-fiscal_year").values_list("fiscal_year", flat=True)
    return list(years.distinct())


def plan_overview(fiscal_year: int) -> tuple[AreaView, ...]:
    """Return the year's plan by area; the number of queries does not depend on the lines."""
    related = PlanLine.objects.select_related("initiative__area").prefetch_related("offices")
    lines = list(
        related.filter(fiscal_year=fiscal_year, valid_to=None).order_by(
            "initiative__area__number", "initiative__order", "order", "pk"
        )
    )
    return _by_area(lines, carried(lines))


def _by_area(lines: Sequence[PlanLine], found: dict[int, list[Carried]]) -> tuple[AreaView, ...]:
    views = []
    for area, of_area in groupby(lines, key=lambda line: line.initiative.area):
        initiatives = tuple(
            InitiativeView(initiative, tuple(_line_view(line, found[line.pk]) for line in rows))
            for initiative, rows in groupby(of_area, key=lambda line: line.initiative)
        )
        views.append(AreaView(area, initiatives))
    return tuple(views)


def _line_view(line: PlanLine, rows: Sequence[Carried]) -> LineView:
    offices = sorted(line.offices.all(), key=lambda office: office.pk)
    return LineView(
        line=line,
        offices=tuple(str(office) for office in offices),
        carriers=tuple(
            CarrierLine(
                str(row.model._meta.verbose_name),
                measure_words(row.measure),
                row.measure.url,
                row.measure,
            )
            for row in rows
        ),
    )


def area_charts(views: Sequence[AreaView]) -> list[Chart]:
    """Return how many lines of each area have records, and the yen in them."""
    return [
        Chart(
            "area-lines",
            _("Lines of the plan by area"),
            Kind.STACKED,
            _("area"),
            _("lines"),
            (_("with records"), _("without records yet")),
            tuple(
                Row(str(v.area), (v.recorded_count, v.line_count - v.recorded_count)) for v in views
            ),
        ),
        Chart(
            "area-amounts",
            _("Amount decided by area"),
            Kind.BAR,
            _("area"),
            _("yen"),
            (_("amount decided"),),
            tuple(Row(str(v.area), (v.amount,)) for v in views),
        ),
    ]


def measure_words(measure: Measure) -> str:
    """Return "12団体 · 3,240万円 · 次回 12月3日"; 実績なし where nothing is recorded."""
    if measure.is_empty:
        return _("nothing recorded yet")
    parts = []
    if measure.bodies:
        parts.append(_("%(count)s bodies") % {"count": f"{measure.bodies:,}"})
    elif measure.records:
        parts.append(_("%(count)s records") % {"count": f"{measure.records:,}"})
    if measure.amount:
        parts.append(short_yen(measure.amount))
    if measure.next_date:
        parts.append(_("next on %(date)s") % {"date": month_day(measure.next_date)})
    return " · ".join(parts)


def short_yen(amount: int) -> str:
    """Return 3,240万円 where that is exact in Japanese, else the amount in full."""
    if _is_japanese() and amount and amount % TEN_THOUSAND == 0:
        return f"{amount // TEN_THOUSAND:,}万円"
    return format_yen(amount)


def month_day(day: date) -> str:
    """Return 12月3日, or as the reader's language writes it."""
    return f"{day.month}月{day.day}日" if _is_japanese() else date_format(day, "j F")


def _is_japanese() -> bool:
    return (get_language() or "ja").startswith("ja")
