"""Approvals over REST: the officer drafts, the director decides, the town sees nothing."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals.models import Approval
from tests.factories.accounts import bearer, make_body, make_member, make_staff
from tests.factories.approvals import (
    circulate,
    make_approval,
    make_desk,
    make_recommended,
    post_of,
)

pytestmark = pytest.mark.django_db
APPROVALS = "/api/v1/approvals/approvals/"


@pytest.fixture
def desk():
    return make_desk()


class Caller:
    """One person's key, and JSON both ways."""

    def __init__(self, client, user):
        self.client, self.headers = client, bearer(user)["headers"]

    def get(self, path=APPROVALS, **query):
        return self.client.get(path, query, headers=self.headers)

    def post(self, path, body=None, **headers):
        return self._send("post", path, body, headers)

    def patch(self, path, body, **headers):
        return self._send("patch", path, body, headers)

    def _send(self, method, path, body, headers):
        given = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        send = getattr(self.client, method)
        return send(path, body or {}, content_type="application/json", headers=given)


@pytest.fixture
def as_user(client):
    return lambda user: Caller(client, user)


def one(approval, act=""):
    return f"{APPROVALS}{approval.public_id}/" + (f"transitions/{act}/" if act else "")


def draft(*cases, **changes):
    return {
        "subject": "採択一覧",
        "act": "decide",
        "case_label": "grants.application",
        "items": [str(case.public_id) for case in cases],
        "reason": "予算の範囲内",
    } | changes


def test_officer_drafts_and_the_route_is_shown(as_user, desk):
    cases = [make_recommended(), make_recommended()]
    steps = [
        {"kind": "review", "post": str(post_of(desk.manager).public_id)},
        {"kind": "consult", "role": "finance"},
        {"kind": "decide", "role": "director"},
    ]

    answer = as_user(desk.officer).post(APPROVALS, draft(*cases, steps=steps))

    assert answer.status_code == 201
    body = answer.json()
    assert body["number"].startswith("起案")
    assert (body["status"], body["case_label"], body["money"]) == (
        "draft",
        "grants.application",
        True,
    )
    assert [item["id"] for item in body["items"]] == [str(case.public_id) for case in cases]
    assert [(s["kind"], s["post"], s["state"]) for s in body["steps"]] == [
        ("review", str(post_of(desk.manager).public_id), "waiting"),
        ("consult", str(post_of(desk.finance).public_id), "waiting"),
        ("decide", str(post_of(desk.director).public_id), "waiting"),
    ]


def test_role_means_the_post_of_ones_own_section_first(as_user, desk):
    other = make_desk()

    answer = as_user(other.officer).post(APPROVALS, draft(make_recommended()))

    assert answer.json()["steps"][-1]["post"] == str(post_of(other.director).public_id)


def test_route_leads_to_the_decision_of_the_cases(as_user, desk):
    case = make_recommended()
    officer = as_user(desk.officer)
    path = f"{APPROVALS}{officer.post(APPROVALS, draft(case)).json()['id']}/"

    for user, act in (
        (desk.officer, "submit"),
        (desk.manager, "endorse"),
        (desk.finance, "endorse"),
        (desk.director, "decide"),
    ):
        answer = as_user(user).post(f"{path}transitions/{act}/", {})
        assert answer.status_code == 200, answer.content

    case.refresh_from_db()
    assert (answer.json()["status"], case.status) == ("decided", "decided")
    assert {step["state"] for step in answer.json()["steps"]} == {"done"}


def test_act_of_a_case_without_an_approval_is_409(as_user, desk):
    case = make_recommended()
    path = f"/api/v1/grants/applications/{case.public_id}/transitions/decide/"

    answer = as_user(desk.director).post(path, {})

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid-transition")


def test_body_gets_403_on_the_list_and_404_on_each(as_user, desk):
    town = make_body()
    approval = make_approval(desk, cases=[make_recommended(organization=town)])
    member = as_user(make_member(town))

    assert member.get().status_code == 403
    assert member.get(one(approval)).status_code == 404
    assert member.post(one(approval, "decide")).status_code == 404
    assert member.post(APPROVALS, draft(make_recommended())).status_code == 403


def test_overseas_office_finds_nothing(as_user, desk):
    approval = make_approval(desk)
    overseas = as_user(make_staff("office"))

    assert overseas.get(one(approval)).status_code == 404


