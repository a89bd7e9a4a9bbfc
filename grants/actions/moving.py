"""A draft follows its form: a new version moves its answers by key and loses nothing typed.

A submitted or returned application stays on the version that it was asked (design.md, Questions).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from core import audit, workflow
from grants.models import Application
from programs.answers import move_answers, questions_of
from programs.models import FormVersion
from programs.versions import ASKED, compare

PREFIX = "answer_"


def newer_version(application: Application) -> FormVersion | None:
    """Return the published version that a draft is still to move to, if there is one."""
    form = application.call.form
    if application.status != Application.Status.DRAFT or form is None:
        return None
    current, own = form.current, application.form_version
    is_newer = current and (own is None or current.number > own.number)
    return current if is_newer else None


def follow_form(application: Application, *, by: Any, now: datetime) -> bool:
    """Move a draft to its form's newest version, under lock and told in the audit; say whether.

    Only for who may edit it. The application given is read afresh.
    """
    may = workflow.may_edit(application, by) or workflow.may_file_for(application, by)
    if newer_version(application) is None or not may:
        return False
    with transaction.atomic():
        case = workflow.lock(application)
        new = newer_version(case)
        if new is not None:
            _move(case, new, by=by, now=now)
    application.refresh_from_db()
    return new is not None


def _move(case: Application, new: FormVersion, *, by: Any, now: datetime) -> None:
    before, old = audit.snapshot(case), case.form_version
    moved, aside, _keys = move_answers(old, new, case.answers) if old else (case.answers, {}, [])
    typed, lost = _typed_input(case, old, new)
    for key, text in lost.items():
        aside[key] = _aside(old, key, text)
    case.answers, case.draft_input, case.form_version = moved, typed, new
    case.set_aside = case.set_aside | aside
    case.form_news = news_of(old, new, case.form_news)
    case.version += 1
    names = ("answers", "draft_input", "form_version", "set_aside", "form_news")
    case.save(update_fields=[*names, "version", "updated_at"])
    audit.record("move_form", case, by=by, at=now, changes=audit.changes_between(before, case))


def _typed_input(
    case: Application, old: FormVersion | None, new: FormVersion
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the typed input that has its question still, and what was typed for others by key."""
    kept, lost = {}, {}
    for name, text in case.draft_input.items():
        key = name.removeprefix(PREFIX)
        if key == name or is_same_kind(old, new, key):
            kept[name] = text
        elif text not in ("", []):
            lost[key] = text
    return kept, lost


def is_same_kind(old: FormVersion | None, new: FormVersion, key: str) -> bool:
    """Say whether both versions ask the question in the same way."""
    before = {q.key: q.kind for q in questions_of(old)} if old else {}
    after = {q.key: q.kind for q in questions_of(new)}
    return key in after and before.get(key, after[key]) == after[key]


def _aside(version: FormVersion | None, key: str, value: Any) -> dict[str, Any]:
    found = [q for q in questions_of(version) if q.key == key] if version else []
    label, kind = (found[0].label, found[0].kind) if found else (key, "")
    return {"label": label, "kind": kind, "value": value}


def news_of(
    old: FormVersion | None, new: FormVersion, earlier: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is new, changed and gone, with what the applicant did not look at before."""
    found = compare(old, new)
    after = [question.key for question in questions_of(new)]
    unseen = {key for key in earlier.get("new", ()) if key in after}
    added = {question.key for question in found.new} | unseen
    changed = {key for key in earlier.get("changed", ()) if key in after}
    changed |= {change.after.key for change in found.changed if change.names & set(ASKED)}
    gone = [row for row in earlier.get("gone", ()) if row["key"] not in after]
    gone += [{"key": question.key, "label": question.label} for question in found.gone]
    return {
        "to": new.number,
        "new": [key for key in after if key in added],
        "changed": [key for key in after if key in changed - unseen],
        "gone": gone,
    }


def see_news(application: Application, keys: Iterable[str]) -> None:
    """Take the questions that were saved out of the news; with the last of them, all of it."""
    news, seen = application.form_news, set(keys)
    if not news:
        return
    left = {name: [key for key in news[name] if key not in seen] for name in ("new", "changed")}
    is_over = not (left["new"] or left["changed"])
    application.form_news = {} if is_over else news | left
    application.save(update_fields=["form_news"])


def keep_typed(
    application: Application,
    typed: Mapping[str, Any],
    base: Mapping[str, Any],
    *,
    number: int,
) -> None:
    """Keep what was typed on a page of an older version: as typed input, or set aside.

    `typed` and `base` are texts by control, `number` is the version that the page asked. What
    stands there already from a colleague stays; then what was typed here is set aside.
    """
    with transaction.atomic():
        case = workflow.lock(application)
        new = case.form_version
        if new is None or case.status != Application.Status.DRAFT:
            return
        old = FormVersion.objects.filter(form=new.form_id, number=number).first()
        for name, text in typed.items():
            key = name.removeprefix(PREFIX)
            if key == name or text == base.get(name, "") or text in ("", []):
                continue
            is_free = case.draft_input.get(name, text) == text
            if is_free and is_same_kind(old, new, key):
                case.draft_input = case.draft_input | {name: text}
            else:
                case.set_aside = case.set_aside | {key: _aside(old, key, text)}
        case.version += 1
        case.save(update_fields=["draft_input", "set_aside", "version", "updated_at"])
    application.refresh_from_db()


def shown_news(application: Application) -> dict[str, list[str]]:
    """Return the news in words: the questions that are new, changed and gone."""
    news, version = application.form_news, application.form_version
    if not news or version is None:
        return {}
    labels = {q.key: q.label for q in questions_of(version)}
    found = {
        name: [labels[key] for key in news[name] if key in labels] for name in ("new", "changed")
    }
    return found | {"gone": [row["label"] for row in news["gone"]]}


def shown_aside(application: Application) -> list[dict[str, str]]:
    """Return the answers that were set aside, in words: they are not part of the application."""
    return [
        {"key": key, "label": row["label"], "answer": aside_text(row)}
        for key, row in application.set_aside.items()
    ]


def aside_text(row: Mapping[str, Any]) -> str:
    """Return an answer that was set aside as it can be copied by hand."""
    value = row["value"]
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
