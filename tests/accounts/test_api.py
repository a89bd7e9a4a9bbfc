"""The directory and the caller over REST, with keys that open what they should."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import ApiKey
from tests.factories.accounts import (
    api_key_for,
    bearer,
    grant,
    make_body,
    make_member,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
BODIES = "/api/v1/accounts/organizations/"
ME = "/api/v1/accounts/me/"


@pytest.fixture
def bodies():
    return [
        make_body("prefecture", "010006", "北海道", kana="ホッカイドウ"),
        make_body("city", "012025", "函館市", kana="ハコダテシ"),
        make_body("board_of_education", "012025", "函館市教育委員会"),
        make_body("town", "013030", "当別町", kana="トウベツチョウ"),
    ]


def names(answer):
    return [row["name"] for row in answer.json()["results"]]


def test_body_is_read_with_its_kind_and_prefecture(client, bodies):
    key = bearer(make_user())

    listed = client.get(BODIES, **key).json()["results"]
    one = client.get(f"{BODIES}{bodies[3].public_id}/", **key).json()

    assert [row["code"] for row in listed] == ["010006", "012025", "012025", "013030"]
    assert one == listed[3]
    assert one == {
        "id": str(bodies[3].public_id),
        "code": "013030",
        "kind": "town",
        "name": "当別町",
        "kana": "トウベツチョウ",
        "name_en": "",
        "prefecture_code": "01",
        "prefecture": "北海道",
        "valid_from": None,
        "valid_to": None,
        "is_example": False,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"code": "012025"}, ["函館市", "函館市教育委員会"]),
        ({"kind": "town"}, ["当別町"]),
        ({"prefecture_code": "01", "kind": "city"}, ["函館市"]),
        ({"q": "函館"}, ["函館市", "函館市教育委員会"]),
        ({"q": "とうべつ"}, ["当別町"]),
        ({"q": "ﾄｳﾍﾞﾂ"}, ["当別町"]),
        ({"q": "０１３"}, ["当別町"]),
        ({"q": "札幌"}, []),
    ],
)
def test_bodies_are_found_by_code_kind_prefecture_and_words(client, bodies, query, found):
    assert names(client.get(BODIES, query, **bearer(make_user()))) == found


def test_unknown_kind_is_a_problem(client):
    answer = client.get(BODIES, {"kind": "duchy"}, **bearer(make_user()))

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_one_body_as_for_three(client, count, django_assert_num_queries):
    for _body in range(count):
        make_body()
    headers = bearer(make_user())
    client.get(BODIES, **headers)  # writes the last use

    with django_assert_num_queries(5):  # key, posts, bodies; log and counter
        client.get(BODIES, **headers)


def test_offices_are_listed(client):
    staff = make_staff("office")

    rows = client.get("/api/v1/accounts/offices/", **bearer(staff)).json()["results"]

    assert [row["code"] for row in rows] == ["NYC"]


def test_me_tells_posts_bodies_and_sections(client):
    town = make_body("town", "013030", "当別町")
    own, other = make_section(town, "国際課"), make_section(town, "観光課")
    grant(other, own, "viewer")
    member = make_member(town, "submitter", own)

    me = client.get(ME, **bearer(member)).json()

    body = {"id": str(town.public_id), "code": "013030", "kind": "town", "name": "当別町"}
    assert (me["email"], me["roles"], me["is_staff"]) == (member.email, ["submitter"], False)
    assert me["bodies"] == [body]
    assert [(post["role"], post["section"], post["unit"]) for post in me["posts"]] == [
        ("submitter", "国際課", "当別町")
    ]
    assert [(s["name"], s["organization"], s["roles"]) for s in me["sections"]] == [
        ("国際課", body, ["submitter"]),
        ("観光課", body, ["viewer"]),
    ]


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "bearer wrong", "Bearer é"])
def test_without_a_key_that_opens_it_is_401(client, header):
    answer = client.get(ME, headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


def test_expired_revoked_and_closed_are_401(client):
    user = make_user()
    secret = api_key_for(user)
    headers = {"headers": {"Authorization": f"Bearer {secret}"}}
    assert client.get(ME, **headers).status_code == 200

    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=1)):
        assert client.get(ME, **headers).status_code == 401
    user.is_active = False
    user.save()
    assert client.get(ME, **headers).status_code == 401
    user.is_active = True
    user.save()
    ApiKey.objects.update(revoked_at=timezone.now())
    assert client.get(ME, **headers).status_code == 401


@pytest.mark.parametrize(("scopes", "status"), [(("read",), 403), (("read", "write"), 405)])
def test_reading_key_may_not_write(client, scopes, status):
    answer = client.post(BODIES, {}, **bearer(make_user(), scopes=scopes))

    assert answer.status_code == status


def test_last_use_is_written_once_a_minute(client):
    headers = bearer(make_user())
    start = timezone.now()

    def used_at(seconds):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            client.get(ME, **headers)
        return ApiKey.objects.get().last_used_at

    assert [used_at(1), used_at(59), used_at(62)] == [
        start + timedelta(seconds=1),
        start + timedelta(seconds=1),
        start + timedelta(seconds=62),
    ]
