"""Reminders before a call closes, by the clock: to whom, when, once, and never after sending."""

from datetime import timedelta

import pytest

from accounts.actors import system_actor
from accounts.models import Post
from core import audit, workflow
from core.models import OutboxMessage
from grants.tasks import remind_of_deadlines
from tests.factories.grants import make_draft, town_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


def reminders():
    rows = OutboxMessage.objects.filter(template="grants/mail/application_remind")
    return rows.order_by("pk")


def at(clock, story, *, days, hours=0):
    clock.move_to(story.call.closes_at - timedelta(days=days, hours=hours))
    return remind_of_deadlines()


def test_owners_are_told_14_7_3_and_1_days_before_each_once(story, clock):
    case = make_draft(story)

    told = {days: at(clock, story, days=days) for days in (20, 15, 14, 13, 8, 7, 4, 3, 2, 1, 0)}

    assert [days for days, count in told.items() if count] == [14, 7, 3, 1]
    assert at(clock, story, days=1) == 0  # once a day, however often the task runs
    subjects = list(reminders().filter(recipient=case.section.mailbox).values_list("subject"))
    assert [s for (s,) in subjects] == [
        f"【クレア】申請の締切まであと{days}日（下書きがあります）" for days in (14, 7, 3, 1)
    ]
    mail = reminders().first()
    assert case.get_absolute_url() in mail.body
    assert "1,000,000" not in mail.body
    events = [e for e in audit.events_for(case) if e.action.endswith(".remind")]
    assert (len(events), {e.actor_id for e in events}) == (4, {system_actor().pk})


def test_the_posts_mailboxes_and_the_sections_are_told_once_each(story, clock):
    case = make_draft(story, contact_email=story.town.sections.get().mailbox)
    Post.objects.filter(section=case.section, role="submitter").update(mailbox="post@example.jp")
    Post.objects.filter(section=case.section, role="viewer").update(mailbox="viewer@example.jp")

    at(clock, story, days=7)

    found = sorted(reminders().values_list("recipient", flat=True))
    assert found == sorted([case.section.mailbox, "post@example.jp"])
    other = story.other.access.posts[0].section.mailbox
    assert other not in found


def test_nothing_is_told_after_the_submission_or_the_deadline(story, clock):
    sent, dropped = make_draft(story), make_draft(story)
    story.run(sent, "submit")
    workflow.run(
        dropped, "withdraw", by=story.clerk, now=story.call.opens_at, data={"reason": "済"}
    )

    assert at(clock, story, days=3) == 0
    make_draft(story)
    clock.move_to(story.call.closes_at + timedelta(minutes=1))
    assert remind_of_deadlines() == 0
    assert not reminders().exists()


def test_a_postponed_deadline_is_told_again(story, clock):
    make_draft(story)
    assert at(clock, story, days=1) == 1
    type(story.call).objects.update(closes_at=story.call.closes_at + timedelta(days=2))

    assert remind_of_deadlines() == 1
    assert "あと3日" in reminders().last().subject