def test_stranger_is_403_and_out_of_turn_is_409(as_user, desk):
    approval = circulate(make_approval(desk), desk)

    assert as_user(make_desk().manager).post(one(approval, "endorse")).status_code == 403
    assert as_user(make_staff("auditor")).post(one(approval, "endorse")).status_code == 403
    assert as_user(desk.director).post(one(approval, "decide")).status_code == 409
    assert as_user(desk.officer).post(one(approval, "submit")).status_code == 409
    assert as_user(desk.officer).post(one(approval, "vanish")).status_code == 404


def test_anonymous_is_401(client, desk):
    assert client.get(APPROVALS).status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"items": ["8a6e0804-2bd0-4672-b79d-d97027f9071a"]}, "items"),
        ({"case_label": "accounts.user"}, "case_label"),
        ({"steps": [{"kind": "decide"}]}, "steps"),
        ({"steps": [{"kind": "decide", "role": "mayor"}]}, "steps"),
        ({"steps": [{"kind": "decide", "post": "8a6e0804-2bd0-4672-b79d-d97027f9071a"}]}, "steps"),
        ({"subject": ""}, "subject"),
        ({"budget": 1}, "budget"),
    ],
)
def test_wrong_input_is_named(as_user, desk, changes, field):
    answer = as_user(desk.officer).post(APPROVALS, draft(make_recommended(), **changes))

    assert answer.status_code == 400
    assert {error["field"].partition(".")[0] for error in answer.json()["errors"]} == {field}


def test_refusal_of_the_domain_is_a_problem_in_words(as_user, desk):
    case = make_recommended(title="浜の講座", status="under_review")

    answer = as_user(desk.officer).post(APPROVALS, draft(case))

    assert answer.status_code == 400
    assert [error["message"][:4] for error in answer.json()["errors"]] == ["浜の講座"]


def test_draft_is_changed_by_its_drafter_with_the_version_read(as_user, desk):
    approval, other = make_approval(desk), make_recommended()
    officer = as_user(desk.officer)
    tag = officer.get(one(approval))["ETag"]
    steps = [{"kind": "consult", "role": "finance"}, {"kind": "decide", "role": "manager"}]

    assert officer.patch(one(approval), {"subject": "新しい件名"}).status_code == 428
    assert as_user(desk.manager).patch(one(approval), {}, if_match=tag).status_code == 403
    body = {"items": [str(other.public_id)], "steps": steps}
    changed = officer.patch(one(approval), body, if_match=tag)
    assert (changed.status_code, changed["ETag"] != tag) == (200, True)
    assert [item["id"] for item in changed.json()["items"]] == [str(other.public_id)]
    assert len(changed.json()["steps"]) == 2
    assert officer.patch(one(approval), {"subject": "遅い件名"}, if_match=tag).status_code == 412


def test_half_a_step_in_a_patch_is_400(as_user, desk):
    approval = make_approval(desk)

    answer = as_user(desk.officer).patch(
        one(approval), {"steps": [{"role": "director"}]}, if_match="*"
    )

    assert answer.status_code == 400


def test_repeated_draft_with_one_key_is_one_approval(as_user, desk):
    officer, body = as_user(desk.officer), draft(make_recommended())

    answers = [officer.post(APPROVALS, body, idempotency_key="k1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Approval.objects.count() == 1


def test_available_lists_only_what_is_ones_turn(as_user, desk):
    approval = circulate(make_approval(desk), desk)

    found = {
        user: [row["name"] for row in as_user(user).get(f"{one(approval)}available/").json()]
        for user in (desk.officer, desk.manager, desk.finance)
    }

    assert found == {
        desk.officer: ["recall"],
        desk.manager: ["endorse", "return_for_correction"],
        desk.finance: [],
    }


def test_filters_by_status_case_and_turn(as_user, desk):
    case = make_recommended()
    circulating = circulate(make_approval(desk, cases=[case]), desk)
    drafted = make_approval(desk)
    manager = as_user(desk.manager)

    def found(**query):
        return [row["id"] for row in manager.get(**query).json()["results"]]

    assert found(status="draft") == [str(drafted.public_id)]
    assert found(case=str(case.public_id)) == [str(circulating.public_id)]
    assert found(case=str(uuid.uuid4())) == []
    assert found(waiting="true") == [str(circulating.public_id)]
    assert found(waiting="false") == [str(drafted.public_id)]


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_no_query_per_row(as_user, desk, count):
    auditor = as_user(make_staff("auditor"))
    for _row in range(count):
        circulate(make_approval(desk, cases=[make_recommended(), make_recommended()]), desk)

    with CaptureQueriesContext(connection) as queries:
        answer = auditor.get()

    assert len(answer.json()["results"]) == count
    assert len(queries) == 10, "\n".join(query["sql"][:120] for query in queries)
