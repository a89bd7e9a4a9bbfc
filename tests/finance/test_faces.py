"""Claims, orders and accounts on the three faces: the same answers to officer, town, other town."""

import io

import pytest
from django.test import Client
from openpyxl import load_workbook

from approvals.models import Approval
from core import receipts
from core.models import OutboxMessage
from finance.actions import commitments
from finance.models import BankAccount, Payment
from tests.factories.accounts import join, make_post
from tests.factories.finance import (
    ACCOUNT,
    NOW,
    TODAY,
    make_account,
    make_commitment,
    make_payment,
    make_repayment,
)
from tests.factories.rest import Caller

API = "/api/v1/finance/"


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    settings.STAFF_MFA_OPTIONAL = True


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return client


def as_json(commitment, **changes) -> dict:
    return {
        "commitment": str(commitment.public_id),
        "kind": "advance",
        "amount": 600_000,
        "invoice_number": "国際第1号",
        "invoice_date": "2022-05-30",
        "reason": "会場費の前払い",
        "cash_plan": "6月 600,000円",
    } | changes


@pytest.fixture
def town(world, client):
    return Caller(client, world.clerk)


def test_town_claims_and_follows_over_the_api(world, town, client):
    commitment = make_commitment(world)
    make_account(world)

    made = town.send("post", f"{API}payments/", as_json(commitment))

    assert made.status_code == 201, made.json()
    assert (made.json()["status"], made.json()["amount"]) == ("requested", 600_000)
    found = town.get(f"{API}commitments/").json()["results"]
    assert [(row["pending"], row["claimable"]) for row in found] == [(600_000, 400_000)]
    other = Caller(client, world.other)
    assert other.get(f"{API}payments/").json()["results"] == []
    assert other.get(f"{API}payments/{made.json()['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": 1_000_001}, "amount"),
        ({"reason": ""}, "reason"),
        ({"cash_plan": ""}, "cash_plan"),
        ({"invoice_number": ""}, "invoice_number"),
        ({"invoice_date": "2022-06-02"}, "invoice_date"),
        ({"kind": "settlement"}, "kind"),
    ],
)
def test_wrong_claim_is_400_and_names_the_field(world, town, changes, field):
    commitment = make_commitment(world)
    make_account(world)

    answer = town.send("post", f"{API}payments/", as_json(commitment, **changes))

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_claim_under_another_towns_commitment_is_refused(world, client):
    commitment = make_commitment(world)

    answer = Caller(client, world.other).send("post", f"{API}payments/", as_json(commitment))

    assert answer.status_code == 400
    assert not Payment.objects.exists()


def test_finance_returns_and_pays_over_the_api_and_the_approver_may_not(world, client):
    payment = make_payment(world, make_commitment(world), "approved")
    path = f"{API}payments/{payment.public_id}/transitions/pay/"

    assert Caller(client, world.desk.director).send("post", path, {}).status_code == 403
    assert Caller(client, world.desk.finance).send("post", path, {}).status_code == 400
    paid = Caller(client, world.desk.finance).send("post", path, {"paid_on": TODAY})

    assert (paid.status_code, paid.json()["paid_on"]) == (200, TODAY)
    again = Caller(client, world.desk.finance).send("post", path, {"paid_on": TODAY})
    assert (again.status_code, again.json()["code"]) == (409, "invalid-transition")


def test_entry_into_a_closed_year_is_a_problem_of_409(world, client):
    payment = make_payment(world, make_commitment(world), "approved")
    finance = Caller(client, world.desk.finance)
    closed = finance.send("post", f"{API}year-closings/", {"accounting_fy": 2021})
    assert closed.status_code == 201, closed.json()

    answer = finance.send(
        "post",
        f"{API}payments/{payment.public_id}/transitions/pay/",
        {"paid_on": "2022-05-31", "accounting_fy": 2021},
    )

    assert answer.status_code == 409
    assert "2022-06-01" in answer.json()["detail"]
    twice = finance.send("post", f"{API}year-closings/", {"accounting_fy": 2021})
    assert twice.status_code == 409


