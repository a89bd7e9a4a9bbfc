"""Received, accepted late, refused, returned, corrected or lapsed."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.actors import system_actor
from core import audit, files, letters, receipts, workflow
from core.fiscal import JST
from grants.actions.drafting import (
    add_files,
    files_writer,
    lines_writer,
    parties_writer,
)
from programs.actions import save_rules
from tests.factories.accounts import make_body
from tests.factories.grants import (
    ANSWERED,
    DATA,
    LINES,
    NOW,
    edit,
    letters_of,
    mails_of,
    make_application,
    pdf_bytes,
    town_story,
    upload,
)
from tests.factories.programs import grant_rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


def test_reception_keeps_number_and_post_in_charge(story):
    case = story.run(make_application(story, "submitted"), "receive", incoming_number="収受第９号")

    assert (case.incoming_number, case.post_in_charge) == (
        "収受第9号",
        story.desk.officer.access.posts[0],
    )
    assert mails_of(case, "receive") == sorted([story.clerk.email, case.section.mailbox])


def test_post_in_charge_may_be_another_of_headquarters_but_no_bodys(story):
    case = make_application(story, "submitted")
    other = story.desk.manager.access.posts[0]

    foreign = story.clerk.access.posts[0].public_id
    with pytest.raises(ValidationError):
        story.run(case, "receive", post_in_charge=str(foreign))
    assert story.run(case, "receive", post_in_charge=str(other.public_id)).post_in_charge == other


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("receive", "submitted"),
        ("accept_late", "late"),
        ("refuse", "late"),
        ("lapse", "returned"),
        ("send_back", "recommended"),
    ],
)
def test_act_without_its_number_or_reason_is_refused(story, name, before):
    case = make_application(story, before)

    with pytest.raises(ValidationError):
        workflow.run(case, name, by=story.actor(name), now=NOW, data={})


def test_late_one_is_accepted_for_a_reason_that_the_audit_tells(story):
    case = story.run(make_application(story, "late"), "accept_late")

    assert audit.events_for(case)[0].note == DATA["accept_late"]["reason"]
    assert mails_of(case, "accept_late") == sorted([story.clerk.email, case.section.mailbox])


def test_return_names_field_and_due_and_asks_for_at_least_one_comment(story):
    case = make_application(story, "received")

    for data in (
        {"comments": []},
        {"due": "2021-08-09"},
        {"due": ""},
        {"comments": [{"field": "budget", "text": "?"}]},
        {"comments": [{"field": "title", "text": " "}]},
        {"comments": "title"},
    ):
        with pytest.raises(ValidationError):
            story.run(case, "return_for_correction", **data)
    case = story.run(case, "return_for_correction")
    comment = case.comments.get()
    assert (comment.field, comment.found) == ("answers.purpose", "外国人住民の生活を支えるため")
    assert (case.return_due.isoformat(), case.returned_by_branch) == ("2021-09-01", False)
    assert mails_of(case, "return_for_correction") == sorted(
        [story.clerk.email, case.section.mailbox]
    )


def test_return_by_the_boxes_of_the_page_is_the_same_as_by_the_list(story):
    case = make_application(story, "received")

    typed = {"due": "令和3年9月1日", "comment_title": "短くしてください。", "comments": ""}
    case = story.run(case, "return_for_correction", **typed)

    assert [(c.field, c.text) for c in case.comments.all()] == [("title", "短くしてください。")]


@pytest.mark.parametrize("how", ["answered", "changed", "neither"])
def test_each_comment_is_answered_or_its_field_changed(story, how):
    case = make_application(story, "returned")
    comment = case.comments.get()
    if how == "answered":
        case.comments.update(answer="ご指摘の箇所は、第2段落に書いてあります。")
    if how == "changed":
        case = edit(story, case, **ANSWERED)

    if how == "neither":
        with pytest.raises(ValidationError) as refusal:
            story.run(case, "submit")
        assert set(refusal.value.message_dict) == {f"comments.{comment.pk}"}
    else:
        assert story.run(case, "submit").status == "received"
        assert case.comments.get().resolved_at == NOW


@pytest.mark.parametrize("field", ["lines", "files", "parties", "answers.project_plan"])
def test_comment_on_a_list_is_met_by_changing_the_list(story, field):
    case = make_application(story, "received")
    comments = [{"field": field, "text": "確かめてください。"}]
    case = story.run(case, "return_for_correction", comments=comments)
    with pytest.raises(ValidationError):
        story.run(case, "submit")

    case = rewrite(story, case, changed_list(story, field))
    if field == "parties":  # a project with others needs the paper about them
        stored = files.store(upload("協定書.pdf"), by=story.clerk)
        case = rewrite(story, case, add_files([stored], "agreement", by=story.clerk))

    assert story.run(case, "submit").status == "received"


def changed_list(story, field):
    if field == "lines":
        return lines_writer([LINES[0], LINES[1] | {"amount": 200_000}])
    if field == "parties":
        return parties_writer([{"organization": make_body(), "kind": "implementer"}])
    stored = files.store(upload("事業計画書.pdf", pdf_bytes() + b"\n"), by=story.clerk)
    return files_writer([(stored, "project_plan")], by=story.clerk)


def rewrite(story, case, children):
    case.refresh_from_db()
    return workflow.edit(
        case, by=story.clerk, now=NOW, version=case.version, changes={}, children=children
    )


def test_resubmission_keeps_number_arrival_and_rules(story):
    case = make_application(story, "returned")
    number, rules = case.receipt_number, case.rule_set
    save_rules(story.call.edition, data=grant_rules(floor=900_000), by=system_actor(), now=NOW)
    later = NOW + timedelta(days=3)

    case = story.run(edit(story, case, **ANSWERED), "submit", later)

    assert (case.receipt_number, case.arrived_at, case.rule_set) == (number, NOW, rules)
    rounds = receipts.for_case(case).values_list("number", "round", "arrived_at")
    assert list(rounds) == [(number, 1, NOW), (number, 2, later)]
    assert case.return_due is None


def test_resubmission_after_the_deadline_is_not_called_late(story):
    case = make_application(story, "returned")
    after = story.after() + timedelta(days=1)

    case = story.run(edit(story, case, **ANSWERED), "submit", after)

    assert (case.status, case.arrived_at) == ("received", NOW)
    assert "late" not in {finding["code"] for finding in case.verdict["findings"]}


def test_correction_lapses_only_after_its_due_day(story):
    case = make_application(story, "returned")
    last_second = datetime(2021, 9, 1, 23, 59, 59, tzinfo=JST)

    with pytest.raises(ValidationError):
        story.run(case, "lapse", last_second)
    case = story.run(case, "lapse", last_second + timedelta(seconds=1))

    assert (case.status, case.closing_reason) == ("not_accepted", DATA["lapse"]["reason"])
    assert letters_of(case) == ["grants/letters/application_lapse.typ"]
    assert mails_of(case, "lapse") == sorted([story.clerk.email, case.section.mailbox])


def test_refusal_keeps_its_reason_and_issues_a_numbered_letter(story):
    case = story.run(make_application(story, "submitted"), "refuse")

    letter = letters.for_case(case, story.desk.manager).get()
    assert (letter.sign, letter.serial) == (story.desk.section.sign, 1)
    assert letter.context["reason"] == case.closing_reason == DATA["refuse"]["reason"]
    assert mails_of(case, "refuse") == sorted([story.clerk.email, case.section.mailbox])
