"""Load a year's plan from YAML: idempotent by natural key, in a few statements.

A line that the file no longer names is closed (`valid_to`), never deleted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from accounts.models import Office, Section
from programs import actions
from programs.models import Area, Criterion, Edition, Form, Initiative, PlanLine, Program

HERE = Path(__file__).resolve().parent
PLANS = HERE / "plan"
RULES = HERE / "rules"
QUESTIONS = HERE / "questions"
CRITERIA = HERE / "criteria"
HEADQUARTERS = "HQ"

_LINE_FIELDS = (
    "number", "order", "kind", "change", "mode", "initiative", "program", "edition", "name",
    "name_en", "note", "partner", "place", "parts", "topics", "target", "source", "valid_to",
)  # fmt: skip


@dataclass
class Loaded:
    """What a load found: counts for the command's closing line."""

    fiscal_year: int
    areas: int = 0
    initiatives: int = 0
    lines: int = 0
    closed: int = 0


@dataclass
class _Plan:
    """One file, flattened: rows with the keys of what they belong to."""

    fiscal_year: int
    offices: list[dict[str, Any]]
    areas: list[dict[str, Any]]
    initiatives: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    lines: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)


def read_yaml(path: Path) -> Any:
    """Read a data file; the C loader where libyaml is built in."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - safe loaders


def plan_files() -> Iterator[Path]:
    """Return the plans that come with the portal, oldest first."""
    return iter(sorted(PLANS.glob("fy*.yaml")))


@transaction.atomic
def load_plan(path: Path, *, by: Any, now: datetime) -> Loaded:
    """Load one plan: offices, areas, initiatives, programmes, editions and lines."""
    plan = _flatten(read_yaml(path))
    offices = _offices(plan)
    areas = _areas(plan)
    initiatives = _initiatives(plan, areas)
    programs = _programs(plan, areas)
    editions = _editions(plan, programs)
    lines = _lines(plan, initiatives, programs, editions)
    _line_offices(plan, lines, editions, offices)
    closed = _close_missing(plan, now.date())
    _assign_sections(plan, editions)
    _first_rules(editions, by=by, now=now)
    _first_forms(now=now)
    _first_criteria(editions)
    return Loaded(plan.fiscal_year, len(areas), len(initiatives), len(lines), closed)


def _flatten(data: dict[str, Any]) -> _Plan:
    plan = _Plan(data["plan"]["fiscal_year"], data["offices"], data["areas"])
    for area in data["areas"]:
        for order, initiative in enumerate(area["initiatives"], start=1):
            plan.initiatives.append((area["code"], order, initiative))
            plan.lines += [(area["code"], order, line) for line in initiative["lines"]]
    return plan


def _offices(plan: _Plan) -> dict[str, Office]:
    """Make the offices that the reference data has not brought yet."""
    rows = [
        Office(code=row["code"], name=row["name_ja"], name_en=row["name_en"])
        for row in plan.offices
    ]
    Office.objects.bulk_create(rows, ignore_conflicts=True)
    return {office.code: office for office in Office.objects.all()}


def _areas(plan: _Plan) -> dict[str, Area]:
    rows = [
        Area(
            code=row["code"], number=row["number"], kind=row["kind"],
            name=row["name_ja"], name_en=row["name_en"],
        )
        for row in plan.areas
    ]  # fmt: skip
    Area.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["number", "kind", "name", "name_en"],
    )
    return Area.objects.in_bulk([row.code for row in rows], field_name="code")


def _initiatives(plan: _Plan, areas: dict[str, Area]) -> dict[tuple[str, int], Initiative]:
    rows = [
        Initiative(
            area=areas[area], fiscal_year=plan.fiscal_year, order=order,
            name=row["name_ja"], name_en=row["name_en"],
        )
        for area, order, row in plan.initiatives
    ]  # fmt: skip
    Initiative.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["fiscal_year", "area", "order"],
        update_fields=["name", "name_en"],
    )
    kept = Initiative.objects.filter(fiscal_year=plan.fiscal_year).select_related("area")
    return {(row.area.code, row.order): row for row in kept}


def _programs(plan: _Plan, areas: dict[str, Area]) -> dict[str, Program]:
    """Make programmes; a later year's plan gives the name, an earlier one never takes it back."""
    newer = set(
        PlanLine.objects.filter(fiscal_year__gt=plan.fiscal_year).values_list("code", flat=True)
    )
    rows = [
        Program(
            code=row["code"],
            name=row["name_ja"],
            name_en=row["name_en"],
            area=areas[area],
        )
        for area, _order, row in plan.lines
        if row["code"] not in newer
    ]
    Program.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "name_en", "area"],
    )
    codes = [row["code"] for _area, _order, row in plan.lines]
    return Program.objects.in_bulk(codes, field_name="code")


def _editions(plan: _Plan, programs: dict[str, Program]) -> dict[str, Edition]:
    """Make the editions that are not there; from then on they are the staff's."""
    rows = [
        Edition(
            program=programs[row["code"]], fiscal_year=plan.fiscal_year,
            name=row["name_ja"], name_en=row["name_en"],
        )
        for _area, _order, row in plan.lines
    ]  # fmt: skip
    Edition.objects.bulk_create(rows, ignore_conflicts=True)
    kept = Edition.objects.filter(fiscal_year=plan.fiscal_year).select_related("program")
    return {edition.program.code: edition for edition in kept}


