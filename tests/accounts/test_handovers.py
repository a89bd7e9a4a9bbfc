"""Hand-over in one act: what moves, what stays, who may, and that a second run changes nothing."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from accounts import actions, tasks
from accounts.actors import system_actor
from accounts.models import Handover, Membership, Section, User
from core import audit
from core.fiscal import JST
from core.models import OutboxMessage
from tests.factories.accounts import (
    PASSWORD,
    api_key_for,
    join,
    make_body,
    make_member,
    make_post,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 25, 9, 0, tzinfo=JST)
TODAY, APRIL = date(2026, 3, 25), date(2026, 4, 1)
NEW = "hana@example.jp"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def town():
    return make_body(name="当別町")


@pytest.fixture
def admin(town):
    return make_member(town, "org_admin")


@pytest.fixture
def old(town):
    return make_member(town, user=make_user("old@example.jp", "旧 太郎"))


@pytest.fixture
def heir(town):
    return make_member(town, "viewer", user=make_user("heir@example.jp", "新 花子"))


def plan(old, by=None, starts_on=APRIL, now=NOW, **who):
    return actions.plan_handover(
        by=by or old,
        now=now,
        outgoing=old,
        memberships=list(old.memberships.filter(is_deputy=False, ends_on=None)),
        starts_on=starts_on,
        **who,
    )


def days_on(user, post):
    return list(user.memberships.filter(post=post).values_list("starts_on", "ends_on"))


def fresh(user):
    return User.objects.get(pk=user.pk)


# The act


def test_today_moves_at_once_and_keys_end(admin, old, heir):
    post = old.memberships.get().post
    api_key_for(old)

    handover = plan(old, admin, TODAY, successor=heir)

    assert handover.state == "done"
    assert days_on(old, post) == [(date(2000, 4, 1), date(2026, 3, 24))]
    assert days_on(heir, post) == [(TODAY, None)]
    assert fresh(old).access.posts == []
    assert old.api_keys.get().revoked_at == NOW
    acts = audit.events_for(handover).values_list("action", flat=True)
    assert list(acts) == ["accounts.handover.carry_out", "accounts.handover.plan"]


def test_what_lies_ahead_is_carried_out_on_the_day_and_twice_safely(clock, admin, old, heir):
    post = old.memberships.get().post
    plan(old, admin, successor=heir)
    assert tasks.carry_out_handovers() == 0
    assert fresh(old).access.may_submit

    clock.move_to(datetime(2026, 3, 31, 23, 59, tzinfo=JST))
    assert tasks.carry_out_handovers() == 0
    clock.move_to(datetime(2026, 4, 1, 0, 2, tzinfo=JST))
    assert [tasks.carry_out_handovers() for _run in range(2)] == [1, 0]

    assert days_on(old, post) == [(date(2000, 4, 1), date(2026, 3, 31))]
    assert days_on(heir, post) == [(APRIL, None)]
    assert (fresh(old).access.may_submit, fresh(heir).access.may_submit) == (False, True)


def test_late_task_still_hands_over_from_the_planned_day(clock, old, heir):
    post = old.memberships.get().post
    plan(old, successor=heir)
    clock.move_to(datetime(2026, 4, 9, 9, 0, tzinfo=JST))

    tasks.carry_out_handovers()

    assert days_on(heir, post) == [(APRIL, None)]


def test_keys_stay_where_another_post_stays(town, admin, old, heir):
    join(old, make_post(make_section(town), "viewer"))
    held = [m for m in old.memberships.all() if m.post.role == "submitter"]
    api_key_for(old)

    actions.plan_handover(
        by=admin, now=NOW, outgoing=old, memberships=held, starts_on=TODAY, successor=heir
    )

    assert old.api_keys.get().revoked_at is None
    assert [post.role for post in fresh(old).access.posts] == ["viewer"]


def test_both_are_told_by_mail_without_names(old, heir):
    plan(old, successor=heir)

    mails = OutboxMessage.objects.order_by("recipient")
    assert [mail.recipient for mail in mails] == ["heir@example.jp", "old@example.jp"]
    assert {mail.subject for mail in mails} == {"【クレア】担当の引継ぎの予定"}
    body = mails[0].body
    assert "引継ぎの日　令和8年4月1日（水）" in body
    assert body.count("http") == 1
    assert "太郎" not in body


def test_deputy_becomes_the_holder(old, heir, admin):
    held = old.memberships.get()
    actions.deputise(
        by=admin, now=NOW, membership=held, deputy=heir, starts_on=TODAY, ends_on=date(2026, 4, 30)
    )

    plan(old, starts_on=TODAY + timedelta(days=3), successor=heir)
    actions.carry_out_due(by=system_actor(), now=NOW + timedelta(days=3))

    taken = heir.memberships.get(post=held.post)
    assert (taken.starts_on, taken.ends_on, taken.is_deputy) == (TODAY, None, False)


# Who may


def test_members_hand_over_their_own_and_no_others(town, old, heir):
    submitter = make_member(town)

    with pytest.raises(PermissionDenied):
        plan(old, submitter, successor=heir)
    with pytest.raises(PermissionDenied):
        plan(old, make_member(make_body(), "org_admin"), successor=heir)
    assert plan(old, successor=heir).planned_by == old


def test_staff_hand_over_by_an_administrator_alone():
    section = make_section(name="多文化共生課")
    officer, heir = make_staff("officer", section), make_staff("officer", section)
    administrator = make_staff("administrator")

    with pytest.raises(PermissionDenied):
        plan(officer, officer, successor=heir)
    handover = plan(officer, administrator, TODAY, successor=heir)

    assert handover.state == "done"
    assert len(fresh(heir).access.posts) == 2


def test_successor_of_another_body_is_refused(old):
    stranger = make_member(make_body())

    with pytest.raises(ValidationError):
        plan(old, successor=stranger)
    with pytest.raises(ValidationError):
        plan(old, successor=old)
    assert Handover.objects.count() == 0


def test_day_in_the_past_and_a_second_hand_over_are_refused(old, heir, admin):
    with pytest.raises(ValidationError):
        plan(old, starts_on=TODAY - timedelta(days=1), successor=heir)
    plan(old, successor=heir)
    with pytest.raises(ValidationError) as refusal:
        plan(old, admin, successor=heir)
    with pytest.raises(ValidationError):
        actions.end_membership(
            by=admin, now=NOW, membership=old.memberships.get(), ends_on=date(2026, 3, 31)
        )

    assert refusal.value.code == "second"
    assert Handover.objects.count() == 1


# By invitation


def token_of(mail):
    return mail.body.split("/accounts/invitations/")[1].split("/")[0]


def accept(**given):
    mail = OutboxMessage.objects.filter(recipient=NEW).latest("pk")
    return actions.accept_invitation(token=token_of(mail), **given)


def test_invited_successor_takes_over_on_the_day(clock, old):
    post = old.memberships.get().post
    plan(old, email=NEW)
    invited = accept(now=NOW, password=PASSWORD, name="新 花子")
    assert (days_on(invited, post), invited.access.posts) == ([], [])

    clock.move_to(datetime(2026, 4, 1, 0, 2, tzinfo=JST))
    tasks.carry_out_handovers()
    tasks.close_leavers()

    assert days_on(invited, post) == [(APRIL, None)]
    assert fresh(invited).is_active
    assert not fresh(old).is_active


def test_predecessor_keeps_the_post_until_a_late_successor_accepts(clock, old):
    post = old.memberships.get().post
    plan(old, starts_on=TODAY, email=NEW)
    clock.move_to(datetime(2026, 3, 28, 9, 0, tzinfo=JST))
    assert tasks.carry_out_handovers() == 0
    assert fresh(old).access.may_submit

    invited = accept(now=NOW + timedelta(days=3), password=PASSWORD, name="新 花子")

    assert days_on(invited, post) == [(date(2026, 3, 28), None)]
    assert days_on(old, post) == [(date(2000, 4, 1), date(2026, 3, 27))]


def test_address_of_a_colleague_needs_no_invitation(old, heir):
    assert plan(old, email=" HEIR@example.jp ").successor == heir


def test_cancelled_before_the_day_nothing_moves_and_the_link_is_dead(clock, admin, old):
    handover = plan(old, email=NEW)

    actions.cancel_handover(by=admin, now=NOW, handover=handover)

    with pytest.raises(actions.ClosedInvitationError):
        accept(now=NOW, password=PASSWORD)
    with pytest.raises(ValidationError):
        actions.cancel_handover(by=admin, now=NOW, handover=handover)
    assert old.memberships.get().ends_on is None
    assert plan(old, email=NEW).state == "planned"


def test_invitation_of_a_hand_over_is_sent_again_but_not_withdrawn(admin, old):
    invitation = plan(old, email=NEW).invitation
    first = token_of(OutboxMessage.objects.get(recipient=NEW))

    actions.resend_invitation(by=admin, now=NOW, invitation=invitation)

    with pytest.raises(actions.ClosedInvitationError):
        actions.open_invitation(token=first, now=NOW)
    with pytest.raises(ValidationError):
        actions.withdraw_invitation(by=admin, now=NOW, invitation=invitation)
    assert accept(now=NOW, password=PASSWORD, name="新 花子").email == NEW


# Nobody leaves a section alone


@pytest.mark.parametrize("role", ["org_admin", "submitter"])
def test_the_last_one_cannot_leave(town, role):
    section = make_section(town)
    admin, last = make_member(town, "org_admin", section), make_member(town, "submitter", section)
    one = {"org_admin": admin, "submitter": last}[role].memberships.get()

    with pytest.raises(ValidationError) as refusal:
        actions.end_membership(by=admin, now=NOW, membership=one, ends_on=TODAY)
    make_member(town, role, section)
    ended = actions.end_membership(by=admin, now=NOW, membership=one, ends_on=TODAY)

    assert "ends_on" in refusal.value.message_dict
    assert ended.ends_on == TODAY


def test_a_deputy_does_not_count(town, admin, old, heir):
    held = old.memberships.get()
    actions.deputise(
        by=admin, now=NOW, membership=held, deputy=heir, starts_on=TODAY, ends_on=date(2026, 9, 30)
    )

    with pytest.raises(ValidationError):
        actions.end_membership(by=admin, now=NOW, membership=held, ends_on=TODAY)


def test_staff_may_end_the_last_submitter_but_not_the_last_administrator(old):
    administrator = make_staff("administrator")

    actions.end_membership(
        by=administrator, now=NOW, membership=old.memberships.get(), ends_on=TODAY
    )
    with pytest.raises(ValidationError):
        actions.end_membership(
            by=administrator,
            now=NOW,
            membership=administrator.memberships.get(),
            ends_on=TODAY,
        )


ACTS = st.lists(
    st.tuples(st.sampled_from(["end", "hand"]), st.integers(0, 2), st.integers(0, 40)), max_size=6
)


@trials(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_a_section_always_keeps_a_submitter_and_nobody_overlaps(acts):
    with transaction.atomic():
        section, people = crowd()
        for kind, who, after in acts:
            act(people, kind, who, NOW + timedelta(days=after))
        for days in range(60):
            actions.carry_out_due(by=system_actor(), now=NOW + timedelta(days=days))
            day = TODAY + timedelta(days=days)
            assert section not in Section.objects.orphaned(day), (acts, day)
        for membership in Membership.objects.filter(ends_on__isnull=False):
            last = membership.ends_on
            on_it = Membership.objects.filter(pk=membership.pk)
            assert on_it.current(last).exists()
            assert not on_it.current(last + timedelta(days=1)).exists()
        transaction.set_rollback(True)


def crowd():
    """A section with an administrator, two submitters and a reader."""
    town = make_body()
    section = make_section(town)
    roles = ("org_admin", "submitter", "submitter", "viewer")
    return section, [make_member(town, role, section) for role in roles]


def act(people, kind, who, when):
    """End or hand over the posts of a person on a day; refusals are part of the story."""
    admin, outgoing, heir = fresh(people[0]), fresh(people[who]), fresh(people[who + 1])
    day = when.date()
    for held in outgoing.memberships.filter(ends_on=None):
        try:
            with transaction.atomic():
                if kind == "end":
                    actions.end_membership(by=admin, now=NOW, membership=held, ends_on=day)
                else:
                    actions.plan_handover(
                        by=admin,
                        now=NOW,
                        outgoing=outgoing,
                        memberships=[held],
                        starts_on=day,
                        successor=heir,
                    )
        except (ValidationError, PermissionDenied):
            continue


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=JST), True),
        (datetime(2026, 4, 1, 0, 0, tzinfo=JST), False),
    ],
)
def test_last_day_is_the_whole_day_in_japan(clock, old, admin, moment, holds):
    make_member(old.memberships.get().post.section.organization)
    actions.end_membership(
        by=admin, now=NOW, membership=old.memberships.get(), ends_on=date(2026, 3, 31)
    )

    clock.move_to(moment)

    assert fresh(old).access.may_submit is holds
