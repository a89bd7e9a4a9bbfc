"""What of the applications waits for a member of staff (core.today)."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from core import today
from core.fiscal import jst_date
from core.models import StoredFile
from core.today import Row
from grants import award_today
from grants.models import Application, ApplicationFile, ReturnComment
from programs.models import Edition

__all__ = ["award_today"]  # registered beside these

S = Application.Status
SOON = timedelta(days=7)
IN_HAND = (S.RECEIVED, S.UNDER_REVIEW)
# What is asked of CLAIR's staff in a status, and who may do it.
_ASKED = {
    S.SUBMITTED: (_("Receive it"), "receive"),
    S.LATE: (_("Decide whether it is accepted late"), "accept_late"),
    S.RECEIVED: (_("Start the review"), "start_review"),
    S.UNDER_REVIEW: (_("Draft the decision"), "recommend"),
    S.DECIDED: (_("Announce the decision"), "announce"),
    S.INFORMALLY_NOTIFIED: (_("Announce the decision"), "announce"),
    S.RETURNED: (_("Wait for the correction"), "return_for_correction"),
}
_VIRUS = StoredFile.ScanState.INFECTED
_CHECKED = (S.SUBMITTED, S.LATE, *IN_HAND)
_RETURN = "grants.return_for_correction_application"
_OF_NO_POST = (S.LATE, S.DECIDED, S.INFORMALLY_NOTIFIED)


def _of_my_sections(rows: Any, user: Any) -> Any:
    """Narrow to the editions of the user's sections; sections without editions look at all."""
    mine = [post.section_id for post in user.access.posts]
    theirs = Edition.objects.filter(section__in=mine)
    return rows.filter(edition__section__in=mine) if theirs.exists() else rows


def _listed(rows: Any, *order: str) -> Any:
    return rows.select_related("organization", "edition__program").order_by(*order, "pk")


def mine(rows: Any, user: Any, now: datetime) -> Any:
    """Those of my posts, those whose next act is my role's and no post's, those with a virus."""
    acts = [s for s in _OF_NO_POST if user.has_perm(f"grants.{_ASKED[s][1]}_application")]
    in_hand = Q(post_in_charge__in=[post.pk for post in user.access.posts], status__in=IN_HAND)
    of_role = _of_my_sections(Application.objects.filter(status__in=acts), user)
    infected = ApplicationFile.objects.filter(application=OuterRef("pk"), file__scan_state=_VIRUS)
    mine = Application.objects.filter(Exists(infected), status__in=_CHECKED)
    to_replace = _of_my_sections(mine, user) if user.has_perm(_RETURN) else mine.none()
    found = in_hand | Q(pk__in=of_role.values("pk")) | Q(pk__in=to_replace.values("pk"))
    return _listed(rows.filter(found).annotate(has_virus=Exists(infected)), "updated_at")


def new(rows: Any, user: Any, now: datetime) -> Any:
    """Those that arrived and were not received yet."""
    arrived = rows.filter(status__in=(S.SUBMITTED, S.LATE))
    return _listed(_of_my_sections(arrived, user), "arrived_at")


def back(rows: Any, user: Any, now: datetime) -> Any:
    """Those that the body has corrected and sent again."""
    commented = ReturnComment.objects.filter(application=OuterRef("pk"))
    again = rows.filter(Exists(commented), status=S.RECEIVED)
    return _listed(_of_my_sections(again, user), "updated_at")


def due(rows: Any, user: Any, now: datetime) -> Any:
    """Those whose correction is due within seven days."""
    day = jst_date(now)
    soon = rows.filter(status=S.RETURNED, return_due__range=(day, day + SOON))
    return _listed(_of_my_sections(soon, user), "return_due")


def overdue(rows: Any, user: Any, now: datetime) -> Any:
    """Those whose correction did not come in time."""
    late = rows.filter(status=S.RETURNED, return_due__lt=jst_date(now))
    return _listed(_of_my_sections(late, user), "return_due")


def unassigned(rows: Any, user: Any, now: datetime) -> Any:
    """Those in hand for which no post was named, or whose post nobody holds today."""
    held = Membership.objects.current(jst_date(now)).filter(post=OuterRef("post_in_charge"))
    nobody = rows.filter(~Exists(held), status__in=(*IN_HAND, S.RETURNED))
    return _listed(_of_my_sections(nobody, user), "updated_at")


def _row(case: Application) -> Row:
    waits = case.status == S.RETURNED
    return Row(
        number=case.receipt_number or "－",
        body=case.organization.name,
        program=case.edition.name,
        asked=_ASKED[S(case.status)][0],
        at=case.return_due if waits else case.updated_at,
        url=case.staff_url(),
    )


def _in_hand(case: Application) -> Row:
    row = _row(case)
    if not case.has_virus:  # type: ignore[attr-defined]
        return row
    asked = _("A virus was found in a file: have it replaced")
    return Row(row.number, row.body, row.program, asked, row.at, row.url)


def _corrected(case: Application) -> Row:
    row = _row(case)
    return Row(row.number, row.body, row.program, _("Check the correction"), row.at, row.url)


for _kind, _rows, _line in (
    ("mine", mine, _in_hand),
    ("new", new, _row),
    ("back", back, _corrected),
    ("due", due, _row),
    ("overdue", overdue, _row),
    ("unassigned", unassigned, _row),
):
    today.register(Application, _kind, rows=_rows, row=_line)
