"""What stays after the money: assets, disposals with approval first, and the tax credit."""

import json
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from core import deadlines, workflow
from core.models import Letter
from core.workflow import InvalidTransition
from finance.models import Repayment
from grants.actions import duties
from grants.models import Asset, Award, DisposalRequest, TaxCreditReport
from tests.factories.accounts import api_key_for
from tests.factories.awards import ENDED, actual, make_award, make_fixed
from tests.factories.grants import NOW, town_story

PRICE = 600_000


@pytest.fixture
def story(db):
    return town_story()


def register(story, award, **values):
    values = {
        "name": "通訳機器",
        "quantity": 1,
        "unit_price": PRICE,
        "acquired_on": date(2021, 8, 1),
        "place": "国際課",
    } | values
    return duties.register_asset(award, by=story.clerk, now=NOW, values=values)


def ask(story, asset, **values):
    changes = {"manner": "scrapping", "reason": "故障", "planned_on": date(2022, 4, 1)} | values
    case = duties.begin_disposal(asset, by=story.clerk, now=NOW, changes=changes)
    return workflow.run(case, "submit", by=story.clerk, now=NOW, data={})


def test_asset_below_the_unit_price_is_not_registered(story):
    award = make_award(story)

    with pytest.raises(ValidationError, match="500,000"):
        register(story, award, unit_price=499_999)
    assert register(story, award, unit_price=500_000).pk


def test_other_town_registers_nothing(story):
    award = make_award(story)

    with pytest.raises(PermissionDenied):
        duties.register_asset(award, by=story.other, now=NOW, values={})


def test_approved_disposal_orders_money_back(story):
    award = make_fixed(story)
    case = ask(story, register(story, award))

    data = {"to_return": "120,000", "conditions": ""}
    case = workflow.run(case, "approve", by=story.desk.manager, now=ENDED, data=data)

    order = Repayment.objects.get(kind="disposal")
    assert (case.status, order.principal) == ("approved", 120_000)
    assert Asset.objects.get().disposed_on == date(2022, 4, 1)
    letter = Letter.objects.get(template="grants/letters/disposalrequest_approve.typ")
    assert letter.context["owed"] == 120_000


def test_disposal_is_asked_for_once_and_may_be_denied(story):
    asset = register(story, make_award(story))
    case = ask(story, asset)
    with pytest.raises(ValidationError):
        ask(story, asset)

    data = {"reason": "まだ使えるため"}
    case = workflow.run(case, "deny", by=story.desk.manager, now=NOW, data=data)

    assert (case.status, case.answer) == ("denied", "まだ使えるため")
    assert not Repayment.objects.exists()


@pytest.mark.parametrize(
    ("input_tax", "to_return"),
    [
        # fixed 900,000 of 900,500 accepted: 90,000 × 900,000 / 900,500 = 89,950.02… → 89,950
        (90_000, 89_950),
        (1, 0),  # 0.99… → fractions of a yen cut off
        (0, 0),
        (10_000_000, 900_000),  # never more than was given
    ],
)
def test_tax_credit_is_input_tax_times_the_rate(db, input_tax, to_return):
    story = town_story(kind="international_association")
    award = make_fixed(story, actual(800_000, 100_500))

    assert duties.tax_to_return(award, input_tax) == to_return


def test_association_reports_its_tax_credit_and_pays_it_back(db):
    story = town_story(kind="international_association")
    award = make_fixed(story)
    report = TaxCreditReport.objects.get(award=award)
    [schedule] = deadlines.schedule_of(report, now=ENDED)
    assert schedule.deadline.due == date(2023, 4, 10)  # the 9th is a Sunday (民法第142条)

    data = {"tax_status": "general", "input_tax": "50,000"}
    report = workflow.run(report, "submit", by=story.clerk, now=ENDED, data=data)
    with pytest.raises(InvalidTransition):
        workflow.run(report, "accept", by=story.desk.officer, now=ENDED)
    report = workflow.run(report, "return_money", by=story.desk.manager, now=ENDED)

    order = Repayment.objects.get(kind="tax_credit")
    assert (report.status, order.principal) == ("returned_money", report.to_return)
    assert report.to_return == 47_619  # 50,000 × 1,000,000 / 1,050,000 = 47,619.04…


def test_body_of_simplified_taxation_credits_nothing(db):
    story = town_story(kind="international_association")
    report = TaxCreditReport.objects.get(award=make_fixed(story))

    data = {"tax_status": "simplified", "input_tax": "1"}
    with pytest.raises(ValidationError):
        workflow.run(report, "submit", by=story.clerk, now=ENDED, data=data)
    report = workflow.run(
        report, "submit", by=story.clerk, now=ENDED, data=data | {"input_tax": ""}
    )
    report = workflow.run(report, "accept", by=story.desk.officer, now=ENDED)
    assert report.status == "accepted"


def test_town_is_asked_for_no_tax_credit(story):
    make_fixed(story)

    assert not TaxCreditReport.objects.exists()


def test_town_registers_and_asks_on_its_pages(story):
    award, town = make_award(story), Client()
    town.force_login(story.clerk)
    page = reverse("grants:award-assets", args=[award.public_id])
    values = {"name": "机", "quantity": 2, "unit_price": "550,000", "acquired_on": "R3.8.1"}

    low = town.post(page, values | {"unit_price": "100"})
    town.post(page, values)
    asset = Asset.objects.get()
    create = f"{reverse('grants:disposalrequest-create')}?asset={asset.public_id}"
    made = town.post(create, {"manner": "lending", "reason": "貸す", "planned_on": "R4.4.1"})
    sent = town.post(f"{made.url}submit/")

    assert low.status_code == 400
    assert "机" in town.get(page).content.decode()
    assert sent.url.startswith("/receipts/")
    other = Client()
    other.force_login(story.other)
    assert other.get(page).status_code == other.get(create).status_code == 404


def test_api_registers_and_asks(client, story):
    award = make_award(story)
    key = {"Authorization": f"Bearer {api_key_for(story.clerk)}"}

    def post(path, body):
        return client.post(
            f"/api/v1/grants/{path}", json.dumps(body), content_type="application/json", headers=key
        )

    asset = {"award": str(award.public_id), "name": "机", "unit_price": PRICE}
    made = post("assets/", asset | {"acquired_on": "2021-08-01"})
    assert made.status_code == 201, made.json()
    body = {"asset": made.json()["id"], "manner": "lending", "reason": "r"}
    asked = post("disposal-requests/", body | {"planned_on": "2022-04-01"})
    assert asked.status_code == 201, asked.json()
    sent = post(f"disposal-requests/{asked.json()['id']}/transitions/submit/", {})
    assert sent.json()["status"] == "submitted"
    assert post("tax-credit-reports/", {}).status_code == 405


def test_manager_approves_in_the_admin(staff, story):
    case = ask(story, register(story, make_award(story)))
    act = reverse("admin:grants_disposalrequest_transition", args=[case.pk, "approve"])

    done = staff(story.desk.manager).post(act, {"to_return": "", "conditions": "記録を残すこと"})

    assert done.status_code == 302
    assert DisposalRequest.objects.get().status == "approved"
    assert Award.objects.get().assets.get().disposed_on == case.planned_on
