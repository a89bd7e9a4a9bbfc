"""What CLAIR does with an award: stop it, check its report, fix its amount, close or cancel it."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.fiscal import FiscalYear, era_date, jst_date
from core.workflow import InvalidTransition, Step
from finance.actions import commitments
from grants import fixing
from grants.actions import awarding, drafting, duties
from grants.actions.award_letters import write_letter
from grants.models import Award, BudgetLine, ReportComment

Stage, Kind = BudgetLine.Stage, BudgetLine.Kind
RETENTION_YEARS = 5  # where the edition's rules name none; unconfirmed for CLAIR (domain.md §1.4)


def require_within_days(step: Step) -> None:
    """The body withdraws only within the edition's days after the notice (Art. 9)."""
    last = step.case.withdraw_by
    day = step.behalf.arrived_on if step.behalf else jst_date(step.now)
    if day > last:
        words = {"day": era_date(last)}
        raise ValidationError(
            _(
                "The days for withdrawing ended on %(day)s. Ask for 中止 or 廃止 by a change request."
            )
            % words
        )


def withdraw(step: Step) -> None:
    """The decision counts as never made; its money is free again (Art. 9)."""
    step.case.closing_reason = step.data["reason"]
    commitments.release(step.case, by=step.by, now=step.now)


def suspend(step: Step) -> None:
    """Stop the project for the time being (一時停止命令, Art. 13)."""
    write_letter(step, "award_suspend", {"reason": step.data["reason"]})


def resume(step: Step) -> None:
    """Let the project go on (一時停止の解除)."""
    write_letter(step, "award_resume", {"reason": step.data["reason"]})


def return_report(step: Step) -> None:
    """Write the comments by line and the day the correction is due (補正依頼)."""
    award = step.case
    award.correction_due = step.data["due"]
    last = award.comments.order_by("-round").values_list("round", flat=True).first() or 0
    ReportComment.objects.bulk_create(
        ReportComment(
            award=award,
            round=last + 1,
            line=comment["line"],
            text=comment["text"],
            created_at=step.now,
        )
        for comment in step.data["comments"]
    )


def order_correction(step: Step) -> None:
    """Order what does not fit the decision to be put right (是正命令, Art. 16)."""
    step.case.correction_due = step.data["due"]
    content = {"reason": step.data["reason"], "due": era_date(step.data["due"])}
    write_letter(step, "award_order_correction", content)


def check_report(step: Step) -> None:
    """Keep the record of the inspection and what was accepted of each line (検査調書, Art. 15)."""
    award = step.case
    award.checked_on, award.check_record = step.data["checked_on"], step.data["record"]
    award.accepted = step.data["accepted"]
    award.fixing = computed(award).to_dict()


def actual_lines(award: Award) -> list[BudgetLine]:
    """Return the reported lines in their order."""
    lines = [x for x in award.application.budget_lines.all() if x.stage == Stage.ACTUAL]
    return sorted(lines, key=lambda line: (line.order, line.pk))


def accepted_yen(award: Award, line: BudgetLine) -> int:
    """Return what was accepted of a reported line (yen)."""
    return min(int(award.accepted.get(line.match_key, line.amount)), line.amount)


def computed(award: Award) -> fixing.Fixing:
    """Return the amount as it would be fixed now, by the rules frozen with the decision."""
    application, rules = award.application, award.rules
    if rules is None:
        raise ValidationError(_("The edition has no rules. Save its rules first."))
    spent: dict[str, int] = {}
    income = 0
    for line in actual_lines(award):
        if line.kind == Kind.INCOME:
            income += line.amount
        else:
            spent[line.category] = spent.get(line.category, 0) + accepted_yen(award, line)
    cap = rules.cap_for(
        application.organization.kind, is_joint=application.is_joint, place=application.place
    )
    return fixing.fix_amount(
        rules, decided=award.decided_amount, cap=cap, spent=spent, income=income
    )


def require_as_checked(step: Step) -> None:
    """Refuse where the decided amount changed since the check: what was signed is another sum."""
    if computed(step.case).to_dict() != step.case.fixing:
        raise InvalidTransition(
            _("The amount is no longer what was checked. Return the approval and check again.")
        )


def fix(step: Step) -> None:
    """Fix the amount; what was advanced beyond it is to be paid back (額の確定, Art. 15, 18)."""
    award = step.case
    award.fixed_amount, award.fixed_at = award.fixing["amount"], step.now
    award.retention_until = kept_until(award, step)
    _write_fixed_lines(award)
    overpaid = commitments.fix(award, award.fixed_amount, by=step.by, now=step.now)
    if overpaid:
        commitments.order_repayment(
            award,
            kind="overpaid_advance",
            principal=overpaid,
            reason="概算払の額が確定額を超えたため",
            clause="補助金適正化法第18条第2項の例",
            by=step.by,
            now=step.now,
        )
    duties.make_tax_report(award, by=step.by, now=step.now)
    write_letter(step, "award_fix_amount", fixed_content(award, overpaid))


