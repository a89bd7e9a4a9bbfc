"""Changes of an award: begun, sent, approved, denied, noted, instructed (変更, Art. 7)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import audit, receipts, workflow
from core.fiscal import era_date, jst_date
from core.outbox import Recipient
from core.workflow import InvalidTransition, Step
from finance.actions import commitments
from grants import stages
from grants.actions import awarding, drafting, papers
from grants.actions.award_letters import write_letter
from grants.changing import ChangeFinding, judge_change
from grants.models import Award, BudgetLine, ChangeLine, ChangeRequest

Kind = ChangeRequest.Kind
CHANGEABLE = (Award.Status.ACTIVE, Award.Status.SUSPENDED)
_CONTENT = (*BudgetLine.CONTENT, "key")


def begin_change(
    award: Award,
    *,
    by: Any,
    now: datetime,
    changes: Mapping[str, Any],
    behalf: workflow.Behalf | None = None,
) -> ChangeRequest:
    """Begin a change of an award that is under way; its lines begin as last approved."""
    require_changeable(award)
    return workflow.create(
        ChangeRequest,
        by=by,
        now=now,
        behalf=behalf,
        changes={
            **changes,
            "award": award,
            "edition": award.edition,
            "organization": award.organization,
            "section": award.section,
        },
        children=_copy_lines,
    )


def require_changeable(award: Award) -> None:
    """Only an award that is under way is changed."""
    if award.status not in CHANGEABLE:
        raise ValidationError(
            _("The award can no longer be changed: its status is “%(status)s”.")
            % {"status": award.status_text}
        )


def _copy_lines(change: ChangeRequest) -> dict[str, Any]:
    rows = [
        {name: getattr(line, name) for name in BudgetLine.CONTENT} | {"key": line.match_key}
        for line in stages.latest_lines(change.award)
    ]
    return lines_writer(rows)(change)


def lines_writer(lines: Iterable[Mapping[str, Any]]) -> Callable:
    """Return a writer of the whole list of lines as they are to be after the change."""
    rows = [dict(line) for line in lines]
    if len(rows) > drafting.MAX_LINES:
        text = _("At most %(limit)s lines.") % {"limit": drafting.MAX_LINES}
        raise ValidationError({"lines": [text]})

    def write(change: ChangeRequest) -> dict[str, Any]:
        before = lines_told(change)
        change.lines.all().delete()
        ChangeLine.objects.bulk_create(
            ChangeLine(change=change, order=order, **row) for order, row in enumerate(rows, 1)
        )
        after = lines_told(change)
        return {} if before == after else {"lines": [before, after]}

    return write


def lines_told(change: ChangeRequest) -> list[list[Any]]:
    """Return the lines as plain values, for the audit and the receipt."""
    lines = change.lines.order_by("order", "pk")
    return [[x.kind, x.category, x.description, x.basis, x.amount] for x in lines]


def sorted_lines(change: ChangeRequest) -> list[ChangeLine]:
    """Return the lines in their order."""
    return sorted(change.lines.all(), key=lambda line: (line.order, line.pk))


def compared(change: ChangeRequest) -> stages.Stages:
    """Return the lines of the change beside those last approved before it."""
    award = change.award
    is_done = change.decided_at is not None
    before = _before(change) if is_done else stages.latest_lines(award)
    return stages.side_by_side({"decided": before, "changed": sorted_lines(change)}, award)


def _before(change: ChangeRequest) -> list[Any]:
    """Return the lines that bound before an approved change: of the change before it, if any."""
    earlier = ChangeRequest.objects.filter(
        award=change.award,
        kind=Kind.COST_ALLOCATION,
        status__in=("approved", "noted"),
        decided_at__lt=change.decided_at,
    )
    last = earlier.order_by("-decided_at", "-pk").first()
    if last:
        return list(sorted_lines(last))
    lines = change.award.application.budget_lines.all()
    found = [line for line in lines if line.stage == BudgetLine.Stage.DECIDED]
    return sorted(found, key=lambda line: (line.order, line.pk))


def findings_of(change: ChangeRequest) -> list[ChangeFinding]:
    """Return what the rules say of the change as it stands."""
    award = change.award
    is_moved = change.moves_lines
    return judge_change(
        award.rules,
        kind=change.kind,
        before=_by_class(stages.latest_lines(award)) if is_moved else {},
        after=_by_class(sorted_lines(change)) if is_moved else {},
        decided=award.decided_amount,
        wanted=change.new_amount if is_moved else None,
    )


def _by_class(lines: Iterable[Any]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in lines:
        if line.kind == BudgetLine.Kind.EXPENSE:
            sums[line.category] = sums.get(line.category, 0) + line.amount
    return sums


def require_complete(step: Step) -> None:
    """Refuse what is missing or does not fit the kind; one change at a time."""
    change = step.case
    require_changeable(change.award)
    others = change.award.changes.filter(status__in=("submitted", "returned"))
    if others.exclude(pk=change.pk).exists():
        raise ValidationError(
            _("Another change of this award is being handled. Wait for its answer.")
        )
    if errors := missing(change):
        raise ValidationError(errors)


def missing(change: ChangeRequest) -> dict[str, list[str]]:
    """Return what stands against sending the change, by field."""
    errors: dict[str, list[str]] = {}
    for name in ("reason", "content"):
        if not getattr(change, name).strip():
            label = change._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            errors[name] = [_("Enter “%(label)s”.") % {"label": label}]
    if change.kind in (Kind.SCHEDULE, Kind.ABOLISH) and not change.new_ends_on:
        errors["new_ends_on"] = [_("Enter the last day of the project after the change.")]
    starts = change.new_starts_on or change.award.starts_on
    if change.new_ends_on and change.new_ends_on < starts:
        errors["new_ends_on"] = [_("The project ends before it begins. Check the dates.")]
    if change.moves_lines:
        errors |= _money_errors(change)
    return errors


def _money_errors(change: ChangeRequest) -> dict[str, list[str]]:
    wanted, decided = change.new_amount, change.award.decided_amount
    lines = stages.latest_lines(change.award)
    if lines_told(change) == _told(lines) and wanted in (None, decided):
        return {"lines": [_("Nothing is changed yet. Change the lines or the amount.")]}
    amount = decided if wanted is None else wanted
    if sum(_by_class(sorted_lines(change)).values()) < amount:
        return {"lines": [_("The lines come to less than the amount decided.")]}
    if wanted is not None and wanted > decided:
        return _cap_errors(change, wanted)
    return {}


def _told(lines: Iterable[Any]) -> list[list[Any]]:
    return [[x.kind, x.category, x.description, x.basis, x.amount] for x in lines]


def _cap_errors(change: ChangeRequest, wanted: int) -> dict[str, list[str]]:
    application, rules = change.award.application, change.award.rules
    if rules is None:
        return {}
    kind = change.organization.kind
    cap = rules.cap_for(kind, is_joint=application.is_joint, place=application.place)
    if cap is None or wanted <= cap:
        return {}
    text = _("The amount is above the ceiling of %(cap)s yen.") % {"cap": f"{cap:,}"}
    return {"new_amount": [text]}


def receive_submission(step: Step) -> None:
    """Number it once, keep its arrival (JST) and what the rules say, give the receipt."""
    change = step.case
    findings = findings_of(change)
    change.findings = [finding.to_dict() for finding in findings]
    change.needs_approval = any(finding.needs_approval for finding in findings)
    change.receipt_number = change.receipt_number or receipts.new_number(step.now)
    change.arrived_at = change.arrived_at or step.now
    change.return_due = None
    names = ("kind", "reason", "content", "new_amount", "new_starts_on", "new_ends_on")
    snapshot = {name: getattr(change, name) for name in names} | {"lines": lines_told(change)}
    snapshot |= {"title": str(change), "files": papers.files_told(change)}
    receipts.give(step, number=change.receipt_number, snapshot=snapshot, **papers.received(step))


def return_to_body(step: Step) -> None:
    """Say what to correct, and until when (差戻し)."""
    step.case.return_comment, step.case.return_due = step.data["reason"], step.data["due"]


def require_approvable(step: Step) -> None:
    """Approve what needs approval, as it was judged when it was sent."""
    if not step.case.needs_approval:
        raise InvalidTransition(_("Notice is enough for this change: take notice of it."))
    require_changeable(step.case.award)


def require_notice_enough(step: Step) -> None:
    """Take notice of what needs no approval; a delay is answered by an instruction."""
    change = step.case
    if change.needs_approval:
        raise InvalidTransition(
            _("This change needs approval. Put it into an approval or deny it.")
        )
    if change.kind == Kind.DELAY:
        raise InvalidTransition(_("A delay is answered by an instruction."))


def require_delay(step: Step) -> None:
    """Instruct on a delay or an accident alone (事故報告)."""
    if step.case.kind != Kind.DELAY:
        raise InvalidTransition(_("Only a delay or an accident is answered by an instruction."))


def approve(step: Step) -> None:
    """Carry the change into the award, its lines and its money (変更承認)."""
    change = step.case
    change.decided_at = step.now
    _carry_out(step)
    write_letter(step, "changerequest_approve", change_content(change), award=change.award)


def note(step: Step) -> None:
    """Take notice: the lines count from now on, the amount stays (届出受理)."""
    step.case.decided_at = step.now
    _carry_out(step)


def deny(step: Step) -> None:
    """Deny the change; the award stays as it was (不承認)."""
    _answer(step, "changerequest_deny")


def instruct(step: Step) -> None:
    """Answer a delay or an accident (指示)."""
    _answer(step, "changerequest_instruct")


def _answer(step: Step, template: str) -> None:
    change = step.case
    change.answer, change.decided_at = step.data["reason"], step.now
    content = change_content(change) | {"reason": change.answer}
    write_letter(step, template, content, award=change.award)


def hold(cases: Sequence[ChangeRequest]) -> None:
    """Lock the awards of several changes by pk, then their money (design.md, Locks)."""
    rows = Award.objects.filter(pk__in={change.award_id for change in cases})
    awards = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    commitments.hold(awards)


def _carry_out(step: Step) -> None:
    change = step.case
    award = workflow.lock(change.award)
    if change.kind == Kind.INTERRUPT:
        if award.status == Award.Status.ACTIVE:
            data = {"reason": change.reason}
            workflow.run(award, "interrupt", by=step.by, now=step.now, data=data)
        return
    before = audit.snapshot(award)
    if change.moves_lines:
        _write_changed(award, change, step)
    if change.kind in (Kind.SCHEDULE, Kind.ABOLISH):
        _move_days(award, change.new_starts_on, change.new_ends_on)
    _save_award(award, before, change, step)


def _write_changed(award: Award, change: ChangeRequest, step: Step) -> None:
    rows = [{name: getattr(line, name) for name in _CONTENT} for line in sorted_lines(change)]
    drafting.lines_writer(rows, stage=BudgetLine.Stage.CHANGED)(award.application)
    wanted = change.new_amount
    if wanted is not None and wanted != award.decided_amount:
        commitments.change_decided(award, wanted, by=step.by, now=step.now)
        award.decided_amount = wanted


def _move_days(award: Award, starts_on: date | None, ends_on: date | None) -> None:
    award.starts_on, award.ends_on = starts_on or award.starts_on, ends_on or award.ends_on
    year = award.edition.fiscal_year
    award.report_due = awarding.report_due(award.rules, award.ends_on, year)


def _save_award(award: Award, before: dict[str, Any], change: ChangeRequest, step: Step) -> None:
    changes = audit.changes_between(before, award)
    award.version += 1
    award.save(update_fields=[*changes, "version", "updated_at"])
    note = change.receipt_number or ""
    audit.record("change", award, by=step.by, at=step.now, changes=changes, note=note)


def change_content(change: ChangeRequest) -> dict[str, Any]:
    """Return what the letters about a change say (yen, era dates)."""
    award, amount = change.award, change.new_amount
    arrived = change.arrived_at
    return {
        "change": {
            "kind": str(Kind(change.kind).label),
            "number": change.document_number,
            "date": era_date(change.document_date) if change.document_date else "",
            "arrived_on": era_date(jst_date(arrived)) if arrived else "",
            "content": change.content,
        },
        "amounts": {
            "before": award.decided_amount,
            "after": award.decided_amount if amount is None else amount,
        },
        "period": _period(change),
        "lines": [
            {
                "category": row.category,
                "description": row.description,
                "before": row.cells[0].amount,
                "after": row.cells[1].amount,
            }
            for row in (compared(change).rows if change.moves_lines else ())
            if row.kind == BudgetLine.Kind.EXPENSE
        ],
    }


def _period(change: ChangeRequest) -> str:
    if not change.new_ends_on:
        return ""
    starts = change.new_starts_on or change.award.starts_on
    return f"{era_date(starts)}から{era_date(change.new_ends_on)}まで"


def to_owner(step: Step) -> list[Recipient]:
    """Return the body's mailboxes."""
    return step.case.owner_mailboxes()
