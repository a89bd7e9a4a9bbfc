"""Every refusal of the API is a problem (RFC 9457) in the caller's language."""

import json

import pytest
from django.test import RequestFactory

from core import errors
from tests.factories.core import Api
from tests.factories.grants import content, make_application, make_draft, town_story

pytestmark = pytest.mark.django_db
APPLICATIONS = "grants/applications/"


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def clerk(story):
    return Api(story.clerk)


def path_of(case, *parts):
    return "/".join([f"{APPLICATIONS}{case.public_id}", *parts, ""])


def problem(answer, status, code):
    """Check the shape of a problem and return it."""
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert body["type"] == f"/api/v1/problems/{code}/"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer["X-Request-Id"]
    return body


@pytest.mark.parametrize("body", ["{", "not json", '{"title": }', b"\xff\xfe"])
def test_400_for_json_that_cannot_be_read(clerk, body):
    problem(clerk("POST", APPLICATIONS, body), 400, "parse-error")


def test_details_are_in_the_callers_language(clerk):
    nothing = clerk("GET", f"{APPLICATIONS}00000000-0000-0000-0000-000000000000/")
    unread = clerk("POST", APPLICATIONS, "{")
    cursor = clerk("GET", f"{APPLICATIONS}?cursor=zz")
    key = clerk("POST", APPLICATIONS, {}, Idempotency_Key="")

    assert problem(nothing, 404, "not-found")["detail"] == "見つかりませんでした。"
    assert "Expecting property name" in problem(unread, 400, "parse-error")["detail"]
    assert [e["field"] for e in problem(cursor, 400, "invalid")["errors"]] == ["cursor"]
    assert [e["field"] for e in problem(key, 400, "invalid")["errors"]] == ["Idempotency-Key"]


def test_400_names_each_field_with_its_message(clerk, story):
    case = make_draft(story)

    answer = clerk(
        "PATCH",
        path_of(case),
        {"requested_amount": "多額", "starts_on": "2021-02-29", "title": ""},
        If_Match="*",
    )

    errors = {error["field"]: error for error in problem(answer, 400, "invalid")["errors"]}
    assert set(errors) == {"requested_amount", "starts_on", "title"}
    assert all(set(error) == {"field", "code", "message"} for error in errors.values())
    assert "2021年" in errors["starts_on"]["message"]


def test_400_names_fields_inside_lists(clerk, story):
    case = make_draft(story)
    line = {"kind": "expense", "category": "honoraria", "description": "謝金", "amount": 1}

    answer = clerk(
        "PUT", path_of(case, "budget-lines"), [line, line | {"amount": "x"}], If_Match="*"
    )

    assert [e["field"] for e in problem(answer, 400, "invalid")["errors"]] == ["1.amount"]


@pytest.mark.parametrize("body", [[], ["a"], [{}], "text", 1, None])
@pytest.mark.parametrize("key", [{}, {"Idempotency_Key": "key-1"}])
def test_400_for_json_of_another_shape(clerk, story, body, key):
    case = make_draft(story)
    requests = [
        ("POST", APPLICATIONS),
        ("PATCH", path_of(case)),
        ("POST", path_of(case, "transitions", "withdraw")),
    ]

    for method, path in requests:
        answer = clerk(method, path, "null" if body is None else body_of(body), If_Match="*", **key)
        assert answer.status_code == 400, (method, path)
        assert answer["Content-Type"] == "application/problem+json"


def body_of(value):
    return f'"{value}"' if isinstance(value, str) else value


def test_400_for_a_field_that_an_act_does_not_know(clerk, story):
    case = make_draft(story)

    answer = clerk("POST", path_of(case, "transitions", "withdraw"), {"reasons": "誤記"})

    assert [e["field"] for e in problem(answer, 400, "invalid")["errors"]] == ["reasons"]


@pytest.mark.parametrize("key", [None, "", "unknown", "Bearer"])
def test_401_names_the_scheme(key):
    api = Api(None)
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    answer = api("GET", APPLICATIONS, **headers)

    problem(answer, 401, answer.json()["code"])
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_403_for_a_key_that_may_only_read(story):
    answer = Api(story.clerk, scopes=("read",))("POST", APPLICATIONS, {})

    problem(answer, 403, "not-allowed")


@pytest.mark.parametrize("who", ["viewer", "drafter"])
def test_403_for_an_act_that_is_not_the_callers(story, who):
    case = make_draft(story)

    answer = Api(getattr(story, who))("POST", path_of(case, "transitions", "submit"))

    problem(answer, 403, "not-allowed")


