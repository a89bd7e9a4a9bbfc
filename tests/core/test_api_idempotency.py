"""Idempotency-Key: a repeated POST is answered again and not done again."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from core import tasks
from core.models import IdempotencyRecord, StoredFile
from grants.models import Application
from tests.factories.core import Api, at_once, pdf, picture, upload
from tests.factories.grants import make_application, make_draft, town_story

db = pytest.mark.django_db
APPLICATIONS = "grants/applications/"


@pytest.fixture
def story(db):
    """A call that is open now, for the API's clock is the real one."""
    return open_story()


def open_story():
    story = town_story()
    now = timezone.now()
    story.call.opens_at, story.call.closes_at = now - timedelta(days=1), now + timedelta(days=30)
    story.call.save()
    return story


def body(story, title="防災の講座"):
    section = story.clerk.access.posts[0].section
    return {
        "call": str(story.call.public_id),
        "section": str(section.public_id),
        "title": title,
    }


def begin(api, story, key="key-1", **changes):
    return api("POST", APPLICATIONS, body(story) | changes, Idempotency_Key=key)


def test_repeat_gets_the_same_answer_and_makes_nothing(story):
    clerk = Api(story.clerk)

    first, second = begin(clerk, story), begin(clerk, story)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second["ETag"] == first["ETag"]
    assert second["Location"] == first["Location"]
    assert first["Location"].endswith(f"/api/v1/{APPLICATIONS}{first.json()['id']}/")
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Application.objects.count() == 1


def test_without_a_key_each_post_counts(story):
    clerk = Api(story.clerk)

    for _ in range(2):
        clerk("POST", APPLICATIONS, body(story))

    assert Application.objects.count() == 2
    assert not IdempotencyRecord.objects.exists()


def test_order_of_the_members_is_no_other_body(story):
    clerk = Api(story.clerk)
    turned = dict(reversed(body(story).items()))

    begin(clerk, story)
    answer = clerk("POST", APPLICATIONS, turned, Idempotency_Key="key-1")

    assert answer["Idempotent-Replayed"] == "true"


def test_other_body_under_the_same_key_is_422(story):
    clerk = Api(story.clerk)
    begin(clerk, story)

    answer = begin(clerk, story, title="別の講座")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert answer["Content-Type"] == "application/problem+json"
    assert Application.objects.count() == 1


def test_key_belongs_to_one_person_and_one_address(story):
    clerk, colleague = Api(story.clerk), Api(story.drafter)

    answers = [
        begin(clerk, story),
        begin(colleague, story),
        clerk.send_file(upload("計画.pdf", pdf()), Idempotency_Key="key-1"),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert Application.objects.count() == 2
    assert StoredFile.objects.count() == 1


def test_refusal_is_not_kept(story):
    clerk = Api(story.clerk)

    refused = begin(clerk, story, title="")
    again = begin(clerk, story)

    assert (refused.status_code, again.status_code) == (400, 201)
    assert "Idempotent-Replayed" not in again


@db
def test_conflict_is_not_kept():
    story = town_story()
    clerk, case = Api(story.clerk), make_application(story, "received")
    path = f"{APPLICATIONS}{case.public_id}/transitions/submit/"

    assert clerk("POST", path, Idempotency_Key="key-1").status_code == 409

    assert not IdempotencyRecord.objects.exists()


@db
def test_act_is_repeated_without_a_conflict():
    story = town_story()
    clerk, case = Api(story.clerk), make_draft(story)
    path = f"{APPLICATIONS}{case.public_id}/transitions/withdraw/"

    answers = [
        clerk("POST", path, {"reason": "計画の中止"}, Idempotency_Key="key-1") for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_of_an_upload_looks_at_the_content(story):
    clerk = Api(story.clerk)

    def send(name, content):
        return clerk.send_file(upload(name, content), Idempotency_Key="key-1")

    first, repeat = send("地図.png", picture()), send("地図.png", picture())
    other = send("地図.png", picture() + b"\n")

    assert repeat.json() == first.json()
    assert other.status_code == 422
    assert StoredFile.objects.count() == 1


@db
def test_repeat_is_refused_to_who_lost_sight_of_the_case():
    story = town_story()
    clerk, case = Api(story.clerk), make_draft(story)
    path = f"{APPLICATIONS}{case.public_id}/transitions/withdraw/"
    clerk("POST", path, {"reason": "計画の中止"}, Idempotency_Key="key-1")
    story.clerk.memberships.update(ends_on="2020-03-31")

    answer = clerk("POST", path, {"reason": "計画の中止"}, Idempotency_Key="key-1")

    assert answer.status_code == 404


def test_key_is_free_again_after_a_day(story):
    clerk = Api(story.clerk)
    begin(clerk, story)
    age(timedelta(hours=24, seconds=1))

    assert "Idempotent-Replayed" not in begin(clerk, story)
    assert Application.objects.count() == 2


def test_answers_are_forgotten_after_a_day_and_not_before(story):
    clerk = Api(story.clerk)
    for key in ("old", "new"):
        begin(clerk, story, key=key)
    IdempotencyRecord.objects.filter(key="old").update(
        created_at=timezone.now() - timedelta(hours=24, seconds=1)
    )

    assert tasks.forget_answers() == 1
    assert IdempotencyRecord.objects.get().key == "new"


def age(by):
    IdempotencyRecord.objects.update(created_at=timezone.now() - by)


def test_key_that_is_too_long_is_refused(story):
    assert begin(Api(story.clerk), story, key="k" * 201).status_code == 400


def test_30_parallel_posts_of_one_key_make_one_record(fresh_db):
    story = open_story()
    clerk, values = Api(story.clerk), body(story)

    def post():
        # A client of its own: the test client keeps state between requests.
        api = Api(None)
        api.headers = clerk.headers
        return api("POST", APPLICATIONS, values, Idempotency_Key="key-1")

    answers = at_once(*[post] * 30)

    assert Counter(answer.status_code for answer in answers) == {201: 30}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 29
    assert Application.objects.count() == 1
