"""Money that comes back: ordered by letter, received in parts, or waived by an approval."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from core import workflow
from core.fiscal import JST
from core.models import Letter, OutboxMessage
from core.workflow import InvalidTransition
from finance.actions import commitments
from finance.models import Repayment
from tests.factories.finance import NOW, approve, make_commitment, make_payment, make_repayment
from tests.finance.test_commitments import entries

LATER = NOW.replace(month=7, day=1)


def receive(world, repayment, amount, day, **data):
    with time_machine.travel(LATER, tick=False):
        return workflow.run(
            repayment,
            "receive",
            by=world.desk.finance,
            now=LATER,
            data={"amount": amount, "received_on": day, **data},
        )


@pytest.fixture
def cancelled(world):
    """365,000 yen paid on 1 June 2022, the whole decision cancelled: due on 21 June."""
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid", amount=365_000)
    commitments.release(commitment.case, by=world.desk.manager, now=NOW)
    return make_repayment(world, commitment, principal=365_000)


def test_order_keeps_instalments_and_terms_and_tells_by_letter(world, cancelled):
    assert cancelled.instalments == [{"on": "2022-06-01", "amount": 365_000}]
    assert cancelled.terms["surcharge_percent"] == "10.95"
    assert cancelled.due_on == date(2022, 6, 21)  # 20 days after 1 June, a Tuesday
    assert Letter.objects.get(case_label="finance.Repayment").template.endswith("order.typ")
    mail = OutboxMessage.objects.get(template="finance/mail/repayment_order")
    assert mail.recipient == world.section.mailbox
    assert "365" not in mail.body
    assert commitments.settlement_of(cancelled.commitment.case).to_return == 365_000


def test_full_payment_covers_the_surcharge_of_its_day(world, cancelled):
    # 1 to 10 June: 10 days × 109.5 = 1,095
    paid = receive(world, cancelled, 366_095, "2022-06-10")

    found = commitments.settlement_of(cancelled.commitment.case)
    assert (paid.status, paid.repaid_principal, paid.repaid_interest) == ("repaid", 365_000, 1_095)
    assert (found.returned, found.to_return) == (365_000, 0)
    assert entries(world.edition) == {"advanced": 365_000, "returned": 365_000, "interest": 1_095}


def test_part_payments_reduce_the_principal_first_and_interest_is_paid_last(world, cancelled):
    # 165,000 on 10 June: all of it principal
    part = receive(world, cancelled, 165_000, "2022-06-10")
    assert (part.status, part.outstanding, part.repaid_interest) == ("partly_repaid", 200_000, 0)

    # 200,000 on 20 June: principal is paid, the interest is not
    part = receive(world, part, 200_000, "2022-06-20")
    assert (part.status, part.outstanding) == ("partly_repaid", 0)

    # 1 to 10 June: 10 × 109.5 = 1,095; 11 to 20 June: 10 × 60 = 600; in all 1,695, whenever paid
    done = receive(world, part, 1_695, "2022-06-30")
    assert (done.status, done.repaid_interest) == ("repaid", 1_695)


def test_more_than_is_owed_is_refused(world, cancelled):
    with pytest.raises(ValidationError) as refused:
        receive(world, cancelled, 366_096, "2022-06-10")

    assert "366,095" in str(refused.value.message_dict["amount"])


def test_receipts_come_in_the_order_of_their_days(world, cancelled):
    part = receive(world, cancelled, 100_000, "2022-06-10")

    with pytest.raises(ValidationError):
        receive(world, part, 1_000, "2022-06-09")


def test_late_payment_bears_arrears_on_any_kind(world):
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid", amount=600_000)
    over = commitments.fix(commitment.case, 235_000, by=world.desk.manager, now=NOW)
    repayment = make_repayment(world, commitment, kind="overpaid_advance", principal=over)

    # 365,000; no surcharge; due 21 June, paid 1 July: 10 days × 109.5 = 1,095
    done = receive(world, repayment, 366_095, "2022-07-01")

    assert (done.status, done.repaid_interest) == ("repaid", 1_095)


def test_waiver_needs_a_proposal_and_an_approval(world, cancelled):
    with pytest.raises(InvalidTransition):
        workflow.run(cancelled, "waive", by=world.desk.director, now=NOW)
    with pytest.raises((InvalidTransition, ValidationError)):
        approve(world, [cancelled], "waive")


def test_waived_order_owes_nothing_more(world, cancelled):
    proposed = workflow.run(
        cancelled,
        "propose_waiver",
        by=world.desk.finance,
        now=NOW,
        data={"reason": "災害で庁舎が被災したため"},
    )
    [waived] = approve(world, [proposed], "waive")

    assert waived.status == "waived"
    assert commitments.settlement_of(waived.commitment.case).to_return == 0
    letter = Letter.objects.get(template="finance/letters/repayment_waive.typ")
    assert letter.context["left"] == 365_000
    assert OutboxMessage.objects.filter(template="finance/mail/repayment_waive").exists()


def test_other_town_sees_nothing(world, cancelled):
    assert not Repayment.objects.visible_to(world.other).exists()
    assert Repayment.objects.visible_to(world.viewer).get() == cancelled
    with pytest.raises(PermissionDenied):
        receive_by_town(world, cancelled)


def receive_by_town(world, repayment):
    workflow.run(
        repayment,
        "receive",
        by=world.clerk,
        now=NOW,
        data={"amount": 1, "received_on": NOW.astimezone(JST).date().isoformat()},
    )