def fixed_content(award: Award, overpaid: int) -> dict[str, Any]:
    """Return what the letter of the fixed amount says: the sum and each step to it (yen)."""
    return {
        "amounts": {"decided": award.decided_amount, "fixed": award.fixing["amount"]},
        "steps": award.fixing["steps"],
        "overpaid": overpaid,
        "retention": era_date(award.retention_until) if award.retention_until else "",
    }


def kept_until(award: Award, step: Step) -> date:
    """Return the last day on which the papers are kept: years after the year of the fixing."""
    rules = award.rules
    years = (rules.retention_years if rules else None) or RETENTION_YEARS
    return date(int(FiscalYear.of(step.now)) + 1 + years, 3, 31)


def _write_fixed_lines(award: Award) -> None:
    lines = [
        {name: getattr(line, name) for name in BudgetLine.CONTENT}
        | {"key": line.match_key, "amount": line.amount, "foreign_amount": None}
        | ({"amount": accepted_yen(award, line)} if line.kind == Kind.EXPENSE else {})
        for line in actual_lines(award)
    ]
    drafting.lines_writer(lines, stage=Stage.FIXED)(award.application)


def require_settled(step: Step) -> None:
    """Close only what is paid and given back: nothing to claim, nothing owed, nothing under way."""
    found = commitments.settlement_of(step.case)
    if found.claimable > 0 or found.pending > 0 or found.to_return > 0:
        raise ValidationError(
            _(
                "Not settled yet: %(claimable)s yen may still be claimed, %(pending)s yen are "
                "being paid, %(owed)s yen are to be given back."
            ),
            params={
                "claimable": f"{max(found.claimable, 0):,}",
                "pending": f"{found.pending:,}",
                "owed": f"{found.to_return:,}",
            },
        )


def require_still_paid(step: Step) -> None:
    """No more income comes back than the body still holds of what was paid (Art. 7(2))."""
    found = commitments.settlement_of(step.case)
    left = max(found.paid - found.returned - found.to_return, 0)
    if step.data["amount"] > left:
        text = _("At most the %(left)s yen that were paid and are not ordered back.")
        raise ValidationError({"amount": [text % {"left": f"{left:,}"}]})


def order_income_back(step: Step) -> None:
    """Order the project's income back, in the conditions' cases (収入に係る返還命令, Art. 7(2)).

    That CLAIR's conditions name it is unconfirmed (domain.md §1.4).
    """
    commitments.order_repayment(
        step.case,
        kind="income",
        principal=step.data["amount"],
        reason=step.data["reason"],
        clause=step.data["clause"],
        by=step.by,
        now=step.now,
    )


def propose_cancel(step: Step) -> None:
    """Keep what is proposed, for the approval that carries it; nothing is cancelled by this."""
    step.case.proposed = {
        "amount": step.data["amount"],
        "reason": step.data["reason"],
        "clause": step.data["clause"],
    }


def require_proposal(step: Step) -> None:
    """A cancellation needs its draft; a whole one leaves nothing, a part leaves less."""
    award = step.case
    if not award.proposed:
        raise InvalidTransition(_("Draft the cancellation first: reason, clause and amount."))
    is_part = award.proposed["amount"] > 0
    if is_part != (step.name == "cancel_part"):
        raise InvalidTransition(
            _("The draft is of the other kind: 0 yen left is a whole cancellation.")
        )
    if award.proposed["amount"] >= award.decided_amount:
        raise InvalidTransition(_("A part cancellation leaves less than the amount decided."))


def cancel(step: Step) -> None:
    """Cancel the whole decision, also after closing; what was paid is to be given back (Art. 17)."""
    award, draft = step.case, step.case.proposed
    step.data["reason"] = award.closing_reason = draft["reason"]
    commitments.release(award, by=step.by, now=step.now)
    paid = commitments.unordered_of(award)
    _order_back(step, paid, draft)
    _cancelled_letter(step, "award_cancel", paid, draft)


def cancel_part(step: Step) -> None:
    """Lower the decided amount; what was paid beyond it is to be given back (Art. 17)."""
    award, draft = step.case, step.case.proposed
    step.data["reason"] = draft["reason"]
    left = int(draft["amount"])
    commitments.change_decided(award, left, by=step.by, now=step.now)
    before, award.decided_amount = award.decided_amount, left
    if award.fixed_amount is not None and award.fixed_amount > left:
        award.fixed_amount = left
    over = commitments.unordered_of(award)
    _order_back(step, over, draft)
    _cancelled_letter(step, "award_cancel_part", over, draft | {"before": before})
    award.proposed = {}


def _order_back(step: Step, principal: int, draft: dict[str, Any]) -> None:
    if principal > 0:
        commitments.order_repayment(
            step.case,
            kind="cancellation",
            principal=principal,
            reason=draft["reason"],
            clause=draft["clause"],
            by=step.by,
            now=step.now,
        )


def _cancelled_letter(step: Step, template: str, owed: int, draft: dict[str, Any]) -> None:
    content = {
        "reason": draft["reason"],
        "clause": draft["clause"],
        "amounts": {
            "before": draft.get("before", step.case.decided_amount),
            "after": int(draft["amount"]),
        },
        "owed": owed,
        "decided_on": awarding.decided_on(step.case),
    }
    write_letter(step, template, content)
