"""The ranking: exact figures, the budget's line, one act for the whole list, and its exports."""

import io
from collections import Counter
from fractions import Fraction

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.models import Approval, ApprovalItem
from core import exports, reports
from core.files import chunks
from core.models import Job
from grants import ranking
from grants.actions.announcing import RowErrors, recommend_all
from grants.models import Application
from grants.reviewing import mean_of, median_of, one_decimal
from tests.factories.grants import (
    NOW,
    decide,
    make_application,
    make_criteria,
    make_review,
    make_reviewer,
    town_story,
)
from tests.grants.test_concurrency import again, at_once

PAGE = "admin:grants_application_ranking"


@pytest.fixture
def story(db):
    story = town_story(budget=2_500_000)
    make_criteria(story)
    return story


def reviewed(story, *points, **changes):
    case = make_application(story, "under_review", **changes)
    for pair in points:
        make_review(story, case, make_reviewer(), pair)
    return case


def address(story, query=""):
    return f"{reverse(PAGE)}?edition={story.call.edition.public_id}{query}"


def typed(story, rows, **changes):
    data = {
        "edition": story.call.edition.public_id,
        "subject": "採択について",
        "reason_adopted": "模範となるため",
        "reason_rejected": "目標が明らかでないため",
        "conditions": "報告すること。",
    }
    for case, row in rows.items():
        data |= {f"row-{case.pk}-{name}": value for name, value in row.items()}
    return data | changes


@pytest.mark.parametrize(
    ("totals", "mean", "median", "text"),
    [
        ([22, 13], Fraction(35, 2), Fraction(35, 2), "17.5"),
        ([10, 10, 11], Fraction(31, 3), 10, "10.3"),
        ([1, 2, 3, 7], Fraction(13, 4), Fraction(5, 2), "3.3"),  # 3.25: a half goes up
        ([], None, None, ""),
    ],
)
def test_figures_are_exact_and_shown_to_one_decimal(totals, mean, median, text):
    assert (mean_of(totals), median_of(totals), one_decimal(mean_of(totals))) == (
        mean,
        median,
        text,
    )


def test_ranking_orders_by_mean_marks_what_is_missing_and_shares_ranks(story):
    half = {"requested_amount": 500_000}
    best = reviewed(story, (5, 5), (4, 4), **half)
    even = reviewed(story, (4, 4), (5, 5), **half)
    worst = reviewed(story, (1, 1), **half)
    make_review(story, worst, make_reviewer())
    unread = reviewed(story, **half)

    rows = ranking.ranked(story.call.edition, story.desk.officer)

    assert [row.application for row in rows] == [best, even, worst, unread]
    assert [row.rank for row in rows] == [1, 1, 3, None]
    assert [row.mean_text for row in rows] == ["22.5", "22.5", "5.0", ""]
    assert (rows[0].spread, rows[0].median_text) == (5, "22.5")
    assert [(len(r.totals), r.missing) for r in rows] == [(2, 0), (2, 0), (1, 1), (0, 0)]


def test_budget_line_stands_before_the_first_row_beyond_it(staff, story):
    cases = [reviewed(story, (points, points)) for points in (5, 4, 3)]
    client = staff(story.desk.officer)

    rows = client.get(address(story)).context["rows"]
    assert [row.application for row in rows] == cases
    assert [row.cumulative for row in rows] == [1_000_000, 2_000_000, 3_000_000]
    assert [row.is_first_over for row in rows] == [False, False, True]

    tried = client.get(address(story, "&budget=100万円"))
    assert [row.is_first_over for row in tried.context["rows"]] == [False, True, False]
    assert "1,000,000円" in tried.content.decode()
    wrong = client.get(address(story, "&budget=たくさん"))
    assert wrong.status_code == 200
    assert wrong.context["what_if"].errors


def test_line_counts_what_other_calls_of_the_edition_have_decided(staff, story):
    decided = make_application(story, "recommended")
    decide(story, [decided])
    story.call.edition.refresh_from_db()
    reviewed(story, (5, 5))
    rows = ranking.ranked(story.call.edition, story.desk.officer)

    assert ranking.elsewhere(story.call.edition, rows) == 0
    assert ranking.elsewhere(story.call.edition, rows[:1]) == 1_000_000


def test_proposal_fills_in_adoption_down_to_the_line(staff, story):
    for points in (5, 4, 3):
        reviewed(story, (points, points))

    rows = staff(story.desk.officer).get(address(story, "&fill=1")).context["rows"]

    assert [row.form.initial["outcome"] for row in rows] == ["adopted", "adopted", "rejected"]


def test_whole_list_is_recommended_into_one_draft_approval(staff, story):
    first, second, later = (reviewed(story, (points, points)) for points in (5, 4, 3))
    client = staff(story.desk.officer)
    rows = {
        first: {"outcome": "adopted", "amount": "１，０００，０００"},
        second: {"outcome": "rejected", "amount": "1000000", "reason": "別の理由"},
        later: {"outcome": "", "amount": "1000000"},
    }

    answer = client.post(reverse(PAGE), typed(story, rows))

    approval = Approval.objects.get()
    assert answer["Location"] == reverse("admin:approvals_approval_change", args=[approval.pk])
    assert approval.status == "draft"
    assert list(approval.items.order_by("order").values_list("case_id", flat=True)) == [
        first.pk,
        second.pk,
    ]
    for case in (first, second, later):
        case.refresh_from_db()
    assert (first.status, first.decision_reason) == ("recommended", "模範となるため")
    assert (second.outcome, second.decision_reason) == ("rejected", "別の理由")
    assert later.status == "under_review"


