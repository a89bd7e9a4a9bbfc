"""A claim's way: requested, returned, approved by an approval, paid by another, failed."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections

from core import workflow
from core.models import Letter, OutboxMessage
from core.workflow import InvalidTransition
from finance import checking
from finance.actions import commitments
from finance.actions.payments import request_payment
from finance.models import Commitment, EditionLedger, LedgerEntry, Payment
from tests.factories.accounts import join, make_post
from tests.factories.finance import (
    NOW,
    TODAY,
    approve,
    claim,
    make_account,
    make_commitment,
    make_payment,
    make_world,
)
from tests.finance.test_commitments import entries


def run(payment, name, by, **data):
    return workflow.run(payment, name, by=by, now=NOW, data=data)


def mails(act: str) -> list[str]:
    rows = OutboxMessage.objects.filter(template=f"finance/mail/payment_{act}")
    return list(rows.values_list("recipient", flat=True))


def test_claim_holds_the_amount_and_tells_finance(world):
    commitment = make_commitment(world)
    payment = make_payment(world, commitment, amount=600_000)

    found = commitments.settlement_of(commitment.case)

    assert payment.account.number == "1234567"
    assert (found.pending, found.paid, found.claimable) == (600_000, 0, 400_000)
    assert mails("request") == [world.desk.finance.access.posts[0].section.mailbox]


@pytest.mark.parametrize("amount", [400_001, 1_000_000])
def test_claim_beyond_what_is_left_is_refused(world, amount):
    commitment = make_commitment(world)
    make_payment(world, commitment, amount=600_000)

    with pytest.raises(ValidationError) as refused:
        make_payment(world, commitment, amount=amount)

    assert set(refused.value.message_dict) == {"amount"}
    assert Payment.objects.count() == 1


def test_settlement_waits_for_the_fixed_amount(world):
    commitment = make_commitment(world)

    with pytest.raises(ValidationError):
        make_payment(world, commitment, kind="settlement")

    commitments.fix(commitment.case, 900_000, by=world.desk.manager, now=NOW)
    with pytest.raises(ValidationError):
        make_payment(world, commitment, kind="advance")
    assert make_payment(world, commitment, kind="settlement", amount=900_000).status == "requested"


@pytest.mark.django_db
def test_programme_without_advances_refuses_one():
    world = make_world(advance=None)
    commitment = make_commitment(world)

    with pytest.raises(ValidationError) as refused:
        make_payment(world, commitment)

    assert set(refused.value.message_dict) == {"kind"}


def test_approval_then_payment_moves_the_totals_and_issues_the_notice(world):
    commitment = make_commitment(world)
    payment = make_payment(world, commitment, "paid", amount=600_000)

    found = commitments.settlement_of(commitment.case)

    assert (payment.paid_on, payment.accounting_fy) == (date(2022, 6, 1), 2022)
    assert (found.pending, found.paid, found.advanced) == (0, 600_000, 600_000)
    assert entries(world.edition) == {"committed": 1_000_000, "advanced": 600_000}
    assert EditionLedger.objects.get(edition=world.edition).paid == 600_000
    assert mails("pay") == [world.section.mailbox]
    letter = Letter.objects.get(case_label="finance.Payment", case_id=payment.pk)
    assert letter.template == "finance/letters/payment_pay.typ"
    assert "****567" in letter.context["account"]


def test_approve_without_an_approval_is_409(world):
    payment = make_payment(world, make_commitment(world))

    with pytest.raises(InvalidTransition):
        run(payment, "approve", world.desk.director)


def test_whoever_approved_may_not_pay(world):
    payment = make_payment(world, make_commitment(world), "approved")
    both = join(world.desk.director, make_post(world.desk.section, "finance"))

    with pytest.raises(PermissionDenied):
        run(payment, "pay", both, paid_on=TODAY)


def test_whoever_fixed_the_amount_may_not_pay(world):
    commitment = make_commitment(world)
    both = join(world.desk.manager, make_post(world.desk.section, "finance"))
    commitments.fix(commitment.case, 900_000, by=both, now=NOW)
    payment = make_payment(world, commitment, "approved", kind="settlement", amount=900_000)

    with pytest.raises(PermissionDenied):
        run(payment, "pay", both, paid_on=TODAY)
    assert run(payment, "pay", world.desk.finance, paid_on=TODAY).status == "paid"


def test_returned_claim_frees_the_amount_and_may_be_claimed_again(world):
    commitment = make_commitment(world)
    payment = make_payment(world, commitment, amount=600_000)

    payment = run(payment, "return_claim", world.desk.finance, reason="請求書の日付がありません")
    assert commitments.settlement_of(commitment.case).pending == 0
    assert mails("return_claim") == [world.section.mailbox]

    payment = workflow.edit(
        payment, by=world.clerk, now=NOW, version=payment.version, changes={"amount": 500_000}
    )
    payment = run(payment, "request", world.clerk)
    assert commitments.settlement_of(commitment.case).pending == 500_000


def test_refused_claim_is_over(world):
    commitment = make_commitment(world)
    payment = make_payment(world, commitment)

    payment = run(payment, "refuse", world.desk.finance, reason="対象外の経費です")

    assert (payment.status, payment.answer) == ("refused", "対象外の経費です")
    assert commitments.settlement_of(commitment.case).claimable == 1_000_000


def test_failed_transfer_takes_everything_back(world):
    commitment = make_commitment(world)
    payment = make_payment(world, commitment, "paid", amount=600_000)

    payment = run(payment, "fail", world.desk.finance, reason="口座名義相違")

    found = commitments.settlement_of(commitment.case)
    assert (found.paid, found.advanced, found.pending) == (0, 0, 0)
    assert (payment.paid_on, payment.accounting_fy) == (None, None)
    assert entries(world.edition) == {"committed": 1_000_000}
    assert run(payment, "request", world.clerk).status == "requested"


def test_payment_goes_to_the_account_in_use_when_it_is_claimed_again(world):
    payment = make_payment(world, make_commitment(world), "approved")
    payment = run(payment, "fail", world.desk.finance, reason="口座解約")
    make_account(world, number="7654321")

    assert run(payment, "request", world.clerk).account.number == "7654321"


def test_without_a_checked_account_nothing_is_paid(world):
    commitment = make_commitment(world)
    make_account(world, "proposed")
    payment = request_payment(commitment, by=world.clerk, now=NOW, changes=claim())
    [payment] = approve(world, [payment])

    with pytest.raises(ValidationError):
        run(payment, "pay", world.desk.finance, paid_on=TODAY)


@pytest.mark.parametrize(
    ("day", "year", "accepted"),
    [
        ("2022-05-31", 2021, True),
        ("2022-05-31", "", True),
        ("2022-06-01", 2021, False),
        ("2022-05-31", 2020, False),
        ("2022-05-31", 2023, False),
    ],
)
def test_old_year_may_be_paid_in_april_and_may_alone(world, day, year, accepted):
    payment = make_payment(world, make_commitment(world), "approved")
    data = {"paid_on": day, "accounting_fy": year}

    if not accepted:
        with pytest.raises(ValidationError):
            run(payment, "pay", world.desk.finance, **data)
        return
    paid = run(payment, "pay", world.desk.finance, **data)
    assert paid.accounting_fy == (year or 2022)
    assert LedgerEntry.objects.get(kind="advanced").accounting_fy == (year or 2022)


def test_day_to_come_is_refused(world):
    payment = make_payment(world, make_commitment(world), "approved")

    with pytest.raises(ValidationError):
        run(payment, "pay", world.desk.finance, paid_on="2022-06-02")


def test_payment_abroad_names_its_rate(world):
    make_account(
        world,
        kind="abroad",
        bank_code="",
        branch_code="",
        account_type="",
        bic="DEUTDEFF",
        country="DE",
        number="DE89370400440532013000",
    )
    payment = make_payment(world, make_commitment(world), "approved", amount=600_000)

    with pytest.raises(ValidationError):
        run(payment, "pay", world.desk.finance, paid_on=TODAY)
    # 4,285.71 × 140 = 599,999.40: within the rate's cent of 600,000
    rate = {"currency": "eur", "foreign_amount": "4285.71", "rate": "140", "rate_on": TODAY}
    with pytest.raises(ValidationError):
        run(payment, "pay", world.desk.finance, paid_on=TODAY, **rate | {"rate": "141"})
    paid = run(payment, "pay", world.desk.finance, paid_on=TODAY, **rate)

    assert (paid.currency, str(paid.foreign_amount), paid.amount) == ("EUR", "4285.71", 600_000)


def test_other_town_sees_nothing(world):
    payment = make_payment(world, make_commitment(world))

    assert not Payment.objects.visible_to(world.other).exists()
    assert not Commitment.objects.visible_to(world.other).exists()
    assert Payment.objects.visible_to(world.viewer).get() == payment
    with pytest.raises(PermissionDenied):
        run(payment, "return_claim", world.other, reason="x")


def test_viewer_claims_nothing(world):
    commitment = make_commitment(world)
    make_account(world)

    with pytest.raises(PermissionDenied):
        request_payment(commitment, by=world.viewer, now=NOW, changes=claim())


def test_thirty_parallel_acts_leave_ledger_and_list_equal(fresh_db):
    world = make_world()
    commitment = make_commitment(world, 3_000_000)
    paid = [make_payment(world, commitment, "paid", amount=50_000) for _n in range(10)]
    approved = [make_payment(world, commitment, "approved", amount=40_000) for _n in range(10)]
    problems: list[Exception] = []

    def act(function) -> None:
        try:
            function()
        except Exception as error:  # noqa: BLE001 - told below
            problems.append(error)
        finally:
            connections.close_all()

    def fails(payment):
        return lambda: run(payment, "fail", world.desk.finance, reason="口座解約")

    def pays(payment):
        return lambda: run(payment, "pay", world.desk.finance, paid_on=TODAY)

    def orders():
        commitments.order_repayment(
            commitment.case,
            kind="income",
            principal=1_000,
            reason="収入",
            clause="",
            by=world.desk.manager,
            now=NOW,
        )

    acts = [*map(fails, paid), *map(pays, approved), *[orders] * 10]
    threads = [threading.Thread(target=act, args=[function]) for function in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert checking.first_difference() == ""
    found = commitments.settlement_of(commitment.case)
    # ten of 50,000 came back, ten of 40,000 went out: 400,000; ten orders of 1,000
    assert (found.paid, found.pending, found.to_return) == (400_000, 0, 10_000)
    assert entries(world.edition) == {"committed": 3_000_000, "advanced": 400_000}


def test_two_claims_at_once_never_exceed_the_amount(fresh_db):
    world = make_world()
    commitment = make_commitment(world, 1_000_000)
    make_account(world)
    refused: list[Exception] = []

    def ask() -> None:
        try:
            request_payment(commitment, by=world.clerk, now=NOW, changes=claim(amount=300_000))
        except ValidationError as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 3  # three of 300,000 fit into 1,000,000
    assert Commitment.objects.get().pending == 900_000


def test_paid_claim_is_not_paid_again(world):
    payment = make_payment(world, make_commitment(world), "paid")

    with pytest.raises(InvalidTransition):
        workflow.run(
            payment,
            "pay",
            by=world.desk.finance,
            now=NOW + timedelta(days=1),
            data={"paid_on": TODAY},
        )
