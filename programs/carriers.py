"""Which records carry out which lines of the plan; each app registers its own in reports.py.

A carrier answers for many lines at once, so the plan page costs the same for 1 and 118 lines.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models

from core.outbox import Recipient
from programs.models import Call, PlanLine


@dataclass(frozen=True)
class Measure:
    """What was done for one line in the plan's year; public, so it holds what all may know."""

    bodies: int = 0
    records: int = 0
    amount: int | None = None
    next_date: date | None = None
    url: str = ""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was recorded yet (shown as 実績なし, never as 0)."""
        return not (self.records or self.bodies or self.amount or self.next_date)


Measures = Callable[[Sequence[PlanLine]], Mapping[int, Measure]]


@dataclass(frozen=True)
class Carrier:
    """A model whose records carry out lines; `measures` counts for many lines in few queries.

    `followers` names whom a change of a call concerns (its drafts and applications).
    """

    model: type[models.Model]
    lines: Callable[[PlanLine], bool]
    measures: Measures
    followers: Callable[[Call], list[Recipient]] | None = None

    def counts(self, lines: Iterable[PlanLine]) -> dict[int, Measure]:
        """Return a measure for each of the lines that this model carries, by the line's pk."""
        own = [line for line in lines if self.lines(line)]
        if not own:
            return {}
        found = self.measures(own)
        return {line.pk: found.get(line.pk, Measure()) for line in own}


@dataclass(frozen=True)
class Carried:
    """One carrier's measure for one line."""

    model: type[models.Model]
    measure: Measure


_carriers: list[Carrier] = []


def register(carrier: Carrier) -> Carrier:
    """Make the carrier known; called by each app's reports.py."""
    _carriers.append(carrier)
    return carrier


def registered() -> tuple[Carrier, ...]:
    """Return the carriers in the order of their registration."""
    return tuple(_carriers)


def of_kinds(*kinds: str) -> Callable[[PlanLine], bool]:
    """Select every line of these kinds."""
    return lambda line: line.kind in kinds


def of_codes(*codes: str) -> Callable[[PlanLine], bool]:
    """Select the lines with these codes, whatever the year."""
    return lambda line: line.code in codes


def carried(lines: Sequence[PlanLine]) -> dict[int, list[Carried]]:
    """Return what carries each line, by its pk; an empty list says that nothing does yet."""
    found: dict[int, list[Carried]] = {line.pk: [] for line in lines}
    for carrier in _carriers:
        for pk, measure in carrier.counts(lines).items():
            found[pk].append(Carried(carrier.model, measure))
    return found


def followers(call: Call) -> list[Recipient]:
    """Return everybody whom a change of the call concerns."""
    return [
        recipient
        for carrier in _carriers
        if carrier.followers
        for recipient in carrier.followers(call)
    ]
