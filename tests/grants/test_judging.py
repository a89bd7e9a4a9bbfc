"""One verdict: the same finding with its clause in the form, over REST and at the review."""

from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.urls import reverse

from core import workflow
from grants.actions.drafting import files_writer, parties_writer
from grants.actions.submission import rule_errors
from grants.judging import already_requested, stored_verdict, verdict_of
from programs.actions import save_rules
from tests.factories.accounts import bearer, make_body
from tests.factories.grants import (
    LINES,
    NOW,
    make_application,
    make_draft,
    make_section,
    town_story,
)
from tests.factories.programs import grant_rules, make_call

pytestmark = pytest.mark.django_db

RICH = [LINES[0] | {"amount": 9_000_000}]


@pytest.fixture
def story():
    return town_story()


def found(case):
    """The codes that stop a submission."""
    return [finding.code for finding in verdict_of(case).violations]


def join(story, case, *bodies, kind="joint"):
    write = parties_writer([{"organization": body, "kind": kind} for body in bodies])
    return workflow.edit(
        case, by=story.clerk, now=NOW, version=case.version, changes={}, children=write
    )


@pytest.mark.parametrize(
    ("kind", "cap"),
    [
        ("prefecture", 4_000_000),
        ("designated_city", 4_000_000),
        ("city", 3_000_000),
        ("special_ward", 3_000_000),
        ("town", 3_000_000),
        ("village", 3_000_000),
        ("international_association", 3_000_000),
    ],
)
def test_cap_is_that_of_the_bodys_kind(kind, cap):
    story = town_story(kind=kind)

    within = make_draft(story, lines=RICH, requested_amount=cap)
    above = make_draft(story, lines=RICH, requested_amount=cap + 1_000)

    assert (found(within), found(above)) == ([], ["over_cap"])


@pytest.mark.parametrize("kind", ["npo", "company", "private_school"])
def test_others_do_not_apply(kind):
    case = make_draft(town_story(kind=kind))

    assert found(case)[0] in ("implementer_only", "applicant_kind")
    assert list(rule_errors(case)) == ["organization"]


def test_cap_counts_the_bodys_other_applications_of_the_edition(story):
    make_application(story, "submitted", lines=RICH, requested_amount=2_000_000)
    case = make_draft(story, lines=RICH, requested_amount=1_001_000)

    assert already_requested(case) == 2_000_000
    assert (found(case), verdict_of(case).allowed_amount) == (["over_cap"], 1_000_000)


def test_cap_counts_across_the_rounds_and_sections_of_one_body(story):
    make_application(story, "submitted", lines=RICH, requested_amount=2_000_000)
    second = make_call(story.call.edition, round=2, form=story.call.form)

    other_section = make_section(story.town, name="防災課")
    case = make_draft(story, call=second, lines=RICH, requested_amount=1_001_000)
    case.section = other_section

    assert already_requested(case) == 2_000_000


@pytest.mark.parametrize("status", ["draft", "withdrawn", "not_accepted"])
def test_cap_is_free_of_what_is_not_asked_for_any_more(story, status):
    make_application(story, status, lines=RICH, requested_amount=2_000_000)

    assert already_requested(make_draft(story)) == 0


@pytest.mark.parametrize(
    ("recommend", "status", "taken"),
    [
        ({"outcome": "rejected", "amount": ""}, "decided", 2_000_000),
        ({"outcome": "rejected", "amount": ""}, "announced", 0),
        (
            {"outcome": "adopted_with_modification", "amount": 1_200_000},
            "recommended",
            2_000_000,
        ),
        ({"outcome": "adopted_with_modification", "amount": 1_200_000}, "announced", 1_200_000),
    ],
)
def test_cap_counts_the_decision_once_the_body_knows_it(story, recommend, status, taken):
    make_application(story, status, lines=RICH, requested_amount=2_000_000, recommend=recommend)

    assert already_requested(make_draft(story)) == taken


def test_other_bodies_and_other_editions_do_not_count(story):
    make_application(town_story(), "submitted", lines=RICH, requested_amount=2_000_000)

    assert already_requested(make_draft(story)) == 0


@pytest.mark.parametrize("by", ["tick", "party"])
def test_joint_project_has_the_joint_cap(story, by):
    case = make_draft(story, lines=RICH, requested_amount=4_000_000, is_joint=by == "tick")
    if by == "party":
        case = join(story, case, make_body("city"))

    assert "over_cap" not in found(case)
    assert verdict_of(case).allowed_amount == 4_000_000


