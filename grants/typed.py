"""Input that was typed and autosaved, read as content: a submission takes it over (design.md §4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.workflow import Step
from grants import sections
from grants.actions import drafting, submission
from grants.forms import LineForm, PartyByCodeForm, line_choices
from grants.models import Application

Errors = dict[str, list[str]]


def settle_and_require_complete(step: Step) -> None:
    """Take over what was typed, then refuse what is missing or cannot be read, by field."""
    case = step.case
    before = audit.snapshot(case)
    told, errors = take_over(case, step.by)
    told |= drafting.reprice(case)
    told |= audit.changes_between(before, case)
    submission.require_complete(step, errors)
    if told:
        audit.record("change", case, by=step.by, at=step.now, changes=told)


def take_over(case: Application, user: Any) -> tuple[dict[str, Any], Errors]:
    """Write typed input into the case and its lists; returns what the audit is told, and faults."""
    told: dict[str, Any] = {}
    errors: Errors = {}
    for section in sections.sections_of(case) if case.draft_input else ():
        form = sections.SectionForm(None, user=user, instance=case, section=section)
        if form.restored:
            told |= _take_fields(case, form, user, errors)
        if section.slug in _LISTS and section.slug in _typed_lists(case):
            told |= _take_list(case, section.slug, errors)
    return told, errors


@contextmanager
def as_typed(case: Application, user: Any) -> Iterator[Errors]:
    """Show the case as a submission would take it over; nothing of it stays in the database."""
    if not case.draft_input:
        yield {}
        return
    with transaction.atomic():
        yield take_over(case, user)[1]
        transaction.set_rollback(True)


def _take_fields(
    case: Application, shown: sections.SectionForm, user: Any, errors: Errors
) -> dict[str, Any]:
    data = sections.merged_data(shown.theirs())
    form = sections.SectionForm(data, user=user, instance=case, section=shown.section)
    if not form.is_valid():
        _tell(form, errors)
        return {}
    for name, value in form.changes().items():
        setattr(case, name, value)
    return form.children(case)


def _tell(form: sections.SectionForm, errors: Errors) -> None:
    """Name each entry that cannot be read, as the API names it, with what to do."""
    for name, found in form.errors.items():
        if name not in form.fields:
            errors.setdefault(name, []).extend(map(str, found))
            continue
        words = {"label": form.fields[name].label}
        key = name.replace("answer_", "answers.", 1) if name.startswith("answer_") else name
        errors[key] = [_("“%(label)s”: %(reason)s") % (words | {"reason": e}) for e in found]


def _typed_lists(case: Application) -> set[str]:
    return {slug for slug, (name, _columns) in _LISTS.items() if name in case.draft_input}


def _take_list(case: Application, slug: str, errors: Errors) -> dict[str, Any]:
    name, columns = _LISTS[slug]
    rows, good = [], True
    for number, texts in enumerate(case.draft_input[name], start=1):
        data = dict(zip(columns, texts, strict=True))
        form = _row_form(case, slug, data)
        if form.is_valid():
            rows.append(form.cleaned_data if slug == "budget" else form.row())
            continue
        good = False
        words = {"number": number, "reason": " ".join(e for x in form.errors.values() for e in x)}
        errors.setdefault(name, []).append(
            (
                _("Budget, line %(number)s: %(reason)s")
                if slug == "budget"
                else _("Bodies that take part, body %(number)s: %(reason)s")
            )
            % words
        )
    if not good:
        return {}
    writer = drafting.lines_writer if slug == "budget" else drafting.parties_writer
    return writer(rows)(case)


def _row_form(case: Application, slug: str, data: dict[str, Any]) -> Any:
    if slug == "budget":
        return LineForm(data, **line_choices(case))
    return PartyByCodeForm(data)


_LISTS = {"budget": ("lines", sections.LINE), "parties": ("parties", sections.PARTY)}
