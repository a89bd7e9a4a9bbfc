"""Four stories of issue 5: second round, three parties, an NPO through an association, late paper."""

from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from clair.demo import contents
from clair.demo.acts import Acts, Users
from clair.demo.contents import Wish
from clair.demo.editions import Calls
from core import workflow
from core.fiscal import jst_date
from core.workflow import Behalf
from grants.actions import drafting


def load(users: Users, calls: Calls, *, now: datetime) -> None:
    """Tell each story as far as it may stand for people to go on with it."""
    acts, year = Acts(users, now), int(calls["exchange-grant", 0, 2].edition.fiscal_year)
    second_round(acts, calls, year)
    three_parties(acts, calls)
    npo_through_association(acts, calls)
    late_paper(acts, calls)
    in_dollars(acts, calls)


def second_round(acts: Acts, calls: Calls, year: int) -> None:
    """Apply in the second round: the project starts after the planned decision (15 June)."""
    wish = Wish("高校生バンドの姉妹都市交流", 900_000, starts_on=date(year, 7, 20))
    acts.submitted("town-b", calls["exchange-grant", 0, 2], wish)


def three_parties(acts: Acts, calls: Calls) -> None:
    """Apply jointly: Gunma leads with 2,000,000 yen, the two towns carry 1,200,000 and 800,000."""
    wish = Wish(
        "三つの自治体による水道技術の協力",
        4_000_000,
        {"is_joint": True},
        parties=[
            party(acts.users["prefecture"], "lead", 2_000_000),
            party(acts.users["town-a"], "joint", 1_200_000),
            party(acts.users["town-b"], "joint", 800_000),
        ],
    )
    call = calls["cooperation-grant", 0, 1]
    case = acts.draft("prefecture", call, wish)
    at = call.closes_at - timedelta(days=5)
    case = acts.run(case, "submit", "prefecture", at)
    acts.run(case, "receive", "officer", incoming_number=f"収受第{next(acts.incoming)}号")


def npo_through_association(acts: Acts, calls: Calls) -> None:
    """The association begins and submits; the NPO, its implementer, writes the application."""
    call, association, npo = (
        calls["multicultural-grant", 0, 2],
        acts.users["association"],
        acts.users["npo"],
    )
    wish = Wish("多文化のとびら　学習支援教室", 600_000, parties=[party(npo, "implementer")])
    at = min(acts.now, call.closes_at) - timedelta(days=2)
    case = acts.begin("association", call, wish, at)
    case = workflow.edit(
        case,
        by=association,
        now=at,
        version=case.version,
        changes={},
        children=drafting.parties_writer(wish.parties),
    )
    case = workflow.edit(
        case,
        by=npo,
        now=at + timedelta(hours=20),
        version=case.version,
        changes=contents.facts(call, association, wish),
        children=contents.children(call, npo, wish),
    )
    acts.run(case, "submit", "association", at + timedelta(days=1))


def late_paper(acts: Acts, calls: Calls) -> None:
    """File a paper that came two days after the deadline, and accept it late for its reason."""
    call, body, officer = (
        calls["cooperation-grant", 0, 1],
        acts.users["322032"],
        acts.users["officer"],
    )
    arrived_on = jst_date(call.closes_at) + timedelta(days=2)
    behalf = Behalf(
        body.access.posts[0].section.organization.name,
        "郵送で届いた申請書を代わりに登録",
        arrived_on,
    )
    at = call.closes_at + timedelta(days=3)
    wish = Wish("石見の和紙文化の研修員受入れ", 1_500_000)
    case = drafting.begin(
        call=call,
        section=body.access.posts[0].section,
        by=officer,
        now=at,
        behalf=behalf,
        changes={"title": wish.title},
    )
    case = workflow.edit(
        case,
        by=officer,
        now=at,
        version=case.version,
        behalf=behalf,
        changes=contents.facts(call, body, wish),
        children=contents.children(call, officer, wish),
    )
    case = workflow.run(case, "submit", by=officer, now=at, behalf=behalf)
    number = f"収受第{next(acts.incoming)}号"
    acts.run(
        case,
        "accept_late",
        "manager",
        at + timedelta(days=1),
        incoming_number=number,
        reason="災害による郵便の遅れが確かめられたため",
    )


def in_dollars(acts: Acts, calls: Calls) -> None:
    """A JETAA chapter applies with its budget in US dollars."""
    wish = Wish("JET経験者のキャリアの日", 254_400)
    acts.submitted("jetaa", calls["jetaa-support", 0, 1], wish)


def party(user: User, kind: str, share: int | None = None) -> dict[str, Any]:
    """Return a party of the project: the body and section of that person, its share in yen."""
    section = user.access.posts[0].section
    row = {"organization": section.organization, "section": section}
    return row | {"kind": kind, "share": share}
