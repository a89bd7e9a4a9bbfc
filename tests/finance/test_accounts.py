"""Bank accounts: proposed by one, checked by another; numbers stay with owner and finance."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from core import purge, receipts, workflow
from core.models import AuditEvent, OutboxMessage
from finance.forms import AccountFields
from finance.models import BankAccount, Payment
from tests.factories.accounts import join, make_post
from tests.factories.finance import (
    ACCOUNT,
    NOW,
    make_account,
    make_commitment,
    make_payment,
)
from tests.factories.rest import Caller

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


PAPER = {"behalf_reason": "紙の口座届が届いたため", "paper_arrived_on": "2022-05-31"}


def admin_page(page: str, *args) -> str:
    return reverse(f"admin:finance_bankaccount_{page}", args=args)


def test_officer_enters_a_paper_and_another_person_checks_it(world, as_staff):
    both = join(world.desk.officer, make_post(world.desk.section, "finance"))
    page = as_staff(both)
    assert page.get(admin_page("add")).status_code == 200
    typed = TYPED | {"section": world.section.pk}

    without = page.post(admin_page("add"), typed)
    assert set(without.context["adminform"].form.errors) == set(PAPER)
    wrong = page.post(admin_page("add"), typed | PAPER | {"bank_code": "12"})
    assert set(wrong.context["adminform"].form.errors) == {"bank_code"}
    assert page.post(admin_page("add"), typed | PAPER).status_code == 302

    account = BankAccount.objects.get()
    assert (account.organization, account.section) == (world.town, world.section)
    receipt = receipts.for_case(account).get()
    assert (receipt.number, receipt.on_behalf_of) == (account.receipt_number, world.town.name)
    assert (str(receipt.paper_arrived_on), receipt.behalf_reason) == (
        PAPER["paper_arrived_on"],
        PAPER["behalf_reason"],
    )
    assert "1234567" not in str(receipt.snapshot)
    act = admin_page("transition", account.pk, "check")
    assert page.post(act).status_code == 403
    assert as_staff(world.desk.finance).post(act).status_code == 302
    assert BankAccount.objects.get().status == "in_use"


def test_town_sees_its_paper_account_and_who_entered_it(world, as_staff, client):
    as_staff(world.desk.officer).post(
        admin_page("add"), TYPED | PAPER | {"section": world.section.pk}
    )
    account = BankAccount.objects.get()
    client.force_login(world.clerk)

    shown = client.get(account.get_absolute_url()).content.decode()

    assert account.receipt_number in shown
    assert world.desk.officer.access.label in shown
    assert PAPER["behalf_reason"] in shown
    [mail] = OutboxMessage.objects.filter(template="finance/mail/bankaccount_received")
    assert (mail.recipient, account.receipt_number in mail.body) == (world.section.mailbox, True)
    client.force_login(world.other)
    assert client.get(account.get_absolute_url()).status_code == 404


def test_paper_account_is_corrected_without_showing_its_number(world, as_staff):
    account = make_account(world, "proposed")
    page = as_staff(world.desk.officer)
    address = admin_page("change", account.pk)

    assert "1234567" not in page.get(address).content.decode()
    typed = TYPED | PAPER | {"number": "", "branch_code": "102", "read_version": account.version}
    assert page.post(address, typed).status_code == 302

    account.refresh_from_db()
    assert (account.branch_code, account.number) == ("102", "1234567")
    with pytest.raises(PermissionDenied):
        workflow.run(
            account,
            "check",
            by=join(world.desk.officer, make_post(world.desk.section, "finance")),
            now=NOW,
        )


def test_finance_and_towns_enter_no_paper(world, as_staff, client):
    assert as_staff(world.desk.finance).get(admin_page("add")).status_code == 403
    client.force_login(world.clerk)
    paper = ACCOUNT | PAPER | {"section": str(world.section.public_id)}
    answer = client.post("/api/v1/finance/bank-accounts/", paper, "application/json")
    assert answer.status_code == 403
    assert not BankAccount.objects.exists()


def test_officer_files_a_paper_account_over_the_api(world, client):
    officer = Caller(client, world.desk.officer)
    body = TYPED | {"section": str(world.section.public_id)}

    assert officer.send("post", "/api/v1/finance/bank-accounts/", body).status_code == 403
    made = officer.send("post", "/api/v1/finance/bank-accounts/", body | PAPER)

    assert made.status_code == 201, made.json()
    assert made.json()["number"] == "****567"
    assert (
        made.json()["receipt_number"] == receipts.for_case(BankAccount.objects.get()).get().number
    )


def long_ago(account: BankAccount) -> None:
    BankAccount.objects.filter(pk=account.pk).update(updated_at=NOW - timedelta(days=3700))


def due_accounts() -> list[BankAccount]:
    return list(
        purge.overdue(BankAccount, BankAccount.retention.cutoff("finance.BankAccount", NOW))
    )


def test_old_account_is_emptied_of_holder_and_number_ten_years_after(world):
    rejected = workflow.run(
        make_account(world, "proposed"),
        "reject",
        by=world.desk.finance,
        now=NOW,
        data={"reason": "名義が違います"},
    )
    assert due_accounts() == []
    long_ago(rejected)
    assert due_accounts() == [rejected]

    BankAccount.objects.get(pk=rejected.pk).erase()

    rejected.refresh_from_db()
    assert (rejected.number, rejected.holder, rejected.bic) == ("", "", "")
    assert rejected.bank_name == ACCOUNT["bank_name"]
    long_ago(rejected)
    assert due_accounts() == []


def test_account_in_use_or_of_a_claim_on_its_way_is_not_let_go(world):
    old = make_account(world)
    payment = make_payment(world, make_commitment(world))
    workflow.run(
        make_account(world, "proposed", number="7654321"),
        "check",
        by=world.desk.finance,
        now=NOW,
    )
    for account in BankAccount.objects.all():
        long_ago(account)
    assert due_accounts() == []

    Payment.objects.filter(pk=payment.pk).update(
        status="refused", updated_at=NOW - timedelta(days=3700)
    )
    assert due_accounts() == [old]