def test_edit_needs_the_version_and_keeps_kind_and_commitment(world, town):
    payment = make_payment(world, make_commitment(world))
    path = f"{API}payments/{payment.public_id}/"
    assert town.send("patch", path, {"amount": 1}).status_code == 428
    assert town.send("patch", path, {"amount": 1}, If_Match='"99"').status_code == 412
    tag = town.get(path)["ETag"]
    assert town.send("patch", path, {"amount": 1}, If_Match=tag).status_code == 409


def test_repayment_shows_every_step_over_the_api(world, client, town):
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid", amount=365_000)
    repayment = make_repayment(world, commitment, principal=365_000)
    path = f"{API}repayments/{repayment.public_id}/"

    found = town.get(path).json()

    # 1 June alone: 109.5 → 109
    assert (found["interest"]["surcharge"], found["interest"]["arrears"]) == (109, 0)
    assert [s["days"] for s in found["interest"]["segments"]] == [1]
    moved = Caller(client, world.desk.finance).send(
        "post", f"{path}transitions/receive/", {"received_on": TODAY, "amount": 365_109}
    )
    assert (moved.status_code, moved.json()["status"]) == (200, "repaid")
    assert moved.json()["receipts"] == [
        {"received_on": TODAY, "amount": 365_109, "principal_part": 365_000}
    ]


def test_account_is_proposed_over_the_api_and_masked_to_others(world, client, town):
    body = ACCOUNT | {"section": str(world.section.public_id), "holder": "オオイズミマチ"}

    made = town.send("post", f"{API}bank-accounts/", body)

    assert made.status_code == 201, made.json()
    assert (made.json()["number"], made.json()["holder"]) == ("1234567", "ｵｵｲｽﾞﾐﾏﾁ")
    path = f"{API}bank-accounts/{made.json()['id']}/"
    assert Caller(client, world.desk.officer).get(path).json()["number"] == "****567"
    assert Caller(client, world.desk.finance).get(path).json()["number"] == "1234567"
    assert Caller(client, world.other).get(path).status_code == 404
    wrong = town.send("post", f"{API}bank-accounts/", body | {"bank_code": "12"})
    assert [error["field"] for error in wrong.json()["errors"]] == ["bank_code"]


def test_account_in_another_bodys_section_is_refused(world, client):
    body = ACCOUNT | {"section": str(world.section.public_id)}

    answer = Caller(client, world.other).send("post", f"{API}bank-accounts/", body)

    assert answer.status_code in (400, 403)
    assert not BankAccount.objects.exists()


def test_town_claims_on_the_screen(world):
    commitment = make_commitment(world)
    make_account(world)
    page = browser(world.clerk)
    path = f"/finance/payments/new/?commitment={commitment.public_id}"

    form = page.get(path)
    assert form.status_code == 200
    assert "1,000,000" in form.content.decode()
    sent = as_json(commitment)
    bad = page.post(path, sent | {"amount": "1,000,001"})
    assert bad.status_code == 400
    assert "1,000,000" in bad.content.decode()
    done = page.post(path, sent | {"amount": "60万円"})

    payment = Payment.objects.get()
    assert (done.status_code, payment.amount) == (302, 600_000)
    shown = page.get(done.url).content.decode()
    assert "****567" in shown
    assert "1234567" not in shown
    listed = page.get("/finance/payments/").content.decode()
    assert commitment.reference in listed


