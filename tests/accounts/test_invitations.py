"""From the invitation's mail to the first sign-in."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts import actions
from accounts.models import Invitation, User
from core import audit
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
GIVEN = {
    "name": "試験 花子",
    "kana": "シケン ハナコ",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


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


def invite(by, section, email="hana@example.jp", role="submitter"):
    invitation = actions.invite(by=by, now=NOW, email=email, post=make_post(section, role))
    mail = OutboxMessage.objects.order_by("-pk").first()
    return invitation, re.search(r"/accounts/invitations/([\w-]+)/", mail.body)[1], mail


def page(token):
    return reverse("accounts:invitation", args=[token])


def test_invitation_goes_out_by_mail_and_is_kept_as_a_digest(admin, town):
    invitation, token, mail = invite(admin, make_section(town), "Hana@Example.jp")

    assert (invitation.email, mail.recipient) == ("hana@example.jp", "hana@example.jp")
    assert invitation.expires_at == NOW + timedelta(days=7)
    assert token not in str(Invitation.objects.filter(pk=invitation.pk).values_list()[0])
    assert mail.subject.startswith("【クレア】")
    assert "当別町" in mail.body
    event = audit.events_for(invitation).get()
    assert (event.action, event.actor_id) == ("accounts.invitation.invite", admin.pk)
    assert "example.jp" not in str(event.changes)


def test_only_own_posts_are_offered(admin):
    for section in (make_section(make_body()), make_section()):
        with pytest.raises(PermissionDenied):
            invite(admin, section)
    with pytest.raises(PermissionDenied):
        invite(make_staff("officer"), make_section())
    assert OutboxMessage.objects.count() == 0


def test_new_person_accepts_once_and_signs_in(client, admin, town):
    section = make_section(town)
    _invitation, token, _mail = invite(admin, section)

    assert client.get(page(token)).status_code == 200
    answer = client.post(page(token), GIVEN)

    user = User.objects.get(email="hana@example.jp")
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    assert (user.name, user.kana) == ("試験 花子", "シケン ハナコ")
    assert user.check_password(PASSWORD)
    assert user.access.section_roles == {section.pk: frozenset({"submitter"})}
    assert client.get(page(token)).status_code == 410
    with pytest.raises(actions.ClosedInvitationError):
        actions.accept_invitation(token=token, now=NOW, password=PASSWORD)


def test_expired_and_invented_links_say_what_to_do(client, clock, admin, town):
    _invitation, token, _mail = invite(admin, make_section(town))
    clock.move_to(NOW + timedelta(days=7))

    answers = [
        client.get(page(token)),
        client.post(page(token), GIVEN),
        client.get(page("invented")),
    ]

    assert [answer.status_code for answer in answers] == [410, 410, 410]
    assert User.objects.filter(email="hana@example.jp").count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password_again": "something else entirely"}, "password_again"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"password": "hana@example.jp", "password_again": "hana@example.jp"}, "password"),
        ({"name": ""}, "name"),
        ({"kana": "漢字"}, "kana"),
    ],
)
def test_errors_are_shown_and_nothing_is_made(client, admin, town, change, field):
    _invitation, token, _mail = invite(admin, make_section(town))

    answer = client.post(page(token), GIVEN | change)

    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {field}
    assert not User.objects.filter(email="hana@example.jp").exists()


def test_existing_account_takes_the_post_and_keeps_its_password(client, admin, town):
    user = make_user("hana@example.jp", "試験 花子", password=PASSWORD)
    section = make_section(town)
    _invitation, token, _mail = invite(admin, section)

    assert b'type="password"' not in client.get(page(token)).content
    client.post(page(token), {"password": "an attacker's own choice", "name": "別人"})

    user.refresh_from_db()
    assert (user.name, user.check_password(PASSWORD)) == ("試験 花子", True)
    assert section.pk in user.access.section_roles


def test_staff_account_cannot_take_a_body_post(client, admin, town):
    staff = make_staff("officer")
    _invitation, token, _mail = invite(admin, make_section(town), staff.email)

    answer = client.post(page(token))

    assert answer.status_code == 200
    assert len(answer.context["errors"]) == 1
    assert Invitation.objects.get().accepted_at is None
    with pytest.raises(ValidationError):
        actions.accept_invitation(token=token, now=NOW)
