"""What applications add up to: for everybody what is announced, for staff the work itself."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Aggregate, Count, DurationField, Exists, F, Func, Max, OuterRef, Q, Sum
from django.db.models import TextField as Text
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop, pgettext
from django.utils.translation import gettext as _

from accounts.prefectures import prefecture_names
from core.fiscal import FiscalYear
from grants.models import Application, ReturnComment
from programs.charts import Chart, Kind, Row
from programs.models import Edition
from programs.reports import year_label

ADOPTED = (Application.Outcome.ADOPTED, Application.Outcome.MODIFIED)
# Nothing of an undecided case is public, nor that a case was refused (design.md §4).
PUBLISHED = Q(status=Application.Status.ANNOUNCED, outcome__in=ADOPTED)
KEPT_FOR = 300  # seconds; a change of what is published is seen at once, a renamed edition later
Rows = list[Any]


def published() -> dict[str, Chart]:
    """Return the public figures by name; kept until something else is announced."""
    state = Application.objects.filter(PUBLISHED).aggregate(Max("updated_at"), Count("pk"))
    language = get_language()
    key = f"statistics:{language}:{state['updated_at__max']}:{state['pk__count']}".replace(" ", "_")
    found: dict[str, Chart] | None = cache.get(key)
    if found is None:
        found = {chart.name: chart for chart in _published()}
        cache.set(key, found, KEPT_FOR)
    return found


def _published() -> list[Chart]:
    rows = Application.objects.filter(PUBLISHED).order_by()
    by_edition: Rows = list(
        rows.values("edition").annotate(count=Count("pk"), amount=Sum("decided_amount"))
    )
    editions = _editions(by_edition)
    return [_prefectures(rows), *_years(by_edition, editions), _categories(rows, editions)]


def _editions(rows: Rows) -> dict[int, Edition]:
    related = Edition.objects.select_related("program", "rules")
    return related.in_bulk([row["edition"] for row in rows])


def _prefectures(rows: Any) -> Chart:
    """Count the adopted projects of the bodies in each prefecture, with all 47 in the table."""
    counted = rows.values_list("organization__prefecture_code").annotate(Count("pk"))
    found = dict(counted)
    names = prefecture_names().items()
    lines = [Row(name, (found.pop(code, 0),), key=code) for code, name in names]
    if found:
        lines.append(Row(_("outside Japan, or no prefecture"), (sum(found.values()),)))
    return Chart(
        "prefectures",
        _("Adopted projects by prefecture"),
        Kind.TILES,
        _("prefecture"),
        pgettext("unit", "projects"),
        (_("adopted"),),
        tuple(lines),
    )


def _years(rows: Rows, editions: dict[int, Edition]) -> list[Chart]:
    """Draw projects by fiscal year and programme, and yen over the years."""
    programs = {e.program_id: e.program for e in editions.values()}
    order = sorted(programs)
    counts: dict[int, dict[int, int]] = {}
    amounts: dict[int, int] = {}
    for row in rows:
        edition = editions[row["edition"]]
        year = counts.setdefault(edition.fiscal_year, {})
        year[edition.program_id] = row["count"]
        amounts[edition.fiscal_year] = amounts.get(edition.fiscal_year, 0) + row["amount"]
    years = [(_year(year), f"{year}") for year in sorted(counts)]
    return [
        Chart(
            "years",
            _("Adopted projects by fiscal year and programme"),
            Kind.STACKED,
            _("fiscal year"),
            pgettext("unit", "projects"),
            tuple(str(programs[pk]) for pk in order) or (_("adopted"),),
            tuple(
                Row(label, tuple(counts[int(year)].get(pk, 0) for pk in order))
                for label, year in years
            ),
        ),
        Chart(
            "amounts",
            _("Amount decided by fiscal year"),
            Kind.LINE if len(years) > 1 else Kind.BAR,
            _("fiscal year"),
            _("yen"),
            (_("amount decided"),),
            tuple(Row(label, (amounts[int(year)],), short=_short(year)) for label, year in years),
        ),
    ]


def _year(year: int) -> str:
    """Return 令和4年度（2022年度）: readers count in both."""
    return f"{FiscalYear(year).label}（{year}年度）" if get_language() == "ja" else year_label(year)


def _short(year: str) -> str:
    """Return 令和4 or 2022, which fits under a point."""
    return FiscalYear(int(year)).label.removesuffix("年度") if get_language() == "ja" else year


def _categories(rows: Any, editions: dict[int, Edition]) -> Chart:
    """Add up the yen by category; a project of several counts in each of them."""
    category = Func(F("categories"), function="jsonb_array_elements_text", output_field=Text())
    found = rows.annotate(category=category).values_list("edition", "category")
    names = {
        (edition.pk, row.key): row.name
        for edition in editions.values()
        if edition.rules
        for row in edition.rules.rules.categories
    }
    # A key is a programme's own: two programmes may call different things by one key.
    sums: dict[str, int] = {}
    for edition, key, amount in found.annotate(Sum("decided_amount")):
        name = names.get((edition, key), key)
        sums[name] = sums.get(name, 0) + amount
    return Chart(
        "categories",
        _("Amount decided by category"),
        Kind.BAR,
        _("category"),
        _("yen"),
        (_("amount decided"),),
        tuple(
            Row(name, (amount,))
            for name, amount in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
        note=_("A project of several categories counts in each of them, so there is no total."),
        adds_up=False,
    )


class Median(Aggregate):
    """The middle value; a mean would follow the one application that lay for a year."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class EditionWork:
    """One edition's line of the staff's table (yen; days from arrival to decision)."""

    edition: Edition
    arrived: int
    returned: int
    adopted: int
    requested: int
    decided: int
    median: timedelta | None

    @property
    def cells(self) -> list[Any]:
        """Return the line of the table; the share is of what arrived, the median in whole days."""
        return [
            str(self.edition),
            self.arrived,
            self.returned,
            f"{100 * self.returned / self.arrived:.1f}",
            None if self.median is None else round(self.median / timedelta(days=1)),
            self.adopted,
            self.requested,
            self.decided,
        ]


