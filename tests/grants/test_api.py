"""Applications over REST: the whole journey, a body's paper, statuses and lists."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import system_actor
from core import letters
from grants.models import Application, ApplicationParty
from tests.factories.accounts import make_body, make_member, make_staff
from tests.factories.grants import (
    LINES,
    NOW,
    decide,
    make_application,
    make_draft,
    pdf_bytes,
    town_story,
)
from tests.factories.rest import API, APPLICATIONS, Caller, as_json, one

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def as_user(client):
    return lambda user: Caller(client, user)


def test_whole_journey_from_me_to_the_letter(as_user, story):
    clerk, officer, manager = (
        as_user(u) for u in (story.clerk, story.desk.officer, story.desk.manager)
    )
    assert clerk.get(f"{API}accounts/me/").json()["email"] == story.clerk.email
    calls = clerk.get(f"{API}programs/calls/").json()["results"]
    assert [(c["id"], c["is_open"]) for c in calls] == [(str(story.call.public_id), True)]

    section = story.clerk.access.posts[0].section
    body = {"call": calls[0]["id"], "section": str(section.public_id), "title": "防災の講座"}
    begun = clerk.send("post", APPLICATIONS, body)
    assert (begun.status_code, begun.json()["status"]) == (201, "draft")
    case, tag = begun.json()["id"], begun["ETag"]

    lines = clerk.send("put", one(case, "budget-lines/"), LINES, if_match=tag)
    assert (lines.json()["expense_total"], lines.json()["income_total"]) == (1_050_000, 50_000)
    stored = clerk.upload()
    assert (stored.status_code, stored.json()["name"]) == (201, "事業計画書.pdf")
    rows = [{"file": stored.json()["id"], "question": "project_plan"}]
    linked = clerk.send("put", one(case, "files/"), rows, if_match=lines["ETag"])
    assert [f["facts"]["sha256"] for f in linked.json()["files"]] == [stored.json()["sha256"]]
    parties = clerk.send("put", one(case, "parties/"), [], if_match=linked["ETag"])
    filled = clerk.send(
        "patch", one(case), as_json(story.clerk, title="防災の講座"), if_match=parties["ETag"]
    )
    assert (filled.status_code, filled.json()["verdict"]["is_acceptable"]) == (200, True)

    sent = clerk.move(case, "submit")
    assert (sent.status_code, sent.json()["status"]) == (200, "submitted")
    (receipt,) = clerk.get(one(case, "receipts/")).json()
    assert receipt["number"] == sent.json()["receipt_number"]
    assert [f["sha256"] for f in receipt["files"]] == [stored.json()["sha256"]]

    assert officer.move(case, "receive").json()["status"] == "received"
    assert officer.move(case, "return_for_correction").json()["status"] == "returned"
    returned = clerk.get(one(case))
    (comment,) = returned.json()["comments"]
    assert (comment["field"], comment["label"]) == ("answers.purpose", "事業の目的")
    reply = [{"id": comment["id"], "answer": "町に住むすべての外国人住民です。"}]
    replied = clerk.send("put", one(case, "replies/"), reply, if_match=returned["ETag"])
    assert replied.json()["comments"][0]["answer"] == reply[0]["answer"]
    assert clerk.move(case, "submit").json()["status"] == "received"
    assert len(clerk.get(one(case, "receipts/")).json()) == 2

    assert officer.move(case, "start_review").status_code == 200
    assert officer.move(case, "recommend").json()["outcome"] == "adopted"
    decide(story, [Application.objects.get(public_id=case)])
    announced = manager.move(case, "announce")
    assert (announced.status_code, announced.json()["status"]) == (200, "announced")

    letters.render_waiting(now=NOW, by=system_actor())
    told = clerk.get(one(case)).json()
    assert (told["outcome"], told["decided_amount"]) == ("adopted", 1_000_000)
    (letter,) = clerk.get(one(case, "letters/")).json()
    pdf = clerk.get(letter["content_url"].removeprefix("http://testserver"))
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert b"".join(pdf.streaming_content)[:5] == b"%PDF-"


def test_statuses_401_403_405(as_user, client, story):
    case = make_draft(story)
    viewer, drafter = as_user(story.viewer), as_user(story.drafter)

    assert client.get(APPLICATIONS).status_code == 401
    assert viewer.get(one(case)).status_code == 200
    assert viewer.send("patch", one(case), {"title": "x"}, if_match="*").status_code == 403
    assert viewer.send("put", one(case, "budget-lines/"), [], if_match="*").status_code == 403
    assert drafter.move(case, "submit").status_code == 403
    assert as_user(story.clerk).move(case, "receive").status_code == 403
    assert drafter.send("delete", one(case)).status_code == 405
    assert as_user(story.clerk).move(case, "explode").status_code == 404


def test_joint_body_reads_and_the_implementer_drafts(as_user, story):
    case = make_draft(story)
    joint, npo = make_member(make_body("city")), make_member(make_body("npo"))
    for user, kind in ((joint, "joint"), (npo, "implementer")):
        body = user.access.posts[0].section.organization
        ApplicationParty.objects.create(application=case, organization=body, kind=kind)

    assert as_user(joint).get(one(case)).status_code == 200
    assert as_user(joint).send("patch", one(case), {"title": "x"}, if_match="*").status_code == 403
    drafted = as_user(npo).send("patch", one(case), {"title": "案"}, if_match="*")
    assert (drafted.status_code, drafted.json()["title"]) == (200, "案")
    assert as_user(npo).move(case, "submit").status_code == 403


def test_version_is_asked_for_and_compared(as_user, story):
    case = make_draft(story)
    clerk, path = as_user(story.clerk), one(case)
    tag = clerk.get(path)["ETag"]

    for part in ("budget-lines/", "parties/", "files/", "replies/"):
        assert clerk.send("put", path + part, []).status_code == 428
    assert clerk.send("patch", path, {"title": "一"}).status_code == 428
    assert clerk.send("patch", path, {"title": "一"}, if_match=f"W/{tag}").status_code == 200
    stale = clerk.send("patch", path, {"title": "二"}, if_match=tag)
    assert (stale.status_code, stale["Content-Type"]) == (412, "application/problem+json")
    assert clerk.send("put", path + "budget-lines/", [], if_match=tag).status_code == 412
    assert clerk.send("post", path + "transitions/submit/", if_match=tag).status_code == 412
    assert clerk.get(path, headers={"If-None-Match": clerk.get(path)["ETag"]}).status_code == 304
    case.refresh_from_db()
    assert (case.title, case.budget_lines.count()) == ("一", 3)


def test_child_write_bumps_the_parents_tag(as_user, story):
    case = make_draft(story)
    clerk = as_user(story.clerk)
    tag = clerk.get(one(case))["ETag"]

    same = clerk.send("put", one(case, "budget-lines/"), LINES, if_match=tag)
    assert same["ETag"] == tag
    other = clerk.send("put", one(case, "budget-lines/"), LINES[:2], if_match=tag)
    assert other["ETag"] != tag


def test_act_and_edit_out_of_their_time_are_409(as_user, story):
    case = make_application(story, "under_review")
    clerk, officer = as_user(story.clerk), as_user(story.desk.officer)

    again = clerk.move(case, "submit")
    assert (again.status_code, again.json()["code"]) == (409, "invalid-transition")
    assert "審査中" in again.json()["detail"]
    assert clerk.send("patch", one(case), {"title": "x"}, if_match="*").status_code == 409
    assert clerk.send("put", one(case, "budget-lines/"), [], if_match="*").status_code == 409
    assert officer.move(case, "receive").status_code == 409
    assert as_user(story.desk.director).move(case, "decide").status_code == 409


def test_decision_without_an_approval_is_409(as_user, story):
    case = make_application(story, "recommended")

    answer = as_user(story.desk.director).move(case, "decide")

    assert answer.status_code == 409
    case.refresh_from_db()
    assert case.status == "recommended"


def test_submission_with_one_key_is_one_submission(as_user, story):
    case = make_draft(story)
    clerk, path = as_user(story.clerk), one(case, "transitions/submit/")

    answers = [clerk.send("post", path, idempotency_key="k1") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.json()["receipt_number"] for answer in answers}) == 1
    assert answers[1]["Idempotent-Replayed"] == "true"
    reused = clerk.send("post", path, {"reason": "x"}, idempotency_key="k1")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency-key-reused")
    assert len(clerk.get(one(case, "receipts/")).json()) == 1


def test_application_with_one_key_is_begun_once(as_user, story):
    clerk, body = as_user(story.clerk), {"call": str(story.call.public_id), "title": "講座"}

    answers = [clerk.send("post", APPLICATIONS, body, idempotency_key="k2") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Application.objects.count() == 1


def test_officer_files_a_paper_whole_over_rest(as_user, story):
    officer = as_user(story.desk.officer)
    behalf = {"behalf_reason": "紙で届いたため", "paper_arrived_on": "2021-08-06"}
    query = "?behalf_reason=%E7%B4%99&paper_arrived_on=2021-08-06"
    section = story.clerk.access.posts[0].section
    body = {
        "call": str(story.call.public_id),
        "section": str(section.public_id),
        "title": "紙の申請",
    }

    assert officer.send("post", APPLICATIONS, body).status_code == 403
    case = officer.send("post", APPLICATIONS, body | behalf).json()["id"]
    for part, rows in (
        ("budget-lines/", LINES),
        ("files/", [{"file": officer.upload().json()["id"], "question": "project_plan"}]),
    ):
        assert officer.send("put", one(case, part), rows, if_match="*").status_code == 403
        written = officer.send("put", one(case, part) + query, rows, if_match="*")
        assert written.status_code == 200, written.json()
    values = as_json(story.clerk) | behalf
    assert officer.send("patch", one(case), values, if_match="*").status_code == 200
    assert officer.move(case, "submit").status_code == 403
    sent = officer.move(case, "submit", **behalf)

    assert (sent.status_code, sent.json()["status"]) == (200, "submitted")
    (receipt,) = officer.get(one(case, "receipts/")).json()
    assert (receipt["on_behalf_of"], receipt["paper_arrived_on"]) == (
        story.town.name,
        "2021-08-06",
    )


@pytest.mark.parametrize("who", ["clerk", "officer"])
def test_list_asks_no_query_per_row(as_user, story, who):
    caller = as_user({"clerk": story.clerk, "officer": story.desk.officer}[who])
    caller.get()  # the key's first use is written down
    counts = []
    for rows in (1, 3):
        while Application.objects.count() < rows:
            make_application(story, "submitted")
        with CaptureQueriesContext(connection) as queries:
            assert len(caller.get().json()["results"]) == rows
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_detail_asks_no_query_per_comment_line_or_file(as_user, story):
    case = make_application(story, "received")
    clerk, counts = as_user(story.clerk), []
    clerk.get(one(case))
    for fields in (["title"], ["title", "lines", "answers.purpose"]):
        comments = [{"field": field, "text": "確かめてください。"} for field in fields]
        case.comments.all().delete()
        type(case).objects.filter(pk=case.pk).update(status="received")
        case.refresh_from_db()
        case = story.run(case, "return_for_correction", comments=comments)
        with CaptureQueriesContext(connection) as queries:
            assert len(clerk.get(one(case)).json()["comments"]) == len(fields)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_filters_narrow_the_list(as_user, story):
    case = make_application(story, "submitted")
    make_application(town_story(), "submitted")
    officer = as_user(make_staff("auditor"))

    queries = (
        {"organization": str(story.town.public_id)},
        {"call": str(story.call.public_id)},
        {"edition": str(story.call.edition.public_id)},
        {"receipt_number": case.receipt_number},
    )

    assert len(officer.get().json()["results"]) == 2
    for query in queries:
        assert [r["id"] for r in officer.get(**query).json()["results"]] == [str(case.public_id)]
    assert officer.get(status="draft").json()["results"] == []
    later = (NOW + timedelta(hours=1)).isoformat()
    assert officer.get(updated_since=later).json()["results"] == []


def test_pdf_is_told_by_its_content(as_user, story):
    clerk = as_user(story.clerk)

    assert clerk.upload(content=pdf_bytes()).status_code == 201
    refused = clerk.upload(content=b"<html>")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
