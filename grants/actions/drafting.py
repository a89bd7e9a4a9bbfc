"""Drafting: begin an application and write its whole lists (lines, parties, files)."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import Section
from core import files, workflow
from core.models import StoredFile
from grants.actions.papers import require_own
from grants.models import Application, ApplicationFile, ApplicationParty, Award, BudgetLine
from grants.models.application import DOCUMENT_FIELDS
from programs.models import Call

MAX_LINES = 200
MAX_FILES = 50


def begin(
    *,
    call: Call,
    section: Section,
    by: Any,
    now: datetime,
    changes: Mapping[str, Any],
    behalf: workflow.Behalf | None = None,
) -> Application:
    """Begin an application of a body's section under an open call.

    A paper that staff file on behalf may also come after the call closed (it becomes late).
    """
    check_beginning(call=call, section=section, now=now, is_paper=behalf is not None)
    version = call.form.current if call.form else None
    return workflow.create(
        Application,
        by=by,
        now=now,
        behalf=behalf,
        changes={
            **changes,
            "call": call,
            "edition": call.edition,
            "section": section,
            "organization": section.organization,
            "form_version": version,
        },
        children=_with_lead,
    )


def _with_lead(application: Application) -> dict[str, Any]:
    ApplicationParty.objects.create(
        application=application,
        organization=application.organization,
        section=application.section,
        kind=ApplicationParty.Kind.LEAD,
    )
    return {}


def check_beginning(*, call: Call, section: Section, now: datetime, is_paper: bool) -> None:
    """Refuse to begin outside the call's window, or for a section that is no body's."""
    _require_call(call, now=now, is_paper=is_paper)
    if section.organization_id is None:
        raise ValidationError({"section": [_("Choose the section of the body that applies.")]})


def _require_call(call: Call, *, now: datetime, is_paper: bool) -> None:
    if call.is_open(now) or (is_paper and call.is_over(now) and call.status != call.Status.DECIDED):
        return
    if call.is_over(now):
        raise ValidationError(
            {"call": [_("This call is closed. Ask the section in charge about late applications.")]}
        )
    raise ValidationError({"call": [_("This call is not open yet.")]})


def lines_writer(lines: Iterable[Mapping[str, Any]], *, stage: str = "applied") -> Callable:
    """Return a writer of the whole list of lines of a stage, for workflow.edit's `children`."""
    rows = [dict(line) for line in lines]
    if len(rows) > MAX_LINES:
        raise ValidationError({"lines": [_("At most %(limit)s lines.") % {"limit": MAX_LINES}]})

    def write(application: Application) -> dict[str, Any]:
        before = lines_told(application, stage)
        application.budget_lines.filter(stage=stage).delete()
        BudgetLine.objects.bulk_create(
            BudgetLine(application=application, stage=stage, order=order, **row)
            for order, row in enumerate(rows, start=1)
        )
        after = lines_told(application, stage)
        if stage == BudgetLine.Stage.APPLIED:
            recompute_totals(application)
        return {} if before == after else {f"budget_lines.{stage}": [before, after]}

    return write


def lines_told(application: Application, stage: str) -> list[list[Any]]:
    """Return the lines as plain values, for the audit and the receipt."""
    lines = application.budget_lines.filter(stage=stage).order_by("order", "pk")
    return [
        [x.kind, x.category, x.description, x.basis, x.amount]
        + ([str(x.foreign_amount)] if x.foreign_amount is not None else [])
        for x in lines
    ]


def reprice(application: Application) -> dict[str, Any]:
    """Compute the yen of the lines anew at the rate of the rules that judge; returns what changed.

    The budget's currency, or its rate, may have changed since the lines were typed.
    """
    currency = application.budget_currency
    lines = application.budget_lines.filter(stage=BudgetLine.Stage.APPLIED)
    typed = list(lines.exclude(foreign_amount=None)) if currency else []
    before = lines_told(application, BudgetLine.Stage.APPLIED) if typed else []
    for line in typed:
        line.amount = currency.yen(line.foreign_amount)  # type: ignore[union-attr, arg-type]
    BudgetLine.objects.bulk_update(typed, ["amount"])
    after = lines_told(application, BudgetLine.Stage.APPLIED) if typed else []
    if before == after:
        return {}
    recompute_totals(application)
    return {"budget_lines.applied": [before, after]}


def recompute_totals(application: Application) -> None:
    """Set the totals that rules and reports use; they are columns, never answers (yen)."""
    sums = dict(
        application.budget_lines.filter(stage=BudgetLine.Stage.APPLIED)
        .order_by()
        .values_list("kind")
        .annotate(total=Sum("amount"))
    )
    application.expense_total = sums.get(BudgetLine.Kind.EXPENSE, 0)
    application.income_total = sums.get(BudgetLine.Kind.INCOME, 0)
    application.save(update_fields=["expense_total", "income_total"])


