"""加算金 and 延滞金 by the day, every step kept (補助金適正化法 第19条, 同施行令 第9条).

CLAIR's own 要綱 may say otherwise: rates and the days of a year are edition data, unconfirmed
(domain.md §1.4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

ONE_DAY = timedelta(days=1)
SURCHARGE, ARREARS = "surcharge", "arrears"


@dataclass(frozen=True)
class Terms:
    """Rates in percent a year, and the days by which a year is divided (365 in leap years too)."""

    surcharge_percent: Decimal = Decimal("10.95")
    arrears_percent: Decimal = Decimal("10.95")
    year_days: int = 365

    def as_data(self) -> dict[str, Any]:
        """Return the terms as JSON, to be kept with the order."""
        return {
            "surcharge_percent": str(self.surcharge_percent),
            "arrears_percent": str(self.arrears_percent),
            "year_days": self.year_days,
        }

    @classmethod
    def of_data(cls, data: dict[str, Any]) -> "Terms":
        """Return the terms that were kept."""
        if not data:
            return cls()
        return cls(
            Decimal(data["surcharge_percent"]), Decimal(data["arrears_percent"]), data["year_days"]
        )


@dataclass(frozen=True)
class Moved:
    """Yen that moved on a day: an instalment received by the body, or a part paid back."""

    on: date
    amount: int


@dataclass(frozen=True)
class Segment:
    """Days on which the same amount bore interest, first and last day counted."""

    kind: str
    first: date
    last: date
    base: int
    percent: Decimal
    year_days: int

    @property
    def days(self) -> int:
        """Return the days, both ends counted."""
        return (self.last - self.first).days + 1

    @property
    def exact(self) -> Fraction:
        """Return the interest before fractions are dropped (yen)."""
        yearly = Fraction(self.base) * Fraction(self.percent) / 100
        return yearly * self.days / self.year_days


@dataclass(frozen=True)
class Interest:
    """The segments of a repayment and its two totals; fractions of a yen dropped once in each."""

    segments: tuple[Segment, ...]

    def _total(self, kind: str) -> int:
        return int(sum((s.exact for s in self.segments if s.kind == kind), Fraction(0)))

    @property
    def surcharge(self) -> int:
        """Return the 加算金 (yen)."""
        return self._total(SURCHARGE)

    @property
    def arrears(self) -> int:
        """Return the 延滞金 (yen)."""
        return self._total(ARREARS)

    @property
    def total(self) -> int:
        """Return both (yen)."""
        return self.surcharge + self.arrears


def attributed(principal: int, received: Iterable[Moved]) -> list[Moved]:
    """Return the instalments that the order reaches, the latest received first (令 第9条第1項).

    What exceeds all instalments counts as received with the first of them.
    """
    latest_first = sorted(received, key=lambda moved: moved.on, reverse=True)
    found, left = [], principal
    for moved in latest_first:
        part = min(left, moved.amount)
        if part > 0:
            found.append(Moved(moved.on, part))
            left -= part
    if left > 0 and found:
        found[-1] = Moved(found[-1].on, found[-1].amount + left)
    return found


def principal_parts(principal: int, paid: Iterable[Moved]) -> list[Moved]:
    """Return what each payment took off the principal: that comes first (令 第9条第2項)."""
    left, found = principal, []
    for moved in sorted(paid, key=lambda moved: moved.on):
        part = min(left, moved.amount)
        left -= part
        if part > 0:
            found.append(Moved(moved.on, part))
    return found


def reckon(
    *,
    principal: int,
    received: Sequence[Moved],
    due_on: date,
    paid: Sequence[Moved],
    on: date,
    with_surcharge: bool,
    terms: Terms,
) -> Interest:
    """Return the interest up to and including the day `on`, or until the principal was paid.

    加算金 (`with_surcharge`: a cancelled decision alone) runs from the day of receipt to the day of
    payment, both counted; 延滞金 from the day after `due_on` to the day of payment, on what is unpaid.
    """
    parts = [moved for moved in principal_parts(principal, paid) if moved.on <= on]
    segments: list[Segment] = []
    if with_surcharge:
        rate = terms.surcharge_percent
        segments += _segments(SURCHARGE, attributed(principal, received), parts, on, rate, terms)
    owed = [Moved(due_on + ONE_DAY, principal)]
    segments += _segments(ARREARS, owed, parts, on, terms.arrears_percent, terms)
    return Interest(tuple(segments))


def _segments(  # noqa: PLR0917 - one formula, called twice
    kind: str,
    borne: Sequence[Moved],
    parts: Sequence[Moved],
    on: date,
    percent: Decimal,
    terms: Terms,
) -> list[Segment]:
    """Return the days from the first that bears interest to `on`, cut where the base changes.

    A payment lowers the base from the day after it: its own day still counts.
    """
    changes = {moved.on for moved in borne} | {moved.on + ONE_DAY for moved in parts}
    starts = sorted(day for day in changes if day <= on)
    found = []
    for index, first in enumerate(starts):
        base = sum(m.amount for m in borne if m.on <= first)
        base -= sum(m.amount for m in parts if m.on < first)
        last = starts[index + 1] - ONE_DAY if index + 1 < len(starts) else on
        if base > 0:
            found.append(Segment(kind, first, last, base, percent, terms.year_days))
    return found
