"""What of the approvals waits for a member of staff (core.today)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from approvals.models import Approval, post_ids
from core import today
from core.today import Row


def mine(rows: Any, user: Any, now: datetime) -> Any:
    """Those whose next signature is mine, and my own that came back to me."""
    signing = rows.waiting_for(post_ids(user)).values("pk")
    returned = rows.filter(status=Approval.Status.RETURNED, drafted_by=user.pk).values("pk")
    waiting = rows.filter(pk__in=signing) | rows.filter(pk__in=returned)
    return waiting.select_related("section").order_by("updated_at", "pk")


def _row(approval: Approval) -> Row:
    returned = approval.status == Approval.Status.RETURNED
    return Row(
        number=approval.number,
        body=approval.section.name,
        program=approval.subject,
        asked=_("Correct the approval") if returned else _("Sign the approval"),
        at=approval.updated_at,
        url=approval.get_absolute_url(),
    )


today.register(Approval, "mine", rows=mine, row=_row)
