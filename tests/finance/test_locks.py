"""Two approvals decided at once: cases, then commitments, editions, ledgers, the counter last."""

import contextlib
import threading
from typing import Any

import pytest
from django.db import connections

from accounts.models import User
from core import letters, registry, workflow
from core.models import Letter
from finance import checking
from finance.models import Commitment, Repayment
from tests.factories.finance import (
    NOW,
    circulate,
    make_commitment,
    make_payment,
    make_repayment,
    make_world,
)

MEETING = 1.5  # seconds that one waits for the other; the second may hang at a lock by then


@pytest.fixture
def meeting_before_numbers(monkeypatch):
    """Let two batches come as far as their first letter before either takes a number."""
    together, number = threading.Barrier(2), letters.prepare

    def prepare(*args: Any, **values: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):  # the other waits for our locks
            together.wait(timeout=MEETING)
        return number(*args, **values)

    monkeypatch.setattr(letters, "prepare", prepare)


def decided_at_once(world, *approvals) -> list[Exception]:
    problems: list[Exception] = []

    def decide(approval) -> None:
        try:
            director = User.objects.get(pk=world.desk.director.pk)
            workflow.run(approval, "decide", by=director, now=NOW)
        except Exception as error:  # noqa: BLE001 - told by the test
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=decide, args=[approval]) for approval in approvals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return problems


def proposed(world, commitment: Commitment) -> Repayment:
    order = make_repayment(world, commitment, principal=10_000)
    reason = {"reason": "災害で庁舎が被災したため"}
    return workflow.run(order, "propose_waiver", by=world.desk.finance, now=NOW, data=reason)


def test_two_waiver_approvals_over_the_same_commitments_do_not_meet_in_a_deadlock(
    fresh_db, meeting_before_numbers
):
    world = make_world()
    first, second = make_commitment(world), make_commitment(world)
    for commitment in (first, second):
        make_payment(world, commitment, "paid", amount=100_000)
    with_first = circulate(world, [proposed(world, first), proposed(world, second)], "waive")
    with_second = circulate(world, [proposed(world, second), proposed(world, first)], "waive")

    assert decided_at_once(world, with_first, with_second) == []

    assert set(Repayment.objects.values_list("status", flat=True)) == {"waived"}
    assert set(Commitment.objects.values_list("owed", flat=True)) == {0}
    waivers = Letter.objects.filter(template="finance/letters/repayment_waive.typ")
    assert len(set(waivers.values_list("serial", flat=True))) == 4
    assert checking.first_difference() == ""


def test_every_act_of_an_approval_that_writes_a_letter_says_what_it_locks():
    writing = {
        (flow.model._meta.label, row.name): row.hold is not None
        for flow in registry.workflows.values()
        for row in flow.transitions
        if row.needs_authority and row.letter
    }

    assert writing == {
        ("finance.Repayment", "waive"): True,
        ("grants.Award", "fix_amount"): True,
        ("grants.Award", "cancel"): True,
        ("grants.Award", "cancel_part"): True,
        ("grants.ChangeRequest", "approve"): True,
    }
