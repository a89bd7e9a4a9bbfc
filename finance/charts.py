"""An edition's ledger by month: the picture, and its table with every figure (yen)."""

from collections.abc import Iterable
from datetime import date
from itertools import accumulate
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from finance.models import LedgerEntry
from programs.charts import Chart, Kind, Row

KINDS = tuple(LedgerEntry.Kind.values)
FEW = 6  # months: bars with their figures; more of them are lines
Months = list[tuple[date, dict[str, int]]]


def by_month(editions: Iterable[Any]) -> Months:
    """Return the movements of the editions by month, from the first to the last, none left out."""
    rows = LedgerEntry.objects.filter(edition__in=list(editions)).order_by()
    sums = rows.annotate(month=TruncMonth("booked_on")).values("month", "kind")
    found: dict[date, dict[str, int]] = {}
    for row in sums.annotate(total=Sum("amount")):
        found.setdefault(row["month"], dict.fromkeys(KINDS, 0))[row["kind"]] = row["total"]
    if not found:
        return []
    months = _months(min(found), max(found))
    return [(month, found.get(month, dict.fromkeys(KINDS, 0))) for month in months]


def _months(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    start = first.year * 12 + first.month - 1
    return [date((start + n) // 12, (start + n) % 12 + 1, 1) for n in range(count)]


def chart(name: str, title: str, months: Months) -> Chart:
    """Return the running totals by month: committed, paid, returned."""
    committed = accumulate(row["committed"] for _month, row in months)
    paid = accumulate(row["advanced"] + row["settled"] for _month, row in months)
    returned = accumulate(row["returned"] for _month, row in months)
    return Chart(
        name=name,
        title=title,
        kind=Kind.GROUPED if len(months) <= FEW else Kind.LINE,
        head=_("month"),
        unit=_("yen"),
        series=(
            pgettext("ledger", "committed"),
            pgettext("ledger", "paid"),
            pgettext("ledger", "returned"),
        ),
        rows=tuple(
            Row(f"{month:%Y-%m}", values, short=f"{month.month}")
            for (month, _row), values in zip(
                months, zip(committed, paid, returned, strict=True), strict=True
            )
        ),
        note=_("Running totals at the end of each month."),
        adds_up=False,
    )


def table(months: Months) -> dict[str, Any]:
    """Return the movements of each month as columns and rows."""
    heads = [LedgerEntry.Kind(kind).label for kind in KINDS]
    columns = [_("month"), *({"label": head, "unit": _("yen"), "numeric": True} for head in heads)]
    rows = [[f"{month:%Y-%m}", *(row[kind] for kind in KINDS)] for month, row in months]
    foot = [_("total"), *(sum(row[kind] for _m, row in months) for kind in KINDS)] if rows else []
    return {"columns": columns, "rows": rows, "foot": foot}
