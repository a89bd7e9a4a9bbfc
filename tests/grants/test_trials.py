"""Rules tried on applications before they are saved, and judging a submitted one again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEvent
from grants.judging import stored_verdict
from grants.models import Application
from programs.actions import save_rules
from programs.rules import RuleData
from programs.trials import run, try_rules
from tests.factories.grants import LINES, NOW, make_application, make_draft, town_story
from tests.factories.programs import grant_rules
from tests.factories.rest import Caller, one

pytestmark = pytest.mark.django_db

RICH = [LINES[0] | {"amount": 9_000_000}]


@pytest.fixture
def story():
    return town_story()


def capped(cap, **changes):
    """The rules with one ceiling for all."""
    kinds = grant_rules()["applicant_kinds"]
    return grant_rules(caps=[{"kinds": kinds, "cap": cap}], **changes)


def test_trial_shows_both_verdicts_and_writes_nothing(story):
    case = make_application(story, "submitted", lines=RICH, requested_amount=3_000_000)
    events = AuditEvent.objects.count()

    [trial] = run(story.call.edition, RuleData.parse(capped(2_000_000)), story.desk.officer)

    assert trial.outcome == "refused"
    assert (trial.before.allowed_amount, trial.after.allowed_amount) == (3_000_000, 2_000_000)
    assert trial.body == str(story.town)
    assert AuditEvent.objects.count() == events
    assert Application.objects.get(pk=case.pk).rule_set.version == 1


def test_bodies_see_in_a_trial_only_their_own(story):
    make_application(story, "submitted")

    assert list(run(story.call.edition, RuleData.parse(grant_rules()), story.other)) == []


def test_trial_counts_the_bodys_other_applications_of_the_cap(story):
    make_application(story, "submitted", lines=RICH, requested_amount=2_000_000)
    make_application(story, "submitted", lines=RICH, requested_amount=1_000_000)

    tried = try_rules(story.call.edition, RuleData.parse(capped(2_500_000)), story.desk.officer)

    # 2,500,000 − 1,000,000 of the other = 1,500,000; 2,500,000 − 2,000,000 = 500,000
    assert sorted(t.after.allowed_amount for t in tried.changed) == [500_000, 1_500_000]


@pytest.mark.parametrize("counting", ["lead", "shares"])
def test_trial_costs_the_same_queries_for_more_applications(story, counting):
    rules = RuleData.parse(grant_rules(joint_counting=counting, quota=5))
    counts = []
    assert list(run(story.call.edition, rules, story.desk.officer)) == []  # loads who asks
    for more in (1, 2):
        for _each in range(more):
            make_application(story, "submitted", requested_amount=500_000)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(list(run(story.call.edition, rules, story.desk.officer))) == more * 2 - 1
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_earlier_verdict_stands_until_it_is_judged_again(staff, story):
    case = make_application(story, "received", lines=RICH, requested_amount=3_000_000)
    save_rules(story.call.edition, data=capped(2_000_000), by=story.desk.officer, now=NOW)
    case = Application.objects.get(pk=case.pk)
    assert stored_verdict(case).allowed_amount == 3_000_000
    client = staff(story.desk.officer)
    page = reverse("admin:grants_application_judge_again", args=[case.pk])

    shown = client.get(page).content.decode()
    assert "3,000,000" in shown
    assert "2,000,000" in shown
    assert stored_verdict(Application.objects.get(pk=case.pk)).allowed_amount == 3_000_000
    assert client.post(page, {"version": case.version, "reason": ""}).status_code == 400
    done = client.post(page, {"version": case.version, "reason": "要綱の改正のため"})

    assert done.status_code == 302
    case = Application.objects.get(pk=case.pk)
    assert (stored_verdict(case).allowed_amount, case.rule_set.version) == (2_000_000, 2)
    assert case.status == "received"
    event = AuditEvent.objects.get(action="grants.application.judge_again")
    assert event.note == "要綱の改正のため"
    stale = client.post(page, {"version": case.version - 1, "reason": "もう一度"})
    assert stale.status_code == 409


@pytest.mark.parametrize("status", ["draft", "recommended", "announced"])
def test_nothing_is_judged_again_before_or_after(client, story, status):
    case = make_application(story, status)
    officer = Caller(client, story.desk.officer)
    address = one(case, "judge-again/")
    tag = officer.get(one(case))["ETag"]

    answer = officer.send("post", address, {"reason": "理由"}, if_match=tag)

    assert answer.status_code == 409


def test_api_judges_again_for_officers_alone(client, story):
    case = make_application(story, "under_review", lines=RICH, requested_amount=3_000_000)
    save_rules(story.call.edition, data=capped(2_000_000), by=story.desk.officer, now=NOW)
    address = one(case, "judge-again/")

    assert Caller(client, story.clerk).get(address).status_code == 403
    assert Caller(client, story.other).get(address).status_code == 404
    officer = Caller(client, story.desk.officer)
    both = officer.get(address).json()
    assert both["before"]["allowed_amount"] == 3_000_000
    assert both["after"]["allowed_amount"] == 2_000_000
    assert officer.send("post", address, {"reason": "改正"}).status_code == 428
    tag = officer.get(one(case))["ETag"]
    done = officer.send("post", address, {"reason": "改正"}, if_match=tag)
    assert (done.status_code, done.json()["rules_version"]) == (200, 2)


def test_trial_of_a_draft_compares_with_the_present_rules(story):
    make_draft(story, lines=RICH, requested_amount=3_000_000)

    [trial] = run(story.call.edition, RuleData.parse(capped(2_000_000)), story.clerk)

    assert trial.outcome == "refused"
