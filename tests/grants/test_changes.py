"""Changes of an award: the rules say by themselves whether approval is needed, and what follows."""

import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from approvals.actions import RouteStep, draft_approval
from core import workflow
from core.models import Letter
from core.workflow import InvalidTransition
from finance.actions import commitments
from grants.actions import changes
from grants.changing import judge_change
from grants.models import Award, ChangeRequest
from programs.rules import RuleData
from tests.factories.accounts import api_key_for
from tests.factories.approvals import post_of
from tests.factories.awards import actual, fill_in, make_award, run
from tests.factories.grants import NOW, town_story
from tests.factories.programs import grant_rules


@pytest.fixture
def story(db):
    return town_story()


def begin(story, award, kind="cost_allocation", lines=None, **values):
    values = {"kind": kind, "reason": "講師が増えたため", "content": "謝金を増やす"} | values
    change = changes.begin_change(award, by=story.clerk, now=NOW, changes=values)
    if lines is None:
        return change
    return workflow.edit(
        change,
        by=story.clerk,
        now=NOW,
        version=change.version,
        changes={},
        children=changes.lines_writer(lines),
    )


def act(change, name, by, **data):
    return workflow.run(change, name, by=by, now=NOW, data=data)


def approve(story, change):
    desk = story.desk
    signers = {"review": desk.manager, "consult": desk.finance, "decide": desk.director}
    approval = draft_approval(
        subject="変更の承認について",
        act="approve",
        cases=[change],
        by=desk.officer,
        now=NOW,
        steps=[RouteStep(kind, post_of(signer)) for kind, signer in signers.items()],
    )
    approval = workflow.run(approval, "submit", by=desk.officer, now=NOW)
    for signer in (desk.manager, desk.finance):
        approval = workflow.run(approval, "endorse", by=signer, now=NOW)
    workflow.run(approval, "decide", by=desk.director, now=NOW)
    return ChangeRequest.objects.get(pk=change.pk)


@pytest.mark.parametrize(
    ("limits", "before", "after", "wanted", "needs"),
    [
        # moved 160,000 of 800,000 = exactly 1/5: within
        ({"share": "1/5"}, {"a": 800_000, "b": 250_000}, {"a": 960_000, "b": 250_000}, None, False),
        # one yen more: above
        ({"share": "1/5"}, {"a": 800_000}, {"a": 960_001}, None, True),
        # taken out of a class counts as well: 50,001 of 250,000 is above 1/5
        ({"share": "1/5"}, {"b": 250_000}, {"b": 199_999}, None, True),
        # a class that is new has nothing to be a share of
        ({"share": "1/5"}, {"a": 800_000}, {"a": 800_000, "c": 1}, None, True),
        ({"amount": 100_000}, {"a": 800_000}, {"a": 900_000}, None, False),
        ({"amount": 100_000}, {"a": 800_000}, {"a": 900_001}, None, True),
        # another amount is always approved
        ({"share": "1/5"}, {"a": 800_000}, {"a": 800_000}, 900_000, True),
        # no limit is named: every move is approved
        ({}, {"a": 800_000}, {"a": 800_001}, None, True),
    ],
)
def test_rules_say_whether_approval_is_needed(limits, before, after, wanted, needs):
    rules = RuleData.parse(grant_rules(changes=limits))

    found = judge_change(
        rules, kind="cost_allocation", before=before, after=after, decided=1_000_000, wanted=wanted
    )

    assert any(row.needs_approval for row in found) is needs
    assert {row.clause for row in found} == {"補助金適正化法第7条（軽微な変更）の例による"}


def test_small_move_is_noted_by_the_officer_and_the_lines_count(story):
    award = make_award(story)
    change = begin(story, award, lines=actual(850_000, 200_000))
    change = act(change, "submit", story.clerk)
    assert change.needs_approval is False

    change = act(change, "note", story.desk.officer)

    assert change.status == "noted"
    lines = award.application.budget_lines.filter(stage="changed").order_by("order")
    assert [line.amount for line in lines] == [850_000, 200_000]
    assert Award.objects.get(pk=award.pk).decided_amount == 1_000_000


def test_big_move_and_another_amount_go_through_an_approval(story):
    award = make_award(story)
    change = begin(story, award, lines=actual(500_000, 250_000), new_amount=700_000)
    change = act(change, "submit", story.clerk)
    assert change.needs_approval
    with pytest.raises(InvalidTransition):
        act(change, "note", story.desk.officer)
    with pytest.raises(InvalidTransition):
        act(change, "approve", story.desk.director)

    change = approve(story, change)

    award.refresh_from_db()
    award.edition.refresh_from_db()
    assert (change.status, award.decided_amount, award.edition.decided_total) == (
        "approved",
        700_000,
        700_000,
    )
    assert commitments.settlement_of(award).decided == 700_000
    letter = Letter.objects.get(template="grants/letters/changerequest_approve.typ")
    assert letter.context["amounts"] == {"before": 1_000_000, "after": 700_000}
    assert [(r["before"], r["after"]) for r in letter.context["lines"]] == [
        (800_000, 500_000),
        (250_000, 250_000),
    ]


def test_approved_interruption_stops_the_project(story):
    award = make_award(story)
    change = act(begin(story, award, "interrupt"), "submit", story.clerk)

    approve(story, change)

    assert Award.objects.get(pk=award.pk).status == "suspended"


