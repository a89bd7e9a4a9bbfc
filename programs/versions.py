"""Versions of a form: begun as a copy, edited, compared and published."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from programs.answers import questions_of
from programs.models import Form, FormVersion, Question

COPIED = ("key", "order", "section", "kind", "label", "help", "required", "limit", "choices",
          "condition")  # fmt: skip
# What is asked of an applicant, and what is told besides when versions are compared.
ASKED = ("kind", "label", "help", "required", "limit", "choices", "condition")
TOLD = (*ASKED, "section")
# The room above any order, where questions wait while their places change.
_ASIDE = 10_000


@dataclass(frozen=True)
class Difference:
    """One question that a version has otherwise than another; `aside`: old answers do not fit."""

    key: str
    label: str
    what: str
    aside: bool = False


@transaction.atomic
def begin_version(form: Form) -> FormVersion:
    """Make the form's next version, unpublished, with the questions of its latest one."""
    locked = Form.objects.select_for_update(no_key=True).get(pk=form.pk)
    last = locked.versions.order_by("-number").first()
    version = FormVersion.objects.create(form=locked, number=last.number + 1 if last else 1)
    if last:
        Question.objects.bulk_create(
            Question(version=version, **{name: getattr(row, name) for name in COPIED})
            for row in questions_of(last)
        )
    return version


@transaction.atomic
def write_questions(
    version: FormVersion, kept: Iterable[Question], gone: Iterable[Question]
) -> None:
    """Write an unpublished version's questions in the given order; without key, one is made."""
    rows = list(kept)
    locked = FormVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    if locked.published_at:
        raise PermissionDenied
    Question.objects.filter(pk__in=[row.pk for row in gone if row.pk]).delete()
    locked.questions.update(order=F("order") + _ASIDE)
    taken = {row.key for row in rows if row.key}
    for order, row in enumerate(rows, start=1):
        row.version, row.order = locked, order
        row.key = row.key or _free_key(locked.form, taken)
        taken.add(row.key)
        row.save()


def _free_key(form: Form, taken: set[str]) -> str:
    """Return a key that no version of the form has used: an old answer must not move to it."""
    used = set(Question.objects.filter(version__form=form).values_list("key", flat=True)) | taken
    number = len(used) + 1
    while f"q{number}" in used:
        number += 1
    return f"q{number}"


@dataclass(frozen=True)
class Change:
    """A question that both versions ask: which of ASKED differ, and the new place if it moved."""

    before: Question
    after: Question
    names: frozenset[str]
    place: int | None = None


@dataclass(frozen=True)
class Comparison:
    """What a version asks otherwise than another, each in the order of its own version."""

    new: tuple[Question, ...]
    changed: tuple[Change, ...]
    gone: tuple[Question, ...]


def compare(old: FormVersion | None, new: FormVersion) -> Comparison:
    """Compare two versions of a form by the keys of their questions.

    What is asked differs by ASKED; a section or a place that changed is told but asks nothing new.
    """
    before = {question.key: question for question in questions_of(old)} if old else {}
    after = {question.key: question for question in questions_of(new)}
    moved = _moved(list(before), list(after))
    changes = (
        Change(
            before[key],
            question,
            frozenset(n for n in TOLD if getattr(before[key], n) != getattr(question, n)),
            place if key in moved else None,
        )
        for place, (key, question) in enumerate(after.items(), start=1)
        if key in before
    )
    return Comparison(
        new=tuple(question for key, question in after.items() if key not in before),
        changed=tuple(c for c in changes if c.names or c.place),
        gone=tuple(question for key, question in before.items() if key not in after),
    )


def _moved(before: list[str], after: list[str]) -> set[str]:
    """Return the fewest keys whose move explains the new order; new and gone ones move nobody."""
    places = {key: place for place, key in enumerate(before)}
    runs: list[list[str]] = []  # the longest run in the old order that ends with each key
    for key in after:
        if key in places:
            shorter = (run for run in runs if places[run[-1]] < places[key])
            runs.append([*max(shorter, key=len, default=[]), key])
    kept = max(runs, key=len, default=[])
    return {run[-1] for run in runs} - set(kept)


def differences(old: FormVersion | None, new: FormVersion) -> list[Difference]:
    """Return what an applicant finds otherwise in `new`, in its order; what is gone comes last."""
    found = compare(old, new)
    told = {question.key: [_told(question, _("new question"))] for question in found.new}
    told |= {change.after.key: list(_words(change)) for change in found.changed}
    rows = [row for question in questions_of(new) for row in told.get(question.key, ())]
    gone = _("gone: answers are set aside")
    return rows + [_told(question, gone, aside=True) for question in found.gone]


def _told(question: Question, words: str, *, aside: bool = False) -> Difference:
    return Difference(question.key, question.label, words, aside)


def _words(change: Change) -> Iterator[Difference]:
    """Say each part of a change in words."""
    old, new, names = change.before, change.after, change.names
    if "kind" in names:
        kinds = {"old": old.get_kind_display(), "new": new.get_kind_display()}
        words = _("kind: %(old)s → %(new)s; answers are set aside") % kinds
        yield _told(new, words, aside=True)
    if "label" in names:
        yield _told(new, _("words: before “%(old)s”") % {"old": old.label})
    if "help" in names:
        yield _told(new, _("hint changed"))
    if "required" in names:
        yield _told(new, _("now required") if new.required else _("no longer required"))
    if "limit" in names:
        limits = {"old": old.limit or "－", "new": new.limit or "－"}
        yield _told(new, _("limit: %(old)s → %(new)s") % limits)
    if "choices" in names:
        lost = {c["value"] for c in old.choices} - {c["value"] for c in new.choices}
        words = _("choices changed; answers that are gone are set aside")
        yield _told(new, words if lost else _("choices changed"), aside=bool(lost))
    if "condition" in names:
        yield _told(new, _("asked under another condition"))
    if "section" in names:
        yield _told(new, _("now under “%(section)s”") % {"section": new.section or "－"})
    if change.place:
        yield _told(new, _("moved: now question %(place)s") % {"place": change.place})


def outline(version: FormVersion) -> list[str]:
    """Return the questions as the audit tells them: order, key, kind, words."""
    rows = version.questions.order_by("order")
    return [f"{row.order} {row.key} {row.kind} {row.label}" for row in rows]
