"""The end of a year: what is open is shown, the year is locked, the nightly check finds a yen."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from core import workflow
from core.models import OutboxMessage
from core.workflow import InvalidTransition
from finance import checking
from finance.actions import years
from finance.models import Commitment, LedgerCheck, YearClosing
from tests.factories.finance import NOW, make_commitment, make_payment, make_repayment


def close(world, year=2021, by=None):
    return years.close_year(year, by=by or world.desk.finance, now=NOW, note="決算済み")


def test_open_things_are_listed_and_kept_with_the_closing(world, monkeypatch):
    world.edition.fiscal_year = 2021
    world.edition.save()
    make_payment(world, make_commitment(world))
    item = years.OpenItem("実績報告待ち", "クレア多第1号", "見本町", "期限 3月31日")
    monkeypatch.setitem(
        years._providers, "grants.Award", lambda year: [item] if year == 2021 else []
    )

    found = years.open_items(2021)
    closing = close(world)

    assert [row.amount for row in found] == [600_000, None]
    assert [row["kind"] for row in closing.open_items][1:] == ["実績報告待ち"]
    assert len(closing.open_items) == 2


def test_later_entry_into_a_closed_year_is_refused_with_its_reason(world):
    payment = make_payment(world, make_commitment(world), "approved")
    close(world)
    data = {"paid_on": "2022-05-31", "accounting_fy": 2021}

    with pytest.raises(InvalidTransition) as refused:
        workflow.run(payment, "pay", by=world.desk.finance, now=NOW, data=data)

    assert "令和3年度" in str(refused.value)
    data["accounting_fy"] = 2022
    assert workflow.run(payment, "pay", by=world.desk.finance, now=NOW, data=data).status == "paid"


def test_failed_transfer_of_a_closed_year_is_refused_too(world):
    payment = make_payment(world, make_commitment(world), "approved")
    data = {"paid_on": "2022-05-31", "accounting_fy": 2021}
    payment = workflow.run(payment, "pay", by=world.desk.finance, now=NOW, data=data)
    close(world)

    with pytest.raises(InvalidTransition):
        workflow.run(payment, "fail", by=world.desk.finance, now=NOW, data={"reason": "口座解約"})
    assert Commitment.objects.get().paid == 600_000


def test_year_that_is_not_over_is_not_closed(world):
    with pytest.raises(ValidationError):
        close(world, 2022)


def test_year_is_closed_once_and_by_finance_alone(world):
    with pytest.raises(PermissionDenied):
        close(world, by=world.desk.officer)
    close(world)
    with pytest.raises(InvalidTransition):
        close(world)
    assert YearClosing.objects.get().accounting_fy == 2021


def test_check_finds_nothing_where_everything_agrees(world):
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid")
    make_repayment(world, commitment)

    made = checking.check(by=world.desk.finance, now=NOW)

    assert (made.difference, made.ledgers) == ("", 1)
    assert not OutboxMessage.objects.filter(template="finance/mail/ledger_difference").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE finance_commitment SET paid = paid + 1, excess = excess + 1",
        "UPDATE finance_editionledger SET settled = settled + 1",
        "UPDATE finance_payment SET amount = amount - 1",
    ],
)
def test_check_reports_the_first_yen_of_difference(world, sql):
    make_payment(world, make_commitment(world), "paid")
    with connection.cursor() as cursor:
        cursor.execute(sql)

    made = checking.check(by=world.desk.finance, now=NOW)

    assert made.difference
    assert OutboxMessage.objects.filter(template="finance/mail/ledger_difference").count() == 1


def test_check_of_a_night_is_kept_once(world):
    make_commitment(world)
    checking.check(by=world.desk.finance, now=NOW)
    checking.check(by=world.desk.finance, now=NOW + timedelta(hours=1))

    assert LedgerCheck.objects.count() == 1