def test_screen_offers_the_kind_that_can_be_claimed_now(world):
    commitment = make_commitment(world)
    make_account(world)
    path = f"/finance/payments/new/?commitment={commitment.public_id}"

    before = browser(world.clerk).get(path).content.decode()
    assert ('value="advance"' in before, 'value="settlement"' in before) == (True, False)
    assert 'name="cash_plan"' in before
    commitments.fix(commitment.case, 900_000, by=world.desk.manager, now=NOW)
    after = browser(world.clerk).get(path).content.decode()
    assert ('value="advance"' in after, 'value="settlement"' in after) == (False, True)
    assert 'name="cash_plan"' not in after
    sent = as_json(commitment, kind="settlement", amount=900_000)
    assert browser(world.clerk).post(path, sent).status_code == 302
    assert Payment.objects.get().kind == "settlement"


def test_other_town_and_viewer_on_the_screens(world):
    commitment = make_commitment(world)
    payment = make_payment(world, commitment)
    other, viewer = browser(world.other), browser(world.viewer)

    assert other.get(payment.get_absolute_url()).status_code == 404
    path = f"/finance/payments/new/?commitment={commitment.public_id}"
    assert other.get(path).status_code == 404
    assert viewer.get(path).status_code == 403
    assert viewer.get(payment.get_absolute_url()).status_code == 200


def test_town_corrects_a_returned_claim_on_the_screen(world):
    payment = make_payment(world, make_commitment(world))
    staff, town = browser(world.desk.finance), browser(world.clerk)
    base = f"/finance/payments/{payment.public_id}/"
    reason = {"reason": "日付がありません"}
    assert staff.post(f"{base}return_claim/", reason).status_code == 302
    assert "日付がありません" in town.get(base).content.decode()

    sent = as_json(payment.commitment, amount="500,000", version="2")
    assert town.post(f"{base}edit/", sent).status_code == 302
    assert town.post(f"{base}request/").status_code == 302

    payment.refresh_from_db()
    assert (payment.status, payment.amount) == ("requested", 500_000)


def test_repayment_page_shows_each_step(world):
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid", amount=365_000)
    repayment = make_repayment(world, commitment, principal=365_000)

    page = browser(world.viewer).get(repayment.get_absolute_url()).content.decode()

    assert "109.5000" in page
    assert "令和4年6月1日" in page


def test_account_on_the_screens_is_whole_to_its_owner(world):
    account = make_account(world, "proposed")

    assert "1234567" in browser(world.clerk).get(account.get_absolute_url()).content.decode()
    masked = browser(world.viewer).get(account.get_absolute_url()).content.decode()
    assert "1234567" not in masked
    assert "****567" in masked
    assert browser(world.other).get(account.get_absolute_url()).status_code == 404
    typed = ACCOUNT | {"section": str(world.section.public_id), "number": "7654321"}
    made = browser(world.clerk).post("/finance/accounts/new/", typed)
    assert made.status_code == 302
    assert BankAccount.objects.filter(number="7654321", organization=world.town).exists()


def test_officer_files_a_paper_invoice_in_the_admin(world):
    commitment = make_commitment(world)
    make_account(world)
    staff = browser(world.desk.officer)
    sent = as_json(commitment) | {
        "commitment": commitment.pk,
        "behalf_reason": "紙の請求書が届いたため",
        "paper_arrived_on": TODAY,
    }
    made = staff.post("/admin/finance/payment/add/", sent)
    assert made.status_code == 302, made.context["adminform"].form.errors

    payment = Payment.objects.get()
    page = staff.get(f"/admin/finance/payment/{payment.pk}/change/").content.decode()
    assert "600,000" in page
    assert "1234567" not in page
    [receipt] = receipts.for_case(payment)
    assert (receipt.on_behalf_of, str(receipt.paper_arrived_on)) == (world.town.name, TODAY)
    assert payment.receipt_number in page


@pytest.mark.parametrize("count", [1, 4])
def test_chosen_claims_lead_to_one_approval_and_many_stand_in_no_address(world, count):
    commitment = make_commitment(world)
    claims = [make_payment(world, commitment, amount=10_000) for _n in range(count)]
    staff = browser(world.desk.officer)
    chosen = {"action": "draft_approval", "_selected_action": [claim.pk for claim in claims]}

    led = staff.post("/admin/finance/payment/", chosen)

    assert "act=approve" in led.url
    assert (str(claims[0].public_id) in led.url) == (count == 1)
    ticked = staff.get(led.url).context["adminform"].form.initial["cases"]
    assert sorted(int(value.rpartition(":")[2]) for value in ticked) == [c.pk for c in claims]


