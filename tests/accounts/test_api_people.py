"""A body's people over the API: read, invited and ended by its administrator alone."""

from datetime import date

import pytest

from accounts.models import Invitation
from core.models import OutboxMessage
from tests.factories.accounts import bearer, make_body, make_member, make_section, make_user

pytestmark = pytest.mark.django_db
MEMBERSHIPS, INVITATIONS = "/api/v1/accounts/memberships/", "/api/v1/accounts/invitations/"


@pytest.fixture
def town():
    return make_body(name="当別町")


@pytest.fixture
def admin(town):
    return make_member(town, "org_admin", user=make_user("admin@example.jp"))


def rows(client, user, path):
    return client.get(path, **bearer(user)).json()["results"]


def emails(found):
    return [row["email"] for row in found]


def test_administrator_lists_the_body_members_themselves_and_others_nothing(client, town, admin):
    member = make_member(town, user=make_user("member@example.jp"))
    other = make_member(make_body(), "org_admin", user=make_user("other@example.jp"))

    assert emails(rows(client, admin, MEMBERSHIPS)) == ["admin@example.jp", "member@example.jp"]
    assert emails(rows(client, member, MEMBERSHIPS)) == ["member@example.jp"]
    assert emails(rows(client, other, MEMBERSHIPS)) == ["other@example.jp"]
    row = rows(client, admin, f"{MEMBERSHIPS}?role=submitter&on=2026-04-01")[0]
    assert (row["role"], row["organization"]) == ("submitter", str(town.public_id))


def test_inviting_and_ending_ask_for_write_itself(client, town, admin):
    section = make_section(town)
    body = {"email": "new@example.jp", "section": str(section.public_id), "role": "submitter"}
    end = f"{MEMBERSHIPS}{make_member(town).memberships.get().public_id}/end/"

    def sent(path, data, *scopes):
        return client.post(path, data, "application/json", **bearer(admin, scopes=scopes))

    assert sent(INVITATIONS, body, "grants:write").status_code == 403
    assert sent(end, {"ends_on": "2026-12-31"}, "grants:write").status_code == 403
    assert client.get(INVITATIONS, **bearer(admin, scopes=("grants:read",))).status_code == 200
    made = sent(INVITATIONS, body, "write")
    assert made.status_code == 201
    assert client.get(made["Location"], **bearer(admin)).json() == made.json()


def test_resending_twice_with_one_idempotency_key_sends_one_mail(client, town, admin):
    body = {
        "email": "new@example.jp",
        "section": str(make_section(town).public_id),
        "role": "submitter",
    }
    headers = bearer(admin)["headers"] | {"Idempotency-Key": "again-1"}
    made = client.post(INVITATIONS, body, "application/json", **bearer(admin)).json()
    before = OutboxMessage.objects.count()

    answers = [
        client.post(f"{INVITATIONS}{made['id']}/resend/", {}, "application/json", headers=headers)
        for _ in range(2)
    ]

    assert [a.status_code for a in answers] == [200, 200]
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert OutboxMessage.objects.count() == before + 1


def test_end_sets_the_last_day_and_keeps_the_last_submitter(client, town, admin):
    member = make_member(town)
    held = member.memberships.get()
    path = f"{MEMBERSHIPS}{held.public_id}/end/"

    last = client.post(path, {"ends_on": "2026-12-31"}, "application/json", **bearer(admin))
    make_member(town)
    ended = client.post(path, {"ends_on": "2026-12-31"}, "application/json", **bearer(admin))
    own = client.post(path, {"ends_on": "2026-12-31"}, "application/json", **bearer(member))
    other = client.post(
        path, {}, "application/json", **bearer(make_member(make_body(), "org_admin"))
    )

    assert [answer.status_code for answer in (last, ended, own, other)] == [400, 200, 403, 404]
    assert ended.json()["ends_on"] == "2026-12-31"
    held.refresh_from_db()
    assert held.ends_on == date(2026, 12, 31)


def test_invitation_is_made_sent_again_and_withdrawn(client, town, admin):
    section, foreign = make_section(town), make_section(make_body())
    given = {"email": "hana@example.jp", "role": "submitter"}

    def post(path, body=None):
        return client.post(path, body or {}, "application/json", **bearer(admin))

    made = post(INVITATIONS, given | {"section": str(section.public_id)})
    refused = post(INVITATIONS, given | {"section": str(foreign.public_id)})
    path = f"{INVITATIONS}{made.json()['id']}/"

    assert (made.status_code, refused.status_code) == (201, 400)
    assert made.json()["is_open"] is True
    assert "token_hash" not in made.json()
    assert post(f"{path}resend/").status_code == 200
    assert post(f"{path}withdraw/").json()["is_open"] is False
    assert post(f"{path}resend/").status_code == 400
    assert OutboxMessage.objects.filter(recipient="hana@example.jp").count() == 2
    assert Invitation.objects.count() == 1


def test_invitation_with_an_idempotency_key_is_sent_once(client, town, admin):
    given = {
        "email": "hana@example.jp",
        "role": "viewer",
        "section": str(make_section(town).public_id),
    }
    headers = bearer(admin)["headers"] | {"Idempotency-Key": "only-once"}

    answers = [
        client.post(INVITATIONS, given, "application/json", headers=headers) for _try in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert Invitation.objects.count() == 1


def test_other_town_and_members_find_no_invitations(client, town, admin):
    section = make_section(town)
    given = {"email": "hana@example.jp", "role": "viewer", "section": str(section.public_id)}
    made = client.post(INVITATIONS, given, "application/json", **bearer(admin)).json()

    other = make_member(make_body(), "org_admin")
    assert rows(client, other, INVITATIONS) == []
    assert client.get(f"{INVITATIONS}{made['id']}/", **bearer(other)).status_code == 404
    assert client.get(INVITATIONS, **bearer(make_member(town))).status_code == 403
