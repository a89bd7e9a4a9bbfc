"""What of the threads waits for a member of staff (core.today)."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core import today
from core.today import Row
from correspondence.models import Side, Thread


def mine(rows: Any, user: Any, now: datetime) -> Any:
    """Those in which CLAIR has the next word, of the sections of those who may answer."""
    if not user.has_perm("correspondence.answer_thread"):
        return rows.none()
    sections = [post.section_id for post in user.access.posts]
    waiting = rows.waiting_for(Side.STAFF).filter(Q(desk__in=sections) | Q(desk=None))
    return waiting.with_news(user, now).select_related("organization")


def _row(thread: Thread) -> Row:
    mark = _("(new)") if thread.is_new else ""  # type: ignore[attr-defined]
    answered = thread.status == Thread.Status.ANSWERED
    return Row(
        number=thread.case_number or "－",
        body=thread.organization.name,
        program=f"{thread.subject}{mark}",
        asked=_("Read the answer") if answered else _("Answer the question"),
        at=thread.last_at,
        url=thread.get_staff_url(),
    )


today.register(Thread, "mine", rows=mine, row=_row)
