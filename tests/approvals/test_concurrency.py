"""Two at once: one case in one open approval, numbers without double, one signature a step."""

import threading
from collections import Counter

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.utils import timezone

from accounts.models import User
from approvals.models import Approval, ApprovalItem
from core import workflow
from core.workflow import InvalidTransition
from tests.factories.accounts import make_body, make_member
from tests.factories.approvals import circulate, make_approval, make_desk, make_recommended


def at_once(*acts):
    """Run the acts in threads that start together; return what each raised, or None."""
    start, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        try:
            start.wait(timeout=20)
            act()
        except (ValidationError, InvalidTransition, PermissionDenied) as error:
            outcomes[index] = type(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def again(user):
    """The same person with an access of their own, as in another request."""
    return User.objects.get(pk=user.pk)


def test_case_goes_into_one_of_two_approvals_drafted_at_once(fresh_db):
    desk, case = make_desk(), make_recommended()

    outcomes = at_once(
        *(lambda: make_approval(desk, cases=[case], by=again(desk.officer)) for _ in range(2))
    )

    assert Counter(outcomes) == {None: 1, ValidationError: 1}
    assert ApprovalItem.objects.count() == 1


def test_numbers_given_at_once_are_all_different(fresh_db):
    desk, cases = make_desk(), [make_recommended() for _ in range(4)]

    outcomes = at_once(
        *(lambda c=c: make_approval(desk, cases=[c], by=again(desk.officer)) for c in cases)
    )

    assert outcomes == [None] * 4
    numbers = sorted(Approval.objects.values_list("number", flat=True))
    assert [int(number[-4:]) for number in numbers] == [1, 2, 3, 4]


def test_withdrawal_and_decision_at_once_leave_one_of_both(fresh_db):
    desk, town = make_desk(), make_body()
    member = make_member(town)
    contested, kept = make_recommended(organization=town), make_recommended()
    approval = make_approval(desk, cases=[contested, kept])
    approval = circulate(approval, desk, desk.manager, desk.finance)
    now = timezone.now()

    outcomes = at_once(
        lambda: workflow.run(approval, "decide", by=again(desk.director), now=now),
        lambda: workflow.run(
            contested, "withdraw", by=again(member), now=now, data={"reason": "計画の中止"}
        ),
    )

    assert outcomes == [None, None]
    kept.refresh_from_db()
    contested.refresh_from_db()
    dropped = ApprovalItem.objects.exclude(dropped_at=None).exists()
    assert (kept.status, contested.status) == ("decided", "withdrawn")
    assert dropped == (contested.decided_at is None)


def test_decision_pressed_twice_at_once_runs_the_act_once(fresh_db):
    desk, case = make_desk(), make_recommended()
    approval = circulate(make_approval(desk, cases=[case]), desk, desk.manager, desk.finance)
    now = timezone.now()

    outcomes = at_once(
        *(
            lambda: workflow.run(approval, "decide", by=again(desk.director), now=now)
            for _ in range(2)
        )
    )

    assert Counter(outcomes) == {None: 1, InvalidTransition: 1}
    case.refresh_from_db()
    case.edition.refresh_from_db()
    assert (case.status, case.edition.decided_total) == ("decided", case.decided_amount)