def test_approved_abolition_brings_the_report_forward(story):
    award = make_award(story)
    change = begin(story, award, "abolish", new_ends_on="2022-08-31")
    change = act(ChangeRequest.objects.get(pk=change.pk), "submit", story.clerk)

    approve(story, change)

    award.refresh_from_db()
    assert (str(award.ends_on), str(award.report_due)) == ("2022-08-31", "2022-09-30")


def test_delay_is_answered_by_an_instruction(story):
    change = act(begin(story, make_award(story), "delay"), "submit", story.clerk)
    with pytest.raises(InvalidTransition):
        act(change, "note", story.desk.officer)

    change = act(change, "instruct", story.desk.manager, reason="12月までに再開すること。")

    assert (change.status, change.answer) == ("instructed", "12月までに再開すること。")
    assert Letter.objects.filter(template="grants/letters/changerequest_instruct.typ").count() == 1


def test_denied_change_leaves_the_award_as_it_was(story):
    award = make_award(story)
    change = act(begin(story, award, "content"), "submit", story.clerk)

    change = act(change, "deny", story.desk.manager, reason="目的に合わないため")

    assert (change.status, Award.objects.get(pk=award.pk).version) == ("denied", award.version)


def test_returned_change_is_sent_again_under_its_number(story):
    change = act(begin(story, make_award(story), "content"), "submit", story.clerk)
    number = change.receipt_number

    due = {"reason": "時期を書いてください。", "due": "2021-09-01"}
    change = act(change, "return_for_correction", story.desk.officer, **due)
    change = act(change, "submit", story.clerk)

    assert (change.status, change.receipt_number) == ("submitted", number)


def test_unchanged_lines_and_a_second_change_are_refused(story):
    award = make_award(story)
    with pytest.raises(ValidationError):
        act(begin(story, award), "submit", story.clerk)
    act(begin(story, award, "content"), "submit", story.clerk)
    with pytest.raises(ValidationError):
        act(begin(story, award, "content"), "submit", story.clerk)
    with pytest.raises(ValidationError):  # nor is the report taken meanwhile
        run(story, fill_in(story, award), "report")


def test_drafter_begins_and_the_submitter_sends(story):
    change = begin(story, make_award(story), "content")

    with pytest.raises(PermissionDenied):
        act(change, "submit", story.drafter)


def test_town_begins_looks_and_sends_on_its_pages(story):
    award, town = make_award(story), Client()
    town.force_login(story.clerk)
    create = f"{reverse('grants:changerequest-create')}?award={award.public_id}"
    assert town.get(create).status_code == 200

    made = town.post(
        create, {"kind": "cost_allocation", "reason": "講師が増えた", "content": "謝金を増やす"}
    )
    change = ChangeRequest.objects.get()
    lines = reverse("grants:changerequest-lines", args=[change.public_id])
    assert "講師謝金" in town.get(lines).content.decode()
    rows = actual(1_000_000, 50_000)
    data = {"lines-TOTAL_FORMS": 2, "lines-INITIAL_FORMS": 0, "version": change.version}
    data |= {f"lines-{n}-{k}": v for n, row in enumerate(rows) for k, v in row.items()}
    town.post(lines, data)
    shown = town.get(made.url).content.decode()
    sent = town.post(reverse("grants:changerequest-transition", args=[change.public_id, "submit"]))

    assert "200,000" in shown  # 800,000 → 1,000,000
    assert "第7条" in shown
    assert sent.url.startswith("/receipts/")
    other = Client()
    other.force_login(story.other)
    assert other.get(made.url).status_code == 404
    assert other.get(create).status_code == 404


def test_api_begins_writes_lines_and_sends(client, story):
    award = make_award(story)
    key = {"Authorization": f"Bearer {api_key_for(story.clerk)}"}
    url = "/api/v1/grants/change-requests/"
    body = {"award": str(award.public_id), "kind": "cost_allocation", "reason": "r", "content": "c"}

    def send(method, path, data, **headers):
        return getattr(client, method)(
            path, json.dumps(data), content_type="application/json", headers=key | headers
        )

    made = send("post", url, body)
    assert made.status_code == 201, made.json()
    place = f"{url}{made.json()['id']}/"
    rows = actual(600_000, 450_000)
    told = send("put", f"{place}lines/", rows, **{"If-Match": made["ETag"]})
    assert told.status_code == 200, told.json()
    assert any(row["needs_approval"] for row in told.json()["findings"])
    compared = client.get(f"{place}compared/", headers=key).json()
    assert compared["lines"][0]["stages"]["changed"] == {"amount": 600_000, "difference": -200_000}
    sent = send("post", f"{place}transitions/submit/", {})
    assert (sent.status_code, sent.json()["status"]) == (200, "submitted")
    other = {"Authorization": f"Bearer {api_key_for(story.other)}"}
    assert client.get(place, headers=other).status_code == 404


def test_officer_takes_notice_in_the_admin_and_leads_the_rest_to_an_approval(staff, story):
    change = act(begin(story, make_award(story), "content"), "submit", story.clerk)
    client = staff(story.desk.officer)
    page = client.get(reverse("admin:grants_changerequest_change", args=[change.pk]))
    assert "謝金を増やす" in page.content.decode()

    chosen = {"action": "draft_approval", "_selected_action": [change.pk]}
    answer = client.post(reverse("admin:grants_changerequest_changelist"), chosen)

    assert "act=approve&case_label=grants.changerequest" in answer.url
    assert client.get(answer.url).status_code == 200