@dataclass(frozen=True)
class Work:
    """The figures for the business report (事業報告): a chart of statuses and a line per edition."""

    statuses: Chart
    editions: tuple[EditionWork, ...]

    @property
    def columns(self) -> list[Any]:
        """Return the heads of the table by edition."""
        heads = (
            (pgettext("column", "arrived"), pgettext("unit", "applications")),
            (_("sent back at least once"), pgettext("unit", "applications")),
            (_("share sent back"), "%"),
            (_("median from arrival to decision"), _("days")),
            (_("adopted"), pgettext("unit", "applications")),
            (_("amount applied for"), _("yen")),
            (_("amount decided"), _("yen")),
        )
        found = [{"label": label, "unit": unit, "numeric": True} for label, unit in heads]
        return [_("edition"), *found]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the table's rows, each with the way to its applications."""
        list_url = reverse("admin:grants_application_changelist")
        return [
            {"cells": line.cells, "url": f"{list_url}?edition__id__exact={line.edition.pk}"}
            for line in self.editions
        ]


def work(applications: Any, fiscal_year: int | None) -> Work:
    """Add up the applications that the person may see, all years or one; two queries."""
    rows = applications.order_by()
    if fiscal_year:
        rows = rows.filter(edition__fiscal_year=fiscal_year)
    statuses: Rows = list(rows.values("edition", "status").annotate(count=Count("pk")))
    editions = sorted(
        _editions(statuses).values(), key=lambda edition: (-edition.fiscal_year, edition.pk)
    )
    return Work(_statuses(statuses, editions), _work(rows, editions))


def years_of(applications: Any) -> list[int]:
    """Return the fiscal years that have applications, newest first."""
    years = applications.order_by("-edition__fiscal_year")
    return list(years.values_list("edition__fiscal_year", flat=True).distinct())


# Six groups can be told apart; the list of applications has each status by itself.
_GROUPS = (
    (gettext_noop("being written"), ("draft",)),
    (gettext_noop("being received"), ("submitted", "at_intermediary", "late", "received")),
    (gettext_noop("back at the body"), ("returned",)),
    (gettext_noop("in review or decision"), ("under_review", "recommended", "decided")),
    (gettext_noop("notified or announced"), ("informally_notified", "announced")),
    (gettext_noop("not accepted or withdrawn"), ("not_accepted", "withdrawn")),
)


def _statuses(rows: Rows, editions: list[Edition]) -> Chart:
    counts = {(row["edition"], row["status"]): row["count"] for row in rows}
    return Chart(
        "statuses",
        _("Applications by status and edition"),
        Kind.STACKED,
        _("edition"),
        pgettext("unit", "applications"),
        tuple(_(label) for label, _group in _GROUPS),
        tuple(
            Row(
                str(edition),
                tuple(
                    sum(counts.get((edition.pk, status), 0) for status in group)
                    for _label, group in _GROUPS
                ),
            )
            for edition in editions
        ),
    )


def _work(rows: Any, editions: list[Edition]) -> tuple[EditionWork, ...]:
    """Count by edition what arrived; drafts and what never arrived are no work of CLAIR's."""
    returned = Exists(ReturnComment.objects.filter(application=OuterRef("pk")))
    found = (
        rows.filter(arrived_at__isnull=False)
        .values("edition")
        .annotate(
            arrived=Count("pk"),
            returned=Count("pk", filter=returned),
            adopted=Count("pk", filter=Q(decided_at__isnull=False, outcome__in=ADOPTED)),
            requested=Sum("requested_amount"),
            decided=Sum("decided_amount", filter=Q(decided_at__isnull=False), default=0),
            median=Median(F("decided_at") - F("arrived_at")),
        )
    )
    by_edition = {row.pop("edition"): row for row in found}
    return tuple(
        EditionWork(edition=edition, **by_edition[edition.pk])
        for edition in editions
        if edition.pk in by_edition
    )
