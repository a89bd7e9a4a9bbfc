"""Applications of any grant line for journeys: its own rules, form, papers and usual answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.actors import system_actor
from accounts.models import User
from clair.demo.contents import lines as usual
from core import files, workflow
from grants.actions import drafting
from grants.models import Application
from programs import actions
from programs.models import Call, Edition, Form
from tests.factories.accounts import make_body, make_member, make_section
from tests.factories.approvals import Desk
from tests.factories.grants import Story, content, upload
from tests.factories.programs import NOW, make_call

YEAR = 2022


@dataclass(frozen=True)
class Asked:
    """What a body asks for: amount, costs by class and income, in yen; what else differs."""

    amount: int
    costs: dict[str, int]
    income: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)


def call_of(code: str, desk: Desk, **fields: Any) -> Call:
    """Return an open call of the line for the projects of FY2022, with its own rules and form."""
    plan = Edition.objects.get(program__code=code, fiscal_year=2021)
    edition = actions.copy_edition(plan, fiscal_year=YEAR, by=system_actor(), now=NOW)
    edition.section = desk.section
    edition.save(update_fields=["section"])
    return make_call(edition, form=Form.objects.get(code=code), **fields)


def story_of(call: Call, desk: Desk, kind: str) -> Story:
    """Return the applicant of that kind, the desk, and the other town that must see nothing."""
    body = make_body(kind)
    section = make_section(body, mailbox="kokusai@example.jp")
    people = [make_member(body, role, section) for role in ("submitter", "contact", "viewer")]
    other, branch = make_member(make_body("town")), make_member(make_body("prefecture"))
    return Story(call, desk, body, *people, other=other, branch=branch)


def values_of(call: Call, user: User, asked: Asked) -> dict[str, Any]:
    """Return all columns and answers of an application."""
    line = usual()[call.edition.program.code]
    names = ("categories", "place", "currency")
    values = {name: line.get(name, "") for name in names} | {"answers": line["answers"]}
    return content(user, requested_amount=asked.amount, **(values | asked.changes))


def lists_of(call: Call, user: User, asked: Asked, parties: Any = ()) -> Callable:
    """Return the writer of the budget, the parties and the papers that the rules ask for."""
    rows = [
        {"kind": "expense", "category": key, "description": key, "basis": "", "amount": amount}
        | ({"foreign_amount": Decimal(asked.foreign[key])} if key in asked.foreign else {})
        for key, amount in asked.costs.items()
    ]
    income = {"kind": "income", "category": "", "description": "参加費", "basis": ""}
    rows += [income | {"amount": asked.income}] if asked.income else []
    whens = {"always", "joint"} if parties else {"always"}
    documents = call.edition.rules.rules.documents  # type: ignore[union-attr]
    papers = [(files.store(upload(), by=user), d.key) for d in documents if d.when in whens]

    def write(case: Application) -> dict[str, Any]:
        drafting.parties_writer(parties)(case)
        drafting.files_writer(papers, by=user)(case)
        return drafting.lines_writer(rows)(case)

    return write


def draft(call: Call, user: User, asked: Asked, **more: Any) -> Application:
    """Begin an application and fill in all of it."""
    section = user.access.posts[0].section
    case = drafting.begin(
        call=call, section=section, by=user, now=NOW, changes={"title": "見本の事業"}
    )
    return fill(case, user, asked, **more)


def fill(case: Application, user: User, asked: Asked, parties: Any = ()) -> Application:
    """Write all of an application anew."""
    changes, children = values_of(case.call, user, asked), lists_of(case.call, user, asked, parties)
    return workflow.edit(
        case, by=user, now=NOW, version=case.version, changes=changes, children=children
    )


def party(user: User, kind: str, share: int | None = None) -> dict[str, Any]:
    """Return a party as the screens and the API send it (share in yen)."""
    section = user.access.posts[0].section
    organization = section.organization
    return {"organization": organization, "section": section, "kind": kind, "share": share}


def refused(case: Application, user: User) -> dict[str, str]:
    """Try to submit, and return what stands against it by field."""
    with pytest.raises(ValidationError) as told:
        workflow.run(case, "submit", by=user, now=NOW)
    return {name: " ".join(messages) for name, messages in told.value.message_dict.items()}