def parties_writer(parties: Iterable[Mapping[str, Any]]) -> Callable:
    """Return a writer of the whole list of joint bodies and implementers.

    What a body that stays has of its own, its section and its agreement, stays with it. A row of
    the lead gives the applicant's own share.
    """
    given = [dict(party) for party in parties]
    rows = [row for row in given if row["kind"] != ApplicationParty.Kind.LEAD]
    leads = [row for row in given if row["kind"] == ApplicationParty.Kind.LEAD]

    def write(application: Application) -> dict[str, Any]:
        others = application.parties.exclude(kind=ApplicationParty.Kind.LEAD)
        before = _parties_told(application)
        own = {
            party.organization_id: {"section": party.section, "agreement": party.agreement}
            for party in others.select_related("section", "agreement")
        }
        others.delete()
        for row in rows:
            if row["organization"].pk == application.organization_id:
                raise ValidationError(
                    {"organization": [_("The applicant itself is the lead already.")]}
                )
            values = own.get(row["organization"].pk, {}) | row
            party = ApplicationParty(application=application, **values)
            party.full_clean()
            party.save(force_insert=True)
        after = _parties_told(application)
        told = {} if before == after else {"parties": [before, after]}
        for row in leads:
            if row["organization"].pk != application.organization_id:
                raise ValidationError({"organization": [_("The lead is the applicant itself.")]})
            told |= write_lead_share(application, row.get("share"))
        return told

    return write


def write_lead_share(application: Application, share: int | None) -> dict[str, Any]:
    """Write the applicant's own share of a joint project (yen); returns what changed."""
    lead = application.parties.filter(kind=ApplicationParty.Kind.LEAD).first()
    if lead is None or lead.share == share:
        return {}
    before, lead.share = lead.share, share
    lead.save(update_fields=["share"])
    return {"lead_share": [before, share]}


def _parties_told(application: Application) -> list[list[Any]]:
    """Return the parties as plain values, for the audit."""
    others = application.parties.exclude(kind=ApplicationParty.Kind.LEAD).order_by("pk")
    return [
        [p.organization_id, p.kind, p.share, p.consented_on and p.consented_on.isoformat()]
        for p in others
    ]


def files_writer(links: Iterable[tuple[StoredFile, str]], *, by: Any) -> Callable:
    """Return a writer of the whole list of files, each with the question it answers.

    A file may come from the caller's own uploads, or be one that the application has already.
    """
    wanted = list(links)

    def write(application: Application) -> dict[str, Any]:
        before = files_told(application)
        kept = set(application.files.values_list("file_id", flat=True))
        require_own([stored for stored, _question in wanted], kept, by=by, most=MAX_FILES)
        application.files.all().delete()
        ApplicationFile.objects.bulk_create(
            ApplicationFile(application=application, file=stored, question=question, order=order)
            for order, (stored, question) in enumerate(wanted, start=1)
        )
        files.link([stored for stored, _question in wanted])
        after = files_told(application)
        return {} if before == after else {"files": [before, after]}

    return write


def add_files(stored: Iterable[StoredFile], question: str, *, by: Any) -> Callable:
    """Return a writer that adds files to those that are there."""
    added = list(stored)

    def write(application: Application) -> dict[str, Any]:
        links = application.files.select_related("file").order_by("order", "pk")
        present = [(link.file, link.question) for link in links]
        return files_writer([*present, *((f, question) for f in added)], by=by)(application)

    return write


def remove_file(stored: StoredFile, *, by: Any) -> Callable:
    """Return a writer that takes one file out of the application; its content stays stored."""

    def write(application: Application) -> dict[str, Any]:
        links = application.files.select_related("file").order_by("order", "pk")
        kept = [(link.file, link.question) for link in links if link.file_id != stored.pk]
        return files_writer(kept, by=by)(application)

    return write


def replies_writer(replies: Mapping[int, str]) -> Callable:
    """Return a writer of the body's answers to comments that are open, by the comments' ids."""

    def write(case: Application | Award) -> dict[str, Any]:
        comments = {c.pk: c for c in case.comments.filter(resolved_at=None)}
        if unknown := sorted(set(replies) - set(comments)):
            words = {"ids": ", ".join(map(str, unknown))}
            raise ValidationError(_("No open comment has the ID %(ids)s.") % words)
        told = {}
        for pk, reply in replies.items():
            if reply != comments[pk].answer:
                told[f"comments.{pk}"] = [comments[pk].answer, reply]
                comments[pk].answer = reply
                comments[pk].save(update_fields=["answer"])
        return told

    return write


def files_told(application: Application) -> list[list[str]]:
    """Return the files as plain values, for the audit."""
    links = application.files.select_related("file").order_by("order", "pk")
    return [[link.question, link.file.name, link.file.sha256] for link in links]


def content_snapshot(application: Application) -> dict[str, Any]:
    """Return all that the body says in the application, as plain values."""
    names = (
        "title",
        "categories",
        "is_joint",
        "starts_on",
        "ends_on",
        "has_other_grant",
        "requested_amount",
        "answers",
        *DOCUMENT_FIELDS,
    )
    parties = application.parties.order_by("pk").values_list("organization__name", "kind", "share")
    asked = {name: getattr(application, name) for name in ("place", "currency")}
    return {name: getattr(application, name) for name in names} | {
        **{name: value for name, value in asked.items() if value},
        "lines": lines_told(application, BudgetLine.Stage.APPLIED),
        "files": files_told(application),
        "parties": [list(party) for party in parties],
    }


_AFTER_APPROVAL = ("document_number", "document_date")  # given once the paper is decided


def text_sha256(application: Application) -> str:
    """Return the digest of what is decided within the body: print and submission are compared."""
    text = {
        name: value
        for name, value in content_snapshot(application).items()
        if name not in _AFTER_APPROVAL
    }
    content = json.dumps(text, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(content.encode()).hexdigest()
