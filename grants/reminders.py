"""Reminders before a call closes: to the mailboxes of posts and sections that hold a draft."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation

from accounts.models import Post
from core import audit, outbox
from core.fiscal import days_left, deadline_text
from core.models import AuditEvent
from core.outbox import Recipient
from grants.models import Application
from programs.models import Call

DAYS = (14, 7, 3, 1)  # before the deadline, counted in JST days (wishes.md, municipal officer)
TEMPLATE = "grants/mail/application_remind"


def remind(*, by: Any, now: datetime) -> int:
    """Tell the owners of drafts that the call closes soon; safe to repeat, once for each day."""
    calls = Call.objects.filter(
        status=Call.Status.OPEN, closes_at__range=(now, now + timedelta(days=max(DAYS) + 1))
    )
    due = [call.pk for call in calls if days_left(call.closes_at, now) in DAYS]
    drafts = Application.objects.filter(status=Application.Status.DRAFT, call__in=due)
    pks = list(drafts.order_by("pk").values_list("pk", flat=True))
    return sum(_reminded(pk, by=by, now=now) for pk in pks)


def _reminded(pk: int, *, by: Any, now: datetime) -> bool:
    """Tell of one draft, unless it was sent or told of meanwhile."""
    with transaction.atomic():
        rows = Application.objects.select_for_update(of=("self",), no_key=True)
        case = rows.filter(pk=pk, status=Application.Status.DRAFT).first()
        if case is None:
            return False
        days = days_left(case.call.closes_at, now)
        note = f"{case.call.closes_at.isoformat()} -{days}"
        if _events(case).filter(note=note).exists():
            return False
        with translation.override(settings.LANGUAGE_CODE):
            outbox.enqueue(
                TEMPLATE, recipients=_owners(case), context=_context(case, days), case=case, now=now
            )
        audit.record("remind", case, by=by, at=now, note=note)
    return True


def _events(case: Application) -> Any:
    action = f"{case._meta.label_lower}.remind"
    return AuditEvent.objects.filter(
        action=action, target_label=case._meta.label, target_id=str(case.pk)
    )


def _owners(case: Application) -> list[Recipient]:
    """Return the section's mailbox, the contact's, and those of the posts that may send it."""
    posts = Post.objects.filter(
        section=case.section_id, valid_to=None, role__in=("submitter", "contact")
    )
    return case.owner_mailboxes() + [Recipient(post.mailbox, post.name) for post in posts]


def _context(case: Application, days: int) -> dict[str, Any]:
    link = settings.BASE_URL + case.get_absolute_url()
    due = deadline_text(case.call.closes_at)
    return case.facts_told() | {"link": link, "due": due, "days": days}
