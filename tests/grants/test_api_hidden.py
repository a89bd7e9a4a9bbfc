"""What REST does not tell: outcomes before they are announced, and anything to the other town."""

import uuid

import pytest

from accounts.actors import system_actor
from core import letters
from core.models import Letter, StoredFile
from tests.factories.grants import (
    DATA,
    LINES,
    NOW,
    make_application,
    make_draft,
    town_story,
)
from tests.factories.rest import API, APPLICATIONS, Caller, messages, one

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def as_user(client):
    return lambda user: Caller(client, user)


def owner_faces(as_user, user, case):
    """All that the owner reads of the case over REST, without what may differ from case to case."""
    caller = as_user(user)
    detail = caller.get(one(case))
    told = {
        "detail": detail.json(),
        "row": next(r for r in caller.get().json()["results"] if r["id"] == str(case.public_id)),
        "available": [row["name"] for row in caller.get(one(case, "available/")).json()],
        "letters": caller.get(one(case, "letters/")).json(),
        "receipts": len(caller.get(one(case, "receipts/")).json()),
        "etag": detail["ETag"],
    }
    for part in ("detail", "row"):
        for name in ("id", "title", "receipt_number", "parties", "files", "created_at"):
            told[part].pop(name, None)
    return told


@pytest.mark.parametrize("status", ["recommended", "decided"])
def test_owner_cannot_tell_one_outcome_from_another(as_user, story, status):
    outcomes = (
        {},
        {
            "outcome": "adopted_with_modification",
            "amount": 900_000,
            "lines": [LINES[0] | {"amount": 900_000}],
        },
        {"outcome": "rejected", "amount": "", "reason": "同種の事業があるため"},
    )

    faces = [
        owner_faces(as_user, story.clerk, make_application(story, status, recommend=outcome))
        for outcome in outcomes
    ]

    assert faces[0] == faces[1] == faces[2]
    assert faces[0]["detail"]["status"] == "under_review"
    assert faces[0]["available"] == ["withdraw"]
    hidden = ("outcome", "decided_amount", "decision_reason", "decision_conditions")
    assert [faces[0]["detail"][name] for name in hidden] == [None] * 4


def test_hidden_statuses_and_outcomes_cannot_be_filtered_by(as_user, story):
    decided = make_application(story, "decided")
    clerk, officer = as_user(story.clerk), as_user(story.desk.officer)

    def found(caller, **query):
        return [row["id"] for row in caller.get(**query).json()["results"]]

    everything = found(clerk)
    assert found(clerk, status="decided") == found(clerk, status="recommended") == []
    assert found(clerk, status="under_review") == everything == [str(decided.public_id)]
    for query in ({"outcome": "rejected"}, {"decided_amount": 1}, {"ordering": "decided_amount"}):
        assert found(clerk, **query) == everything
    assert found(officer, status="decided") == everything


def test_headquarters_read_the_outcome_and_the_owner_once_it_is_told(as_user, story):
    case = make_application(story, "decided")
    officer, clerk = as_user(story.desk.officer), as_user(story.clerk)

    assert officer.get(one(case)).json()["outcome"] == "adopted"
    assert clerk.get(one(case)).json()["outcome"] is None
    story.run(case, "notify_informally")
    assert clerk.get(one(case)).json()["decided_amount"] == 1_000_000


def test_tags_of_headquarters_and_owner_differ(as_user, story):
    case = make_draft(story)
    officer, clerk = as_user(story.desk.officer), as_user(story.clerk)

    tags = {officer.get(one(case))["ETag"], clerk.get(one(case))["ETag"]}

    assert len(tags) == 2
    (foreign,) = tags - {clerk.get(one(case))["ETag"]}
    assert clerk.send("patch", one(case), {"title": "新"}, if_match=foreign).status_code == 412


def test_other_town_gets_404_everywhere(as_user, story):
    case = make_application(story, "announced")
    letters.render_waiting(now=NOW, by=system_actor())
    letter = Letter.objects.get(case_id=case.pk)
    file = case.files.get().file
    other = as_user(story.other)

    reads = ["", "available/", "letters/", "receipts/"]
    answers = {part: other.get(one(case, part)).status_code for part in reads}
    for part in ("budget-lines/", "parties/", "files/", "replies/"):
        answers[part] = other.send("put", one(case, part), [], if_match="*").status_code
    for method in ("put", "patch"):
        answers[method] = other.send(method, one(case), {"title": "x"}, if_match="*").status_code
    for act in DATA:
        answers[act] = other.move(case, act).status_code
    for path in (f"letters/{letter.public_id}/", f"files/{file.public_id}/"):
        answers[path] = other.get(f"{API}core/{path}").status_code
        answers[f"{path}content/"] = other.get(f"{API}core/{path}content/").status_code

    assert set(answers.values()) == {404}, answers
    assert other.get().json()["results"] == []
    assert other.get(receipt_number=case.receipt_number).json()["results"] == []


def test_town_begins_nothing_for_another_towns_section(as_user, story):
    section = story.clerk.access.posts[0].section
    body = {
        "call": str(story.call.public_id),
        "section": str(section.public_id),
        "title": "横取り",
    }

    answer = as_user(story.other).send("post", APPLICATIONS, body)

    assert (answer.status_code, list(messages(answer))) == (400, ["section"])


def test_file_of_another_is_neither_linked_nor_told_apart_from_none(as_user, story):
    theirs = as_user(story.other).upload().json()["id"]
    case = make_draft(story)
    clerk = as_user(story.clerk)

    answers = [
        clerk.send("put", one(case, "files/"), [{"file": file}], if_match="*")
        for file in (theirs, str(uuid.uuid4()))
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert [list(messages(answer)) for answer in answers] == [["0.file"], ["0.file"]]
    assert not StoredFile.objects.get(public_id=theirs).is_linked
