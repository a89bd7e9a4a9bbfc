"""Begin from last year's: what stays true from year to year is copied, by key."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core import workflow
from grants.actions import drafting
from grants.models import Application, BudgetLine
from programs.answers import move_answers
from programs.models import Call

_DRAFTERS = {"contact", "submitter"}
# What stays true from year to year: no dates, no papers, no numbers of documents.
_COPIED = (
    "is_joint",
    "place",
    "currency",
    "has_other_grant",
    "requested_amount",
    "representative_title",
    "representative_name",
    "contact_name",
    "contact_phone",
    "contact_email",
)


def earlier_applications(user: Any, call: Call) -> Any:
    """Return what the user's own sections sent in under the same programme, newest first."""
    mine = [pk for pk, roles in user.access.section_roles.items() if roles & _DRAFTERS]
    rows = Application.objects.visible_to(user).filter(
        section__in=mine, edition__program=call.edition.program_id, receipt_number__isnull=False
    )
    return rows.select_related("edition").order_by("-edition__fiscal_year", "-pk")


def copy_into(
    application: Application, source: Application, *, by: Any, now: datetime
) -> list[str]:
    """Copy last year's facts, answers, budget and bodies; returns the questions left behind."""
    answers: dict[str, Any] = {}
    aside: dict[str, Any] = {}
    if source.form_version and application.form_version:
        answers, aside, _new = move_answers(
            source.form_version, application.form_version, source.answers
        )
    changes = {name: getattr(source, name) for name in _COPIED}
    rules = application.edition.rules.rules if application.edition.rules else None
    known = {category.key for category in rules.categories} if rules else set()
    if rules is None or source.place not in rules.places:
        changes["place"] = ""
    if rules is None or rules.currency(source.currency) is None:
        changes["currency"] = ""
    changes["categories"] = [key for key in source.categories if key in known]
    classes = {row.key for row in rules.expenses} if rules else set()
    workflow.edit(
        application,
        by=by,
        now=now,
        version=application.version,
        changes=changes | {"answers": answers},
        children=_copier(source, classes, currency=changes["currency"]),
    )
    return [str(row["label"]) for row in aside.values()]


def _copier(source: Application, classes: set[str], *, currency: str) -> Callable:
    """Return the writer of the source's lines, those whose class is still known, and parties."""
    names = [n for n in BudgetLine.CONTENT if currency or n != "foreign_amount"]
    lines = source.budget_lines.filter(stage=BudgetLine.Stage.APPLIED).order_by("order", "pk")
    rows = [
        {name: getattr(line, name) for name in names}
        for line in lines
        if line.kind == BudgetLine.Kind.INCOME or line.category in classes
    ]
    parties = [
        {"organization": party.organization, "kind": party.kind, "share": party.share}
        for party in source.parties.exclude(kind="lead").select_related("organization")
        if party.organization.valid_to is None
    ]
    lead = source.parties.filter(kind="lead").first()
    write_lines, write_parties = drafting.lines_writer(rows), drafting.parties_writer(parties)

    def write(application: Application) -> dict[str, Any]:
        told = write_lines(application) | write_parties(application)
        if lead is not None:
            told |= drafting.write_lead_share(application, lead.share)
        return told | drafting.reprice(application)

    return write
