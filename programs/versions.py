"""Versions of a form: begun as a copy, edited, compared and published."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from programs.answers import questions_of
from programs.models import Form, FormVersion, Question

COPIED = ("key", "order", "section", "kind", "label", "help", "required", "limit", "choices",
          "condition")  # fmt: skip
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


def differences(old: FormVersion | None, new: FormVersion) -> list[Difference]:
    """Return what an applicant finds otherwise in `new`, in its order; what is gone comes last."""
    before = {question.key: question for question in questions_of(old)} if old else {}
    after = questions_of(new)
    found = []
    for question in after:
        earlier = before.get(question.key)
        if earlier is None:
            found.append(Difference(question.key, question.label, _("new question")))
        else:
            found += _changes(earlier, question)
    keys = {question.key for question in after}
    return found + [
        Difference(key, row.label, _("gone: answers are set aside"), aside=True)
        for key, row in before.items()
        if key not in keys
    ]


def _changes(old: Question, new: Question) -> list[Difference]:
    def told(words: str, *, aside: bool = False) -> Difference:
        return Difference(new.key, new.label, words, aside)

    found = []
    if old.kind != new.kind:
        kinds = {"old": old.get_kind_display(), "new": new.get_kind_display()}
        words = _("kind: %(old)s → %(new)s; answers are set aside") % kinds
        found.append(told(words, aside=True))
    if old.label != new.label:
        found.append(told(_("words: before “%(old)s”") % {"old": old.label}))
    if old.help != new.help:
        found.append(told(_("hint changed")))
    if old.required != new.required:
        found.append(told(_("now required") if new.required else _("no longer required")))
    if old.limit != new.limit:
        limits = {"old": old.limit or "－", "new": new.limit or "－"}
        found.append(told(_("limit: %(old)s → %(new)s") % limits))
    if old.choices != new.choices:
        lost = {c["value"] for c in old.choices} - {c["value"] for c in new.choices}
        words = _("choices changed; answers that are gone are set aside")
        found.append(told(words if lost else _("choices changed"), aside=bool(lost)))
    if old.condition != new.condition:
        found.append(told(_("asked under another condition")))
    if old.section != new.section:
        found.append(told(_("now under “%(section)s”") % {"section": new.section or "－"}))
    return found


def outline(version: FormVersion) -> list[str]:
    """Return the questions as the audit tells them: order, key, kind, words."""
    rows = version.questions.order_by("order")
    return [f"{row.order} {row.key} {row.kind} {row.label}" for row in rows]
