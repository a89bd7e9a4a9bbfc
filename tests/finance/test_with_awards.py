"""An award's money from the decision to the last yen, by the acts of grants and finance together."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from core import deadlines, workflow
from core.fiscal import JST
from core.models import Letter
from finance import checking
from finance.actions import commitments, years
from finance.actions.payments import request_payment
from finance.models import BankAccount, Commitment, Payment, Repayment
from finance.papers import order_letter
from tests.factories.awards import ENDED, actual, approve, fill_in, make_award, rules, run
from tests.factories.finance import ACCOUNT, claim
from tests.factories.finance import approve as approve_payments
from tests.factories.grants import town_story

PAID = datetime(2022, 6, 1, 10, 0, tzinfo=JST)


@pytest.fixture
def story(db):
    found = town_story(rules=rules())
    found.call.edition.budget = 50_000_000
    found.call.edition.save()
    return found


def pay(story, award, amount, now=PAID, kind="advance"):
    """Claim, approve and pay (yen)."""
    section = story.clerk.access.posts[0].section
    if not BankAccount.objects.filter(section=section).exists():
        own = {"organization": story.town, "section": section}
        account = workflow.create(BankAccount, by=story.clerk, now=now, changes=ACCOUNT | own)
        workflow.run(account, "check", by=story.desk.finance, now=now)
    commitment = commitments.commitment_of(award)
    changes = claim(kind, amount)
    with time_machine.travel(now, tick=False):
        payment = request_payment(commitment, by=story.clerk, now=now, changes=changes)
        [payment] = approve_payments(story, [payment])
        data = {"paid_on": now.date().isoformat()}
        return workflow.run(payment, "pay", by=story.desk.finance, now=now, data=data)


def receive(story, repayment, amount, now=ENDED):
    with time_machine.travel(now, tick=False):
        data = {"amount": amount, "received_on": now.date().isoformat()}
        return workflow.run(repayment, "receive", by=story.desk.finance, now=now, data=data)


def test_order_to_pay_back_goes_to_the_head_and_says_where_to_pay(story, settings):
    [order] = Repayment.objects.filter(commitment__case_id=fixed_below_the_advance(story).pk)
    letter = Letter.objects.get(case_label="finance.Repayment", case_id=order.pk)
    application = order.commitment.case.application

    assert letter.context["addressee"] == {
        "organization": story.town.name,
        "title": application.representative_title,
        "name": application.representative_name,
    }
    assert letter.context["addressee"]["name"]
    assert letter.context["pay_to"] == "別に送付する納入通知書による"
    ours = {"bank_name": "ﾐﾎﾝ", "branch_name": "ﾎﾝﾃﾝ", "account_type": "1", "number": "7654321"}
    settings.ZENGIN_REQUESTER = ours | {"name": "ｻﾞｲ)ｸﾚｱ"}
    assert order_letter(order)["context"]["pay_to"] == "ﾐﾎﾝ ﾎﾝﾃﾝ　普通　7654321　ｻﾞｲ)ｸﾚｱ"


def fixed_below_the_advance(story):
    """1,000,000 decided, 600,000 advanced, 450,000 spent: 150,000 come back."""
    award = make_award(story)
    pay(story, award, 600_000)
    award = fill_in(story, award, actual(400_000, 50_000))
    award = run(story, award, "report")
    award = run(story, award, "check_report")
    return approve(story, award, "fix_amount")


def test_award_is_closed_once_the_advance_is_given_back(story):
    award = fixed_below_the_advance(story)

    repayment = Repayment.objects.get()
    assert (repayment.kind, repayment.principal) == ("overpaid_advance", 150_000)
    with pytest.raises(Exception, match="150,000"):
        run(story, award, "close", by=story.desk.officer)
    receive(story, repayment, 150_000)
    closed = run(story, award, "close", by=story.desk.officer)

    found = commitments.settlement_of(closed)
    assert closed.status == "closed"
    assert (found.fixed, found.paid, found.returned, found.to_return) == (
        450_000,
        600_000,
        150_000,
        0,
    )
    assert checking.first_difference() == ""


def test_award_is_closed_once_the_rest_is_paid(story):
    award = make_award(story)
    pay(story, award, 600_000)
    award = run(story, fill_in(story, award), "report")
    award = approve(story, run(story, award, "check_report"), "fix_amount")
    left = commitments.settlement_of(award).claimable
    assert left == 400_000

    pay(story, award, left, now=ENDED, kind="settlement")

    assert run(story, award, "close", by=story.desk.officer).status == "closed"
    assert checking.first_difference() == ""


def test_cancelling_orders_back_only_what_was_not_ordered_yet(story):
    award = fixed_below_the_advance(story)
    receive(story, Repayment.objects.get(), 150_000)

    award = approve(story, run(story, award, "propose_cancel"), "cancel")

    # 600,000 paid − 150,000 ordered back before = 450,000
    kinds = Repayment.objects.order_by("pk").values_list("kind", "principal")
    assert list(kinds) == [("overpaid_advance", 150_000), ("cancellation", 450_000)]
    assert commitments.settlement_of(award).to_return == 450_000
    assert checking.first_difference() == ""


def test_year_with_five_awards_unfinished_is_shown_then_locked(story):
    edition = story.call.edition
    awards = [
        make_award(story, requested_amount=600_000, recommend={"amount": 600_000})
        for _number in range(5)
    ]
    run(story, fill_in(story, awards[3]), "report")
    checked = run(story, run(story, fill_in(story, awards[4]), "report"), "check_report")
    fixed = approve(story, checked, "fix_amount")
    after = datetime(2023, 6, 1, 9, 0, tzinfo=JST)

    found = years.open_items(edition.fiscal_year)
    closing = years.close_year(edition.fiscal_year, by=story.desk.finance, now=after)

    assert len(found) == len(closing.open_items) == 5
    assert [row.amount for row in found] == [600_000] * 5
    assert len({row.kind for row in found}) == 3  # reports due, amount not fixed, not paid
    assert all(row.reference for row in found)
    with time_machine.travel(after, tick=False):
        commitment = commitments.commitment_of(fixed)
        own = {"organization": story.town, "section": commitment.section}
        account = workflow.create(BankAccount, by=story.clerk, now=after, changes=ACCOUNT | own)
        workflow.run(account, "check", by=story.desk.finance, now=after)
        changes = claim("settlement", 600_000)
        payment = request_payment(commitment, by=story.clerk, now=after, changes=changes)
        [payment] = approve_payments(story, [payment])
        data = {"paid_on": "2023-05-31", "accounting_fy": 2022}
        with pytest.raises(workflow.InvalidTransition, match="2023-06-01"):
            workflow.run(payment, "pay", by=story.desk.finance, now=after, data=data)
        data["accounting_fy"] = 2023
        paid = workflow.run(payment, "pay", by=story.desk.finance, now=after, data=data)
    assert paid.accounting_fy == 2023


def test_repayment_is_reminded_of_until_it_is_made(story):
    fixed_below_the_advance(story)
    repayment = Repayment.objects.get()

    assert repayment.commitment.reference == repayment.commitment.case.award_number
    [due] = deadlines.upcoming(now=ENDED, kind="repayment")
    assert (due.due, due.number) == (repayment.due_on, repayment.commitment.reference)
    assert {r.email for r in due.escalate_to} <= {story.desk.section.mailbox}
    receive(story, repayment, 150_000)

    assert list(deadlines.upcoming(now=ENDED + timedelta(days=90), kind="repayment")) == []


def test_award_page_leads_to_the_claim_and_shows_what_was_claimed(story, settings):
    settings.STAFF_MFA_OPTIONAL = True
    award = make_award(story)
    pay(story, award, 600_000)
    commitment = Commitment.objects.get()
    new = f"/finance/payments/new/?commitment={commitment.public_id}"

    def page(user, path):
        client = Client()
        client.force_login(user, backend="accounts.backends.RoleBackend")
        return client.get(path)

    shown = page(story.clerk, award.get_absolute_url()).content.decode()
    assert new in shown
    assert Payment.objects.get().get_absolute_url() in shown
    assert new not in page(story.viewer, award.get_absolute_url()).content.decode()
    assert page(story.other, award.get_absolute_url()).status_code == 404
    staff = page(story.desk.officer, f"/admin/grants/award/{award.pk}/change/").content.decode()
    assert Payment.objects.get().get_staff_url() in staff
