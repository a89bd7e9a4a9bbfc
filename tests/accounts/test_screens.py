"""The pages of people: colleagues, own keys, and the second factor before all else."""

from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, Invitation, Membership
from core.models import OutboxMessage
from tests.factories.accounts import (
    PASSWORD,
    make_body,
    make_member,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
PEOPLE, KEYS = "/people/", "/account/keys/"


@pytest.fixture
def town():
    return make_body(name="当別町")


@pytest.fixture
def admin(town):
    return make_member(town, "org_admin")


def end_of(membership):
    return reverse("accounts:membership-end", args=[membership.public_id])


def test_people_lists_colleagues_of_own_body(client, town, admin):
    make_member(town, user=make_user("colleague@example.jp"))
    make_member(make_body(), user=make_user("stranger@example.jp"))
    client.force_login(admin)

    page = client.get(PEOPLE).content.decode()

    assert "colleague@example.jp" in page
    assert "stranger@example.jp" not in page


@pytest.mark.parametrize("role", ["submitter", "contact", "viewer"])
def test_people_is_for_the_body_administrator(client, town, role):
    client.force_login(make_member(town, role))

    assert client.get(PEOPLE).status_code == 403
    assert client.get(PEOPLE, headers={"Cookie": ""}).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_people_asks_as_often_for_one_as_for_three(
    client, town, admin, count, django_assert_num_queries
):
    for _member in range(count):
        make_member(town)
    client.force_login(admin)

    # session, user, posts; list, invitations, hand-overs, orphans, sections
    with django_assert_num_queries(8):
        client.get(PEOPLE)


def test_admin_invites_to_own_sections_only(client, town, admin):
    section, foreign = make_section(town), make_section(make_body())
    client.force_login(admin)
    given = {"email": "hana@example.jp", "role": "submitter"}

    answer = client.post(PEOPLE, given | {"section": section.pk})
    refused = client.post(PEOPLE, given | {"section": foreign.pk})

    assert (answer.status_code, answer["Location"]) == (302, PEOPLE)
    assert set(refused.context["form"].errors) == {"section"}
    assert [(i.email, i.post.section, i.post.role) for i in Invitation.objects.all()] == [
        ("hana@example.jp", section, "submitter")
    ]
    assert "hana@example.jp" in client.get(PEOPLE).content.decode()


def test_admin_ends_a_post_and_the_other_town_gets_404(client, town, admin):
    membership = make_member(town).memberships.get()
    make_member(town)
    client.force_login(make_member(make_body(), "org_admin"))
    assert client.post(end_of(membership), {"ends_on": "2026-03-31"}).status_code == 404

    client.force_login(admin)
    assert client.get(end_of(membership)).status_code == 200
    wrong = client.post(end_of(membership), {"ends_on": "1999年1月1日"})
    answer = client.post(end_of(membership), {"ends_on": "令和8年3月31日"})

    assert set(wrong.context["form"].errors) == {"ends_on"}
    assert answer.status_code == 302
    assert Membership.objects.get(pk=membership.pk).ends_on == date(2026, 3, 31)


def test_colleague_without_the_role_may_not_end_a_post(client, town):
    member = make_member(town, "submitter")
    client.force_login(member)

    assert client.post(end_of(member.memberships.get()), {}).status_code == 403


def test_key_is_made_shown_once_and_revoked(client, admin):
    client.force_login(admin)

    made = client.post(KEYS, {"name": "文書管理", "scope": "write", "days": "90"})
    key = ApiKey.objects.get()

    assert made.context["secret"] in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert made.context["secret"] not in client.get(KEYS).content.decode()
    assert key.key_scopes == ["read", "write"]
    client.post(reverse("accounts:api-key-revoke", args=[key.public_id]))
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_keys_of_others_are_neither_seen_nor_revoked(client, admin):
    client.force_login(admin)
    client.post(KEYS, {"name": "文書管理", "scope": "read", "days": "30"})
    key = ApiKey.objects.get()
    client.force_login(make_member(make_body()))

    answer = client.post(reverse("accounts:api-key-revoke", args=[key.public_id]))

    assert answer.status_code == 404
    assert "文書管理" not in client.get(KEYS).content.decode()


def add_totp(user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})


def test_staff_without_second_factor_are_sent_to_set_one_up(client):
    officer = make_staff("officer")
    client.force_login(officer)

    sent = client.get(KEYS)
    assert (sent.status_code, sent["Location"]) == (302, reverse("mfa_index"))
    assert client.get("/admin/")["Location"] == reverse("mfa_index")
    over_api = client.get("/api/v1/accounts/me/")
    assert (over_api.status_code, over_api["Content-Type"]) == (403, "application/problem+json")
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get("/healthz").status_code != 302
    add_totp(officer)
    assert client.get(KEYS).status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client):
    officer = make_staff("officer")
    Authenticator.objects.create(user=officer, type=Authenticator.Type.RECOVERY_CODES, data={})
    client.force_login(officer)

    assert client.get(KEYS).status_code == 302


def test_members_of_bodies_and_demo_staff_pass(client, settings, admin):
    client.force_login(admin)
    assert client.get(KEYS).status_code == 200
    settings.STAFF_MFA_OPTIONAL = True
    client.force_login(make_staff("officer"))
    assert client.get(KEYS).status_code == 200


def test_sign_up_is_closed(client):
    answer = client.post(
        reverse("account_signup"),
        {"email": "new@example.jp", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert answer.templates[0].name == "account/signup_closed.html"


def sign_in(client, email, password):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_sign_in_answers_alike_for_known_and_unknown_and_locks_out(client):
    make_user("hana@example.jp", password=PASSWORD)

    def errors(email):
        return sign_in(client, email, "wrong").context["form"].errors

    assert errors("hana@example.jp") == errors("nobody@example.jp")
    for _attempt in range(5):
        sign_in(client, "hana@example.jp", "wrong")
    assert sign_in(client, "hana@example.jp", PASSWORD).status_code != 302


def test_reset_answers_alike_and_mails_only_the_known(client):
    make_user("hana@example.jp", password=PASSWORD)

    answers = [
        client.post(reverse("account_reset_password"), {"email": email})
        for email in ("hana@example.jp", "nobody@example.jp")
    ]

    assert [(a.status_code, a["Location"]) for a in answers] == [
        (302, reverse("account_reset_password_done"))
    ] * 2
    mail = OutboxMessage.objects.get()
    assert mail.recipient == "hana@example.jp"
    assert mail.subject.startswith("【クレア】")
    assert "/account/password/reset/key/" in mail.body
    assert mail.not_before <= timezone.now()
