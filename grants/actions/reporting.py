"""The final report (実績報告, Art. 14): its lists, what must be there, and its arrival."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import files, receipts
from core.fiscal import JST, jst_date
from core.models import StoredFile
from core.outbox import Recipient
from core.workflow import Step
from grants.actions import drafting
from grants.actions.papers import require_own
from grants.models import (
    Award,
    AwardFile,
    BudgetLine,
    ChangeRequest,
    IndicatorResult,
    PassThrough,
    StatusReport,
)

MAX_FILES = 300
Purpose = AwardFile.Purpose
ACTUAL = BudgetLine.Stage.ACTUAL


def actual_writer(lines: Iterable[Mapping[str, Any]]) -> Callable:
    """Return a writer of the whole list of actual lines, for workflow.edit's `children`."""
    write_lines = drafting.lines_writer(lines, stage=ACTUAL)

    def write(award: Award) -> dict[str, Any]:
        told = write_lines(award.application)
        sums = dict(
            award.application.budget_lines.filter(stage=ACTUAL)
            .order_by()
            .values_list("kind")
            .annotate(total=Sum("amount"))
        )
        award.actual_expense = sums.get(BudgetLine.Kind.EXPENSE, 0)
        award.actual_income = sums.get(BudgetLine.Kind.INCOME, 0)
        award.save(update_fields=["actual_expense", "actual_income"])
        return told

    return write


def results_writer(results: Mapping[str, tuple[Any, Any]]) -> Callable:
    """Return a writer of target and actual by indicator."""

    def write(award: Award) -> dict[str, Any]:
        before = results_told(award)
        award.results.all().delete()
        IndicatorResult.objects.bulk_create(
            IndicatorResult(award=award, key=key, target=target, actual=actual)
            for key, (target, actual) in results.items()
            if target is not None or actual is not None
        )
        after = results_told(award)
        return {} if before == after else {"results": [before, after]}

    return write


def results_told(award: Award) -> list[list[Any]]:
    """Return the results as plain values, for the audit and the receipt."""
    rows = award.results.order_by("key")
    return [
        [row.key, *(None if x is None else str(x) for x in (row.target, row.actual))]
        for row in rows
    ]


def passed_on_writer(rows: Iterable[Mapping[str, Any]]) -> Callable:
    """Return a writer of the whole list of what was handed on to implementers."""
    given = [dict(row) for row in rows]

    def write(award: Award) -> dict[str, Any]:
        before = passed_on_told(award)
        award.passed_on.all().delete()
        for row in given:
            part = PassThrough(award=award, **row)
            part.full_clean()
            part.save(force_insert=True)
        after = passed_on_told(award)
        return {} if before == after else {"passed_on": [before, after]}

    return write


def passed_on_told(award: Award) -> list[list[Any]]:
    """Return what was handed on as plain values."""
    rows = award.passed_on.order_by("pk")
    return [[row.organization_id, row.amount, row.paid_on.isoformat()] for row in rows]


def files_writer(links: Iterable[tuple[StoredFile, str, str]], *, by: Any) -> Callable:
    """Return a writer of the whole list of the report's files: (file, purpose, line).

    A file may come from the caller's own uploads, or be one that the report has already.
    """
    wanted = list(links)

    def write(award: Award) -> dict[str, Any]:
        before = files_told(award)
        present = award.files.exclude(purpose=Purpose.STATUS)
        kept = set(present.values_list("file_id", flat=True))
        require_own([stored for stored, *_rest in wanted], kept, by=by, most=MAX_FILES)
        present.delete()
        AwardFile.objects.bulk_create(
            AwardFile(award=award, file=stored, purpose=purpose, line=line, order=order)
            for order, (stored, purpose, line) in enumerate(wanted, start=1)
        )
        files.link([stored for stored, _purpose, _line in wanted])
        after = files_told(award)
        return {} if before == after else {"files": [before, after]}

    return write


def files_of(award: Award) -> list[tuple[StoredFile, str, str]]:
    """Return the report's files as the writer takes them."""
    rows = award.files.exclude(purpose=Purpose.STATUS).select_related("file")
    return [(row.file, row.purpose, row.line) for row in rows.order_by("order", "pk")]


def add_files(stored: Iterable[StoredFile], purpose: str, line: str, *, by: Any) -> Callable:
    """Return a writer that adds files to those that are there."""
    added = [(item, purpose, line) for item in stored]
    return lambda award: files_writer([*files_of(award), *added], by=by)(award)


def remove_file(stored: StoredFile, *, by: Any) -> Callable:
    """Return a writer that takes one file out of the report; its content stays stored."""

    def write(award: Award) -> dict[str, Any]:
        kept = [row for row in files_of(award) if row[0].pk != stored.pk]
        return files_writer(kept, by=by)(award)

    return write


def files_told(award: Award) -> list[list[str]]:
    """Return the report's files as plain values, for the audit."""
    return [
        [purpose, line, stored.name, stored.sha256] for stored, purpose, line in files_of(award)
    ]


def read_files_back(step: Step) -> dict[int, str]:
    """Read every file back from storage before the lock: the receipt proves what lies there."""
    return files.verified([stored for stored, _purpose, _line in files_of(step.case)])


