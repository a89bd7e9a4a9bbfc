"""What of awards and changes waits for a member of staff (core.today); deadlines list themselves."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import today
from core.today import Row
from grants.models import Award, ChangeRequest
from programs.models import Edition

S = Award.Status
# What is asked of CLAIR's staff in a status, and who may do it.
_ASKED = {
    S.REPORTED: (_("Check the report"), "check_report"),
    S.CHECKED: (_("Draft the approval of the fixed amount"), "check_report"),
}


def _of_my_sections(rows: Any, user: Any) -> Any:
    """Narrow to the editions of the user's sections; sections without editions look at all."""
    mine = [post.section_id for post in user.access.posts]
    has_own = Edition.objects.filter(section__in=mine).exists()
    return rows.filter(edition__section__in=mine) if has_own else rows


def mine(rows: Any, user: Any, now: datetime) -> Any:
    """Awards whose report is to be checked, or whose amount is to be fixed."""
    acts = [s for s, (_word, act) in _ASKED.items() if user.has_perm(f"grants.{act}_award")]
    found = _of_my_sections(rows.filter(status__in=acts), user)
    return found.select_related("organization", "edition__program").order_by("updated_at", "pk")


def new_changes(rows: Any, user: Any, now: datetime) -> Any:
    """Changes that were sent and not answered yet."""
    found = _of_my_sections(rows.filter(status=ChangeRequest.Status.SUBMITTED), user)
    return found.select_related("organization", "edition__program").order_by("arrived_at", "pk")


def _row(award: Award) -> Row:
    return Row(
        number=award.award_number or "－",
        body=award.organization.name,
        program=award.edition.name,
        asked=_ASKED[S(award.status)][0],
        at=award.updated_at,
        url=award.staff_url(),
    )


def _change_row(change: ChangeRequest) -> Row:
    return Row(
        number=change.receipt_number or "－",
        body=change.organization.name,
        program=change.edition.name,
        asked=_("Approve the change") if change.needs_approval else _("Answer the change"),
        at=change.arrived_at,
        url=change.staff_url(),
    )


today.register(Award, "mine", rows=mine, row=_row)
today.register(ChangeRequest, "new", rows=new_changes, row=_change_row)
