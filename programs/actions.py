"""What is done with editions, rules, forms and calls."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import audit
from programs import opening
from programs.models import (
    Criterion,
    Edition,
    Form,
    FormVersion,
    Initiative,
    PlanLine,
    Question,
    RuleSet,
)
from programs.rules import RuleData


def lock_edition(edition_id: int) -> Edition:
    """Return the edition locked: cases first, then this, the letter counter last."""
    return lock_editions([edition_id])[edition_id]


def lock_editions(ids: Iterable[int]) -> dict[int, Edition]:
    """Return the editions locked by pk."""
    rows = Edition.objects.filter(pk__in=set(ids)).select_for_update(of=("self",), no_key=True)
    return {row.pk: row for row in rows.order_by("pk")}


@transaction.atomic
def save_rules(
    edition: Edition,
    *,
    data: dict[str, Any],
    by: Any,
    now: datetime,
    note: str = "",
    base: int | None = None,
) -> RuleSet:
    """Make a new version of the rules and put it in force; RuleError where data is no rules.

    `base` is the version that the writer began from: a later one refuses the save.
    """
    RuleData.parse(data)
    locked = lock_edition(edition.pk)
    last = locked.rule_sets.aggregate(last=Max("version"))["last"] or 0
    if base is not None and base != last:
        raise ValidationError(
            _("Version %(version)s was saved meanwhile. Compare with it and begin from it."),
            code="stale-version",
            params={"version": last},
        )
    rule_set = RuleSet.objects.create(
        edition=locked,
        version=last + 1,
        data=data,
        note=note,
        created_at=now,
        created_by_id=by.pk,
    )
    before = audit.snapshot(locked)
    locked.rules = rule_set
    locked.save(update_fields=["rules"])
    edition.rules = rule_set
    changes = audit.changes_between(before, locked)
    audit.record("save_rules", locked, by=by, at=now, changes=changes, note=note)
    return rule_set


@transaction.atomic
def add_decided(edition_id: int, amount: int) -> Edition:
    """Add to what the edition has decided (yen, negative to free); never beyond its budget."""
    edition = lock_edition(edition_id)
    total = edition.decided_total + amount
    if edition.budget is not None and total > edition.budget:
        raise ValidationError(
            _("The edition's budget has %(left)s yen left; %(amount)s yen cannot be decided."),
            code="over_budget",
            params={"left": f"{edition.budget_left:,}", "amount": f"{amount:,}"},
        )
    edition.decided_total = total
    edition.save(update_fields=["decided_total"])
    return edition


@transaction.atomic
def copy_edition(edition: Edition, *, fiscal_year: int, by: Any, now: datetime) -> Edition:
    """Open a programme for another year: section, offices, routing, rules, criteria and calls.

    Nothing is copied twice: an edition that exists is returned as it is. Budgets are not copied,
    and no call whose window would have begun.
    """
    new, is_new = Edition.objects.get_or_create(
        program_id=edition.program_id,
        fiscal_year=fiscal_year,
        defaults={
            "name": edition.name,
            "name_en": edition.name_en,
            "section_id": edition.section_id,
            "routes_through_branch": edition.routes_through_branch,
            "branch_clock": edition.branch_clock,
            "is_example": edition.is_example,
            "blind_review": edition.blind_review,
        },
    )
    if is_new:
        new.offices.set(edition.offices.all())
        _copy_criteria(edition, new)
        note = f"{edition.fiscal_year} → {fiscal_year}"
        audit.record("copy_edition", new, by=by, at=now, note=note)
        if edition.rules is not None:
            save_rules(new, data=edition.rules.data, by=by, now=now, note=note)
        opening.copy_calls(edition, new, by=by, now=now)
    return new


def _copy_criteria(edition: Edition, new: Edition) -> None:
    kept = ("key", "name", "help", "weight", "maximum", "order")
    Criterion.objects.bulk_create(
        Criterion(edition=new, **{name: getattr(row, name) for name in kept})
        for row in edition.criteria.order_by("order", "pk")
    )


def fix_criteria(edition_id: int, *, now: datetime) -> None:
    """Keep the edition's criteria from now on as they are: a score was given by them."""
    Edition.objects.filter(pk=edition_id, criteria_fixed_at=None).update(criteria_fixed_at=now)


