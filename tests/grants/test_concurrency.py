"""Many at once: budget, receipts, caps and withdrawal hold under real threads."""

import threading
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections

from accounts.models import User
from core import receipts, workflow
from core.models import AuditEvent, OutboxMessage, Receipt
from core.workflow import InvalidTransition, StaleVersion
from grants.actions import moving
from grants.models import Application
from programs.actions import draft_form, publish
from tests.factories.grants import (
    LINES,
    NOW,
    QUESTIONS,
    make_application,
    make_approval_of,
    make_draft,
    town_story,
)

REFUSALS = (ValidationError, InvalidTransition, PermissionDenied, StaleVersion)


def at_once(*acts):
    """Run the acts in threads that start together; return what each raised, or None."""
    start, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        try:
            start.wait(timeout=60)
            act()
        except REFUSALS as error:
            outcomes[index] = type(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def again(user):
    """The same person with an access of their own, as in another request."""
    return User.objects.get(pk=user.pk)


def recommended(story, amount=500_000):
    """A recommended application of the town, made short: the race is about the decision."""
    town = story.clerk.access.posts[0].section
    number = Application.objects.count()
    return Application.objects.create(
        edition=story.call.edition,
        call=story.call,
        organization=town.organization,
        section=town,
        title=f"講座{number}",
        status="recommended",
        outcome="adopted",
        requested_amount=amount,
        decided_amount=amount,
        receipt_number=f"2021-{number:07d}-0",
        arrived_at=NOW,
    )


def test_forty_decisions_at_once_against_a_budget_with_room_for_five(fresh_db):
    story = town_story(budget=5 * 500_000)
    approvals = [make_approval_of(story, [recommended(story)]) for _ in range(40)]
    director = story.desk.director

    outcomes = at_once(
        *(lambda a=a: workflow.run(a, "decide", by=again(director), now=NOW) for a in approvals)
    )

    story.call.edition.refresh_from_db()
    assert Counter(outcomes) == {None: 5, ValidationError: 35}
    assert Application.objects.filter(status="decided").count() == 5
    assert Application.objects.filter(status="recommended").count() == 35
    assert story.call.edition.decided_total == 5 * 500_000


def test_thirty_identical_submissions_at_once_give_one_receipt(fresh_db):
    story = town_story()
    case = make_draft(story)

    outcomes = at_once(
        *(
            lambda: workflow.run(
                Application.objects.get(pk=case.pk), "submit", by=again(story.clerk), now=NOW
            )
            for _ in range(30)
        )
    )

    case.refresh_from_db()
    assert Counter(outcomes) == {None: 1, InvalidTransition: 29}
    assert receipts.for_case(case).get().number == case.receipt_number
    assert OutboxMessage.objects.filter(template__endswith="_submit").count() == 2


@pytest.mark.parametrize("attempt", range(3))
def test_withdrawal_against_decision_keeps_the_budgets_total_right(fresh_db, attempt):
    story = town_story(budget=10_000_000)
    cases = [recommended(story) for _ in range(4)]
    approvals = [make_approval_of(story, [case]) for case in cases]

    at_once(
        *(
            lambda a=a: workflow.run(a, "decide", by=again(story.desk.director), now=NOW)
            for a in approvals
        ),
        *(
            lambda c=c: workflow.run(
                c, "withdraw", by=again(story.clerk), now=NOW, data={"reason": "計画の中止"}
            )
            for c in cases[:2]
        ),
    )

    story.call.edition.refresh_from_db()
    statuses = Counter(Application.objects.values_list("status", flat=True))
    assert statuses == {"withdrawn": 2, "decided": 2}
    assert story.call.edition.decided_total == 2 * 500_000


def test_cap_holds_where_a_body_submits_two_applications_at_once(fresh_db):
    story = town_story()
    rich = [LINES[0] | {"amount": 2_000_000}]
    cases = [make_draft(story, lines=rich, requested_amount=2_000_000) for _ in range(2)]

    outcomes = at_once(
        *(lambda c=c: workflow.run(c, "submit", by=again(story.clerk), now=NOW) for c in cases)
    )

    assert Counter(outcomes) == {None: 1, ValidationError: 1}
    assert Receipt.objects.count() == 1


def test_edit_begun_before_a_submission_overwrites_nothing(fresh_db):
    story = town_story()
    case = make_draft(story)

    outcomes = at_once(
        lambda: workflow.run(case, "submit", by=again(story.clerk), now=NOW),
        lambda: workflow.edit(
            Application.objects.get(pk=case.pk),
            by=again(story.drafter),
            now=NOW,
            version=case.version,
            changes={"title": "別の題名"},
        ),
    )

    saved = Application.objects.get(pk=case.pk)
    receipt = Receipt.objects.get()
    assert (saved.status, outcomes[0]) == ("submitted", None)
    assert outcomes[1] in (None, StaleVersion)  # before the submission, or refused after it
    assert receipt.snapshot["title"] == saved.title
    assert (saved.title == "別の題名") == (outcomes[1] is None)


def test_two_people_of_one_town_editing_at_once_lose_nothing_silently(fresh_db):
    story = town_story()
    case = make_application(story, "draft")

    outcomes = at_once(
        *(
            lambda user=user, title=title: workflow.edit(
                case,
                by=again(user),
                now=NOW,
                version=case.version,
                changes={"title": title},
            )
            for user, title in ((story.clerk, "一"), (story.drafter, "二"))
        )
    )

    assert Counter(outcomes) == {None: 1, StaleVersion: 1}
    winner = "一" if outcomes[0] is None else "二"
    assert Application.objects.get(pk=case.pk).title == winner


def test_two_who_open_a_draft_at_once_move_it_to_its_new_form_once(fresh_db):
    story = town_story()
    case = make_draft(story)
    asked = [*QUESTIONS, {"key": "sdgs", "kind": "short", "label": "SDGs"}]
    publish(draft_form(story.call.form, questions=asked), now=NOW)

    def opening(user):
        fresh = Application.objects.get(pk=case.pk)
        return lambda: moving.follow_form(fresh, by=again(user), now=NOW)

    assert at_once(opening(story.clerk), opening(story.drafter)) == [None, None]

    moves = AuditEvent.objects.filter(action="grants.application.move_form")
    assert moves.count() == 1
    assert Application.objects.get(pk=case.pk).form_version.number == 2
