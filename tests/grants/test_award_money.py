"""What the body is told of its money: at home and beside the award's status; the ways between pages."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from core.fiscal import era_date_plain
from finance.actions import commitments
from finance.models import Commitment, Repayment
from grants.award_money import money_left, order_words
from grants.models import Award
from grants.views.awards import tasks
from tests.factories.awards import ENDED, actual, make_award, make_checked, make_fixed
from tests.factories.grants import town_story


@pytest.fixture
def story(db):
    return town_story()


def home_of(user):
    client = Client()
    client.force_login(user)
    return client.get(reverse("home")).content.decode()


def page_of(award, user):
    client = Client()
    client.force_login(user)
    return client.get(award.get_absolute_url()).content.decode()


def test_what_may_be_claimed_is_said_with_its_day(story, clock):
    award = make_fixed(story)
    clock.move_to(ENDED)

    [text] = money_left(award, commitments.settlement_of(award))

    # fixed on 10 March 2023; 30 days end on Sunday, 9 April, so on Monday (民法第142条)
    assert award.claim_due == date(2023, 4, 10)
    assert "1,000,000" in text
    assert era_date_plain(award.claim_due) in text
    assert text in home_of(story.clerk)
    assert text in page_of(award, story.clerk)
    assert text not in home_of(story.other)


def test_what_is_to_be_paid_back_is_said_alone_when_nothing_is_left_to_claim(story, clock):
    award = make_fixed(story)
    Commitment.objects.update(paid=1_000_000)
    order = commitments.order_repayment(
        award,
        kind="income",
        principal=50_000,
        reason="収入",
        clause="第7条",
        by=story.desk.manager,
        now=ENDED,
    )
    clock.move_to(ENDED)

    assert money_left(award, commitments.settlement_of(award), [order]) == [order_words(order)]
    assert order_words(order) in home_of(story.clerk)
    assert order_words(order) in page_of(award, story.clerk)
    assert order_words(order) not in home_of(story.other)
    Repayment.objects.update(status="repaid")
    assert order_words(order) not in home_of(story.clerk)


def test_no_receipt_is_complete_before_a_cost_is_entered(story):
    award = make_award(story)

    words = {row["url"].split("/")[-2]: row["tone"] for row in tasks(award)}

    assert words["files"] == words["lines"] == "neutral"


def test_officer_goes_from_the_application_to_the_award_and_to_its_approval(staff, story):
    award = make_checked(story, actual(800_000, 250_000))
    client = staff(story.desk.officer)
    application = client.get(award.application.staff_url()).content.decode()
    assert award.staff_url() in application

    chosen = {"action": "draft_fixing", "_selected_action": [award.pk]}
    answer = client.post(reverse("admin:grants_award_changelist"), chosen)

    assert answer.url.endswith(f"items={award.public_id}")
    assert Award.objects.count() == 1
