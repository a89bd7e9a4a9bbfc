"""Threads over REST: problems, versions, keys, and what a body's key never reads."""

import pytest

from correspondence.models import Message, Thread
from tests.factories.correspondence import make_thread
from tests.factories.grants import make_application, town_story
from tests.factories.rest import Caller

pytestmark = pytest.mark.django_db
THREADS = "/api/v1/correspondence/threads/"
SECRET = "秘密の所見"


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def case(story):
    return make_application(story, "under_review")


@pytest.fixture
def thread(story, case):
    return make_thread(case, story.drafter)


@pytest.fixture
def call(client):
    return lambda user: Caller(client, user)


def one(thread, part=""):
    return f"{THREADS}{thread.public_id}/{part}"


def new(case, **changes):
    body = {"case_label": "grants.application", "case": str(case.public_id)}
    return body | {"subject": "謝金", "text": "対象ですか。"} | changes


def test_body_asks_and_staff_answer(story, case, call):
    clerk, officer = call(story.clerk), call(story.desk.officer)
    sent = clerk.upload(name="内訳.pdf").json()["id"]

    made = clerk.send("post", THREADS, new(case, files=[sent]))

    assert made.status_code == 201, made.content
    thread = Thread.objects.get()
    assert made.json()["waiting_for"] == "staff"
    assert [f["name"] for m in made.json()["messages"] for f in m["files"]] == ["内訳.pdf"]
    answered = officer.send("post", one(thread, "messages/"), {"text": "はい。"})
    assert (answered.status_code, answered.json()["status"]) == (201, "answered")
    assert clerk.send("post", one(thread, "close/")).json()["status"] == "closed"
    assert clerk.send("post", one(thread, "close/")).status_code == 409
    again = clerk.send("post", one(thread, "reopen/"), {"text": "続きです。"})
    assert again.json()["waiting_for"] == "staff"
    listed = clerk.get(THREADS, case=str(case.public_id), waiting_for="staff").json()["results"]
    assert [row["id"] for row in listed] == [str(thread.public_id)]
    assert clerk.get(THREADS, waiting_for="body").json()["results"] == []


def test_version_and_key(story, case, thread, call):
    clerk = call(story.clerk)
    read = clerk.get(one(thread))
    assert clerk.get(one(thread), {"If-None-Match": read["ETag"]}).status_code == 304

    body = {"text": "もう一点。"}
    first = clerk.send("post", one(thread, "messages/"), body, Idempotency_Key="k1")
    second = clerk.send("post", one(thread, "messages/"), body, Idempotency_Key="k1")
    assert second.json() == first.json()
    assert Message.objects.count() == 2
    other = clerk.send("post", one(thread, "messages/"), {"text": "別"}, Idempotency_Key="k1")
    assert other.status_code == 422
    stale = clerk.send("post", one(thread, "messages/"), body, If_Match=read["ETag"])
    assert stale.status_code == 412
    made = [clerk.send("post", THREADS, new(case), Idempotency_Key="n1") for _i in range(2)]
    assert made[0].json()["id"] == made[1].json()["id"]


def test_other_town_finds_nothing(story, case, thread, call):
    other = call(story.other)

    assert other.get(THREADS).json()["results"] == []
    assert other.get(one(thread)).status_code == 404
    assert other.send("post", THREADS, new(case)).status_code == 404
    for part in ("messages/", "close/", "reopen/"):
        assert other.send("post", one(thread, part), {"text": "x"}).status_code == 404


def test_viewer_reads_alone(story, case, thread, call):
    viewer = call(story.viewer)

    assert viewer.get(one(thread)).status_code == 200
    assert viewer.send("post", one(thread, "messages/"), {"text": "x"}).status_code == 403
    assert viewer.send("post", THREADS, new(case)).status_code == 403
    assert viewer.send("post", one(thread, "close/")).status_code == 403


def test_records_are_of_headquarters(story, case, thread, call):
    clerk, officer = call(story.clerk), call(story.desk.officer)
    before = clerk.get(one(thread))
    note = {"kind": "note", "text": SECRET}

    kept = officer.send("post", one(thread, "messages/"), note)
    assert kept.status_code == 201
    assert SECRET in officer.get(one(thread)).content.decode()
    half = officer.send("post", one(thread, "messages/"), note | {"kind": "phone"})
    assert half.status_code == 400
    assert {e["field"] for e in half.json()["errors"]} == {"called_on", "called_with"}
    whole = note | {"kind": "phone", "called_on": "2021-08-09", "called_with": "国際課 例示"}
    assert officer.send("post", one(thread, "messages/"), whole).status_code == 201
    begun = officer.send("post", THREADS, new(case, **note))
    assert begun.json()["is_internal"] is True

    after = clerk.get(one(thread))
    assert after.json() == before.json()
    assert after["ETag"] == before["ETag"]
    assert len(clerk.get(THREADS).json()["results"]) == 1
    assert clerk.get(f"{THREADS}{begun.json()['id']}/").status_code == 404
    assert clerk.send("post", one(thread, "messages/"), note).status_code == 403
    assert clerk.send("post", THREADS, new(case, **note)).status_code == 403


def test_shut_case_and_bad_input(story, thread, call):
    clerk = call(story.clerk)
    case = make_application(story, "submitted")
    story.run(case, "withdraw")

    refused = clerk.send("post", THREADS, new(case))
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("invalid-transition/")
    assert clerk.send("post", THREADS, new(case, case_label="x.y")).status_code == 400
    assert clerk.send("post", THREADS, new(case, text="")).status_code == 400
    assert clerk.send("post", one(thread, "messages/"), {"text": "a", "x": 1}).status_code == 400
    assert clerk.send("post", one(thread, "messages/"), [1]).status_code == 400
