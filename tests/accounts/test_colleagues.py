"""Deputies and invitations: set, sent again and withdrawn by the body's administrator alone."""

from datetime import date, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts import actions
from accounts.models import Membership, User
from core.fiscal import JST
from core.models import OutboxMessage
from tests.factories.accounts import (
    PASSWORD,
    make_body,
    make_member,
    make_post,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 1, 9, 0, tzinfo=JST)
TODAY = date(2026, 4, 1)
PROFILE, ADDRESS, NEW = "/account/", "/account/address/", "new@example.jp"


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
def member(town):
    return make_member(town, user=make_user("me@example.jp", "試験 花子", PASSWORD))


# Deputies


def deputise_path(user):
    held = user.memberships.get(is_deputy=False)
    return reverse("accounts:membership-deputise", args=[held.public_id])


def test_deputy_acts_from_the_first_to_the_last_day_and_both_are_told(client, clock, admin, member):
    deputy = make_member(admin.memberships.get().post.section.organization, "viewer")
    client.force_login(admin)
    days = {"starts_on": "令和8年4月10日", "ends_on": "令和8年4月12日"}

    answer = client.post(deputise_path(member), days | {"deputy": deputy.pk})

    assert answer.status_code == 302
    assert {mail.recipient for mail in OutboxMessage.objects.all()} == {deputy.email, member.email}
    may = {}
    for day in range(9, 14):
        clock.move_to(datetime(2026, 4, day, 12, 0, tzinfo=JST))
        may[day] = User.objects.get(pk=deputy.pk).access.may_submit
    assert may == {9: False, 10: True, 11: True, 12: True, 13: False}
    clock.move_to(datetime(2026, 4, 11, 12, 0, tzinfo=JST))
    assert "（代理）" in User.objects.get(pk=deputy.pk).access.label
    assert "（代理）" not in User.objects.get(pk=member.pk).access.label


def test_deputy_is_a_colleague_and_the_days_are_in_order(client, admin, member):
    stranger = make_member(make_body())
    client.force_login(admin)
    good = {"deputy": admin.pk, "starts_on": "令和8年4月10日", "ends_on": "令和8年4月12日"}

    for change, field in (
        ({"deputy": stranger.pk}, "deputy"),
        ({"ends_on": "令和8年4月9日"}, "ends_on"),
        ({"starts_on": "令和8年3月1日"}, "starts_on"),
    ):
        answer = client.post(deputise_path(member), good | change)
        assert set(answer.context["form"].errors) == {field}
    assert Membership.objects.filter(is_deputy=True).count() == 0


def test_deputies_are_set_by_the_body_administrator_alone(client, settings, town, member):
    settings.STAFF_MFA_OPTIONAL = True
    path = deputise_path(member)
    expected = {
        404: make_member(make_body(), "org_admin"),
        403: make_member(town, "submitter"),
        200: make_staff("administrator"),
    }

    for status, user in expected.items():
        client.force_login(user)
        assert client.get(path).status_code == status


# Invitations


def test_invitation_is_sent_again_and_withdrawn(client, admin, town):
    post = make_post(make_section(town), "submitter")
    invitation = actions.invite(by=admin, now=NOW, email=NEW, post=post)
    first = link_in(OutboxMessage.objects.get()).partition("/accounts/")[2]
    acts = {
        act: reverse(f"accounts:invitation-{act}", args=[invitation.public_id])
        for act in ("resend", "withdraw")
    }
    client.force_login(make_member(make_body(), "org_admin"))
    assert {client.post(path).status_code for path in acts.values()} == {404}
    client.force_login(make_member(town, "submitter"))
    assert {client.post(path).status_code for path in acts.values()} == {403}
    client.force_login(admin)

    client.post(acts["resend"])
    second = link_in(OutboxMessage.objects.latest("pk")).partition("/accounts/")[2]
    opened = [client.get(f"/accounts/{path}").status_code for path in (first, second)]
    client.post(acts["withdraw"])

    assert opened == [410, 200]
    assert client.get(f"/accounts/{second}").status_code == 410
    assert NEW not in client.get("/people/").content.decode()


def link_in(mail):
    return next(line for line in mail.body.splitlines() if line.startswith("http"))
