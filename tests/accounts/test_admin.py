"""The staff's pages of people, with one and with three rows."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.models import ApiKey, Invitation, Membership, Organization, User
from core import audit
from tests.factories.accounts import (
    api_key_for,
    grant,
    make_body,
    make_member,
    make_post,
    make_role,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
MODELS = [
    "apikey",
    "invitation",
    "membership",
    "office",
    "organization",
    "organizationrole",
    "post",
    "section",
    "sectiongrant",
    "user",
]


def signed_in(client, role):
    staff = make_staff(role)
    Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(staff)
    return staff


def address(model, page="changelist", *args):
    return reverse(f"admin:accounts_{model}_{page}", args=args)


def fill(count):
    for _row in range(count):
        town, prefecture = make_body(), make_body("prefecture")
        member = make_member(town)
        make_role("branch", prefecture, town)
        grant(make_section(town), member.memberships.get().post.section)
        api_key_for(member)


@pytest.mark.parametrize("model", MODELS)
def test_changelist_asks_as_often_for_one_row_as_for_three(
    client, model, django_assert_num_queries
):
    signed_in(client, "administrator")
    fill(1)
    client.get(address(model))  # warm
    with django_assert_num_queries(20, exact=False) as first:
        assert client.get(address(model)).status_code == 200
    fill(2)

    with django_assert_num_queries(len(first)):
        client.get(address(model))


@pytest.mark.parametrize("model", MODELS)
def test_body_members_get_no_admin(client, model):
    client.force_login(make_member(make_body(), "org_admin"))

    assert client.get(address(model)).status_code == 404


@pytest.mark.parametrize(("role", "keys"), [("officer", 0), ("administrator", 1)])
def test_keys_are_shown_to_the_administrator_without_secret(client, role, keys):
    secret = api_key_for(make_member(make_body()))
    key = ApiKey.objects.get()
    signed_in(client, role)

    answer = client.get(address("apikey"))

    assert answer.context["cl"].queryset.count() == keys
    page = client.get(address("apikey", "change", key.pk))
    assert page.status_code == (200 if keys else 302)
    assert secret not in page.content.decode()
    assert key.sha256 not in page.content.decode()


def test_administrator_revokes_keys_by_action(client):
    api_key_for(make_member(make_body()))
    signed_in(client, "administrator")

    client.post(
        address("apikey"), {"action": "revoke", "_selected_action": [ApiKey.objects.get().pk]}
    )

    assert ApiKey.objects.get().revoked_at is not None


def test_auditor_reads_keys_and_revokes_none_but_the_own(client):
    api_key_for(make_member(make_body()))
    auditor = signed_in(client, "auditor")
    api_key_for(auditor)
    chosen = list(ApiKey.objects.values_list("pk", flat=True))

    client.post(address("apikey"), {"action": "revoke", "_selected_action": chosen})

    assert [key.user_id for key in ApiKey.objects.exclude(revoked_at=None)] == [auditor.pk]


def test_officer_reads_bodies_and_changes_none(client):
    town = make_body()
    signed_in(client, "officer")

    assert client.get(address("organization")).status_code == 200
    answer = client.post(address("organization", "change", town.pk), {"name": "別名"})
    assert answer.status_code == 403
    assert client.get(address("organization", "add")).status_code == 403


def test_administrator_changes_a_body_and_the_audit_says_so(client):
    town = make_body("town", "013030", "当別")
    staff = signed_in(client, "administrator")

    answer = client.post(
        address("organization", "change", town.pk),
        {"name": "当別町", "kind": "town", "code": "013030", "prefecture_code": "01"},
    )

    assert answer.status_code == 302
    assert Organization.objects.get(pk=town.pk).name == "当別町"
    event = audit.events_for(town).get()
    assert (event.actor_id, event.changes) == (staff.pk, {"name": ["当別", "当別町"]})


def test_post_is_assigned_and_ended_by_the_actions(client):
    user, post = make_user(), make_post(make_section(), "officer")
    signed_in(client, "administrator")

    client.post(
        address("membership", "add"),
        {"user": user.pk, "post": post.pk, "starts_on": "2026-04-01"},
    )
    made = Membership.objects.get(user=user)
    wrong = client.post(address("membership", "change", made.pk), {"ends_on": "2026-03-31"})
    client.post(address("membership", "change", made.pk), {"ends_on": "2027-03-31"})

    assert "ends_on" in wrong.context["adminform"].form.errors
    assert [e.action for e in audit.events_for(made).order_by("id")] == [
        "accounts.membership.add",
        "accounts.membership.end",
    ]


def test_account_of_the_other_side_is_refused_on_the_form(client):
    member, post = make_member(make_body()), make_post(make_section(), "officer")
    signed_in(client, "administrator")

    answer = client.post(
        address("membership", "add"),
        {"user": member.pk, "post": post.pk, "starts_on": "2026-04-01"},
    )

    assert answer.status_code == 200
    assert answer.context["adminform"].form.non_field_errors()


def test_invitation_is_sent_from_the_admin(client):
    post = make_post(make_section(make_body()), "org_admin")
    signed_in(client, "administrator")

    client.post(address("invitation", "add"), {"email": "hana@example.jp", "post": post.pk})

    assert Invitation.objects.get().email == "hana@example.jp"


def test_account_is_closed_and_its_password_never_shown(client):
    member = make_member(make_body(), password="correct horse battery staple")
    signed_in(client, "administrator")

    page = client.get(address("user", "change", member.pk)).content.decode()
    no_lines = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    client.post(
        address("user", "change", member.pk),
        {"email": "NEW@example.jp", "name": "新", "language": "ja"} | no_lines,
    )
    closed = User.objects.get(pk=member.pk)

    assert member.password not in page
    assert (closed.is_active, closed.email) == (False, "new@example.jp")
    assert [a.email for a in EmailAddress.objects.filter(user=closed)] == ["new@example.jp"]
