"""A town that was promised money, its accounts, and its payments by the acts that lead there."""

import itertools
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.models import Organization, Section, User
from approvals.actions import RouteStep, draft_approval
from approvals.models import Approval
from core import workflow
from core.fiscal import JST
from finance.actions import commitments
from finance.actions.accounts import propose_account
from finance.actions.payments import request_payment
from finance.models import BankAccount, Commitment, Payment, Repayment
from programs.models import Edition
from tests.factories.accounts import make_body, make_member, make_section
from tests.factories.approvals import Desk, make_desk, make_recommended, post_of
from tests.factories.programs import grant_rules, make_call, make_edition

NOW = datetime(2022, 6, 1, 10, 0, tzinfo=JST)
TODAY = "2022-06-01"
_numbers = itertools.count(1)
ACCOUNT: dict[str, Any] = {
    "kind": "domestic",
    "bank_code": "0128",
    "bank_name": "ｸﾞﾝﾏ",
    "branch_code": "101",
    "branch_name": "ｵｵｲｽﾞﾐ",
    "account_type": "1",
    "number": "1234567",
    "holder": "ｵｵｲｽﾞﾐﾏﾁ ｶｲｹｲｶﾝﾘｼﾔ",
}


@dataclass(frozen=True)
class World:
    """One edition with its desk, and two towns: the second must see nothing of the first."""

    edition: Edition
    desk: Desk
    town: Organization
    section: Section
    clerk: User
    viewer: User
    other: User


def make_world(**rules: Any) -> World:
    """An edition of 10,000,000 yen that pays everything in advance if asked."""
    edition = make_edition(rules=grant_rules(advance={"share": None}) | rules, budget=10_000_000)
    town = make_body(name=f"見本町{next(_numbers)}")
    section = make_section(town, mailbox=f"town{next(_numbers)}@example.jp")
    return World(
        edition,
        make_desk(),
        town,
        section,
        make_member(town, section=section),
        make_member(town, "viewer", section=section),
        make_member(make_body(name=f"他町{next(_numbers)}")),
    )


def make_commitment(world: World, decided: int = 1_000_000) -> Commitment:
    """A promise to the town under a real application, its money taken from the edition."""
    call = world.edition.calls.first() or make_call(world.edition)
    case = make_recommended(call, world.town, status="announced", decided_amount=decided)
    commitments.add_decided(world.edition.pk, decided)
    case.refresh_from_db()
    return commitments.commit(
        case,
        decided=decided,
        reference=f"クレア多第{next(_numbers)}号",
        title=case.title,
        by=world.desk.manager,
        now=NOW,
    )


def make_account(world: World, status: str = "in_use", **changes: Any) -> BankAccount:
    """The town's account, checked by finance."""
    values = ACCOUNT | {"organization": world.town, "section": world.section} | changes
    account = propose_account(by=world.clerk, now=NOW, changes=values)
    if status == "in_use":
        account = workflow.run(account, "check", by=world.desk.finance, now=NOW)
    return account


def claim(kind: str = "advance", amount: int = 600_000, **changes: Any) -> dict[str, Any]:
    """What a claim says."""
    return {
        "kind": kind,
        "amount": amount,
        "invoice_number": f"国際第{next(_numbers)}号",
        "invoice_date": date(2022, 5, 30),
        "reason": "会場費の前払いが必要なため",
        "cash_plan": "6月 会場費 600,000円",
    } | changes


def make_payment(
    world: World, commitment: Commitment, status: str = "requested", **changes: Any
) -> Payment:
    """A claim of the town, moved to the status by the acts of real life."""
    if not BankAccount.objects.filter(section=world.section, status="in_use").exists():
        make_account(world)
    day = changes.pop("paid_on", TODAY)
    payment = request_payment(commitment, by=world.clerk, now=NOW, changes=claim(**changes))
    if status in ("approved", "paid"):
        [payment] = approve(world, [payment])
    if status == "paid":
        payment = workflow.run(
            payment, "pay", by=world.desk.finance, now=NOW, data={"paid_on": day}
        )
    assert payment.status == status
    return payment


def approve(world: World, cases: list[Any], act: str = "approve") -> list[Any]:
    """Put the cases into one approval with 合議 of finance and decide it."""
    workflow.run(circulate(world, cases, act), "decide", by=world.desk.director, now=NOW)
    return [type(case).objects.get(pk=case.pk) for case in cases]


def circulate(world: World, cases: list[Any], act: str) -> Approval:
    """Put the cases into one approval that waits for its decision alone."""
    desk = world.desk
    signers = {"review": desk.manager, "consult": desk.finance, "decide": desk.director}
    approval = draft_approval(
        subject="支払について",
        act=act,
        cases=cases,
        by=desk.officer,
        now=NOW,
        steps=[RouteStep(kind, post_of(signer)) for kind, signer in signers.items()],
    )
    approval = workflow.run(approval, "submit", by=desk.officer, now=NOW)
    for signer in (desk.manager, desk.finance):
        approval = workflow.run(approval, "endorse", by=signer, now=NOW)
    return approval


def make_repayment(world: World, commitment: Commitment, **changes: Any) -> Repayment:
    """An order to pay back 100,000 yen, because the decision was cancelled."""
    values = {
        "kind": "cancellation",
        "principal": 100_000,
        "reason": "目的外に使用したため",
        "clause": "要綱第17条",
    } | changes
    return commitments.order_repayment(commitment.case, by=world.desk.manager, now=NOW, **values)
