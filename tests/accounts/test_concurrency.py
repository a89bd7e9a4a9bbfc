"""Two at once: a link opens one account, and one account stays on one side."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts import actions
from accounts.models import Invitation, Membership, User
from tests.factories.accounts import (
    PASSWORD,
    make_body,
    make_member,
    make_post,
    make_section,
    make_staff,
    make_user,
)


def at_once(*calls):
    """Run the calls in threads of their own from the same moment; return results and refusals."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=10)
            return call()
        except (ValidationError, actions.ClosedInvitationError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_a_link_used_twice_at_once_opens_one_account(fresh_db, monkeypatch):
    town = make_body()
    admin = make_member(town, "org_admin")
    monkeypatch.setattr(actions.secrets, "token_urlsafe", lambda size: "known-to-the-test")
    post = make_post(make_section(town), "submitter")
    actions.invite(by=admin, now=timezone.now(), email="hana@example.jp", post=post)

    def accept():
        return actions.accept_invitation(
            token="known-to-the-test", now=timezone.now(), password=PASSWORD, name="試験 花子"
        )

    outcomes = at_once(*[accept] * 4)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "ClosedInvitationError",
        "ClosedInvitationError",
        "ClosedInvitationError",
        "User",
    ]
    assert User.objects.filter(email="hana@example.jp").count() == 1
    assert Invitation.objects.get().accepted_at is not None


@pytest.mark.parametrize("attempt", range(3))
def test_an_account_given_both_sides_at_once_gets_one(fresh_db, attempt):
    administrator, user = make_staff("administrator"), make_user()
    posts = (
        make_post(make_section(), "officer"),
        make_post(make_section(make_body()), "submitter"),
    )

    def assign(post):
        return lambda: actions.assign_post(
            by=administrator, now=timezone.now(), user=User.objects.get(pk=user.pk), post=post
        )

    outcomes = at_once(*(assign(post) for post in posts))

    assert sum(isinstance(outcome, Membership) for outcome in outcomes) == 1
    assert user.memberships.count() == 1
