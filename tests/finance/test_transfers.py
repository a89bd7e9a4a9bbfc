"""The bank's file: approved payments once, overseas left out, booked together on the day."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core import files
from core.models import AuditEvent
from core.workflow import InvalidTransition
from finance.actions import transfers
from finance.models import BankAccount, Payment, TransferFile
from tests.factories.finance import NOW, make_commitment, make_payment

DAY = date(2022, 6, 10)


def make(world, day=DAY, by=None):
    waiting = list(transfers.waiting())
    return transfers.make_file(waiting, transfer_on=day, by=by or world.desk.finance, now=NOW)


@pytest.fixture
def approved(world):
    commitment = make_commitment(world)
    return [make_payment(world, commitment, "approved", amount=n * 100_000) for n in (1, 2, 3)]


def test_file_carries_each_payment_once(world, approved):
    made = make(world)

    content = b"".join(files.chunks(made.file)).decode("shift_jis").split("\r\n")
    assert (made.count, made.total) == (3, 600_000)
    assert [len(record) for record in content] == [120] * 6 + [0]
    assert [record[80:90] for record in content[1:4]] == ["0000100000", "0000200000", "0000300000"]
    assert content[4][:19] == "8" + "000003" + "000000600000"
    assert Payment.objects.filter(transfer=made).count() == 3
    assert AuditEvent.objects.get(action="finance.transferfile.make_file").target_ids
    with pytest.raises(ValidationError):
        make(world)


def test_payment_abroad_is_left_out_and_listed(world, approved):
    BankAccount.objects.update(
        kind="abroad", bank_code="", branch_code="", account_type="", bic="DEUTDEFF", country="DE"
    )

    carried, left = transfers.sorted_out(list(transfers.waiting()))

    assert (carried, len(left)) == ([], 3)
    with pytest.raises(ValidationError):
        make(world)


@pytest.mark.parametrize("day", [date(2022, 6, 11), date(2022, 5, 31)])
def test_day_that_is_no_working_day_to_come_is_refused(world, approved, day):
    with pytest.raises(ValidationError):
        make(world, day)


def test_only_finance_makes_and_reads_the_file(world, approved):
    with pytest.raises(PermissionDenied):
        make(world, by=world.desk.director)
    made = make(world)

    assert TransferFile.objects.visible_to(world.desk.finance).get() == made
    for person in (world.desk.director, world.desk.officer, world.clerk, world.other):
        assert not TransferFile.objects.visible_to(person).exists()
    assert files.may_download(made.file, world.desk.finance)
    assert not files.may_download(made.file, world.desk.manager)


def test_all_of_a_file_are_booked_on_the_day(world, approved):
    made = make(world, date(2022, 6, 1))

    assert transfers.pay_file(made, by=world.desk.finance, now=NOW, paid_on=date(2022, 6, 1)) == 3

    assert set(Payment.objects.values_list("status", "paid_on")) == {("paid", date(2022, 6, 1))}
    with pytest.raises(InvalidTransition):
        transfers.pay_file(made, by=world.desk.finance, now=NOW, paid_on=date(2022, 6, 1))