def test_403_for_a_town_that_dates_its_paper_back(clerk, story):
    case = make_draft(story)
    body = {"behalf_reason": "紙で届いた", "paper_arrived_on": "2021-08-03"}

    for answer in (
        clerk("POST", path_of(case, "transitions", "submit"), body),
        clerk("PATCH", path_of(case), body | {"title": "別名"}, If_Match="*"),
    ):
        problem(answer, 403, "not-allowed")
    case.refresh_from_db()
    assert case.status == "draft"


@pytest.mark.parametrize(
    ("method", "parts"),
    [
        ("GET", []),
        ("PATCH", []),
        ("PUT", []),
        ("POST", ["transitions", "submit"]),
        ("GET", ["available"]),
        ("GET", ["letters"]),
        ("GET", ["receipts"]),
        ("PUT", ["budget-lines"]),
    ],
)
def test_404_for_the_other_town_before_anything_else(story, method, parts):
    case = make_application(story, "submitted")

    answer = Api(story.other)(method, path_of(case, *parts), "{ broken")

    problem(answer, 404, "not-found")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_404_for_an_address_that_is_none(clerk, method):
    for api in (clerk, Api(None)):
        problem(api(method, "nothing/at/all/"), 404, "not-found")


def test_404_for_an_unknown_address_even_where_cookies_are_checked(client):
    client.handler.enforce_csrf_checks = True

    problem(client.post("/api/v1/nothing/"), 404, "not-found")


def test_404_for_an_act_that_is_none(clerk, story):
    case = make_draft(story)

    for name in ("approve", "a" * 400):
        answer = clerk("POST", path_of(case, "transitions", name), Idempotency_Key="key-1")
        problem(answer, 404, "not-found")


@pytest.mark.parametrize("identity", ["-" * 36, "0" * 36])
def test_404_for_an_id_that_is_none(clerk, identity):
    problem(clerk("GET", f"{APPLICATIONS}{identity}/"), 404, "not-found")


def test_405_since_nothing_is_deleted(clerk, story):
    case = make_draft(story)

    problem(clerk("DELETE", path_of(case)), 405, "method-not-allowed")


def test_409_for_an_act_that_the_status_does_not_allow(clerk, story):
    case = make_application(story, "received")

    answer = clerk("POST", path_of(case, "transitions", "submit"))

    assert "受理済" in problem(answer, 409, "invalid-transition")["detail"]


def test_412_names_the_reason(clerk, story):
    case = make_draft(story)

    answer = clerk("PATCH", path_of(case), {"title": "別名"}, If_Match='"0-body"')

    problem(answer, 412, "stale-version")


def test_415_for_a_form(clerk):
    answer = clerk(
        "POST", APPLICATIONS, "title=x", Content_Type="application/x-www-form-urlencoded"
    )

    problem(answer, 415, "unsupported-media-type")


def test_428_says_what_to_send(clerk, story):
    case = make_draft(story)

    answer = clerk("PATCH", path_of(case), {"title": "別名"})

    assert "If-Match" in problem(answer, 428, "precondition-required")["detail"]


def test_refusals_come_in_one_order(story):
    """401, 404 (scope), 403, 428, 412 (design.md §4)."""
    case = make_draft(story)
    stale = {"If_Match": '"0-body"'}
    statuses = [
        Api(None)("PATCH", path_of(case), {"title": "別名"}).status_code,
        Api(story.other)("PATCH", path_of(case), {"title": "別名"}).status_code,
        Api(story.viewer)("PATCH", path_of(case), {"title": "別名"}).status_code,
        Api(story.drafter)("PATCH", path_of(case), {"title": "別名"}).status_code,
        Api(story.drafter)("PATCH", path_of(case), {"title": "別名"}, **stale).status_code,
    ]

    assert statuses == [401, 404, 403, 428, 412]


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "差出し"), ("en", "not possible while"), ("", "")]
)
def test_detail_is_in_the_language_asked_for(clerk, story, language, words):
    case = make_application(story, "received")
    asked = {"Accept_Language": language} if language else {}

    detail = clerk("POST", path_of(case, "transitions", "submit"), **asked).json()["detail"]

    if language == "en":
        assert words in detail
    else:
        assert "受理済" in detail
        assert "possible" not in detail


def test_a_refused_change_leaves_no_trace(clerk, story):
    case = make_draft(story)
    values = content(story.clerk)

    clerk("PATCH", path_of(case), {"title": values["title"]}, If_Match='"0-body"')

    before = case.title
    case.refresh_from_db()
    assert case.title == before


def test_own_failure_is_a_problem_for_the_api_and_a_page_for_people():
    answer = errors.server_error(RequestFactory().get("/api/v1/core/files/"))

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert json.loads(answer.content)["code"] == "error"
    assert "<h1" in errors.server_error(RequestFactory().get("/calls/")).content.decode()
