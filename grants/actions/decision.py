"""Decision: recommend within the rules, decide within the budget, announce by letter."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import contact_of
from core import letters
from core.fiscal import era_date, jst_date
from core.models import Letter
from core.money import format_yen
from core.workflow import Step
from grants.actions import awarding, drafting
from grants.amounts import foreign_text
from grants.judging import verdict_of
from grants.models import Application, BudgetLine
from programs.actions import add_decided

Outcome = Application.Outcome


def require_within_rules(step: Step) -> None:
    """The amount stays within what the rules allow and what was asked for (yen)."""
    data, application = step.data, step.case
    if data["outcome"] == Outcome.REJECTED:
        return
    verdict = verdict_of(application)
    allowed = verdict.allowed_amount if verdict else application.requested_amount
    amount = data["amount"]
    if amount > allowed:
        raise ValidationError(
            {
                "amount": [
                    _("The rules allow %(allowed)s at most.") % {"allowed": format_yen(allowed)}
                ]
            }
        )
    if data["outcome"] == Outcome.ADOPTED and amount != application.requested_amount:
        raise ValidationError(
            {
                "outcome": [
                    _("An amount other than the one applied for is “adopted with modification”.")
                ]
            }
        )
    lines = data.get("lines") or []
    total = sum(line["amount"] for line in lines if line["kind"] == BudgetLine.Kind.EXPENSE)
    if lines and total < amount:
        raise ValidationError({"lines": [_("The decided lines come to less than the amount.")]})


def recommend(step: Step) -> None:
    """Keep outcome, amount, reason and conditions; hidden from owners until announced."""
    application, data = step.case, step.data
    application.outcome = data["outcome"]
    is_adopted = data["outcome"] != Outcome.REJECTED
    application.decided_amount = data["amount"] if is_adopted else None
    application.decision_reason = data["reason"]
    application.decision_conditions = data.get("conditions") or ""
    application.budget_lines.filter(stage=BudgetLine.Stage.DECIDED).delete()
    if is_adopted and data.get("lines"):
        drafting.lines_writer(data["lines"], stage=BudgetLine.Stage.DECIDED)(application)


def decide(step: Step) -> None:
    """Take the amount from the edition's budget, under lock; refused beyond it (決裁)."""
    application = step.case
    application.decided_at = step.now
    if application.is_adopted:
        add_decided(application.edition_id, application.decided_amount)


def withdraw(step: Step) -> None:
    """Keep the reason and give a decided amount back to the budget (取下げ)."""
    application = step.case
    application.closing_reason = step.data["reason"]
    was_decided = step.before in (
        Application.Status.DECIDED,
        Application.Status.INFORMALLY_NOTIFIED,
    )
    if was_decided and application.is_adopted:
        add_decided(application.edition_id, -application.decided_amount)


def announce(step: Step) -> None:
    """Store the decided lines, make the award, issue the letter, its number taken last (決定通知)."""
    application = step.case
    application.announced_at = step.now
    decided = application.budget_lines.filter(stage=BudgetLine.Stage.DECIDED)
    if application.is_adopted and not decided.exists():
        applied = application.budget_lines.filter(stage=BudgetLine.Stage.APPLIED).order_by("order")
        drafting.lines_writer([_copied(line) for line in applied], stage=BudgetLine.Stage.DECIDED)(
            application
        )
    is_award = application.is_adopted
    award = awarding.make_award(application, by=step.by, now=step.now) if is_award else None
    letter = write_letter(step, "application_announce", _announce_content(application, step))
    if award:
        awarding.number_award(award, letter.number)


def _copied(line: BudgetLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in BudgetLine.CONTENT}


def require_adopted(step: Step) -> None:
    """Only what gives money is told informally; a refusal is told by its letter (内定)."""
    if not step.case.is_adopted:
        raise ValidationError(
            _("Only an adopted application is told informally. Announce this one.")
        )


def notify_informally(step: Step) -> None:
    """Tell the outcome before the decision's letter (内定通知)."""
    write_letter(step, "application_notify_informally", _announce_content(step.case, step))


def letter_of_refusal(step: Step) -> None:
    """Keep the reason and issue the letter of not accepting (不受理通知)."""
    step.case.closing_reason = step.data["reason"]
    content = {"reason": step.data["reason"], "receipt_number": step.case.receipt_number}
    write_letter(step, "application_refuse", content)


