"""What happens in a thread: it is begun, written into, noted upon."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, files, workflow
from core.models import StoredFile
from core.workflow import InvalidTransition, Step
from correspondence.models import (
    NEW_FOR,
    Message,
    MessageFile,
    Side,
    Thread,
    ThreadReading,
    side_of,
)
from programs.models import ProgramCase

MAX_FILES = 10


def begin(
    case: Any, *, subject: str, by: Any, now: datetime, data: dict[str, Any], internal: bool = False
) -> Thread:
    """Begin a thread in a case with its first message, or with staff's own record.

    `data` is what the ask (text, files) or the record (kind, text, called_on …) says.
    """
    if not isinstance(case, ProgramCase):
        raise ValidationError(_("Questions are asked inside a body's case."))
    changes = {
        "case_label": case._meta.label,
        "case_id": case.pk,
        "case_public_id": case.public_id,
        "subject": subject,
        "is_internal": internal,
        "asked_by": side_of(by),
        "last_at": now,
    }
    named = Thread()
    named.name_case(case)
    for name in ("case_number", "case_title", "organization", "desk"):
        changes[name] = getattr(named, name)
    with transaction.atomic():
        thread = workflow.create(Thread, by=by, now=now, changes=changes)
        if internal:
            add_record(thread, by=by, now=now, **data)
            return thread
        return workflow.run(thread, "ask", by=by, now=now, data=data)


def mark_seen(thread: Thread, *, by: Any, now: datetime) -> datetime | None:
    """Note that the person looked; returns when they had looked before. No act, so no audit."""
    rows = ThreadReading.objects.filter(thread=thread, user=by.pk)
    before = rows.values_list("seen_at", flat=True).first()
    ThreadReading.objects.bulk_create(
        [ThreadReading(thread=thread, user_id=by.pk, seen_at=now)],
        update_conflicts=True,
        unique_fields=["thread", "user"],
        update_fields=["seen_at"],
    )
    return before


def new_to(user: Any, before: datetime | None, now: datetime) -> datetime:
    """Return since when messages by others are new to the person, given their last look."""
    return max(now - NEW_FOR, user.joined, before or user.joined)


def require_open_case(thread: Thread, user: Any) -> None:
    """Refuse a body's word in a case that was withdrawn or not accepted."""
    if side_of(user) == Side.BODY and thread.is_shut:
        raise InvalidTransition(
            _(
                "The case is “%(status)s”, so nothing more can be written here. "
                "Call the section in charge."
            )
            % {"status": workflow.status_label(thread.case, user)}
        )


def require_question_of_other(step: Step) -> None:
    """Refuse an answer by the side that asked, and one in a case that is shut."""
    require_writable(step)
    if step.case.asked_by == side_of(step.by):
        raise InvalidTransition(
            _("The last question is your own. Ask again instead of answering it.")
        )


def require_writable(step: Step) -> None:
    """Refuse messages in staff's own record and in a case that is shut."""
    if step.case.is_internal:
        raise InvalidTransition(
            _("This is a record of headquarters. Start a question to write to the body.")
        )
    require_open_case(step.case, step.by)


def question(step: Step) -> None:
    """Keep what was asked; the other side has the next word."""
    thread, side = step.case, side_of(step.by)
    thread.asked_by, thread.waiting_for = side, side.other
    _write(step)


def answer(step: Step) -> None:
    """Keep the answer; whoever asked reads it, and closes or asks on."""
    step.case.waiting_for = step.case.asked_by
    _write(step)


def close(step: Step) -> None:
    """Nobody waits any more."""
    step.case.waiting_for = Thread.Waiting.NOBODY


def _write(step: Step) -> None:
    thread, data = step.case, step.data
    thread.last_at = step.now
    thread.name_case(thread.case)
    _keep(
        Message(thread=thread, text=data["text"]), data.get("files") or (), by=step.by, now=step.now
    )


def _keep(message: Message, sent: Iterable[StoredFile], *, by: Any, now: datetime) -> Message:
    """Write a message down with its files, which are the writer's own uploads."""
    stored = list(sent)
    message.side, message.author_id = side_of(by), by.pk
    message.author_label, message.sent_at = by.access.label, now
    message.save(force_insert=True)
    MessageFile.objects.bulk_create(
        MessageFile(
            message=message,
            file=found,
            sensitivity="internal" if message.is_internal else "normal",
        )
        for found in stored
    )
    files.link(stored)
    return message


def add_record(
    thread: Thread,
    *,
    by: Any,
    now: datetime,
    kind: str,
    text: str,
    called_on: date | None = None,
    called_with: str = "",
    files: Iterable[StoredFile] = (),
) -> Message:
    """Note something for headquarters alone: the thread's status, version and time stay.

    So nothing that a body sees (ETag, `updated_since`, order, mail) tells that there is a note.
    """
    if not (side_of(by) == Side.STAFF and by.has_perm("correspondence.add_message", thread)):
        raise PermissionDenied
    is_call = kind == Message.Kind.PHONE
    with transaction.atomic():
        message = _keep(
            Message(
                thread=thread,
                kind=kind,
                text=text,
                called_on=called_on if is_call else None,
                called_with=called_with if is_call else "",
            ),
            files,
            by=by,
            now=now,
        )
        audit.record("note", thread, by=by, at=now, changes={"kind": ["", kind]})
    return message
