"""What everybody may know of the money: sums of programmes by year and month; no body, no case."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.fiscal import FiscalYear
from finance import charts
from finance.models import EditionLedger

SUMS = ("budget", "committed", "advanced", "paid", "returned", "left")


@dataclass(frozen=True)
class ProgramMoney:
    """One programme of a year, in yen: budget → committed → in advance → paid → returned → left."""

    code: str
    name: str
    fiscal_year: int
    budget: int | None
    committed: int
    advanced: int
    paid: int
    returned: int
    left: int | None
    months: charts.Months

    def as_data(self) -> dict[str, Any]:
        """Return it as the JSON says it; months as 2026-04."""
        left = charts.left_after(self.months, self.budget)
        return {
            "code": self.code,
            "name": self.name,
            "fiscal_year": self.fiscal_year,
            **{name: getattr(self, name) for name in SUMS},
            "months": [
                {"month": f"{month:%Y-%m}", **moved, "left": rest}
                for (month, moved), rest in zip(self.months, left, strict=True)
            ],
        }


def years() -> list[int]:
    """Return the fiscal years of the editions that have moved money, the latest first."""
    found = EditionLedger.objects.order_by("-edition__fiscal_year")
    return list(found.values_list("edition__fiscal_year", flat=True).distinct())


def programs(year: int | None) -> list[ProgramMoney]:
    """Return the programmes of the year (None: of all), the latest year first; two queries."""
    rows = EditionLedger.objects.select_related("edition__program")
    if year is not None:
        rows = rows.filter(edition__fiscal_year=year)
    ledgers = list(rows.order_by("-edition__fiscal_year", "edition__program__code", "pk"))
    months = charts.by_edition(ledger.edition_id for ledger in ledgers)
    return [
        ProgramMoney(
            code=ledger.edition.program.code,
            name=ledger.edition.name,
            fiscal_year=ledger.edition.fiscal_year,
            budget=ledger.edition.budget,
            committed=ledger.committed,
            advanced=ledger.advanced,
            paid=ledger.paid,
            returned=ledger.returned,
            left=ledger.left,
            months=months.get(ledger.edition_id, []),
        )
        for ledger in ledgers
    ]


def csv_lines(found: list[ProgramMoney]) -> Iterator[list[Any]]:
    """Yield the months of the programmes as lines of a table, heads first (yen)."""
    yield [_("fiscal year"), _("programme"), _("code"), *charts.heads()]
    for program in found:
        year = FiscalYear(program.fiscal_year).label
        left = charts.left_after(program.months, program.budget)
        for (month, moved), rest in zip(program.months, left, strict=True):
            figures = (moved[kind] for kind in charts.KINDS)
            yield [year, program.name, program.code, f"{month:%Y-%m}", *figures, rest]


def total(found: list[ProgramMoney], name: str) -> int | None:
    """Return the sum of a column (yen); None where a programme has no such figure."""
    values = [getattr(program, name) for program in found]
    return None if None in values else sum(values)
