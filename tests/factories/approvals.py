"""A section with its posts, applications that wait for a decision, and approvals for tests."""

import itertools
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts.models import Organization, Section, User
from approvals.actions import draft_approval
from approvals.models import Approval
from core import workflow
from grants.models import Application
from programs.models import Call
from tests.factories.accounts import make_body, make_section, make_staff
from tests.factories.programs import make_call

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Desk:
    """The people of one section of headquarters, and the finance officer beside it."""

    section: Section
    officer: User
    manager: User
    director: User
    finance: User


def make_desk(name: str = "") -> Desk:
    """A section in which one officer, one manager and one director work."""
    section = make_section(name=name, mailbox=f"section{next(_numbers)}@clair.example")
    general = make_section(mailbox=f"general{next(_numbers)}@clair.example")
    return Desk(
        section,
        *(make_staff(role, section) for role in ("officer", "manager", "director")),
        make_staff("finance", general),
    )


def post_of(user: User) -> Any:
    """The one post of a member of staff."""
    return user.access.posts[0]


def make_recommended(
    call: Call | None = None, organization: Organization | None = None, **fields: Any
) -> Application:
    """An application whose adoption is proposed and waits for the decision (yen)."""
    call = call or make_call()
    organization = organization or make_body()
    number = next(_numbers)
    values = {
        "title": f"やさしい日本語講座{number}",
        "status": "recommended",
        "outcome": "adopted",
        "requested_amount": 1_000_000,
        "decided_amount": 1_000_000,
        "receipt_number": f"2021-{number:07d}-0",
        "arrived_at": timezone.now(),
        "starts_on": date(call.edition.fiscal_year, 5, 1),
        "ends_on": date(call.edition.fiscal_year + 1, 1, 31),
        "form_version": call.form.versions.first(),
    }
    return Application.objects.create(
        edition=call.edition,
        call=call,
        organization=organization,
        section=organization.sections.first() or make_section(organization),
        **values | fields,
    )


def make_approval(
    desk: Desk, cases: list[Any] | None = None, now: datetime | None = None, **fields: Any
) -> Approval:
    """A draft of the officer on the standard route: manager, finance, director."""
    values = {"subject": "助成金の採択について", "act": "decide", "by": desk.officer, **fields}
    cases = cases if cases is not None else [make_recommended()]
    return draft_approval(cases=cases, now=now or timezone.now(), **values)


def circulate(approval: Approval, desk: Desk, *signers: User) -> Approval:
    """Put the approval on its route and let the signers endorse it in turn."""
    approval = workflow.run(approval, "submit", by=desk.officer, now=timezone.now())
    for signer in signers:
        approval = workflow.run(approval, "endorse", by=signer, now=timezone.now())
    return approval