def test_claim_has_a_receipt_and_each_later_request_again(world, town, client):
    commitment = make_commitment(world)
    make_account(world)
    made = town.send("post", f"{API}payments/", as_json(commitment)).json()
    assert (made["receipt_number"][:4], made["arrived_at"][:10]) == ("2022", TODAY)
    path = f"{API}payments/{made['id']}/"
    reason = {"reason": "日付がありません"}
    finance = Caller(client, world.desk.finance)
    assert finance.send("post", f"{path}transitions/return_claim/", reason).status_code == 200
    assert town.send("post", f"{path}transitions/request/", {}).status_code == 200

    found = town.get(f"{path}receipts/").json()

    assert [(row["number"], row["round"]) for row in found] == [
        (made["receipt_number"], 1),
        (made["receipt_number"], 2),
    ]
    mails = OutboxMessage.objects.filter(template="finance/mail/payment_received")
    assert [m.recipient for m in mails] == [world.section.mailbox] * 2
    assert all(made["receipt_number"] in mail.body for mail in mails)
    payment = Payment.objects.get()
    page = browser(world.clerk).get(payment.get_absolute_url()).content.decode()
    assert made["receipt_number"] in page
    paper = browser(world.clerk).get(f"/receipts/{found[1]['id']}/pdf/")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert Caller(client, world.other).get(f"{path}receipts/").status_code == 404


def test_payment_leads_to_its_account_and_to_the_approval_that_carried_it(world):
    payment = make_payment(world, make_commitment(world), "approved")

    page = browser(world.desk.finance).get(payment.get_staff_url()).content.decode()

    approval = Approval.objects.get()
    assert f'href="/admin/approvals/approval/{approval.pk}/change/"' in page
    assert f'href="{payment.account.get_staff_url()}"' in page


@pytest.mark.parametrize("path", ["payments", "repayments", "accounts"])
def test_empty_lists_say_what_to_do(world, path):
    page = browser(world.clerk).get(f"/finance/{path}/").content.decode()

    assert 'class="empty"' in page
    assert ('href="/grants/awards/"' in page.partition('class="empty"')[2]) == (path == "payments")


def test_list_of_payments_sums_what_is_filtered(world):
    commitment = make_commitment(world)
    make_payment(world, commitment, amount=100_000)
    make_payment(world, commitment, "approved", amount=250_000)
    staff = browser(world.desk.finance)

    assert "350,000" in staff.get("/admin/finance/payment/").content.decode()
    assert "250,000" in staff.get("/admin/finance/payment/?status=approved").context_data["total"]


def test_transfer_file_is_made_taken_and_booked_in_the_admin(world):
    make_payment(world, make_commitment(world), "approved", amount=250_000)
    staff = browser(world.desk.finance)
    assert browser(world.desk.officer).get("/admin/finance/payment/transfers/").status_code == 403

    bad = staff.post("/admin/finance/payment/transfers/", {"transfer_on": "2022-06-04"})
    assert bad.status_code == 400
    made = staff.post("/admin/finance/payment/transfers/", {"transfer_on": TODAY})
    assert made.status_code == 302
    page = staff.get(made.url)
    assert "250,000" in page.content.decode()
    file = Payment.objects.get().transfer.file
    taken = staff.get(f"/files/{file.public_id}/")
    assert taken.status_code == 200
    assert len(taken.getvalue()) == 4 * 122
    assert browser(world.desk.manager).get(f"/files/{file.public_id}/").status_code == 404
    assert staff.post(made.url, {"paid_on": TODAY}).status_code == 302
    assert Payment.objects.get().status == "paid"
    assert staff.post(made.url, {"paid_on": TODAY}).status_code == 409


