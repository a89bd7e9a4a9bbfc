"""Who is who today, and which rows and acts follow from it."""

from datetime import date, datetime

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser

from accounts.actors import system_actor
from accounts.models import ApiKey, Invitation, Membership, Organization, Section, User
from core.fiscal import JST
from core.scopes import Holder, Owner, roles_on
from tests.factories.accounts import (
    api_key_for,
    grant,
    join,
    make_body,
    make_member,
    make_office,
    make_post,
    make_role,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


class Row:
    """Stands for a case: the fields that a scope reads."""

    scopes = (Owner("organization", "section"), Holder("branch", "organization"))

    def __init__(self, section):
        self.section_id, self.organization_id = section.pk, section.organization_id

    class _meta:  # noqa: N801 - as Django names it
        @staticmethod
        def get_field(name):
            return type("Field", (), {"attname": f"{name}_id"})


def test_officer_is_headquarters_staff():
    section = make_section(name="多文化共生課")
    officer = join(make_user(), make_post(section, "officer", "主査"))

    access = officer.access
    assert (access.label, access.is_headquarters, officer.is_staff) == (
        "多文化共生課 主査",
        True,
        True,
    )
    assert access.staff_roles == frozenset({"officer"})
    assert (access.organization_ids, access.section_roles) == (frozenset(), {})


def test_overseas_staff_is_not_headquarters():
    user = make_staff("office")

    assert (user.is_staff, user.access.is_headquarters) == (True, False)
    assert user.access.office_ids == frozenset({make_office("NYC").pk})


def test_member_acts_for_own_section_only():
    town = make_body(name="当別町")
    international, tourism = make_section(town, "国際課"), make_section(town, "観光課")
    member = join(make_user(), make_post(international, "submitter", "主事"))

    assert member.access.label == "当別町 国際課 主事"
    assert member.access.section_roles == {international.pk: frozenset({"submitter"})}
    assert roles_on(member, Row(international)) == frozenset({"submitter"})
    assert roles_on(member, Row(tourism)) == frozenset()
    assert roles_on(member, Row(make_section(make_body()))) == frozenset()


@pytest.mark.parametrize(
    ("own", "granted", "acts_as"),
    [
        ("submitter", "viewer", "viewer"),
        ("submitter", "submitter", "submitter"),
        ("viewer", "submitter", "viewer"),
        ("contact", "submitter", "contact"),
        ("org_admin", "submitter", "viewer"),
    ],
)
def test_grant_lends_a_role_and_never_more_than_the_member_has(own, granted, acts_as):
    town = make_body()
    international, tourism = make_section(town), make_section(town)
    grant(tourism, international, granted)
    member = make_member(town, own, international)

    assert member.access.section_roles[tourism.pk] == frozenset({acts_as})
    assert member.access.section_roles[international.pk] == frozenset({own})


@time_machine.travel(datetime(2026, 4, 1, 0, 0, tzinfo=JST), tick=False)
def test_expired_grant_lends_nothing():
    town = make_body()
    own, other = make_section(town), make_section(town)
    grant(other, own, "viewer", valid_to=date(2026, 3, 31))

    assert set(make_member(town, "submitter", own).access.section_roles) == {own.pk}


@pytest.mark.parametrize(
    ("moment", "acts"),
    [
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=JST), False),
        (datetime(2026, 4, 1, 0, 0, 0, tzinfo=JST), True),
        (datetime(2027, 3, 31, 23, 59, 59, tzinfo=JST), True),
        (datetime(2027, 4, 1, 0, 0, 0, tzinfo=JST), False),
    ],
)
def test_membership_counts_from_first_to_last_day_in_japan(moment, acts):
    post = make_post(make_section(), "officer")
    user = join(make_user(), post, date(2026, 4, 1), date(2027, 3, 31))

    with time_machine.travel(moment, tick=False):
        user.refresh_from_db()
        assert (user.is_staff, user.has_perm("grants.view_application")) == (acts, acts)


