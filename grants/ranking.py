"""The ranking of an edition's applications: by mean points, against the budget (順位表)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.db.models import Aggregate, Avg, Count, F, FloatField, Max, Min, Q, QuerySet, Window
from django.db.models import DecimalField as Decimals
from django.db.models.functions import Cast, Rank, Round

from grants.judging import stored_verdict
from grants.models import Application, Review
from grants.reviewing import mean_of, median_of, one_decimal
from programs.models import Call, Edition

S, R = Application.Status, Review.Status
RANKED = (S.UNDER_REVIEW, S.RECOMMENDED, S.DECIDED, S.INFORMALLY_NOTIFIED, S.ANNOUNCED)
_DECIDED = (S.DECIDED, S.INFORMALLY_NOTIFIED, S.ANNOUNCED)
_MISSING = (R.ASSIGNED, R.DECLARED, R.SCORED)


@dataclass
class Ranked:
    """One application of the ranking; figures are exact, words to one decimal."""

    application: Application
    totals: list[int]
    missing: int
    conflicts: int
    rank: int | None = None
    amount: int = 0
    cumulative: int = 0
    is_first_over: bool = False
    form: Any = None
    errors: list[str] = field(default_factory=list)

    @property
    def mean(self) -> Fraction | None:
        """Return the exact mean of the submitted sheets."""
        return mean_of(self.totals)

    @property
    def mean_text(self) -> str:
        """Return the mean to one decimal."""
        return one_decimal(self.mean)

    @property
    def median_text(self) -> str:
        """Return the median to one decimal."""
        return one_decimal(median_of(self.totals))

    @property
    def spread(self) -> int | None:
        """Return how far apart the highest and the lowest sheet are (points)."""
        return max(self.totals) - min(self.totals) if self.totals else None

    @property
    def assigned(self) -> int:
        """Return how many sheets are expected; a conflict of interest counts nowhere."""
        return len(self.totals) + self.missing

    @property
    def is_open(self) -> bool:
        """Say whether an outcome may be proposed for it now."""
        return self.application.status == S.UNDER_REVIEW

    @property
    def proposed(self) -> int:
        """Return what is proposed or decided; of what is open, what the rules allow (yen)."""
        application = self.application
        if not self.is_open:
            return application.decided_amount or 0
        verdict = stored_verdict(application)
        allowed = verdict.allowed_amount if verdict else application.requested_amount
        return min(application.requested_amount, allowed)


def ranked(edition: Edition, user: Any, call: Call | None = None) -> list[Ranked]:
    """Return the applications by mean, those without a sheet last, in three queries."""
    applications = _applications(edition, user, call).select_related("organization", "edition")
    sheets: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    reviews = Review.objects.filter(application__in=applications.values("pk"))
    for pk, status, total in reviews.values_list("application_id", "status", "total"):
        sheets[pk].append((status, total))
    rows = [_row(application, sheets[application.pk]) for application in applications]
    rows.sort(key=lambda r: (-(r.mean if r.mean is not None else -1), r.application.receipt_number))
    for row in rows:
        if row.mean is not None:
            better = sum(other.mean is not None and other.mean > row.mean for other in rows)
            row.rank = better + 1
    return rows


def _applications(edition: Edition, user: Any, call: Call | None) -> Any:
    found = Application.objects.visible_to(user).filter(edition=edition, status__in=RANKED)
    return found.filter(call=call) if call else found


def _row(application: Application, sheets: Iterable[tuple[str, int | None]]) -> Ranked:
    sheets = list(sheets)
    return Ranked(
        application,
        totals=[total for _status, total in sheets if total is not None],
        missing=sum(status in _MISSING for status, _total in sheets),
        conflicts=sum(status == R.CONFLICTED for status, _total in sheets),
    )


def elsewhere(edition: Edition, rows: Sequence[Ranked]) -> int:
    """Return what the edition has decided for applications that are not in the rows (yen)."""
    here = sum(r.proposed for r in rows if r.application.status in _DECIDED)
    return edition.decided_total - here


def against(rows: Sequence[Ranked], *, start: int, budget: int | None) -> int:
    """Add the amounts up from `start` and mark the first row beyond the budget (yen).

    Returns the whole sum. A row's `amount` is what counts: 0 for what is not adopted.
    """
    total, is_over = start, False
    for row in rows:
        total += row.amount
        row.cumulative = total
        if budget is not None and total > budget and not is_over:
            row.is_first_over = is_over = True
    return total


class _Median(Aggregate):
    """The middle of the values; between two, their mean."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Median"
    output_field = FloatField()


def _tenths(expression: Any) -> Any:
    return Round(Cast(expression, Decimals(max_digits=30, decimal_places=10)), 1)


def exported(rows: QuerySet) -> QuerySet:
    """Return the applications with the ranking's figures, made by the database, rank by edition."""
    figured = rows.filter(status__in=RANKED).annotate(
        exact_mean=Avg("reviews__total"),
        mean_points=_tenths(Avg("reviews__total")),
        median_points=_tenths(_Median("reviews__total")),
        spread_points=Max("reviews__total") - Min("reviews__total"),
        sheets=Count("reviews", filter=Q(reviews__status=R.SUBMITTED)),
        sheets_missing=Count("reviews", filter=Q(reviews__status__in=_MISSING)),
    )
    best_first = F("exact_mean").desc(nulls_last=True)
    place = Window(Rank(), partition_by="edition", order_by=best_first)
    return figured.annotate(position=place).order_by("-edition", best_first, "receipt_number")
