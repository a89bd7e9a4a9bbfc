"""Programmes, editions with rules, forms and calls for tests."""

import itertools
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.actors import system_actor
from core.fiscal import JST
from programs import actions
from programs.loading import RULES, load_plan, plan_files, read_yaml
from programs.models import Area, Call, Edition, Form, FormVersion, Initiative, PlanLine, Program

NOW = datetime(2021, 8, 10, 9, 0, tzinfo=JST)
_numbers = itertools.count(1)


def plan_path() -> Path:
    """The real plan of FY2021."""
    return next(plan_files())


def load_real_plan(now: datetime = NOW) -> Any:
    """Load the real plan of FY2021."""
    return load_plan(plan_path(), by=system_actor(), now=now)


def grant_rules(**changes: Any) -> dict[str, Any]:
    """The published rules of the multicultural grant, with changes."""
    return read_yaml(RULES / "multicultural_grant.yaml") | changes


def make_area(code: str = "multicultural") -> Area:
    """An area of the code, the same one each time."""
    values = {"number": 2, "kind": "priority", "name": "多文化共生"}
    return Area.objects.get_or_create(code=code, defaults=values)[0]


def make_program(code: str = "", **fields: Any) -> Program:
    """A programme of the multicultural area."""
    code = code or f"program-{next(_numbers)}"
    return Program.objects.create(
        code=code, area=make_area(), **{"name": "多文化共生のまちづくり促進事業", **fields}
    )


def make_edition(
    program: Program | None = None,
    fiscal_year: int = 2022,
    rules: dict[str, Any] | None = None,
    now: datetime = NOW,
    **fields: Any,
) -> Edition:
    """An edition with the published rules in force, unless `rules` gives others."""
    program = program or make_program()
    edition = Edition.objects.create(
        program=program, fiscal_year=fiscal_year, **{"name": program.name, **fields}
    )
    actions.save_rules(edition, data=rules or grant_rules(), by=system_actor(), now=now)
    return edition


def make_version(
    questions: list[dict[str, Any]] | None = None,
    form: Form | None = None,
    published_at: datetime | None = NOW,
) -> FormVersion:
    """A version of a form, published unless `published_at` is None; one short question."""
    number = next(_numbers)
    form = form or Form.objects.create(code=f"form-{number}", name="申請書")
    default = [{"key": "purpose", "kind": "short", "label": "目的", "required": True}]
    version = actions.draft_form(form, questions=questions or default)
    if published_at is not None:
        actions.publish(version, now=published_at)
    return version


def make_call(
    edition: Edition | None = None,
    status: str = "open",
    opens_at: datetime = NOW - timedelta(days=8),
    closes_at: datetime = NOW + timedelta(days=51),
    **fields: Any,
) -> Call:
    """A call with a published form, in its window at NOW."""
    edition = edition or make_edition()
    fields.setdefault("form", None)
    form = fields.pop("form") or make_version().form
    return Call.objects.create(
        edition=edition,
        status=status,
        opens_at=opens_at,
        closes_at=closes_at,
        form=form,
        **{"title": f"{edition.name}の募集", **fields},
    )


def make_line(edition: Edition | None = None, fiscal_year: int = 2021, **fields: Any) -> PlanLine:
    """A line of a year's plan, at headquarters' charge."""
    edition = edition or make_edition(fiscal_year=fiscal_year)
    area = edition.program.area
    initiative, _new = Initiative.objects.get_or_create(
        area=area, fiscal_year=fiscal_year, order=1, defaults={"name": "多様な支援"}
    )
    number = next(_numbers)
    values = {"code": f"line-{number}", "order": number, "kind": "grant", "name": "事業"}
    return PlanLine.objects.create(
        fiscal_year=fiscal_year,
        initiative=initiative,
        program=edition.program,
        edition=edition,
        **values | fields,
    )