def letter_of_lapse(step: Step) -> None:
    """Keep the reason and issue the letter that the correction's time is over."""
    step.case.closing_reason = step.data["reason"]
    application = step.case
    returned = application.comments.order_by("-pk").first()
    content = {
        "reason": step.data["reason"],
        "receipt_number": application.receipt_number,
        "returned_on": era_date(jst_date(returned.created_at)) if returned else "",
        "due": era_date(application.return_due) if application.return_due else "",
    }
    write_letter(step, "application_lapse", content)


_TITLES = {
    "application_announce": "の交付決定について（通知）",
    "application_notify_informally": "の内定について（通知）",
    "application_refuse": "の申請の不受理について（通知）",
    "application_lapse": "の申請の不受理について（通知）",
}


def write_letter(step: Step, template: str, content: dict[str, Any]) -> Letter:
    """Number and queue one letter about the application; previews take the same content."""
    application = step.case
    return letters.prepare(
        application,
        template=f"grants/letters/{template}.typ",
        sign=letter_sign(application),
        subject=letter_subject(application, template),
        addressee=application.organization.name,
        context={**common_content(application), **content},
        now=step.now,
        decided_on=jst_date(application.decided_at) if application.decided_at else None,
    )


def letter_sign(application: Application) -> str:
    """Return the section's sign in letter numbers (クレア多第○号)."""
    section = application.edition.section
    return section.sign if section else ""


def letter_subject(application: Application, template: str) -> str:
    """Return the subject; a refusal of support is a result, not a decision to pay."""
    if template == "application_announce" and not application.is_adopted:
        return f"{application.edition.grant_name}の審査結果について（通知）"
    return f"{application.edition.grant_name}{_TITLES[template]}"


def common_content(application: Application) -> dict[str, Any]:
    """Return what every letter about an application says: to whom, from whom, about what."""
    section = application.edition.section
    return {
        "addressee": {
            "organization": application.organization.name,
            "title": application.representative_title,
            "name": application.representative_name,
        },
        "sender": letters.sender(),
        "application": {
            "number": application.document_number,
            "date": era_date(application.document_date) if application.document_date else "",
        },
        "grant": application.edition.grant_name,
        "title": application.title,
        "contact": contact_of(section),
    }


def _announce_content(application: Application, step: Step) -> dict[str, Any]:
    return {
        "outcome": application.outcome,
        "amounts": {
            "requested": application.requested_amount,
            "decided": application.decided_amount or 0,
        },
        "lines": compared_lines(application),
        "conditions": conditions_of(application),
        "withdraw_by": era_date(application.withdraw_until(step.now))
        if application.is_adopted
        else "",
        "reason": application.decision_reason,
    }


def conditions_of(application: Application) -> list[str]:
    """Return the conditions of the decision, those that the rules set first (要綱)."""
    written = [line.strip() for line in application.decision_conditions.splitlines()]
    rules = application.rules
    if rules is None or not rules.waits_for_decision(application.call.round):
        return [line for line in written if line]
    clause = rules.clause("starts_after_decision")
    cited = f"（{clause}）" if clause else ""
    first = f"事業には、この決定の通知を受けた後に着手すること{cited}。"
    return [first, *(line for line in written if line)]


def compared_lines(application: Application) -> list[dict[str, Any]]:
    """Return cost lines applied for beside decided, matched by class and item (yen)."""
    rules = application.rules
    names = {row.key: row.name for row in rules.expenses} if rules else {}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    lines = application.budget_lines.filter(kind=BudgetLine.Kind.EXPENSE).order_by("order", "pk")
    for line in lines:
        key = (line.category, line.description)
        row = rows.setdefault(
            key,
            {
                "category": names.get(line.category, line.category),
                "description": line.description + _in_currency(application, line),
                "applied": None,
                "decided": None,
            },
        )
        row[line.stage] = (row[line.stage] or 0) + line.amount
    return list(rows.values())


def _in_currency(application: Application, line: BudgetLine) -> str:
    """Return the amount in the budget's currency, to stand beside the yen."""
    text = foreign_text(application.currency, line.foreign_amount)
    return f"（{text}）" if text else ""
