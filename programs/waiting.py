"""Copied calls that wait for their check-list: the section hears of it, so none stays shut unseen."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Post
from core.fiscal import deadline_text
from core.models import OutboxMessage
from core.outbox import Recipient, enqueue
from programs import checklist
from programs.models import Call, Edition

AHEAD = timedelta(days=7)
WAITING, HELD = "programs/mail/call_waiting", "programs/mail/call_held"


def hold_lapsed_calls(*, by: Any, now: datetime) -> None:
    """Let calls of the next seven days wait again whose check-list was done and has lapsed.

    Only before they open: what a request computes never turns back from open.
    """
    drafts = Call.objects.filter(status=Call.Status.DRAFT, awaits_check=False)
    near = drafts.filter(opens_at__gt=now, opens_at__lte=now + AHEAD)
    rows = Edition.objects.filter(pk__in=near.values("edition"))
    for edition in checklist.with_all(rows).order_by("pk"):
        if any(item.has_lapsed for item in checklist.items(edition)):
            checklist.hold_again(edition, by=by, now=now)


def tell_of_waiting_calls(*, now: datetime) -> int:
    """Tell the section once seven days ahead, and once when the hour has passed; returns how many.

    The mail that was queued is what says that it was told, so the task may run as often as it likes.
    """
    waiting = Call.objects.filter(status=Call.Status.DRAFT, awaits_check=True)
    near = waiting.filter(opens_at__lte=now + AHEAD, closes_at__gt=now)
    rows = near.select_related("edition__section").order_by("pk")
    return sum(_tell(call, HELD if call.opens_at <= now else WAITING, now=now) for call in rows)


@transaction.atomic
def _tell(call: Call, template: str, *, now: datetime) -> bool:
    Call.objects.select_for_update(of=("self",), no_key=True).get(pk=call.pk)
    own = {"case_label": call._meta.label, "case_id": call.pk, "template": template}
    recipients = _recipients(call.edition)
    if not recipients or OutboxMessage.objects.filter(**own).exists():
        return False
    context = {
        "case": {"title": call.title},
        "opens": deadline_text(call.opens_at),
        "link": settings.BASE_URL + checklist.back_to(call.edition),
    }
    enqueue(template, recipients=recipients, context=context, now=now, case=call)
    return True


def _recipients(edition: Edition) -> list[Recipient]:
    """Return the mailboxes of the section in charge and of its managers' posts."""
    section = edition.section
    if section is None:
        return []
    posts = Post.objects.filter(section=section, role="manager", valid_to=None).order_by("pk")
    rows = [Recipient(section.mailbox, section.name)]
    rows += [Recipient(post.mailbox, post.name) for post in posts]
    return [row for row in rows if row.email]
