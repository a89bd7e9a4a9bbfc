"""Many decisions at once: recommended as one list, rehearsed, announced, their mails stopped."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction

from approvals.actions import draft_approval
from approvals.models import Approval
from core import audit, letters, outbox, typesetting, workflow
from core.models import Letter, OutboxMessage
from core.workflow import InvalidTransition, StaleVersion
from grants.models import Application

ANNOUNCE = "grants/mail/application_announce"
# What is told to many bodies at once: the decision, or before it the informal notice (内定).
TOLD = {
    "announce": ANNOUNCE,
    "notify_informally": "grants/mail/application_notify_informally",
}
_REFUSALS = (ValidationError, InvalidTransition, StaleVersion)


class RowErrors(Exception):
    """Some rows of a list were refused, so none was written; errors by the application's id."""

    def __init__(self, errors: dict[int, ValidationError]):
        super().__init__()
        self.errors = errors


@dataclass(frozen=True)
class Rehearsed:
    """What the announcement of one application would send, or why it would be refused."""

    case: Application
    letter: Letter | None
    mails: list[OutboxMessage]
    error: str = ""


def locked(cases: Iterable[Application]) -> list[Application]:
    """Return the applications locked by pk, all first (design.md, Locks)."""
    rows = Application.objects.filter(pk__in=[case.pk for case in cases])
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))


def recommend_all(
    proposals: Mapping[Application, dict[str, Any]], *, subject: str, by: Any, now: datetime
) -> Approval:
    """Recommend every application and put them all into one draft approval; all or none.

    RowErrors names each refused row; ValidationError is about the approval itself.
    """
    errors: dict[int, ValidationError] = {}
    with transaction.atomic():
        locked(proposals)
        for case, data in sorted(proposals.items(), key=lambda pair: pair[0].pk):
            try:
                workflow.run(case, "recommend", by=by, now=now, data=data)
            except ValidationError as error:
                errors[case.pk] = error
            except InvalidTransition as error:
                errors[case.pk] = ValidationError(str(error))
        if errors:
            raise RowErrors(errors)
        cases = list(Application.objects.filter(pk__in=[c.pk for c in proposals]))
        order = {case.pk: place for place, case in enumerate(proposals)}
        cases.sort(key=lambda case: order[case.pk])
        return draft_approval(subject=subject, act="decide", cases=cases, by=by, now=now)


def announce_all(
    cases: Sequence[Application],
    *,
    by: Any,
    now: datetime,
    versions: Mapping[int, int],
    act: str = "announce",
) -> uuid.UUID:
    """Announce every application or none; returns the batch that its notices carry.

    `act` may be the informal notice (one of TOLD) instead.
    `versions` are those that were previewed: StaleVersion for a case that changed since.
    """
    batch = uuid.uuid4()
    with transaction.atomic():
        for case in locked(cases):
            read = versions.get(case.pk)
            workflow.run(case, act, by=by, now=now, batch=batch, version=read)
    return batch


def rehearse(
    cases: Sequence[Application], *, by: Any, now: datetime, act: str = "announce"
) -> list[Rehearsed]:
    """Announce the applications and take it all back: letters and mails exactly as they would be.

    No number is used up: the ledger's counter is a row and rolls back with the rest (ADR 3).
    """
    with transaction.atomic():
        rows = locked(cases)
        errors = _refusals(rows, act, by=by, now=now)
        found = _as_sent(rows, act, errors)
        transaction.set_rollback(True)
    return found


def _refusals(rows: list[Application], act: str, *, by: Any, now: datetime) -> dict[int, str]:
    """Run the act on all, and where one is refused on each alone: why, by the application's id."""
    try:
        with transaction.atomic():
            for case in rows:
                workflow.run(case, act, by=by, now=now)
    except (PermissionDenied, *_REFUSALS):
        found = {case.pk: _refusal(case, act, by=by, now=now) for case in rows}
        return {pk: text for pk, text in found.items() if text is not None}
    return {}


def _refusal(case: Application, act: str, *, by: Any, now: datetime) -> str | None:
    try:
        with transaction.atomic():
            workflow.run(case, act, by=by, now=now)
    except PermissionDenied as error:
        return str(error)
    except _REFUSALS as error:
        return _told(error)
    return None


def _as_sent(rows: list[Application], act: str, errors: dict[int, str]) -> list[Rehearsed]:
    """Return what the act would send for each; three queries for a list of any length."""
    sent = [case.pk for case in rows if case.pk not in errors]
    of_cases = {"case_label": Application._meta.label, "case_id__in": sent}
    made = {row.case_id: row for row in Letter.objects.filter(**of_cases).order_by("pk")}
    mails: dict[int, list[OutboxMessage]] = {}
    for mail in OutboxMessage.objects.filter(**of_cases, template=TOLD[act]).order_by("pk"):
        mails.setdefault(mail.case_id, []).append(mail)  # type: ignore[arg-type]
    return [
        Rehearsed(case, made.get(case.pk), mails.get(case.pk, []), errors.get(case.pk, ""))
        for case in rows
    ]


def _told(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def specimen(letter: Letter) -> bytes:
    """Return the letter as PDF without number and code, marked 見本."""
    content = letters.full_context(letter) | {
        "number": f"クレア{letter.sign}第　　　号",
        "verification": None,
        "preview": True,
    }
    return typesetting.render(letter.template, content)


def notices(batch: uuid.UUID) -> models.QuerySet[OutboxMessage]:
    """Return the notices of what was announced together."""
    return OutboxMessage.objects.filter(batch=batch).order_by("case_id", "pk")


def stop_notices(batch: uuid.UUID, *, by: Any, now: datetime, reason: str) -> int:
    """Stop the mails of the batch that have not left; the announcement itself stands.

    Returns how many applications' mails were stopped; each one's audit says so.
    """
    with transaction.atomic():
        stopped = outbox.cancel(notices(batch), now=now, reason=reason)
        _record("stop_notices", stopped, by=by, now=now, note=reason)
    return len(stopped)


def send_notices_again(batch: uuid.UUID, *, by: Any, now: datetime) -> int:
    """Queue the stopped mails again, with the same grace; returns for how many applications."""
    leaves = now + timedelta(seconds=settings.NOTICE_GRACE)
    with transaction.atomic():
        queued = outbox.queue_again(notices(batch), not_before=leaves)
        _record("send_notices_again", queued, by=by, now=now)
    later = partial(outbox.nudge, after=settings.NOTICE_GRACE)
    transaction.on_commit(later, robust=True)
    return len(queued)


def _record(act: str, ids: Iterable[int], *, by: Any, now: datetime, note: str = "") -> None:
    for case in Application.objects.filter(pk__in=list(ids)).order_by("pk"):
        audit.record(act, case, by=by, at=now, note=note)
