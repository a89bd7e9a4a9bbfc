"""Copied calls that wait for their check-list: the section hears of it, so none stays shut unseen."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import Post
from core.fiscal import deadline_text
from core.models import OutboxMessage
from core.outbox import Recipient, enqueue
from programs.checklist import back_to
from programs.models import Call, Edition

AHEAD = timedelta(days=7)
WAITING, HELD = "programs/mail/call_waiting", "programs/mail/call_held"


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
        "link": settings.BASE_URL + back_to(call.edition),
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