def _lines(
    plan: _Plan,
    initiatives: dict[tuple[str, int], Initiative],
    programs: dict[str, Program],
    editions: dict[str, Edition],
) -> dict[str, PlanLine]:
    rows = [
        PlanLine(
            fiscal_year=plan.fiscal_year,
            order=place,
            initiative=initiatives[area, order],
            program=programs[row["code"]],
            edition=editions[row["code"]],
            **_line_values(row),
        )
        for place, (area, order, row) in enumerate(plan.lines, start=1)
    ]
    PlanLine.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["fiscal_year", "code"],
        update_fields=_LINE_FIELDS,
    )
    codes = [row.code for row in rows]
    kept = PlanLine.objects.filter(fiscal_year=plan.fiscal_year, code__in=codes)
    return {line.code: line for line in kept}


def _line_values(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "number": row.get("number", ""),
        "kind": row["kind"],
        "change": row.get("change", ""),
        "mode": row.get("mode", ""),
        "name": row["name_ja"],
        "name_en": row["name_en"],
        "note": row.get("note", ""),
        "partner": row.get("partner", ""),
        "place": row.get("place", ""),
        "parts": row.get("parts", []),
        "topics": row.get("topics", []),
        "target": row.get("target", {}),
        "source": row.get("source", PlanLine.Source.PLAN),
    }


def _line_offices(
    plan: _Plan,
    lines: dict[str, PlanLine],
    editions: dict[str, Edition],
    offices: dict[str, Office],
) -> None:
    """Set who carries a line out; none named means headquarters."""
    wanted = {
        (row["code"], code)
        for _area, _order, row in plan.lines
        for code in row.get("offices", [HEADQUARTERS])
    }
    of_line = PlanLine.offices.through
    pairs = {(lines[line].pk, offices[office].pk) for line, office in wanted}
    kept = set(
        of_line.objects.filter(planline__fiscal_year=plan.fiscal_year).values_list(
            "planline_id", "office_id"
        )
    )
    own = {line.pk for line in lines.values()}
    for line_id, office_id in sorted(pair for pair in kept - pairs if pair[0] in own):
        of_line.objects.filter(planline_id=line_id, office_id=office_id).delete()
    of_line.objects.bulk_create(
        [of_line(planline_id=line, office_id=office) for line, office in sorted(pairs - kept)]
    )
    of_edition = Edition.offices.through
    started = set(of_edition.objects.values_list("edition_id", flat=True))
    of_edition.objects.bulk_create(
        [
            of_edition(edition_id=editions[line].pk, office_id=offices[office].pk)
            for line, office in sorted(wanted)
            if editions[line].pk not in started
        ]
    )


def _close_missing(plan: _Plan, today: date) -> int:
    codes = [row["code"] for _area, _order, row in plan.lines]
    gone = PlanLine.objects.filter(fiscal_year=plan.fiscal_year, valid_to=None)
    return gone.exclude(code__in=codes).update(valid_to=today)


def _assign_sections(plan: _Plan, editions: dict[str, Edition]) -> None:
    """Name the section in charge where none is named and the reference data has it."""
    headquarters = Section.objects.filter(office__code=HEADQUARTERS, valid_to=None)
    by_name = {section.name: section for section in headquarters}
    changed = []
    of_area = {area["code"]: area.get("section", "") for area in plan.areas}
    for area, _order, row in plan.lines:
        edition, section = editions[row["code"]], by_name.get(row.get("section") or of_area[area])
        if edition.section_id is None and section is not None:
            edition.section = section
            changed.append(edition)
    Edition.objects.bulk_update(changed, ["section"])


def _first_rules(editions: dict[str, Edition], *, by: Any, now: datetime) -> None:
    """Give an edition without rules the published ones, where a file has them."""
    for code, path in _by_program(RULES):
        edition = editions.get(code)
        if edition is not None and edition.rules_id is None:
            actions.save_rules(edition, data=read_yaml(path), by=by, now=now, note=path.name)


def _first_forms(*, now: datetime) -> None:
    """Publish the first version of each form that comes with the portal."""
    for code, path in _by_program(QUESTIONS):
        if not Form.objects.filter(code=code).exists():
            data = read_yaml(path)
            form = Form.objects.create(code=code, name=data["name"])
            version = actions.draft_form(form, questions=data["questions"])
            actions.publish(version, now=now)


def _first_criteria(editions: dict[str, Edition]) -> None:
    """Give an edition without criteria those that come with the portal, until they are fixed."""
    for code, path in _by_program(CRITERIA):
        edition = editions.get(code)
        if edition and edition.criteria_fixed_at is None and not edition.criteria.exists():
            Criterion.objects.bulk_create(
                Criterion(edition=edition, order=order, **row)
                for order, row in enumerate(read_yaml(path), start=1)
            )


def _by_program(folder: Path) -> list[tuple[str, Path]]:
    """Return the files of a folder with the code of the programme that each is named after."""
    return [(path.stem.replace("_", "-"), path) for path in sorted(folder.glob("*.yaml"))]
