"""An award from the announced decision to its close: acts, papers, money, and who may what."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core import audit
from core.models import Letter, OutboxMessage, Receipt
from core.workflow import InvalidTransition
from finance.actions import commitments
from grants.actions.awarding import report_due
from grants.models import Award
from programs.rules import RuleData
from tests.factories.awards import (
    ENDED,
    actual,
    approve,
    fill_in,
    later,
    make_award,
    make_checked,
    make_fixed,
    make_reported,
    rules,
    run,
)
from tests.factories.grants import NOW, make_application, town_story


@pytest.fixture
def story(db):
    return town_story()


def letter_of(award, template):
    return Letter.objects.get(
        case_label="grants.Award", case_id=award.pk, template=f"grants/letters/{template}.typ"
    )


def mails_of(award, act):
    rows = OutboxMessage.objects.filter(
        case_label="grants.Award", case_id=award.pk, template=f"grants/mail/award_{act}"
    )
    return sorted(rows.values_list("recipient", flat=True))


def test_announced_decision_makes_the_award_with_its_number_and_its_days(story):
    award = make_award(story)

    application = award.application
    letter = Letter.objects.get(case_label="grants.Application", case_id=application.pk)
    assert award.award_number == letter.number
    assert (award.status, award.decided_amount) == ("active", 1_000_000)
    assert (str(award.starts_on), str(award.ends_on)) == ("2022-06-01", "2023-02-28")
    assert str(award.report_due) == "2023-03-30"  # 28 February + 30 days
    assert str(award.withdraw_by) == "2021-08-24"  # 10 August + 14 days
    assert commitments.settlement_of(award).decided == 1_000_000


def test_refused_application_makes_no_award(story):
    make_application(story, "announced", recommend={"outcome": "rejected", "amount": ""})

    assert not Award.objects.exists()


def test_withdrawing_in_time_frees_the_money_of_the_edition(story):
    award = make_award(story)
    edition = award.edition
    edition.refresh_from_db()
    assert edition.decided_total == 1_000_000

    award = run(story, award, "withdraw_after_decision", now=later(14))

    edition.refresh_from_db()
    assert (award.status, edition.decided_total) == ("withdrawn", 0)
    assert mails_of(award, "withdraw_after_decision") == [story.desk.section.mailbox]


def test_withdrawing_too_late_is_refused_with_the_day(story):
    award = make_award(story)

    with pytest.raises(ValidationError, match="８月24日"):
        run(story, award, "withdraw_after_decision", now=later(15))


def test_suspended_project_goes_on_and_typed_entries_stay(story):
    award = make_award(story)
    Award.objects.filter(pk=award.pk).update(draft_input={"summary": "書きかけ"})

    award = run(story, award, "suspend", now=NOW)
    award = run(story, award, "resume", now=NOW)

    assert (award.status, award.draft_input) == ("active", {"summary": "書きかけ"})
    assert letter_of(award, "award_suspend").context["reason"] == "災害のため"
    assert letter_of(award, "award_resume")


def test_report_says_everything_that_is_missing(story):
    award = make_award(story)

    with pytest.raises(ValidationError) as refused:
        run(story, award, "report")

    indicators = [row.name for row in award.rules.indicators]
    assert len(refused.value.messages) == 4 + len(indicators)  # costs, two texts, day
    assert all(name in " ".join(refused.value.messages) for name in indicators)


def test_report_without_a_receipt_names_the_line(story):
    award = fill_in(story, make_award(story))
    award.files.filter(line__contains="印刷").delete()

    with pytest.raises(ValidationError, match="案内の印刷"):
        run(story, award, "report")


def test_report_gets_its_receipt_and_arrival(story):
    award = make_reported(story)

    receipt = Receipt.objects.get(case_label="grants.Award", case_id=award.pk)
    assert award.receipt_number == receipt.number
    assert (award.status, award.reported_at, award.is_report_late) == ("reported", ENDED, False)
    assert len(receipt.files) == 2
    assert (award.actual_expense, award.actual_income) == (1_050_000, 0)
    assert story.town.sections.get().mailbox in mails_of(award, "report")


def test_late_report_is_taken_and_marked(story):
    award = fill_in(story, make_award(story))

    award = run(story, award, "report", now=ENDED.replace(month=4, day=1))

    assert award.is_report_late


def test_return_by_line_is_answered_before_the_report_comes_again(story):
    award = make_reported(story)
    line = {"line": "expense|printing|案内の印刷", "text": "部数を書いてください。"}

    award = run(story, award, "return_for_correction", comments=[line], text="")

    assert (award.status, str(award.due)) == ("report_returned", "2023-04-10")
    with pytest.raises(ValidationError):
        run(story, award, "report")
    award.comments.update(answer="5,000部です。")
    award = run(story, Award.objects.get(pk=award.pk), "report")
    assert award.status == "reported"
    assert award.comments.get().resolved_at == ENDED
    assert Receipt.objects.filter(case_label="grants.Award", case_id=award.pk).count() == 2


def test_check_takes_out_what_is_not_accepted_and_fixing_writes_it_down(story):
    award = make_checked(
        story,
        actual(800_000, 150_000),
    )
    assert award.fixing["amount"] == 950_000  # all of 950,000; decided 1,000,000

    award = run_check_again(story, award, {"expense|printing|案内の印刷": 100_500})

    assert award.fixing["amount"] == 900_000  # 800,000 + 100,500 = 900,500 → 千円未満切捨て
    award = approve(story, award, "fix_amount")
    assert (award.status, award.fixed_amount) == ("amount_fixed", 900_000)
    fixed = award.application.budget_lines.filter(stage="fixed").order_by("order")
    assert [line.amount for line in fixed] == [800_000, 100_500]
    content = letter_of(award, "award_fix_amount").context
    assert content["amounts"] == {"decided": 1_000_000, "fixed": 900_000}
    assert content["steps"] == award.fixing["steps"]
    assert str(award.retention_until) == "2028-03-31"  # 年度末（2023年3月）から5年
    assert commitments.settlement_of(award).fixed == 900_000


def run_check_again(story, award, accepted):
    award = run(story, run(story, award, "order_correction"), "report")
    return run(story, award, "check_report", accepted=accepted)


def test_who_checked_may_not_fix_and_nobody_fixes_without_an_approval(story):
    award = make_checked(story)

    with pytest.raises(PermissionDenied):
        run(story, award, "fix_amount", by=story.desk.officer)
    with pytest.raises(InvalidTransition):
        run(story, award, "fix_amount", by=story.desk.director)


def test_manager_who_checked_may_not_fix(story):
    award = make_checked(story)
    audit.record("check_report", award, by=story.desk.director, at=ENDED)  # the latest who checked

    with pytest.raises(PermissionDenied):
        approve(story, award, "fix_amount")


def test_close_waits_until_all_is_paid(story):
    award = make_fixed(story)

    with pytest.raises(ValidationError, match="1,000,000"):
        run(story, award, "close")


def test_whole_cancellation_needs_its_draft_and_an_approval(story):
    award = make_award(story)
    award = run(story, award, "propose_cancel", now=NOW)

    award = approve(story, award, "cancel", now=NOW)

    award.edition.refresh_from_db()
    assert (award.status, award.edition.decided_total) == ("cancelled", 0)
    content = letter_of(award, "award_cancel").context
    assert (content["reason"], content["clause"], content["owed"]) == (
        "目的外に使ったため",
        "要綱第17条",
        0,
    )


def test_part_cancellation_lowers_the_decided_and_the_fixed_amount(story):
    award = make_fixed(story)
    award = run(story, award, "propose_cancel", amount="600000")

    award = approve(story, award, "cancel_part")

    assert (award.status, award.decided_amount, award.fixed_amount) == (
        "amount_fixed",
        600_000,
        600_000,
    )
    found = commitments.settlement_of(award)
    assert (found.decided, found.fixed) == (600_000, 600_000)
    assert letter_of(award, "award_cancel_part").context["amounts"] == {
        "before": 1_000_000,
        "after": 600_000,
    }


def test_other_town_sees_no_award_and_the_branch_sees_it_where_it_went_through(story):
    award = make_award(story)

    seen = [user for user in people(story) if Award.objects.visible_to(user).exists()]

    assert seen == [story.clerk, story.drafter, story.viewer, story.desk.officer]
    assert not story.viewer.has_perm("grants.report_award", award)
    assert not story.drafter.has_perm("grants.report_award", award)
    assert story.clerk.has_perm("grants.report_award", award)


def people(story):
    return [story.clerk, story.drafter, story.viewer, story.other, story.desk.officer]


@pytest.mark.parametrize(
    ("report_by", "ends_on", "due"),
    [
        (None, "2023-02-28", "2023-03-30"),  # 30 days after the end
        ("03-15", "2023-02-28", "2023-03-15"),  # the rules' day comes first
        ("04-10", "2022-06-30", "2022-07-30"),  # the days after the end come first
        (None, "2023-04-30", "2023-03-31"),  # unfinished at the year's end
    ],
)
def test_report_is_due_at_the_earliest_of_its_days(report_by, ends_on, due):
    parsed = RuleData.parse(rules(report_by=report_by))

    assert str(report_due(parsed, date.fromisoformat(ends_on), 2022)) == due
