"""What a submission needs and gives; late, on paper, and through the branch."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core import audit, receipts
from core.workflow import InvalidTransition
from grants.actions.drafting import (
    begin,
)
from grants.models import Application
from grants.printing import differs_from_print, remember_print
from tests.factories.accounts import make_staff
from tests.factories.grants import (
    ANSWERED,
    NOW,
    edit,
    mails_of,
    make_application,
    make_draft,
    paper,
    town_story,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


def test_submission_gives_number_arrival_receipt_and_notice(story):
    case = story.run(make_draft(story), "submit")

    receipt = receipts.for_case(case).get()
    assert (case.arrived_at, receipt.arrived_at, receipt.number) == (NOW, NOW, case.receipt_number)
    assert [(f["name"], f["sha256"]) for f in receipt.files] == [
        ("事業計画書.pdf", case.files.get().file.sha256)
    ]
    assert (receipt.submitted_by, receipt.on_behalf_of) == (story.clerk.access.label, "")
    assert case.rule_set == story.call.edition.rules
    assert case.verdict["is_acceptable"]
    assert mails_of(case, "submit") == sorted([story.clerk.email, case.section.mailbox])


@pytest.mark.parametrize(
    ("moment", "target"),
    [("closes_at", "submitted"), ("after", "late")],
)
def test_closing_second_is_in_time_and_the_next_is_late(story, moment, target):
    now = story.call.closes_at if moment == "closes_at" else story.after()

    case = story.run(make_draft(story), "submit", now)

    assert case.status == target
    late = [f["code"] for f in case.verdict["findings"] if f["code"] == "late"]
    assert bool(late) == (target == "late")


@pytest.mark.parametrize(("days", "target"), [(-3, "submitted"), (0, "submitted"), (1, "late")])
def test_paper_counts_by_its_day_of_arrival_though_it_is_typed_later(story, days, target):
    closes_on = story.call.closes_at.date()
    typed = story.call.closes_at + timedelta(days=5)
    behalf = paper(story, closes_on + timedelta(days=days))

    case = story.run(make_draft(story), "submit", typed, by=story.desk.officer, behalf=behalf)

    receipt = receipts.for_case(case).get()
    assert case.status == target
    assert (receipt.on_behalf_of, receipt.behalf_reason) == (story.town.name, "紙で届いたため")
    assert (receipt.paper_arrived_on, receipt.arrived_at) == (behalf.arrived_on, typed)
    late = [f["code"] for f in case.verdict["findings"] if f["code"] == "late"]
    assert bool(late) == (target == "late")
    event = audit.events_for(case)[0]
    assert (event.actor_id, event.on_behalf_of) == (story.desk.officer.pk, story.town.name)


def test_paper_from_the_future_is_refused(story):
    behalf = paper(story, NOW.date() + timedelta(days=1))

    with pytest.raises(ValidationError) as refusal:
        story.run(make_draft(story), "submit", by=story.desk.officer, behalf=behalf)

    assert set(refusal.value.message_dict) == {"paper_arrived_on"}


def test_staff_submit_only_on_behalf_and_only_those_who_may(story):
    case = make_draft(story)

    with pytest.raises(PermissionDenied):
        story.run(case, "submit", by=story.desk.officer)
    for user in (make_staff("auditor"), story.desk.finance, story.other, story.branch):
        with pytest.raises(PermissionDenied):
            story.run(case, "submit", by=user, behalf=paper(story, NOW.date()))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"document_number": ""}, "document_number"),
        ({"document_date": None}, "document_date"),
        ({"representative_title": ""}, "representative_title"),
        ({"representative_name": ""}, "representative_name"),
        ({"contact_name": ""}, "contact_name"),
        ({"contact_phone": ""}, "contact_phone"),
        ({"contact_email": ""}, "contact_email"),
        ({"is_decided_internally": False}, "is_decided_internally"),
        ({"requested_amount": 0}, "requested_amount"),
        ({"starts_on": None}, "starts_on"),
        ({"categories": []}, "categories"),
        ({"has_other_grant": True}, "has_other_grant"),
        ({"answers": {}}, "answers.purpose"),
    ],
)
def test_submission_names_the_one_thing_that_is_missing_or_wrong(story, changes, field):
    case = edit(story, make_draft(story), **changes)

    with pytest.raises(ValidationError) as refusal:
        story.run(case, "submit")

    assert {name: len(found) for name, found in refusal.value.message_dict.items()} == {field: 1}
    case.refresh_from_db()
    assert (case.status, case.receipt_number) == ("draft", None)


def test_submission_without_its_required_paper_is_refused_once(story):
    case = make_draft(story)
    case.files.all().delete()

    with pytest.raises(ValidationError) as refusal:
        story.run(case, "submit")

    assert {n: len(found) for n, found in refusal.value.message_dict.items()} == {
        "answers.project_plan": 1
    }


def test_nothing_is_submitted_before_the_call_opens_or_after_it_is_decided(story):
    case = make_draft(story)

    with pytest.raises(ValidationError):
        story.run(case, "submit", story.call.opens_at - timedelta(seconds=1))
    story.call.status = "decided"
    story.call.save()
    with pytest.raises(ValidationError):
        story.run(Application.objects.get(pk=case.pk), "submit", story.after())


def test_late_paper_may_still_be_begun_for_the_body_but_not_by_it(story):
    behalf = paper(story, story.after().date())
    with pytest.raises(ValidationError):
        make_draft(story, now=story.after())

    from_paper = {"by": story.desk.officer, "now": story.after(), "behalf": behalf}
    section = story.clerk.access.posts[0].section
    case = begin(call=story.call, section=section, changes={"title": "紙の申請"}, **from_paper)

    assert (case.organization, case.status) == (story.town, "draft")


def test_text_changed_after_the_printed_draft_is_noticed(story):
    case = make_draft(story)
    assert not differs_from_print(case)
    remember_print(case)
    case.refresh_from_db()

    numbered = edit(story, case, document_number="国際第99号", document_date=date(2021, 8, 20))
    assert not differs_from_print(numbered)
    assert differs_from_print(edit(story, numbered, title="別の事業"))
    assert story.run(Application.objects.get(pk=case.pk), "submit").status == "submitted"


@pytest.mark.parametrize(
    ("clock", "sent", "forwarded", "target"),
    [
        ("branch", "in_time", "after", "submitted"),
        ("clair", "in_time", "after", "late"),
        ("clair", "in_time", "in_time", "submitted"),
        ("branch", "after", None, "late"),
        ("clair", "after", None, "late"),
    ],
)
def test_edition_says_whose_clock_counts(clock, sent, forwarded, target):
    story = town_story(routed=True, clock=clock)
    moments = {"in_time": NOW, "after": story.after()}

    case = story.run(make_draft(story), "submit", moments[sent])
    if forwarded:
        assert case.status == "at_intermediary"
        case = story.run(case, "forward", moments[forwarded])

    assert case.status == target


def test_what_the_branch_returned_goes_back_to_the_branch():
    story = town_story(routed=True)
    case = make_application(story, "at_intermediary")

    case = story.run(case, "return_for_correction", by=story.branch)
    assert case.returned_by_branch
    case = story.run(edit(story, case, **ANSWERED), "submit")
    assert case.status == "at_intermediary"
    assert story.run(case, "forward").returned_by_branch is False


def test_what_clair_returned_comes_back_to_clair():
    story = town_story(routed=True)
    case = make_application(story, "at_intermediary")
    case = story.run(story.run(case, "forward"), "receive")

    case = story.run(case, "return_for_correction")
    case = story.run(edit(story, case, **ANSWERED), "submit")

    assert case.status == "received"


def test_clair_does_not_return_what_lies_at_the_branch():
    story = town_story(routed=True)
    case = make_application(story, "at_intermediary")

    with pytest.raises((PermissionDenied, InvalidTransition)):
        story.run(case, "return_for_correction", by=story.desk.officer)
