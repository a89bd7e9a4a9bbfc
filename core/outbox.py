"""Notices: rows in the cause's transaction, sent by a task that may die and be repeated."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import get_random_string

from core.models import OutboxMessage

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
SUBJECT_LENGTH = 50


@dataclass(frozen=True)
class Recipient:
    """One mailbox: a post's, a section's or a person's."""

    email: str
    name: str = ""


def enqueue(
    template: str,
    *,
    recipients: Iterable[Recipient],
    context: dict[str, Any],
    now: datetime,
    case: models.Model | None = None,
    not_before: datetime | None = None,
    batch: UUID | None = None,
) -> None:
    """Queue one message for each distinct mailbox, inside the caller's transaction."""
    mailboxes = {r.email.lower(): r for r in recipients if r.email}
    messages = [
        _message(
            template=template,
            recipient=recipient.email,
            subject=" ".join(_render(template, "subject", context, recipient).split()),
            body=_render(template, "body", context, recipient),
            not_before=not_before or now,
            case=case,
            batch=batch,
        )
        for recipient in mailboxes.values()
    ]
    OutboxMessage.objects.bulk_create(messages)
    if messages:
        held = ((not_before or now) - now).total_seconds()
        transaction.on_commit(partial(nudge, after=held), robust=True)


def enqueue_rendered(*, recipient: str, subject: str, body: str, template: str) -> None:
    """Queue a mail whose words are ready (sign-in mails)."""
    message = _message(
        template=template,
        recipient=recipient,
        subject=subject,
        body=body,
        not_before=timezone.now(),
        case=None,
    )
    message.save(force_insert=True)
    transaction.on_commit(nudge, robust=True)


def _message(*, case: models.Model | None, subject: str, **values: Any) -> OutboxMessage:
    domain = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].strip("> ")
    return OutboxMessage(
        case_label=case._meta.label if case else "",
        case_id=case.pk if case else None,
        message_id=f"<{get_random_string(32).lower()}@{domain}>",
        subject=subject[:200],
        **values,
    )


def _render(template: str, part: str, context: dict[str, Any], recipient: Recipient) -> str:
    values = {**context, "recipient": recipient}
    return render_to_string(f"{template}.{part}.txt", values).strip() + "\n"


def nudge(*, after: float = 0) -> None:
    """Ask a worker to send after so many seconds; without a broker the beat sweep sends later."""
    try:
        current_app.send_task(
            "core.tasks.send_outbox", retry=False, countdown=max(after, 0) or None
        )
    except Exception:  # noqa: BLE001 - the notice is committed; a lost nudge is no error
        logger.warning("outbox: no broker, left to the sweep")


def send_waiting(*, now: datetime) -> int:
    """Send what is due, one transaction a message; returns how many went out.

    A worker killed between sending and commit repeats that one message, with its Message-ID.
    """
    count, mail_connection = 0, get_connection()
    try:
        while (message := _send_one(mail_connection, now=now)) is not None:
            count += message.sent_at is not None
    finally:
        mail_connection.close()
    return count


def _send_one(mail_connection: Any, *, now: datetime) -> OutboxMessage | None:
    with transaction.atomic():
        waiting = OutboxMessage.objects.filter(
            sent_at=None, failed_at=None, cancelled_at=None, not_before__lte=now
        ).select_for_update(skip_locked=True)
        message = waiting.order_by("not_before", "pk").first()
        if message is None:
            return None
        message.attempts += 1
        try:
            mail_connection.open()
            _mail(message, mail_connection).send()
        except Exception as error:  # noqa: BLE001 - one bad message must not hold up the rest
            mail_connection.close()
            _postpone(message, error, now=now)
        else:
            message.sent_at = timezone.now()
        message.save(update_fields=["attempts", "last_error", "sent_at", "failed_at", "not_before"])
    return message


def cancel(messages: models.QuerySet[OutboxMessage], *, now: datetime, reason: str) -> list[int]:
    """Stop what has not left yet; returns the ids of the cases whose notices were stopped.

    A message that a worker is sending now is waited for and, once sent, left as it is.
    """
    with transaction.atomic():
        waiting = messages.filter(sent_at=None, failed_at=None, cancelled_at=None)
        stopped = list(waiting.select_for_update().order_by("pk"))
        messages.filter(pk__in=[m.pk for m in stopped]).update(
            cancelled_at=now, cancel_reason=reason[:300]
        )
    return sorted({m.case_id for m in stopped if m.case_id})


def queue_again(messages: models.QuerySet[OutboxMessage], *, not_before: datetime) -> list[int]:
    """Queue stopped messages again; returns the ids of their cases."""
    with transaction.atomic():
        stopped = list(messages.exclude(cancelled_at=None).select_for_update().order_by("pk"))
        messages.filter(pk__in=[m.pk for m in stopped]).update(
            cancelled_at=None, cancel_reason="", not_before=not_before
        )
    return sorted({m.case_id for m in stopped if m.case_id})


def _mail(message: OutboxMessage, mail_connection: Any) -> EmailMessage:
    return EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.recipient],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
        connection=mail_connection,
    )


def _postpone(message: OutboxMessage, error: Exception, *, now: datetime) -> None:
    """Back off 2, 4, 8 … minutes; give up after MAX_ATTEMPTS and leave the row to be seen."""
    message.last_error = f"{type(error).__name__}: {error}"[:300]
    if message.attempts >= MAX_ATTEMPTS:
        message.failed_at = now
        logger.error("outbox: gave up on message %s", message.pk)
    message.not_before = now + timedelta(minutes=2**message.attempts)
