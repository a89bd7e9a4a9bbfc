"""Changes, disposals and tax credit reports that came on paper: begun and filed in the admin."""

from datetime import date

import pytest
from django.urls import reverse

from core.models import AuditEvent, Receipt
from grants.behalf import begin_url
from grants.models import Asset, ChangeRequest, DisposalRequest, TaxCreditReport
from tests.factories.awards import ENDED, actual, make_award, make_fixed, run
from tests.factories.grants import town_story

PAPER = {"behalf_reason": "紙で届いたため", "paper_arrived_on": "2021-08-06"}
CHANGE = {"kind": "cost_allocation", "reason": "講師が増えたため", "content": "謝金を増やす"}


@pytest.fixture
def story(db):
    return town_story()


def change_page(case):
    return reverse(f"admin:grants_{case._meta.model_name}_change", args=[case.pk])


def submit(client, case, **data):
    page = reverse(f"admin:grants_{case._meta.model_name}_transition", args=[case.pk, "submit"])
    return client.post(page, PAPER | data)


def test_officer_files_the_change_that_came_on_paper(staff, story):
    award, client = make_award(story), staff(story.desk.officer)
    begin = begin_url(ChangeRequest, award, story.desk.officer)
    assert begin.replace("&", "&amp;") in client.get(change_page(award)).content.decode()
    assert "award" not in client.get(begin).context["adminform"].form.fields

    client.post(begin, CHANGE | PAPER)
    change = ChangeRequest.objects.get()
    lines = reverse("grants:changerequest-lines", args=[change.public_id])
    assert "behalf_reason" in client.get(lines).content.decode()
    rows = actual(850_000, 200_000)
    data = {"lines-TOTAL_FORMS": 2, "lines-INITIAL_FORMS": 0, "version": change.version}
    data |= {f"lines-{n}-{k}": v for n, row in enumerate(rows) for k, v in row.items()}
    assert client.post(lines, data).status_code == 400  # whose paper is it?
    assert client.post(lines, data | PAPER).url == change_page(change)
    assert submit(client, change).status_code == 302

    change.refresh_from_db()
    assert (change.status, change.section_id) == ("submitted", award.section_id)
    receipt = Receipt.objects.get(number=change.receipt_number)
    assert (receipt.on_behalf_of, receipt.paper_arrived_on) == (
        str(story.town),
        date(2021, 8, 6),
    )
    begun = AuditEvent.objects.get(action="grants.changerequest.add")
    assert (begun.on_behalf_of, begun.note) == (str(story.town), "紙で届いたため")


def test_paper_needs_its_reason_and_its_day(staff, story):
    award, client = make_award(story), staff(story.desk.officer)
    begin = begin_url(ChangeRequest, award, story.desk.officer)

    page = client.post(begin, CHANGE)

    assert set(page.context["adminform"].form.errors) == set(PAPER)
    assert not ChangeRequest.objects.exists()
    wrong = client.post(begin, CHANGE | PAPER | {"kind": "content", "new_amount": "700,000"})
    assert set(wrong.context["adminform"].form.errors) == {"new_amount"}


def test_nothing_is_begun_without_award_or_right_or_when_it_is_over(staff, story):
    award, add = make_award(story), reverse("admin:grants_changerequest_add")
    begin = begin_url(ChangeRequest, award, story.desk.officer)
    assert staff(story.desk.officer).get(add).status_code == 403
    assert staff(story.desk.officer).get(f"{add}?award=x").status_code == 404
    assert staff(story.desk.finance).get(begin).status_code == 403
    assert begin_url(ChangeRequest, award, story.desk.finance) == ""

    award = run(story, award, "withdraw_after_decision", now=story.call.opens_at)
    assert staff(story.desk.officer).get(begin).url == change_page(award)


def test_officer_registers_an_asset_and_files_its_disposal(staff, story):
    award, client = make_award(story), staff(story.desk.officer)
    register = reverse("grants:award-assets", args=[award.public_id])
    asset = {"name": "机", "quantity": 1, "unit_price": "550,000", "acquired_on": "R3.8.1"}
    assert client.post(register, asset).status_code == 400
    assert client.post(register, asset | PAPER).status_code == 302

    begin = begin_url(DisposalRequest, Asset.objects.get(), story.desk.officer)
    assert begin in client.get(register).content.decode()
    words = {"manner": "lending", "reason": "貸す", "planned_on": "R4.4.1"}
    client.post(begin, words | PAPER)
    case = DisposalRequest.objects.get()
    assert submit(client, case).status_code == 302

    case.refresh_from_db()
    assert (case.status, case.proceeds) == ("submitted", 0)
    shown = client.get(change_page(case)).content.decode()
    assert award.staff_url() in shown
    assert case.staff_url() in client.get(change_page(award)).content.decode()


def test_officer_files_the_tax_credit_report(staff, db, clock):
    story = town_story(kind="international_association")
    award = make_fixed(story)
    clock.move_to(ENDED)
    client, case = staff(story.desk.officer), TaxCreditReport.objects.get(award=award)
    assert case.staff_url() in client.get(change_page(award)).content.decode()

    done = submit(client, case, tax_status="simplified", input_tax="")

    case.refresh_from_db()
    assert (done.status_code, case.status) == (302, "submitted")
    assert award.staff_url() in client.get(change_page(case)).content.decode()
