"""The one budget through its stages: each line beside what it was the stage before (yen)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from grants.models import Award, BudgetLine

Stage = BudgetLine.Stage
ORDER = (Stage.APPLIED, Stage.DECIDED, Stage.CHANGED, Stage.ACTUAL, Stage.FIXED)


@dataclass(frozen=True)
class Cell:
    """A line's yen at one stage and its difference from the stage before; None where it is none."""

    stage: str
    amount: int | None
    difference: int | None

    @property
    def label(self) -> str:
        """Return the stage in words."""
        return str(Stage(self.stage).label)

    @property
    def is_changed(self) -> bool:
        """Say whether the line is not what it was at the stage before."""
        return bool(self.difference)


@dataclass(frozen=True)
class StageRow:
    """One line, or a total, through the stages."""

    kind: str
    category: str
    description: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Stages:
    """The lines of an award at every stage that it has reached."""

    names: tuple[str, ...]
    rows: tuple[StageRow, ...]
    totals: tuple[StageRow, ...]

    @property
    def labels(self) -> list[str]:
        """Return the stages in words."""
        return [str(Stage(name).label) for name in self.names]


def latest_stage(lines: Iterable[BudgetLine]) -> str:
    """Return the stage that binds now: the last change approved, else the decision."""
    stages = {line.stage for line in lines}
    return Stage.CHANGED if Stage.CHANGED in stages else Stage.DECIDED


def latest_lines(award: Award) -> list[BudgetLine]:
    """Return the lines as last approved, in their order."""
    lines = list(award.application.budget_lines.all())
    stage = latest_stage(lines)
    return sorted((x for x in lines if x.stage == stage), key=lambda x: (x.order, x.pk))


def stages_of(award: Award, *, shows_report: bool = True) -> Stages:
    """Return the award's lines at each stage, compared with the stage before.

    `shows_report` is False for who may not see a report that is still being written.
    """
    lines = sorted(award.application.budget_lines.all(), key=lambda x: (x.order, x.pk))
    hidden = () if shows_report else (Stage.ACTUAL,)
    found = {name: [x for x in lines if x.stage == name] for name in ORDER if name not in hidden}
    return side_by_side({name: rows for name, rows in found.items() if rows}, award)


def side_by_side(lines: Mapping[str, Sequence[Any]], award: Award) -> Stages:
    """Return lists of lines beside each other, each compared with the one before it."""
    names = tuple(lines)
    classes = {row.key: row.name for row in award.rules.expenses} if award.rules else {}
    amounts: dict[str, dict[str, int]] = {}
    last: dict[str, Any] = {}
    for name in names:
        for line in lines[name]:
            found = amounts.setdefault(line.match_key, {})
            found[name] = found.get(name, 0) + line.amount
            last[line.match_key] = line
    rows = tuple(
        StageRow(
            line.kind,
            classes.get(line.category, line.category),
            line.description,
            _cells(names, [amounts[key].get(name) for name in names]),
        )
        for key, line in sorted(last.items(), key=lambda pair: pair[1].kind != "expense")
    )
    return Stages(names, rows, tuple(_total(kind, lines) for kind in BudgetLine.Kind))


def _cells(names: Sequence[str], amounts: Sequence[int | None]) -> tuple[Cell, ...]:
    """Compare each amount with the one before; a line that appears or goes counts in full."""
    cells = [Cell(names[0], amounts[0], None)] if names else []
    for name, (before, now) in zip(names[1:], pairwise(amounts), strict=True):
        is_none = before is None and now is None
        cells.append(Cell(name, now, None if is_none else (now or 0) - (before or 0)))
    return tuple(cells)


def _total(kind: str, lines: Mapping[str, Sequence[Any]]) -> StageRow:
    sums: list[int | None] = [
        sum(line.amount for line in found if line.kind == kind) for found in lines.values()
    ]
    return StageRow(kind, "", str(BudgetLine.Kind(kind).label), _cells(list(lines), sums))


def stages_told(stages: Stages) -> dict[str, Any]:
    """Return the comparison as JSON."""
    return {
        "stages": list(stages.names),
        "lines": [_row_told(row, stages.names) for row in stages.rows],
        "totals": [_row_told(row, stages.names) for row in stages.totals],
    }


def _row_told(row: StageRow, names: tuple[str, ...]) -> dict[str, Any]:
    cells = {
        name: {"amount": cell.amount, "difference": cell.difference}
        for name, cell in zip(names, row.cells, strict=True)
    }
    return {
        "kind": row.kind,
        "category": row.category,
        "description": row.description,
        "stages": cells,
    }
