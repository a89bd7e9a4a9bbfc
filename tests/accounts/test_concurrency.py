"""Two at once: a link opens one account, and one account stays on one side."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts import actions
from accounts.actors import system_actor
from accounts.models import Handover, Invitation, Membership, User
from core.fiscal import jst_date
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
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: "known-to-the-test")
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


@pytest.mark.parametrize("days", [0, 7])
def test_a_post_handed_over_twice_at_once_goes_to_one(fresh_db, days):
    town = make_body()
    admin, old = make_member(town, "org_admin"), make_member(town)
    heirs = [make_member(town, "viewer") for _heir in range(3)]
    held = old.memberships.get()
    now = timezone.now()

    def plan(heir):
        return lambda: actions.plan_handover(
            by=User.objects.get(pk=admin.pk),
            now=now,
            outgoing=User.objects.get(pk=old.pk),
            memberships=[held],
            starts_on=jst_date(now) + timedelta(days=days),
            successor=User.objects.get(pk=heir.pk),
        )

    outcomes = at_once(*(plan(heir) for heir in heirs))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Handover",
        "ValidationError",
        "ValidationError",
    ]
    refusals = {outcome.code for outcome in outcomes if isinstance(outcome, ValidationError)}
    assert refusals == {"second" if days else "gone"}
    assert Handover.objects.count() == 1
    assert Membership.objects.filter(post=held.post).count() == (1 if days else 2)


@pytest.mark.parametrize("attempt", range(3))
def test_two_workers_carry_a_hand_over_out_once(fresh_db, attempt):
    town = make_body()
    admin, old, heir = (
        make_member(town, "org_admin"),
        make_member(town),
        make_member(town, "viewer"),
    )
    now = timezone.now()
    planned = actions.plan_handover(
        by=admin,
        now=now,
        outgoing=old,
        memberships=old.memberships.all(),
        starts_on=jst_date(now) + timedelta(days=1),
        successor=heir,
    )
    later = now + timedelta(days=1)

    outcomes = at_once(
        *[lambda: actions.carry_out(handover=planned, by=system_actor(), now=later)] * 4
    )

    assert sorted(outcomes) == [False, False, False, True]
    assert heir.memberships.filter(post=old.memberships.get().post).count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_the_last_two_submitters_cannot_leave_at_once(fresh_db, attempt):
    town = make_body()
    admin, members = make_member(town, "org_admin"), [make_member(town), make_member(town)]
    now = timezone.now()

    def end(member):
        return lambda: actions.end_membership(
            by=User.objects.get(pk=admin.pk),
            now=now,
            membership=member.memberships.get(),
            ends_on=jst_date(now),
        )

    outcomes = at_once(*(end(member) for member in members))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Membership",
        "ValidationError",
    ]
    section = members[0].memberships.get().post.section
    assert section not in type(section).objects.orphaned(jst_date(now) + timedelta(days=1))
