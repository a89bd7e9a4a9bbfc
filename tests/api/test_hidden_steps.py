"""Steps that a body may not know of leave every face of its case as it was, tag and time included."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.grants import make_application, town_story
from tests.factories.rest import APPLICATIONS, Caller, one

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def case(story):
    return make_application(story, "under_review")


@pytest.fixture
def clerk(client, story):
    return Caller(client, story.clerk)


def faces(caller, case):
    """All that one person reads of the case over REST."""
    detail = caller.get(one(case))
    since = (timezone.now() - timedelta(days=9000)).isoformat()
    return {
        "tag": detail["ETag"],
        "detail": detail.json(),
        "list": caller.get().json()["results"],
        "since": caller.get(APPLICATIONS, updated_since=since).json()["results"],
    }


def act(story, case, name):
    story.run(case, name)
    case.refresh_from_db()


def test_recommending_deciding_and_sending_back_leave_the_bodys_faces(story, case, clerk):
    before = faces(clerk, case)

    for name in ("recommend", "send_back", "recommend"):
        act(story, case, name)
        assert faces(clerk, case) == before

    assert clerk.get(one(case), headers={"If-None-Match": before["tag"]}).status_code == 304


def test_announcement_is_a_new_tag(story, clerk):
    case = make_application(story, "decided")
    before = faces(clerk, case)

    act(story, case, "announce")

    after = faces(clerk, case)
    assert after["tag"] != before["tag"]
    assert after["detail"]["version"] == before["detail"]["version"] + 1
    assert after["detail"]["updated_at"] >= before["detail"]["updated_at"]


def test_headquarters_see_every_step(client, story, case):
    officer = Caller(client, story.desk.officer)
    before = faces(officer, case)

    act(story, case, "recommend")

    after = faces(officer, case)
    assert after["tag"] != before["tag"]
    assert after["detail"]["version"] == before["detail"]["version"] + 1


def test_hidden_step_is_no_change_since(client, story, case, clerk):
    act(story, case, "recommend")
    now = timezone.now()
    type(case).objects.filter(pk=case.pk).update(updated_at=now + timedelta(hours=1))
    since = {"updated_since": (now + timedelta(minutes=30)).isoformat()}

    assert clerk.get(APPLICATIONS, **since).json()["results"] == []
    assert len(Caller(client, story.desk.officer).get(APPLICATIONS, **since).json()["results"]) == 1


def test_order_and_cursor_do_not_tell_of_a_hidden_step(story, case, clerk):
    other = make_application(story, "under_review")
    since = {"updated_since": "2000-01-01T00:00:00Z", "limit": 1}

    def walked():
        page = clerk.get(APPLICATIONS, **since).json()
        return [page["results"][0]["id"], page["next"]]

    before = walked()
    assert before[0] == str(case.public_id)

    act(story, case, "recommend")
    later = timezone.now() + timedelta(hours=1)
    type(case).objects.filter(pk=case.pk).update(updated_at=later)

    assert walked() == before
    second = clerk.get(before[1].removeprefix("http://testserver")).json()
    assert [row["id"] for row in second["results"]] == [str(other.public_id)]
    assert second["next"] is None


def test_tag_read_before_a_hidden_step_still_withdraws(story, case, clerk):
    tag = clerk.get(one(case))["ETag"]
    act(story, case, "recommend")

    stale = clerk.send(
        "post", one(case, "transitions/withdraw/"), {"reason": "x"}, If_Match='"1-body"'
    )
    fresh = clerk.send(
        "post", one(case, "transitions/withdraw/"), {"reason": "計画の中止"}, If_Match=tag
    )

    assert (stale.status_code, fresh.status_code) == (412, 200)


def test_staff_write_over_nobody(client, story):
    case = make_application(story, "under_review")
    officer = Caller(client, story.desk.officer)
    tag = officer.get(one(case))["ETag"]
    act(story, case, "recommend")

    answer = officer.send("post", one(case, "transitions/recommend/"), {}, If_Match=tag)

    assert answer.status_code in (403, 409, 412)
    assert officer.get(one(case), headers={"If-None-Match": tag}).status_code == 200


def test_bodys_page_says_the_same_before_and_after(client, story, case):
    client.force_login(story.clerk)

    def page():
        response = client.get(case.get_absolute_url())
        token = str(response.context["csrf_token"])
        return response.content.decode().replace(token, "").replace(response["X-Request-Id"], "")

    before = page()
    for name in ("recommend", "send_back", "recommend"):
        act(story, case, name)
        assert page() == before
