"""Ledgers by month: the picture, and its table with every figure (yen)."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils import formats
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from core.fiscal import era_date_plain
from finance.models import LedgerEntry
from programs.charts import Chart, Kind, Row

KINDS = tuple(LedgerEntry.Kind.values)
FEW = 6  # months: bars with their figures; more of them are lines
Moved = dict[str, int]
Months = list[tuple[date, Moved]]


def by_month(editions: Iterable[Any]) -> Months:
    """Return the movements of the editions together by month, from the first to the last."""
    found: dict[date, Moved] = {}
    for rows in _moved(editions).values():
        for month, moved in rows.items():
            known = found.setdefault(month, _nothing())
            found[month] = {kind: known[kind] + moved[kind] for kind in KINDS}
    return _whole(found)


def by_edition(editions: Iterable[int]) -> dict[int, Months]:
    """Return the movements of each edition by month, in one query."""
    return {edition: _whole(rows) for edition, rows in _moved(editions).items()}


def _moved(editions: Iterable[Any]) -> dict[int, dict[date, Moved]]:
    rows = LedgerEntry.objects.filter(edition__in=list(editions)).order_by()
    sums = rows.annotate(month=TruncMonth("booked_on")).values("edition", "month", "kind")
    found: dict[int, dict[date, Moved]] = {}
    for row in sums.annotate(total=Sum("amount")):
        months = found.setdefault(row["edition"], {})
        months.setdefault(row["month"], _nothing())[row["kind"]] = row["total"]
    return found


def _nothing() -> Moved:
    return dict.fromkeys(KINDS, 0)


def _whole(found: dict[date, Moved]) -> Months:
    """Return the months in order, those without a movement too."""
    if not found:
        return []
    first, last = min(found), max(found)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    start = first.year * 12 + first.month - 1
    months = [date((start + n) // 12, (start + n) % 12 + 1, 1) for n in range(count)]
    return [(month, found.get(month, _nothing())) for month in months]


def left_after(months: Months, budget: int | None) -> list[int | None]:
    """Return what of the budget was not committed at each month's end (yen); None without one."""
    committed = accumulate(moved["committed"] for _month, moved in months)
    return [None if budget is None else budget - total for total in committed]


def month_text(month: date, *, short: bool = False) -> str:
    """Return 令和8年3月, or 3月 where there is little room."""
    if not (get_language() or "ja").startswith("ja"):
        return formats.date_format(month, "M" if short else "M Y")
    return f"{month.month}月" if short else era_date_plain(month).removesuffix("1日")


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
            Row(month_text(month), values, short=month_text(month, short=True))
            for (month, _row), values in zip(
                months, zip(committed, paid, returned, strict=True), strict=True
            )
        ),
        note=_("Running totals at the end of each month."),
        adds_up=False,
    )


def heads() -> list[str]:
    """Return the heads of the table of months, the month first and what is left last."""
    kinds = [str(LedgerEntry.Kind(kind).label) for kind in KINDS]
    return [_("month"), *kinds, pgettext("ledger", "left")]


def lines(months: Months, budget: int | None) -> list[list[Any]]:
    """Return each month's movements, and what of the budget is left at its end (yen)."""
    left = left_after(months, budget)
    return [
        [month_text(month), *(row[kind] for kind in KINDS), rest]
        for (month, row), rest in zip(months, left, strict=True)
    ]


def table(months: Months, budget: int | None) -> dict[str, Any]:
    """Return the same as columns, rows and the line of sums."""
    first, *figures = heads()
    columns = [first, *({"label": head, "unit": _("yen"), "numeric": True} for head in figures)]
    rows: list[Sequence[Any]] = list(lines(months, budget))
    sums = [sum(row[kind] for _month, row in months) for kind in KINDS]
    foot = [_("total"), *sums, rows[-1][-1]] if rows else []
    return {"columns": columns, "rows": rows, "foot": foot}
