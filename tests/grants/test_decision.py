"""Recommended within the rules, decided within the budget, announced."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core import workflow
from core.models import OutboxMessage
from core.workflow import InvalidTransition
from grants.models import Application
from tests.factories.accounts import make_staff
from tests.factories.grants import (
    LINES,
    NOW,
    decide,
    letters_of,
    mails_of,
    make_application,
    make_approval_of,
    town_story,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"amount": 1_000_001}, "amount"),
        ({"amount": 900_000}, "outcome"),
        ({"amount": ""}, "amount"),
        ({"reason": ""}, "reason"),
        ({"outcome": "perhaps"}, "outcome"),
        ({"lines": [LINES[1]]}, "lines"),
        ({"lines": [{"description": "旅費", "amount": 1}]}, "lines"),
        ({"lines": [LINES[0] | {"category": "gold"}]}, "lines"),
        ({"lines": {"amount": 1}}, "lines"),
    ],
)
def test_recommendation_outside_the_rules_is_refused(story, data, field):
    case = make_application(story, "under_review")

    with pytest.raises(ValidationError) as refusal:
        story.run(case, "recommend", **data)

    assert set(refusal.value.message_dict) == {field}
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("under_review", "")


@pytest.mark.parametrize(
    ("data", "outcome", "amount"),
    [
        ({}, "adopted", 1_000_000),
        (
            {"outcome": "adopted_with_modification", "amount": "90万円"},
            "adopted_with_modification",
            900_000,
        ),
        ({"outcome": "rejected", "amount": ""}, "rejected", None),
        ({"outcome": "rejected", "amount": 1_000_000}, "rejected", None),
    ],
)
def test_recommendation_keeps_outcome_and_amount(story, data, outcome, amount):
    case = story.run(make_application(story, "under_review"), "recommend", **data)

    assert (case.outcome, case.decided_amount) == (outcome, amount)
    assert (
        OutboxMessage.objects.filter(case_id=case.pk, template__contains="recommend").count() == 0
    )


def test_decision_runs_from_a_decided_approval_alone(story):
    case = make_application(story, "recommended")
    approval = make_approval_of(story, [case])

    for authority in (None, approval):
        with pytest.raises(InvalidTransition):
            workflow.run(case, "decide", by=story.desk.director, now=NOW, authority=authority)
    assert decide_one(story, approval, case).status == "decided"


def test_who_recommended_may_not_also_decide(story):
    both = make_staff("manager", story.desk.section, user=make_staff("officer", story.desk.section))
    case = story.run(make_application(story, "under_review"), "recommend", by=both)
    approval = make_approval_of(story, [case])

    with pytest.raises(PermissionDenied):
        workflow.run(approval, "decide", by=both, now=NOW)
    assert "decide" not in {row.name for row in workflow.available(case, both)}


def test_decision_takes_from_the_budget_and_never_beyond_it():
    story = town_story(budget=1_500_000)
    first, second = (
        make_application(story, "recommended"),
        make_application(story, "recommended"),
    )

    decide(story, [first])
    with pytest.raises(ValidationError):
        decide(story, [second])

    story.call.edition.refresh_from_db()
    second.refresh_from_db()
    assert (story.call.edition.decided_total, second.status) == (1_000_000, "recommended")


def test_rejected_one_takes_nothing_from_the_budget(story):
    case = make_application(story, "decided", recommend={"outcome": "rejected", "amount": ""})

    story.call.edition.refresh_from_db()
    assert (case.decided_amount, story.call.edition.decided_total) == (None, 0)


def test_sent_back_draft_is_recommended_anew(story):
    case = story.run(make_application(story, "recommended"), "send_back")
    changes = {"outcome": "adopted_with_modification", "amount": 600_000, "lines": [LINES[0]]}

    case = story.run(case, "recommend", **changes)
    case = story.run(story.run(case, "send_back"), "recommend")

    assert (case.outcome, case.decided_amount) == ("adopted", 1_000_000)
    assert not case.budget_lines.filter(stage="decided").exists()


@pytest.mark.parametrize("lines", [None, [LINES[0], LINES[1] | {"amount": 200_000}]])
def test_announcement_stores_the_decided_lines(story, lines):
    data = {"lines": lines} if lines else {}
    case = make_application(story, "decided", recommend=data)

    case = story.run(case, "announce")

    stored = case.budget_lines.filter(stage="decided").order_by("order")
    wanted = [(line["description"], line["amount"]) for line in lines or LINES]
    assert [(line.description, line.amount) for line in stored] == wanted
    assert case.announced_at == NOW
    assert letters_of(case) == ["grants/letters/application_announce.typ"]
    assert mails_of(case, "announce") == sorted([story.clerk.email, case.section.mailbox])


def test_rejected_announcement_has_no_decided_lines(story):
    case = make_application(story, "announced", recommend={"outcome": "rejected", "amount": ""})

    assert not case.budget_lines.filter(stage="decided").exists()
    assert letters_of(case) == ["grants/letters/application_announce.typ"]


def test_informal_notice_has_letter_and_mail_of_its_own(story):
    case = story.run(make_application(story, "decided"), "notify_informally")

    assert letters_of(case) == ["grants/letters/application_notify_informally.typ"]
    assert mails_of(case, "notify_informally") == sorted([story.clerk.email, case.section.mailbox])


def decide_one(story, approval, case):
    workflow.run(approval, "decide", by=story.desk.director, now=NOW)
    return Application.objects.get(pk=case.pk)
