"""What of the people waits for an administrator (core.today): sections without a submitter."""

from datetime import datetime
from typing import Any

from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Section
from core import today
from core.fiscal import jst_date
from core.today import Row


def orphaned(rows: Any, user: Any, now: datetime) -> Any:
    """Sections of bodies where nobody may submit; for administrators alone."""
    if "administrator" not in user.access.staff_roles:
        return rows.none()
    found = rows.filter(organization__isnull=False).orphaned(jst_date(now))
    ended = Max("posts__memberships__ends_on", filter=Q(posts__role="submitter"))
    return found.select_related("organization").annotate(ended=ended).order_by("ended", "pk")


def _row(section: Any) -> Row:
    return Row(
        number=section.name,
        body=section.unit.name,
        program="",
        asked=_("Nobody may submit: find a successor"),
        at=section.ended or timezone.localdate(),
        url=reverse("admin:accounts_section_change", args=[section.pk]),
    )


today.register(Section, "unassigned", rows=orphaned, row=_row)
