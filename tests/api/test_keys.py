"""Keys: scopes, rotation with overlap, and the log of what each asked."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts import actions
from accounts.models import ApiKey, ApiRequest, ApiUsage
from accounts.models.keys import known_scopes, scoped_apps
from tests.factories.accounts import api_key_for, bearer, make_staff, make_user

pytestmark = pytest.mark.django_db
KEYS = "/api/v1/accounts/keys/"
ME = "/api/v1/accounts/me/"
CALLS = "/api/v1/programs/calls/"
APPROVALS = "/api/v1/approvals/approvals/"


def auth(secret):
    return {"headers": {"Authorization": f"Bearer {secret}"}}


def rotate(key, by, *, days=7, now=None):
    return actions.rotate_api_key(
        by=by, now=now or timezone.now(), key=key, overlap=timedelta(days=days)
    )


# Scopes


def test_scopes_are_of_all_or_of_one_app():
    assert {"read", "write", "grants:read", "programs:write"} <= known_scopes()
    assert {"core:read", "accounts:read", "clair:read"} & known_scopes() == set()


def test_scopes_name_only_apps_that_have_addresses():
    assert set(scoped_apps()) == {"approvals", "correspondence", "finance", "grants", "programs"}


@pytest.mark.parametrize(
    ("scopes", "reads_calls", "reads_approvals", "writes_calls"),
    [
        (("read",), 200, 200, 403),
        (("read", "write"), 200, 200, 400),
        (("write",), 200, 200, 400),
        (("programs:read",), 200, 403, 403),
        (("programs:read", "programs:write"), 200, 403, 400),
        (("programs:read", "approvals:write"), 200, 200, 403),
    ],
)
def test_key_opens_what_its_scopes_say(client, scopes, reads_calls, reads_approvals, writes_calls):
    headers = bearer(make_staff("manager"), scopes=scopes)

    found = [
        client.get(CALLS, **headers).status_code,
        client.get(APPROVALS, **headers).status_code,
        client.post(CALLS, {}, content_type="application/json", **headers).status_code,
    ]

    assert found == [reads_calls, reads_approvals, writes_calls]
    assert client.get(ME, **headers).status_code == 200


@pytest.mark.parametrize(
    "scope", ["admin", "grants:delete", "nothing:read", ":read", "read:grants"]
)
def test_unknown_scope_is_refused(scope):
    with pytest.raises(ValidationError):
        api_key_for(make_user(), scopes=(scope,))


# Rotation


def test_both_keys_work_until_the_overlap_has_passed(client):
    user = make_user()
    old = api_key_for(user, scopes=("grants:read",), days=90)
    start = timezone.now()

    new_key, new = rotate(ApiKey.objects.get(), user, days=7, now=start)

    assert (new_key.key_scopes, new_key.expires_at - new_key.created_at) == (
        ["grants:read"],
        timedelta(days=90),
    )
    found = {}
    for day in (0, 6, 8):
        with time_machine.travel(start + timedelta(days=day, minutes=1)):
            found[day] = [client.get(ME, **auth(s)).status_code for s in (old, new)]
    assert found == {0: [200, 200], 6: [200, 200], 8: [401, 200]}


def test_overlap_never_makes_the_old_key_live_longer():
    user = make_user()
    api_key_for(user, days=3)
    old = ApiKey.objects.get()

    rotate(old, user, days=30)

    assert ApiKey.objects.get(pk=old.pk).expires_at == old.expires_at


def test_overlap_of_no_days_stops_the_old_key_at_once(client):
    user = make_user()
    old = api_key_for(user)

    rotate(ApiKey.objects.get(), user, days=0)

    assert client.get(ME, **auth(old)).status_code == 401


def test_key_has_one_successor_unless_that_was_revoked():
    user = make_user()
    api_key_for(user)
    old = ApiKey.objects.get()
    new, _secret = rotate(old, user)

    with pytest.raises(ValidationError):
        rotate(old, user)
    actions.revoke_api_key(by=user, now=timezone.now(), key=new)
    rotate(old, user)

    assert old.successors.count() == 2


@pytest.mark.parametrize("days", [-1, 31])
def test_overlap_out_of_bounds_is_refused(days):
    user = make_user()
    api_key_for(user)

    with pytest.raises(ValidationError):
        rotate(ApiKey.objects.get(), user, days=days)


def test_nobody_rotates_anothers_key():
    api_key_for(make_user())

    with pytest.raises(PermissionDenied):
        rotate(ApiKey.objects.get(), make_user())


def test_key_rotates_itself_over_the_api_and_tells_the_secret_once(client):
    user = make_user()
    headers = auth(api_key_for(user))
    key = ApiKey.objects.get()

    answer = client.post(
        f"{KEYS}{key.public_id}/rotate/",
        {"overlap_days": 1},
        content_type="application/json",
        **headers,
    )

    assert answer.status_code == 201
    body = answer.json()
    assert body["replaces"] == str(key.public_id)
    assert client.get(ME, **auth(body["secret"])).status_code == 200
    assert "secret" not in client.get(f"{KEYS}{body['id']}/", **headers).json()


def test_key_may_neither_rotate_nor_revoke_another_key_of_its_person(client):
    user = make_user()
    narrow = auth(api_key_for(user, scopes=("grants:read", "grants:write")))
    api_key_for(user)
    wide = ApiKey.objects.order_by("-pk")[0]

    for act in ("rotate", "revoke"):
        path = f"{KEYS}{wide.public_id}/{act}/"
        assert client.post(path, {}, content_type="application/json", **narrow).status_code == 403


# The log


def test_requests_are_logged_without_query_or_body(client):
    headers = bearer(make_user())
    client.get(CALLS, {"program": "secret"}, **headers)
    answer = client.get("/api/v1/grants/applications/", headers={**headers["headers"]})

    rows = ApiRequest.objects.order_by("pk")

    assert [(r.method, r.path, r.status) for r in rows] == [
        ("GET", CALLS, 200),
        ("GET", "/api/v1/grants/applications/", answer.status_code),
    ]
    assert rows[1].request_id == answer["X-Request-Id"]
    usage = ApiUsage.objects.get()
    assert (usage.requests, usage.refused, usage.limited) == (2, int(answer.status_code >= 400), 0)


def test_log_and_counters_are_read_by_their_owner_alone(client):
    user = make_user()
    headers = bearer(user)
    key = ApiKey.objects.get()
    client.get(ME, **headers)

    requests = client.get(f"{KEYS}{key.public_id}/requests/", **headers).json()["results"]
    usage = client.get(f"{KEYS}{key.public_id}/usage/", **headers).json()

    assert [r["path"] for r in requests] == [ME]
    assert [(d["requests"], d["refused"]) for d in usage] == [(2, 0)]
    for part in ("", "requests/", "usage/"):
        path = f"{KEYS}{key.public_id}/{part}"
        assert client.get(path, **bearer(make_user())).status_code == 404


def test_what_no_key_asked_is_not_logged(client):
    client.get(ME)
    client.get(ME, **auth("wrong"))

    assert not ApiRequest.objects.exists()


def test_newest_200_of_90_days_are_kept():
    first, second = (ApiKey.objects.get(user=u) for u in _with_keys(2))
    now = timezone.now()
    old = now - timedelta(days=91)
    _log(first, [old] * 2 + [now] * 203)
    _log(second, [now] * 3)
    ApiUsage.objects.create(key=first, day=old.date())
    ApiUsage.objects.create(key=first, day=now.date())

    gone = actions.forget_requests(now=now)

    assert gone == 5
    assert (first.requests.count(), second.requests.count()) == (200, 3)
    assert first.usage.count() == 1


def _with_keys(count):
    users = [make_user() for _ in range(count)]
    for user in users:
        api_key_for(user)
    return users


def _log(key, moments):
    rows = [
        ApiRequest(key=key, at=at, method="GET", path=ME, status=200, milliseconds=1)
        for at in moments
    ]
    ApiRequest.objects.bulk_create(rows)


# The screen


def test_screen_shows_the_log_and_makes_a_successor(client):
    user = make_user()
    headers = bearer(user)
    key = ApiKey.objects.get()
    client.get(ME, **headers)
    client.force_login(user, backend="accounts.backends.RoleBackend")
    path = f"/account/keys/{key.public_id}/"

    page = client.get(path).content.decode()
    made = client.post(path, {"overlap_days": "7"})
    again = client.post(path, {"overlap_days": "7"})

    assert ME in page
    assert made.context["secret"] in made.content.decode()
    assert again.context["form"].errors
    assert ApiKey.objects.count() == 2


def test_screen_makes_a_key_for_one_app_alone(client):
    user = make_user()
    client.force_login(user, backend="accounts.backends.RoleBackend")

    client.post(
        "/account/keys/",
        {"name": "文書管理", "scope": "write", "apps": ["grants"], "days": "30"},
    )

    assert ApiKey.objects.get().key_scopes == ["grants:read", "grants:write"]