@transaction.atomic
def copy_plan(*, from_year: int, to_year: int, by: Any, now: datetime) -> int:
    """Open a year by copying another year's plan, lines and editions; returns how many lines."""
    lines = PlanLine.objects.filter(fiscal_year=from_year, valid_to=None)
    existing = set(PlanLine.objects.filter(fiscal_year=to_year).values_list("code", flat=True))
    initiatives = _copy_initiatives(from_year, to_year)
    related = lines.select_related("edition__rules").prefetch_related("offices", "edition__offices")
    count = 0
    for line in related.order_by("order", "pk"):
        if line.code not in existing:
            edition = copy_edition(line.edition, fiscal_year=to_year, by=by, now=now)
            _copy_line(line, edition, initiatives[line.initiative_id])
            count += 1
    return count


def _copy_initiatives(from_year: int, to_year: int) -> dict[int, Initiative]:
    copies = {}
    for old in Initiative.objects.filter(fiscal_year=from_year).order_by("area", "order"):
        copies[old.pk], _new = Initiative.objects.get_or_create(
            fiscal_year=to_year,
            area_id=old.area_id,
            order=old.order,
            defaults={"name": old.name, "name_en": old.name_en},
        )
    return copies


def _copy_line(line: PlanLine, edition: Edition, initiative: Initiative) -> None:
    """Copy a line; what was new or expanded in its year is neither in the next."""
    kept = ("code", "number", "order", "kind", "mode", "name", "name_en", "note", "partner",
            "place", "parts", "topics", "target", "source")  # fmt: skip
    new = PlanLine.objects.create(
        fiscal_year=edition.fiscal_year,
        edition=edition,
        initiative=initiative,
        program_id=line.program_id,
        **{name: getattr(line, name) for name in kept},
    )
    new.offices.set(line.offices.all())


@transaction.atomic
def draft_form(form: Form, *, questions: Iterable[dict[str, Any]]) -> FormVersion:
    """Make the form's next version, unpublished, with these questions in their order."""
    last = form.versions.aggregate(last=Max("number"))["last"] or 0
    version = FormVersion.objects.create(form=form, number=last + 1)
    rows = [
        Question(version=version, order=order, **values)
        for order, values in enumerate(questions, start=1)
    ]
    for row in rows:
        row.clean_fields(exclude=["version"])
    Question.objects.bulk_create(rows)
    return version


def publish_form(version: FormVersion, *, by: Any, now: datetime) -> FormVersion:
    """Publish a version: new drafts are asked it, and it changes no more."""
    with transaction.atomic():
        publish(version, now=now)
        audit.record("publish_form", version, by=by, at=now)
    return version


def publish(version: FormVersion, *, now: datetime) -> None:
    """Check a version's questions and set its time of publication, unless it has one."""
    questions = list(version.questions.order_by("order"))
    if not questions:
        raise ValidationError(_("A form needs at least one question."), code="empty")
    earlier: set[str] = set()
    for question in questions:
        _check_question(question, earlier)
        earlier.add(question.key)
    FormVersion.objects.filter(pk=version.pk, published_at=None).update(published_at=now)
    version.refresh_from_db(fields=["published_at"])


def _check_question(question: Question, earlier: set[str]) -> None:
    with_choices = question.kind in Question.WITH_CHOICES
    if with_choices and not question.choices:
        raise ValidationError(
            _("The question “%(key)s” needs choices."), params={"key": question.key}
        )
    if question.condition and question.condition.get("key") not in earlier:
        raise ValidationError(
            _("The question “%(key)s” depends on a question that does not come before it."),
            params={"key": question.key},
        )
