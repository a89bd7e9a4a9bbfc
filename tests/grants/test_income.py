"""Income of the project is ordered back (第7条第2項の例): two persons, three faces, never too much."""

import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from core.models import Letter
from finance.actions import commitments
from finance.models import Commitment, Repayment
from tests.factories.accounts import api_key_for
from tests.factories.awards import make_fixed, run
from tests.factories.grants import town_story

ACT = "order_income_repayment"
ASKED = {"reason": "参加費の収入が助成の額を超えたため", "amount": "30,000", "clause": "要綱第7条"}


@pytest.fixture
def story(db):
    return town_story()


def paid(story, yen=100_000):
    award = make_fixed(story)
    Commitment.objects.filter(pk=commitments.commitment_of(award).pk).update(paid=yen)
    return award


def order(story, award, **data):
    return run(story, award, ACT, by=data.pop("by", story.desk.manager), **ASKED | data)


def test_manager_orders_income_back_by_letter(story):
    award = order(story, paid(story))

    found = Repayment.objects.get()
    assert (award.status, found.kind, found.principal, found.clause) == (
        "amount_fixed",
        "income",
        30_000,
        "要綱第7条",
    )
    assert Letter.objects.filter(case_label="finance.Repayment", case_id=found.pk).count() == 1


def test_no_more_comes_back_than_was_paid_and_is_not_ordered(story):
    award = order(story, paid(story), amount="70,000")

    with pytest.raises(ValidationError, match="30,000"):  # 100,000 − 70,000
        order(story, award, amount="30,001")
    order(story, award, amount="30,000")
    assert commitments.settlement_of(award).to_return == 100_000


def test_whoever_checked_the_report_and_others_do_not(story):
    award = paid(story)

    for user in (story.desk.officer, story.desk.finance, story.clerk):
        with pytest.raises(PermissionDenied):
            order(story, award, by=user)


def test_admin_and_api_order_alike_and_the_other_town_sees_nothing(staff, story, client):
    award = paid(story)
    page = reverse("admin:grants_award_transition", args=[award.pk, ACT])
    desk = staff(story.desk.manager)
    assert desk.get(page).status_code == 200
    assert desk.post(page, ASKED | {"amount": "0"}).status_code == 400
    assert desk.post(page, ASKED).status_code == 302

    def post(user):
        return client.post(
            f"/api/v1/grants/awards/{award.public_id}/transitions/{ACT}/",
            json.dumps(ASKED | {"amount": 1}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {api_key_for(user)}"},
        )

    assert [post(u).status_code for u in (story.other, story.clerk, story.desk.manager)] == [
        404,
        403,
        200,
    ]
    assert sorted(r.principal for r in Repayment.objects.all()) == [1, 30_000]
