"""Posts from day to day, hand-over, and API keys."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts import actions
from accounts.models import ApiKey, Membership, Post
from core import audit
from core.fiscal import JST
from tests.factories.accounts import (
    join,
    make_body,
    make_member,
    make_post,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 1, 9, 0, tzinfo=JST)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def last_event(target):
    return audit.events_for(target).first()


def test_administrator_assigns_a_post_and_the_audit_names_it():
    administrator, user, post = (
        make_staff("administrator"),
        make_user(),
        make_post(make_section(), "officer"),
    )

    membership = actions.assign_post(by=administrator, now=NOW, user=user, post=post)

    event = last_event(membership)
    assert (membership.starts_on, membership.ends_on) == (date(2026, 4, 1), None)
    assert (event.action, event.actor_id) == ("accounts.membership.add", administrator.pk)
    assert event.actor_label == administrator.access.label
    assert event.changes["post"] == [None, post.pk]


@pytest.mark.parametrize("role", ["officer", "manager", "auditor"])
def test_other_staff_assign_no_posts(role):
    with pytest.raises(PermissionDenied):
        actions.assign_post(
            by=make_staff(role),
            now=NOW,
            user=make_user(),
            post=make_post(make_section(), "officer"),
        )


def test_body_administrator_assigns_posts_of_own_body_only():
    town, other = make_body(), make_body()
    admin = make_member(town, "org_admin")
    actions.assign_post(
        by=admin, now=NOW, user=make_user(), post=make_post(make_section(town), "submitter")
    )

    for section in (make_section(other), make_section()):
        with pytest.raises(PermissionDenied):
            actions.assign_post(
                by=admin, now=NOW, user=make_user(), post=make_post(section, "viewer")
            )


@pytest.mark.parametrize("staff_first", [True, False])
def test_an_account_is_never_of_both_sides(staff_first):
    office, town = (
        make_post(make_section(), "officer"),
        make_post(make_section(make_body()), "viewer"),
    )
    first, second = (office, town) if staff_first else (town, office)
    user = join(make_user(), first, ends_on=date(2020, 3, 31))

    with pytest.raises(ValidationError) as refusal:
        actions.assign_post(by=make_staff("administrator"), now=NOW, user=user, post=second)

    assert refusal.value.code == "both_sides"
    assert Membership.objects.filter(post=second).count() == 0


def test_end_keeps_the_last_day_and_refuses_one_before_the_first():
    town = make_body()
    admin, member = make_member(town, "org_admin"), make_member(town)
    make_member(town)
    membership = member.memberships.get()

    ended = actions.end_membership(
        by=admin, now=NOW, membership=membership, ends_on=date(2026, 4, 1)
    )

    member.refresh_from_db()
    assert member.access.organization_ids == frozenset({town.pk})
    assert last_event(ended).changes == {"ends_on": [None, "2026-04-01"]}
    with pytest.raises(ValidationError):
        actions.end_membership(by=admin, now=NOW, membership=ended, ends_on=date(1999, 12, 31))
    with pytest.raises(PermissionDenied):
        actions.end_membership(
            by=make_member(make_body(), "org_admin"),
            now=NOW,
            membership=ended,
            ends_on=date(2026, 4, 2),
        )


def test_ensure_post_opens_one_and_finds_it_again():
    town = make_body()
    section = make_section(town)
    admin = make_member(town, "org_admin", section)

    first = actions.ensure_post(by=admin, now=NOW, section=section, role="viewer")
    again = actions.ensure_post(by=admin, now=NOW, section=section, role="viewer")

    assert first == again
    assert Post.objects.filter(section=section, role="viewer").count() == 1
    with pytest.raises(PermissionDenied):
        actions.ensure_post(
            by=make_member(town, "viewer"), now=NOW, section=section, role="contact"
        )
    with pytest.raises(ValidationError):
        actions.ensure_post(by=admin, now=NOW, section=section, role="director")


def issue(by, user, **options):
    return actions.issue_api_key(
        by=by, now=NOW, user=user, name="文書管理", expires_at=NOW + timedelta(days=30), **options
    )


def test_key_is_shown_once_and_kept_as_a_digest():
    member = make_member(make_body())

    key, secret = issue(member, member, scopes=["write", "read"])
    other, other_secret = issue(member, member)

    assert len(secret) > 40
    assert secret != other_secret
    assert (key.key_scopes, other.key_scopes) == (["read", "write"], ["read"])
    stored = " ".join(str(value) for value in ApiKey.objects.filter(pk=key.pk).values_list()[0])
    assert secret not in stored
    assert secret not in str(last_event(key).changes)


def test_nobody_makes_a_key_for_another():
    member = make_member(make_body())

    for by in (make_member(make_body()), make_staff("officer"), make_staff("administrator")):
        with pytest.raises(PermissionDenied):
            issue(by, member)


def test_unknown_scope_and_fixed_secret_are_refused(settings):
    member = make_member(make_body())

    with pytest.raises(ValidationError):
        issue(member, member, scopes=["admin"])
    with pytest.raises(ValueError, match="demo"):
        issue(member, member, secret="demo-town-a")
    settings.DEMO = True
    assert issue(member, member, secret="demo-town-a")[1] == "demo-town-a"


def test_key_is_revoked_by_its_owner_or_the_administrator_once():
    member = make_member(make_body())
    key, _secret = issue(member, member)

    with pytest.raises(PermissionDenied):
        actions.revoke_api_key(by=make_member(make_body()), now=NOW, key=key)
    actions.revoke_api_key(by=make_staff("administrator"), now=NOW, key=key)
    actions.revoke_api_key(by=member, now=NOW + timedelta(days=1), key=key)

    key.refresh_from_db()
    assert key.revoked_at == NOW
    assert not key.is_usable(timezone.now())