def missing(award: Award) -> dict[str, list[str]]:
    """Return what is still to be done before the report can be sent, by part of the report."""
    errors: dict[str, list[str]] = {}
    lines = [x for x in award.application.budget_lines.all() if x.stage == ACTUAL]
    if not any(line.kind == BudgetLine.Kind.EXPENSE for line in lines):
        errors["lines"] = [_("Enter the actual costs, line by line.")]
    errors |= _unproved(award, lines) | _untold(award) | _passed_on_errors(award)
    for part in sorted({part_of(name) for name in award.draft_input}):
        text = _("There are typed entries that are not saved yet. Open the page and save them.")
        errors.setdefault(part, []).append(text)
    errors |= _unanswered(award)
    if ChangeRequest.objects.filter(award=award, status__in=("submitted", "returned")).exists():
        errors["changes"] = [_("A change of this award is being handled. Wait for its answer.")]
    return errors


def part_of(name: str) -> str:
    """Return the part of the report that a control belongs to."""
    return name if name in ("lines", "passed_on") else "results"


def _unproved(award: Award, lines: list[BudgetLine]) -> dict[str, list[str]]:
    proved = {row.line for row in award.files.all() if row.purpose == Purpose.RECEIPT}
    bare = [
        x.description
        for x in lines
        if x.kind == BudgetLine.Kind.EXPENSE and x.amount and x.match_key not in proved
    ]
    if not bare:
        return {}
    words = {"lines": "、".join(bare)}
    return {"files": [_("Add the receipts of: %(lines)s") % words]}


def _untold(award: Award) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for name in ("summary", "outcome_text"):
        if not getattr(award, name).strip():
            label = award._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            errors.setdefault("results", []).append(_("Enter “%(label)s”.") % {"label": label})
    if not award.is_unfinished and award.completed_on is None:
        errors.setdefault("results", []).append(
            _("Enter the day of completion, or say that the project is not finished.")
        )
    done = {row.key for row in award.results.all() if row.actual is not None}
    for indicator in indicators_of(award):
        if indicator.key not in done:
            text = _("Enter what was reached: %(name)s") % {"name": indicator.name}
            errors.setdefault("results", []).append(text)
    return errors


def indicators_of(award: Award) -> tuple[Any, ...]:
    """Return the indicators that the edition's rules name."""
    return award.rules.indicators if award.rules else ()


def _passed_on_errors(award: Award) -> dict[str, list[str]]:
    """Each implementer to whom money was handed on has a receipt for it."""
    proved = {row.line for row in award.files.all() if row.purpose == Purpose.PASSED_ON}
    rows = [row for row in award.passed_on.all() if str(row.organization.public_id) not in proved]
    if not rows:
        return {}
    words = {"bodies": "、".join(row.organization.name for row in rows)}
    return {"passed_on": [_("Add the receipt of what was handed on to: %(bodies)s") % words]}


def _unanswered(award: Award) -> dict[str, list[str]]:
    open_ones = [row for row in award.comments.all() if not (row.resolved_at or row.answer)]
    if not open_ones:
        return {}
    return {"comments": [_("Answer each comment of CLAIR, or say what was corrected.")]}


def require_complete(step: Step) -> None:
    """Refuse what is missing, part by part."""
    if errors := missing(step.case):
        raise ValidationError([text for texts in errors.values() for text in texts])


def arrive(step: Step) -> None:
    """Number the report once, keep its first arrival (JST), give the receipt."""
    award = step.case
    arrived = step.now
    if step.behalf:
        arrived = datetime.combine(step.behalf.arrived_on, time(0), JST)
    award.receipt_number = award.receipt_number or receipts.new_number(step.now)
    if award.reported_at is None:
        award.reported_at = step.now
        award.is_report_late = jst_date(arrived) > award.report_due
    award.correction_due = None
    award.comments.filter(resolved_at=None).update(resolved_at=step.now)
    stored = [item for item, _purpose, _line in files_of(award)]
    digests = dict(step.prepared or {})
    digests |= files.verified(f for f in stored if f.pk not in digests)
    receipts.give(
        step,
        number=award.receipt_number,
        stored=stored,
        digests=digests,
        snapshot=snapshot_of(award),
    )


def snapshot_of(award: Award) -> dict[str, Any]:
    """Return all that the report says, as plain values."""
    names = (
        "summary",
        "outcome_text",
        "completed_on",
        "is_unfinished",
        "report_number",
        "report_date",
    )
    return {name: getattr(award, name) for name in names} | {
        "title": award.title,
        "lines": drafting.lines_told(award.application, ACTUAL),
        "results": results_told(award),
        "passed_on": passed_on_told(award),
        "files": files_told(award),
    }


def tell_status(step: Step) -> None:
    """Keep how the project stands, with its files (状況報告)."""
    report = StatusReport.objects.create(
        award=step.case,
        text=step.data["text"],
        author_label=step.by.access.label,
        reported_at=step.now,
    )
    sent = list(step.data.get("files") or ())
    AwardFile.objects.bulk_create(
        AwardFile(
            award=step.case,
            file=stored,
            purpose=Purpose.STATUS,
            status_report=report,
            order=order,
        )
        for order, stored in enumerate(sent, start=1)
    )
    files.link(sent)


def to_owner(step: Step) -> list[Recipient]:
    """Return the body's mailboxes."""
    return step.case.owner_mailboxes()


def to_section(step: Step) -> list[Recipient]:
    """Return the mailbox of the section in charge."""
    section = step.case.edition.section
    return [Recipient(section.mailbox, section.name)] if section else []
