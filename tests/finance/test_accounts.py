"""Bank accounts: proposed by one, checked by another; numbers stay with owner and finance."""

import pytest
from django.core.exceptions import PermissionDenied

from core import workflow
from core.models import AuditEvent, OutboxMessage
from finance.forms import AccountFields
from finance.models import BankAccount
from tests.factories.accounts import join, make_post
from tests.factories.finance import ACCOUNT, NOW, make_account

TYPED = ACCOUNT | {
    "bank_name": "ぐんま",
    "branch_name": "オオイズミ",
    "holder": "オオイズミマチ　カイケイカンリシャ",
    "number": "１２３４５６７",
}
ABROAD = {
    "kind": "abroad",
    "bank_name": "Deutsche Bank",
    "number": "DE89 3704 0044 0532 0130 00",
    "holder": "Stadt Musterstadt",
    "bic": "deutdeff",
    "country": "de",
}


def test_typed_account_is_brought_into_the_banks_form():
    form = AccountFields(TYPED)

    assert form.is_valid(), form.errors
    assert {n: form.cleaned_data[n] for n in ACCOUNT} == ACCOUNT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bank_code", "12"),
        ("branch_code", "1234"),
        ("number", "123456"),
        ("number", "12345678"),
        ("account_type", ""),
        ("holder", "大泉町"),
        ("holder", "ア" * 31),
    ],
)
def test_wrong_part_is_named_beside_its_box(name, value):
    form = AccountFields(TYPED | {name: value})

    assert set(form.errors) == {name}


def test_account_abroad_is_known_by_iban_and_bic():
    form = AccountFields(ABROAD)

    assert form.is_valid(), form.errors
    assert form.cleaned_data["number"] == "DE89370400440532013000"
    assert (form.cleaned_data["bic"], form.cleaned_data["country"]) == ("DEUTDEFF", "DE")


@pytest.mark.parametrize(
    ("name", "value"),
    [("number", "DE88370400440532013000"), ("bic", "DEUT"), ("country", "Deutschland"[:2] + "1")],
)
def test_wrong_part_abroad_is_named(name, value):
    assert set(AccountFields(ABROAD | {name: value}).errors) == {name}


def test_account_is_used_once_another_person_checked_it(world):
    account = make_account(world, "proposed")
    with pytest.raises(PermissionDenied):
        workflow.run(account, "check", by=world.clerk, now=NOW)

    checked = workflow.run(account, "check", by=world.desk.finance, now=NOW)

    assert checked.status == "in_use"
    mail = OutboxMessage.objects.get(template="finance/mail/bankaccount_check")
    assert "1234567" not in mail.body
    assert "567" not in mail.body


def test_whoever_proposed_or_changed_it_may_not_check_it(world):
    account = make_account(world, "proposed")
    both = join(world.clerk, make_post(world.desk.section, "finance"))
    with pytest.raises(PermissionDenied):
        workflow.run(account, "check", by=both, now=NOW)

    other = make_account(world, "proposed", number="7654321")
    changed = workflow.edit(
        other, by=both, now=NOW, version=other.version, changes={"number": "7654322"}
    )
    with pytest.raises(PermissionDenied):
        workflow.run(changed, "check", by=both, now=NOW)


def test_old_account_stays_in_use_until_the_new_one_is_checked(world):
    old = make_account(world)
    new = make_account(world, "proposed", number="7654321")
    assert BankAccount.objects.get(pk=old.pk).status == "in_use"

    workflow.run(new, "check", by=world.desk.finance, now=NOW)

    assert BankAccount.objects.get(pk=old.pk).status == "replaced"


def test_number_is_whole_to_owner_and_finance_alone(world):
    account = make_account(world)

    assert account.number_for(world.clerk) == "1234567"
    assert account.number_for(world.desk.finance) == "1234567"
    assert account.number_for(world.desk.officer) == "****567"
    assert account.number_for(world.viewer) == "****567"
    assert "1234567" not in str(account)
    assert not BankAccount.objects.visible_to(world.other).exists()


def test_audit_names_the_number_without_copying_it(world):
    account = make_account(world, "proposed")
    workflow.edit(
        account, by=world.clerk, now=NOW, version=account.version, changes={"number": "7654321"}
    )

    event = AuditEvent.objects.get(action="finance.bankaccount.change")
    assert event.changes == {"number": ["***", "***"]}
