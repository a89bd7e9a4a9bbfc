"""What is due of grants is told by core's deadlines: to whom, when, once, and never after it is done."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import Post
from core import deadlines, workflow
from core.fiscal import JST
from core.models import OutboxMessage
from core.tasks import remind_of_deadlines
from grants.models import Award
from tests.factories.awards import ENDED, make_award, make_fixed, make_reported, run
from tests.factories.grants import NOW, make_application, make_draft, town_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


def told():
    return OutboxMessage.objects.filter(template=deadlines.REMIND).order_by("pk")


def at(clock, story, *, days):
    clock.move_to(story.call.closes_at - timedelta(days=days))
    return remind_of_deadlines()


def kinds_of(case, now):
    return [(s.deadline.kind, s.deadline.due) for s in deadlines.schedule_of(case, now=now)]


def test_owners_of_drafts_are_told_before_the_call_closes_with_its_hour(story, clock):
    case = make_draft(story)
    Post.objects.filter(section=case.section, role="submitter").update(mailbox="post@example.jp")

    at(clock, story, days=3)

    found = set(told().values_list("recipient", flat=True))
    other = story.other.access.posts[0].section.mailbox
    assert {case.section.mailbox, "post@example.jp"} <= found
    assert other not in found
    mail = told().first()
    assert case.get_absolute_url() in mail.body
    assert "締切" in mail.body
    assert "1,000,000" not in mail.body
    assert remind_of_deadlines() == 0  # once, however often the task runs


def test_nothing_is_told_after_the_submission_or_the_deadline(story, clock):
    sent, dropped = make_draft(story), make_draft(story)
    story.run(sent, "submit")
    data = {"reason": "済"}
    workflow.run(dropped, "withdraw", by=story.clerk, now=story.call.opens_at, data=data)

    assert at(clock, story, days=3) == 0
    make_draft(story)
    clock.move_to(story.call.closes_at + timedelta(minutes=1))
    assert remind_of_deadlines() == 0


def test_returned_application_has_its_correction_as_deadline(story):
    case = make_application(story, "returned")

    assert kinds_of(case, NOW) == [("application_correction", date(2021, 9, 1))]


def test_final_report_is_due_until_it_arrives(story):
    award = make_award(story)
    assert kinds_of(award, NOW) == [("award_report", date(2023, 3, 30))]

    reported = make_reported(story, requested_amount=700_000, recommend={"amount": 700_000})
    assert kinds_of(reported, ENDED) == []
    returned = run(story, reported, "return_for_correction")
    assert kinds_of(returned, ENDED) == [("award_correction", date(2023, 4, 10))]


def test_late_report_escalates_to_the_manager(story, clock):
    award = make_award(story)
    clock.move_to(datetime(2023, 4, 6, 12, tzinfo=JST))  # 30 March + 7 days

    remind_of_deadlines()

    escalated = OutboxMessage.objects.filter(template=deadlines.ESCALATE, case_id=award.pk)
    assert story.desk.section.mailbox in escalated.values_list("recipient", flat=True)


def test_claim_is_due_once_the_amount_is_fixed(story):
    award = make_fixed(story)

    [(kind, due)] = kinds_of(award, ENDED)

    # 10 March + 30 days is Sunday 9 April: the period ends on Monday (民法第142条).
    assert (kind, due) == ("award_claim", date(2023, 4, 10))


def test_page_of_the_award_says_what_is_due(story):
    award = make_award(story)
    town = Client()
    town.force_login(story.clerk)

    shown = town.get(award.get_absolute_url()).content.decode()

    assert "2023-03-30" in shown


def test_providers_ask_the_same_for_one_and_three(story, django_assert_max_num_queries):
    counts = []
    for _round in range(2):
        for _again in range(1 + _round):
            make_award(story, requested_amount=500_000, recommend={"amount": 500_000})
        with django_assert_max_num_queries(60) as asked:
            found = list(deadlines.upcoming(now=NOW))
        counts.append(len(asked))
    assert len(found) == Award.objects.count() == 3
    assert counts[0] == counts[1]


def test_officer_finds_reports_to_check_and_changes_to_answer(staff, story):
    award = make_reported(story)

    page = staff(story.desk.officer).get("/admin/").content.decode()

    assert award.award_number in page