@pytest.mark.parametrize(("amount", "codes"), [(499_000, ["below_floor"]), (500_000, [])])
def test_floor(story, amount, codes):
    assert found(make_draft(story, requested_amount=amount)) == codes


def test_no_more_than_the_cost_is_asked_for(story):
    case = make_draft(story, requested_amount=1_051_000)

    assert found(case) == ["over_cost"]


def test_npo_takes_part_as_implementer_and_not_as_joint_body(story):
    npo = make_body("npo")

    case = join(story, make_draft(story), npo, kind="implementer")
    assert found(case) == ["missing_document"]  # the paper about working together
    case = join(story, case, npo)
    assert set(found(case)) == {"implementer_only", "missing_document"}


@pytest.mark.parametrize(
    ("ends_on", "codes"),
    [
        (date(2023, 2, 28), []),
        (date(2023, 3, 1), ["ends_too_late"]),
    ],
)
def test_project_ends_by_the_last_day_of_february(story, ends_on, codes):
    assert found(make_draft(story, ends_on=ends_on)) == codes


def test_last_day_of_february_in_a_leap_year():
    story = town_story(fiscal_year=2023)
    dates = {"starts_on": date(2023, 6, 1), "ends_on": date(2024, 2, 29)}

    assert found(make_draft(story, **dates)) == []


def test_project_begins_in_its_fiscal_year(story):
    assert found(make_draft(story, starts_on=date(2022, 3, 31))) == ["starts_too_early"]


def test_required_paper_is_asked_for_by_its_name(story):
    case = make_draft(story)
    case = workflow.edit(
        case,
        by=story.clerk,
        now=NOW,
        version=case.version,
        changes={},
        children=files_writer([(case.files.get().file, "")], by=story.clerk),
    )

    (finding,) = verdict_of(case).violations
    assert (finding.code, finding.found) == ("missing_document", "事業計画書")
    assert list(rule_errors(case)) == ["answers.project_plan"]


def test_same_finding_with_its_clause_in_form_api_and_review(story, client):
    case = make_draft(story, ends_on=date(2023, 3, 31))
    (finding,) = verdict_of(case).violations
    assert finding.clause == "実施概要「事業実施期間」（令和4年度）"

    client.force_login(story.clerk)
    page = client.get(case.get_absolute_url()).content.decode()
    answer = client.post(reverse("grants:application-transition", args=[case.public_id, "submit"]))
    api = client.get(f"/api/v1/grants/applications/{case.public_id}/", **bearer(story.clerk))
    submit = f"/api/v1/grants/applications/{case.public_id}/transitions/submit/"
    refused = client.post(submit, {}, content_type="application/json", **bearer(story.clerk))
    Authenticator.objects.create(user=story.desk.officer, type="totp", data={"secret": "x"})
    client.force_login(story.desk.officer)
    review = client.get(reverse("admin:grants_application_change", args=[case.pk]))

    for text in (page, answer.content.decode(), review.content.decode()):
        assert finding.text in text
        assert finding.clause in text
    (told,) = [f for f in api.json()["verdict"]["findings"] if f["level"] == "violation"]
    assert (told["message"], told["clause"], told["field"]) == (
        finding.text,
        finding.clause,
        "ends_on",
    )
    (error,) = refused.json()["errors"]
    assert (error["field"], error["message"]) == ("ends_on", f"{finding.text}（{finding.clause}）")


def test_submitted_one_is_judged_by_the_rules_and_verdict_it_was_submitted_under(story):
    case = make_application(story, "submitted")
    judged_by, stored = case.rule_set, stored_verdict(case)

    save_rules(
        story.call.edition, data=grant_rules(floor=2_000_000), by=story.desk.manager, now=NOW
    )
    case.refresh_from_db()

    assert (case.rule_set, stored_verdict(case)) == (judged_by, stored)
    assert found(case) == []
    assert found(make_draft(story)) == ["below_floor"]


def test_edition_without_rules_judges_nothing(story):
    case = make_draft(story)
    case.edition.rules = None

    assert (verdict_of(case), rule_errors(case)) == (None, {})


def test_recommendation_stays_within_the_rules_of_the_submission(story):
    case = make_application(story, "under_review")
    save_rules(
        story.call.edition,
        data=grant_rules(caps=[], joint_cap=None),
        by=story.desk.manager,
        now=NOW,
    )

    with pytest.raises(ValidationError):
        story.run(case, "recommend", amount=1_001_000, outcome="adopted_with_modification")
