"""What REST takes as people type it, and what it refuses in words."""

import uuid
from datetime import timedelta

import pytest

from grants.models import ApplicationParty
from tests.factories.accounts import make_body, make_member
from tests.factories.grants import (
    LINES,
    make_draft,
    town_story,
)
from tests.factories.rest import APPLICATIONS, Caller, messages, one

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def as_user(client):
    return lambda user: Caller(client, user)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ({"requested_amount": "１，０００，０００円"}, {"requested_amount": 1_000_000}),
        ({"requested_amount": "300万円"}, {"requested_amount": 3_000_000}),
        ({"starts_on": "令和4年6月1日"}, {"starts_on": "2022-06-01"}),
        ({"document_date": "R3.8.9"}, {"document_date": "2021-08-09"}),
        ({"contact_phone": "０２７６（６２）２１２１"}, {"contact_phone": "0276-62-2121"}),
        ({"title": "ﾔｻｼｲ日本語　講座"}, {"title": "ヤサシイ日本語 講座"}),
        ({"answers": {"visitors": "１２０"}}, {"answers": {"visitors": 120}}),
    ],
)
def test_input_is_taken_as_people_type_it(as_user, story, typed, shown):
    case = make_draft(story)

    answer = as_user(story.clerk).send("patch", one(case), typed, if_match="*")

    assert answer.status_code == 200, answer.json()
    assert {name: answer.json()[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"requested_amount": "-1"}, "requested_amount", "マイナス"),
        ({"requested_amount": "百円くらい"}, "requested_amount", "数字"),
        ({"starts_on": "2022-02-30"}, "starts_on", ""),
        ({"starts_on": "令和元年4月30日"}, "starts_on", "平成"),
        ({"title": ""}, "title", ""),
        ({"title": "個人番号 123456789018"}, "title", "マイナンバー"),
        ({"answers": {"nothing": "x"}}, "answers.nothing", "様式"),
        ({"answers": {"visitors": "多数"}}, "answers.visitors", ""),
        ({"contact_phone": "なし"}, "contact_phone", ""),
        ({"contact_email": "花子"}, "contact_email", ""),
        ({"categories": ["sport"]}, "categories", ""),
        ({"requested_amount": 1.5}, "requested_amount", ""),
        ({"outcomes": "adopted"}, "outcomes", ""),
    ],
)
def test_bad_input_is_named_and_changes_nothing(as_user, story, typed, field, words):
    case = make_draft(story)

    answer = as_user(story.clerk).send("patch", one(case), typed, if_match="*")

    assert answer.status_code == 400
    assert list(messages(answer)) == [field]
    assert words in messages(answer)[field]
    case.refresh_from_db()
    assert case.version == 2


def test_what_is_not_the_bodys_to_write_is_left_as_it_is(as_user, story):
    case = make_draft(story)
    body = {
        "status": "announced",
        "outcome": "adopted",
        "decided_amount": 1,
        "receipt_number": "1",
        "title": "新しい題名",
    }

    answer = as_user(story.clerk).send("patch", one(case), body, if_match="*")

    case.refresh_from_db()
    assert (answer.status_code, case.title) == (200, "新しい題名")
    assert (case.status, case.outcome, case.decided_amount) == ("draft", "", None)
    assert case.receipt_number is None


def test_call_and_section_are_fixed_once_begun(as_user, story):
    case = make_draft(story)

    answer = as_user(story.clerk).send(
        "patch", one(case), {"call": str(town_story().call.public_id)}, if_match="*"
    )

    assert (answer.status_code, list(messages(answer))) == (400, ["call"])


def test_nothing_is_begun_under_a_call_that_is_closed(as_user, story, clock):
    clock.move_to(story.call.closes_at + timedelta(seconds=1))
    clerk = as_user(story.clerk)

    answer = clerk.send("post", APPLICATIONS, {"call": str(story.call.public_id), "title": "遅刻"})

    assert (answer.status_code, list(messages(answer))) == (400, ["call"])


@pytest.mark.parametrize(
    ("part", "body", "field"),
    [
        ("budget-lines/", {"amount": 1}, "non_field_errors"),
        ("budget-lines/", [LINES[0] | {"amount": "-5"}], "0.amount"),
        ("budget-lines/", [LINES[0], LINES[0] | {"category": ""}], "1.category"),
        ("budget-lines/", [LINES[0] | {"category": "gold"}], "0.category"),
        ("budget-lines/", [LINES[0] | {"description": ""}], "0.description"),
        ("parties/", [{"organization": str(uuid.uuid4()), "kind": "joint"}], "0.organization"),
        ("parties/", [{"organization": "x", "kind": "lead"}], "0.organization"),
        ("files/", [{"file": "x"}], "0.file"),
        ("replies/", [{"id": 1, "answer": "はい"}], ""),
        ("replies/", [{"answer": "はい"}], "0.id"),
    ],
)
def test_bad_row_of_a_list_is_named_and_the_list_stays(as_user, story, part, body, field):
    case = make_draft(story)

    answer = as_user(story.clerk).send("put", one(case, part), body, if_match="*")

    assert answer.status_code == 400
    assert next(iter(messages(answer))) == field
    case.refresh_from_db()
    assert (case.version, case.budget_lines.count(), case.files.count()) == (2, 3, 1)


def test_parties_are_replaced_as_a_whole_and_the_lead_stays(as_user, story):
    case = make_draft(story)
    clerk, city, npo = as_user(story.clerk), make_body("city"), make_body("npo")

    def put(*rows):
        return clerk.send("put", one(case, "parties/"), list(rows), if_match="*")

    row = {"organization": str(city.public_id), "kind": "joint", "share": "50万円"}
    first = put(row, {"organization": str(npo.public_id), "kind": "implementer"})
    assert [(p["kind"], p["share"]) for p in first.json()["parties"]] == [
        ("lead", None),
        ("joint", 500_000),
        ("implementer", None),
    ]
    dated = put(row | {"consented_on": "令和3年8月1日"})
    assert dated["ETag"] != put(row | {"consented_on": "2021-08-02"})["ETag"]
    assert put(row, row).status_code == 400
    lead = {"organization": str(story.town.public_id), "kind": "joint"}
    assert put(lead).status_code == 400
    assert [p["kind"] for p in clerk.get(one(case)).json()["parties"]] == ["lead", "joint"]


def test_section_and_agreement_of_a_party_outlive_a_new_list(as_user, story):
    case, member = make_draft(story), make_member(make_body("city"))
    section = member.access.posts[0].section
    party = ApplicationParty.objects.create(
        application=case, organization=section.organization, section=section, kind="joint"
    )

    row = {"organization": str(party.organization.public_id), "kind": "joint", "share": 1}
    as_user(story.clerk).send("put", one(case, "parties/"), [row], if_match="*")

    kept = case.parties.get(kind="joint")
    assert (kept.share, kept.section) == (1, section)


def test_file_taken_out_may_be_put_in_again_by_its_owner(as_user, story):
    case = make_draft(story)
    clerk = as_user(story.clerk)
    file = str(case.files.get().file.public_id)

    kept = clerk.send(
        "put", one(case, "files/"), [{"file": file, "question": "agreement"}], if_match="*"
    )

    assert [(f["file"], f["question"]) for f in kept.json()["files"]] == [(file, "agreement")]