def test_branch_acts_for_its_municipalities_and_no_others():
    prefecture, town, elsewhere = make_body("prefecture", "010006"), make_body(), make_body()
    make_role("branch", prefecture, town)
    make_role("branch", prefecture, elsewhere, valid_to=date(2020, 3, 31))
    member = make_member(prefecture)

    assert [row["subject_id"] for row in member.access.subjects("branch")] == [town.pk]
    assert roles_on(member, Row(make_section(town))) == frozenset({"branch"})
    assert roles_on(member, Row(make_section(elsewhere))) == frozenset()
    assert member.access.held_kinds == frozenset({"branch"})


@pytest.mark.parametrize(("role", "forwards"), [("submitter", True), ("viewer", False)])
def test_branch_forwards_by_those_who_may_submit_for_it(role, forwards):
    prefecture, town = make_body("prefecture", "010006"), make_body()
    make_role("branch", prefecture, town)
    member, row = make_member(prefecture, role), Row(make_section(town))

    assert member.has_perm("grants.view_application", row)
    assert member.has_perm("grants.forward_application", row) == forwards


def test_access_loads_in_two_queries_and_answers_without_more(django_assert_num_queries):
    town = make_body()
    member = make_member(town)
    row = Row(make_section(town))
    row.scopes = (Owner("organization", "section"),)

    with django_assert_num_queries(2):
        for _again in range(3):
            member.has_perm("grants.view_application", row)
            assert member.access.label


def test_inactive_user_and_anonymous_may_nothing():
    officer = make_staff("officer")
    officer.is_active = False
    officer.save()
    officer.refresh_from_db()

    assert (officer.is_staff, officer.has_perm("grants.view_application")) == (False, False)
    assert not AnonymousUser().has_perm("grants.view_application")
    assert list(User.objects.visible_to(AnonymousUser())) == []


def test_town_sees_its_people_and_the_other_town_does_not():
    town, other = make_body(), make_body()
    admin, colleague = make_member(town, "org_admin"), make_member(town, "viewer")
    stranger, officer = make_member(other, "org_admin"), make_staff("officer")

    assert set(User.objects.visible_to(admin)) == {admin, colleague}
    assert set(User.objects.visible_to(stranger)) == {stranger}
    assert set(User.objects.visible_to(officer)) == {admin, colleague, stranger, officer}
    assert set(Membership.objects.visible_to(stranger)) == set(stranger.memberships.all())
    assert list(Invitation.objects.visible_to(stranger)) == []
    assert admin.has_perm("accounts.view_user", colleague)
    assert not stranger.has_perm("accounts.view_user", colleague)
    assert not admin.has_perm("accounts.change_user", colleague)


def test_people_who_left_are_seen_no_more():
    town = make_body()
    admin, gone = make_member(town, "org_admin"), make_user()
    join(gone, make_post(make_section(town), "viewer"), ends_on=date(2020, 3, 31))

    assert list(User.objects.visible_to(admin)) == [admin]


def test_sections_of_offices_are_directory_and_those_of_bodies_are_not():
    town, other = make_body(), make_body()
    own, others, office = make_section(town), make_section(other), make_section()
    member = make_member(town, "viewer", own)

    assert set(Section.objects.visible_to(member)) == {own, office}
    assert member.has_perm("accounts.view_section", office)
    assert not member.has_perm("accounts.change_section", office)
    assert roles_on(member, others) == frozenset()


def test_bodies_are_directory_for_everyone_signed_in():
    make_body()

    assert Organization.objects.visible_to(make_user()).count() == 1


def test_api_keys_are_seen_by_their_owner_and_the_administrator():
    member = make_member(make_body())
    api_key_for(member)
    seen = {
        role: ApiKey.objects.visible_to(make_staff(role)).count()
        for role in ("officer", "director", "administrator", "auditor")
    }

    assert seen == {"officer": 0, "director": 0, "administrator": 1, "auditor": 1}
    assert ApiKey.objects.visible_to(member).count() == 1
    assert ApiKey.objects.visible_to(make_member(make_body())).count() == 0


def test_a_user_keeps_one_access_until_refreshed():
    user = make_user()
    before = user.access
    assert user.access is before
    join(user, make_post(make_section(), "officer"))

    assert user.access is not before
    assert user.is_staff


def test_system_acts_without_a_post_or_a_row_of_its_own():
    actor = system_actor()

    assert (actor.pk, actor.is_authenticated, actor.access.label) == (None, True, "システム")
    assert actor.has_perm("programs.open_call")
    assert not actor.access.subjects("branch").exists()