def test_year_is_closed_in_the_admin_after_its_open_items_are_shown(world):
    world.edition.fiscal_year = 2021
    world.edition.save()
    payment = make_payment(world, make_commitment(world))
    staff = browser(world.desk.finance)

    page = staff.get("/admin/finance/editionledger/years/?year=2021").content.decode()
    assert payment.commitment.reference in page
    unsure = staff.post("/admin/finance/editionledger/years/", {"accounting_fy": 2021})
    assert unsure.status_code == 400
    assert set(unsure.context["form"].errors) == {"is_understood"}
    sure = {"is_understood": "on"}
    closed = staff.post("/admin/finance/editionledger/years/", sure | {"accounting_fy": 2021})
    assert closed.status_code == 302
    again = staff.post("/admin/finance/editionledger/years/", sure | {"accounting_fy": 2021})
    assert again.status_code == 409
    early = staff.post("/admin/finance/editionledger/years/", sure | {"accounting_fy": 2022})
    assert early.status_code == 400


def test_ledger_page_shows_the_months_and_the_way_of_the_money(world):
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid", amount=600_000)
    commitments.fix(commitment.case, 450_000, by=world.desk.manager, now=NOW)
    staff = browser(world.desk.officer)
    ledger = world.edition.ledger

    page = staff.get(f"/admin/finance/editionledger/{ledger.pk}/change/")

    shown = page.content.decode()
    assert page.status_code == 200
    assert "10,000,000" in shown
    assert "9,550,000" in shown  # 10,000,000 − 450,000
    assert "令和4年6月" in shown
    taken = staff.get(f"/admin/finance/editionledger/{ledger.pk}/months/")
    assert taken.content.decode("utf-8-sig").splitlines()[1:] == [
        "令和4年6月,450000,600000,0,0,0,9550000"
    ]
    book = staff.get(f"/admin/finance/editionledger/{ledger.pk}/months/?format=xlsx")
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert [cell.value for cell in sheet[2]] == ["令和4年6月", 450_000, 600_000, 0, 0, 0, 9_550_000]
    program = f"?edition__program__id__exact={world.edition.program_id}"
    assert program in shown
    listed = staff.get(f"/admin/finance/editionledger/{program}").content.decode()
    assert "chart-program" in listed
    sums = staff.get("/admin/finance/editionledger/").context_data["sums"]
    assert [amount for _name, amount in sums] == [
        10_000_000,
        450_000,
        600_000,
        600_000,
        0,
        9_550_000,
    ]
    assert "450,000" in listed
    api = Caller(Client(), world.desk.officer).get(f"{API}ledgers/").json()["results"]
    assert [(row["committed"], row["paid"], row["left"]) for row in api] == [
        (450_000, 600_000, 9_550_000)
    ]


@pytest.mark.parametrize("did", ["approve", "fix"])
def test_same_person_is_refused_to_pay_on_all_three_faces(world, client, did):
    commitment = make_commitment(world)
    person = join(
        world.desk.director if did == "approve" else world.desk.manager,
        make_post(world.desk.section, "finance"),
    )
    if did == "fix":
        commitments.fix(commitment.case, 900_000, by=person, now=NOW)
    kind = "settlement" if did == "fix" else "advance"
    payment = make_payment(world, commitment, "approved", kind=kind)
    data = {"paid_on": TODAY}

    over_api = Caller(client, person).send(
        "post", f"{API}payments/{payment.public_id}/transitions/pay/", data
    )
    on_screen = browser(person).post(f"/finance/payments/{payment.public_id}/pay/", data)
    in_admin = browser(person).post(f"/admin/finance/payment/{payment.pk}/transitions/pay/", data)

    assert [r.status_code for r in (over_api, on_screen, in_admin)] == [403, 403, 403]
    assert Payment.objects.get().status == "approved"
