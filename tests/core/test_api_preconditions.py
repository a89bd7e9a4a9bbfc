"""ETag, 304 and If-Match: nobody overwrites what somebody else wrote."""

import pytest

from grants.models import Application
from tests.factories.core import Api, again, at_once
from tests.factories.grants import make_application, make_draft, town_story

db = pytest.mark.django_db


@pytest.fixture
def story(db):
    return town_story()


@pytest.fixture
def case(story):
    return make_draft(story)


@pytest.fixture
def clerk(story):
    return Api(story.clerk)


def path_of(case):
    return f"grants/applications/{case.public_id}/"


def test_detail_has_an_etag_that_a_change_changes(clerk, case):
    first = clerk("GET", path_of(case))

    changed = clerk("PATCH", path_of(case), {"title": "防災の講座"}, If_Match=first["ETag"])

    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert clerk("GET", path_of(case))["ETag"] == changed["ETag"]


def test_child_write_changes_the_etag_of_its_case(clerk, case):
    tag = clerk("GET", path_of(case))["ETag"]
    line = {"kind": "expense", "category": "honoraria", "description": "謝金", "amount": 900_000}

    answer = clerk("PUT", f"{path_of(case)}budget-lines/", [line], If_Match=tag)

    assert answer.status_code == 200
    assert answer["ETag"] != tag
    assert clerk("GET", path_of(case))["ETag"] == answer["ETag"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', " {} ", "*"])
def test_304_for_what_the_caller_has(clerk, case, form):
    tag = clerk("GET", path_of(case))["ETag"]

    answer = clerk("GET", path_of(case), If_None_Match=form.format(tag))

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)


def test_200_for_what_changed_since(clerk, case, story):
    tag = clerk("GET", path_of(case))["ETag"]
    clerk("PATCH", path_of(case), {"title": "防災の講座"}, If_Match="*")

    assert clerk("GET", path_of(case), If_None_Match=tag).status_code == 200


def test_headquarters_and_the_body_have_tags_of_their_own(clerk, case, story):
    own = clerk("GET", path_of(case))["ETag"]
    staff = Api(story.desk.officer)

    assert staff("GET", path_of(case))["ETag"] != own
    assert staff("GET", path_of(case), If_None_Match=own).status_code == 200


@pytest.mark.parametrize("form", ["{}", "W/{}", '"99-body", {}', " {} "])
def test_write_of_the_version_that_was_read(clerk, case, form):
    tag = clerk("GET", path_of(case))["ETag"]
    if "99" in form:
        form = "{}, " + '"99-hq"'

    answer = clerk("PATCH", path_of(case), {"title": "防災の講座"}, If_Match=form.format(tag))

    assert (answer.status_code, answer.json()["title"]) == (200, "防災の講座")


@pytest.mark.parametrize("tag", ['"1-body"', 'W/"1-body"', '"7-hq"', '"x"', "7", '""', "W/"])
def test_write_of_anything_else_is_412_and_changes_nothing(clerk, case, tag):
    clerk("PATCH", path_of(case), {"title": "先に保存"}, If_Match="*")

    answer = clerk("PATCH", path_of(case), {"title": "後から保存"}, If_Match=tag)

    assert (answer.status_code, answer.json()["code"]) == (412, "stale-version")
    assert Application.objects.get(pk=case.pk).title == "先に保存"


def test_star_writes_over_whatever_is_there(clerk, case):
    for title in ("一", "二"):
        answer = clerk("PATCH", path_of(case), {"title": title}, If_Match="*")

    assert answer.json()["title"] == "二"


def test_act_may_name_a_version_and_need_not(clerk, story):
    case = make_application(story, "submitted")
    withdraw = f"{path_of(case)}transitions/withdraw/"

    stale = clerk("POST", withdraw, {"reason": "計画の中止"}, If_Match='"1-body"')
    plain = clerk("POST", withdraw, {"reason": "計画の中止"})

    assert (stale.status_code, plain.status_code) == (412, 200)


def test_of_parallel_writers_of_one_version_one_wins(fresh_db):
    story = town_story()
    case = make_draft(story)
    tag = Api(story.clerk)("GET", path_of(case))["ETag"]

    def write(number):
        api = Api(again(story.clerk))
        return api("PATCH", path_of(case), {"title": f"{number}番"}, If_Match=tag).status_code

    statuses = at_once(*(lambda n=n: write(n) for n in range(8)))

    assert sorted(statuses) == [200] + [412] * 7
    saved = Application.objects.get(pk=case.pk)
    assert saved.title == f"{statuses.index(200)}番"
    assert saved.version == case.version + 1
