"""Decisions that are taken or proposed and not yet announced, with their sums."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from grants.models import Application
from grants.statistics import ADOPTED
from programs.models import Edition

S = Application.Status
# Waiting for the decision, and decided but not announced.
PENDING = {"proposed": (S.RECOMMENDED,), "decided": (S.DECIDED, S.INFORMALLY_NOTIFIED)}
_ADOPTED = Q(outcome__in=ADOPTED)


def sums_of(rows: QuerySet[Application]) -> dict[str, Any]:
    """Return how many they are, how many of them adopted, and the yen asked for and decided."""
    return rows.order_by().aggregate(**_sums())


def _sums() -> dict[str, Any]:
    return {
        "count": Count("pk"),
        "adopted": Count("pk", filter=_ADOPTED),
        "requested": Sum("requested_amount", default=0),
        "decided": Sum("decided_amount", filter=_ADOPTED, default=0),
    }


def by_edition(rows: QuerySet[Application]) -> list[dict[str, Any]]:
    """Return the sums of each edition that has such rows, in two queries."""
    grouped = rows.order_by().values("edition").annotate(**_sums())
    found: dict[int, dict[str, Any]] = {row["edition"]: dict(row) for row in grouped}
    editions = Edition.objects.filter(pk__in=found).order_by("fiscal_year", "pk")
    return [found[edition.pk] | {"edition": edition} for edition in editions]