def test_one_refused_row_stops_all_and_everything_typed_stays(staff, story):
    first, second = (reviewed(story, (points, points)) for points in (5, 4))
    rows = {
        first: {"outcome": "adopted", "amount": "1000000"},
        second: {"outcome": "adopted", "amount": "900000", "reason": "消えない理由"},
    }

    answer = staff(story.desk.officer).post(reverse(PAGE), typed(story, rows))

    assert answer.status_code == 400
    assert "消えない理由" in answer.content.decode()
    shown = {row.application: row for row in answer.context["rows"]}
    assert not shown[first].errors
    assert "outcome" in shown[second].form.errors
    assert 'value="900,000"' in str(shown[second].form["amount"])
    assert Application.objects.filter(status="under_review").count() == 2
    assert not Approval.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"subject": ""}, {"reason_adopted": ""}, {"row": ""}, {"amount": "百万とすこし"}]
)
def test_what_is_missing_is_told_and_nothing_written(staff, story, changes):
    case = reviewed(story, (5, 5))
    row = {"outcome": "adopted", "amount": "1000000"}
    if "row" in changes:
        row["outcome"] = changes.pop("row")
    row |= {name: changes.pop(name) for name in ("amount",) if name in changes}

    answer = staff(story.desk.officer).post(reverse(PAGE), typed(story, {case: row}, **changes))

    assert answer.status_code == 400
    assert not Approval.objects.exists()


def test_list_decided_by_somebody_else_meanwhile_is_told_beside_its_row(staff, story):
    case = reviewed(story, (5, 5))
    rows = {case: {"outcome": "adopted", "amount": "1000000"}}
    client = staff(story.desk.officer)
    assert client.post(reverse(PAGE), typed(story, rows)).status_code == 302

    second = client.post(reverse(PAGE), typed(story, rows))

    assert second.status_code == 400
    assert second.context["rows"][0].errors
    assert Approval.objects.count() == 1


def test_ranking_is_for_headquarters_and_recommended_by_officers(staff, story):
    case = reviewed(story, (5, 5))
    rows = {case: {"outcome": "adopted", "amount": "1000000"}}

    for outsider in (story.clerk, story.other, make_reviewer()):
        assert staff(outsider).get(address(story)).status_code == 404
    manager = staff(story.desk.manager)
    assert manager.get(address(story)).status_code == 200
    assert manager.post(reverse(PAGE), typed(story, rows)).status_code == 403
    assert manager.get(f"{reverse(PAGE)}?edition=nonsense").status_code == 404
    assert str(story.call.edition) in manager.get(reverse(PAGE)).content.decode()


def test_ranking_asks_as_often_for_three_rows_as_for_one(staff, story):
    counts = []
    client = staff(story.desk.officer)
    for number in (1, 2):
        for _again in range(number):
            reviewed(story, (5, 5))
        client.get(address(story))
        with CaptureQueriesContext(connection) as captured:
            client.get(address(story))
        counts.append(len(captured))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_ranking_is_taken_out_by_the_report_road(staff, story, kind):
    best = reviewed(story, (5, 5), (5, 4), (4, 5), title="=1+1 の講座")
    unread = reviewed(story)
    query = {"edition": story.call.edition.public_id, "format": kind}

    answer = staff(story.desk.officer).post(
        reverse("admin:grants_application_ranking_export"), query
    )

    job = Job.objects.get()
    assert answer["Location"] == reverse("admin:job", args=[job.public_id])
    content = b"".join(chunks(exports.export(job)))
    if kind == "csv":
        _head, first, last = content.decode("utf-8-sig").splitlines()
        assert first.startswith(f"1,{best.receipt_number}")
        assert "'=1+1" in first
        assert ",23.3,23.0,3,3,0," in first
        assert unread.receipt_number in last
        return
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[1][0] == 1
    assert float(rows[1][4]) == 23.3
    assert rows[2][4] is None


def test_report_of_the_applications_list_is_still_its_own(story):
    assert reports.of_model(Application).name == "applications"


def test_two_officers_recommending_one_list_at_once_recommend_each_case_once(fresh_db):
    story = town_story()
    cases = [make_application(story, "under_review", requested_amount=500_000) for _ in range(3)]
    data = {"outcome": "adopted", "amount": 500_000, "reason": "模範となるため", "conditions": ""}

    def act(order):
        proposals = {Application.objects.get(pk=case.pk): data for case in order}
        try:
            recommend_all(proposals, subject="採択", by=again(story.desk.officer), now=NOW)
        except RowErrors as refused:
            raise next(iter(refused.errors.values())) from refused

    outcomes = at_once(lambda: act(cases), lambda: act(cases[::-1]))

    assert Counter(outcome is None for outcome in outcomes) == {True: 1, False: 1}
    assert Application.objects.filter(status="recommended").count() == 3
    assert ApprovalItem.objects.count() == 3
