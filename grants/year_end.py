"""What awards leave open at the end of a fiscal year, for finance's preview of the closing."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.fiscal import era_date_plain
from finance.actions import commitments
from finance.actions.years import OpenItem
from grants.models import Award

S = Award.Status
_REPORT_DUE = (S.ACTIVE, S.SUSPENDED, S.REPORT_RETURNED, S.CORRECTION_ORDERED)
_TO_FIX = (S.REPORTED, S.CHECKED)


def unfinished(accounting_fy: int) -> Iterable[OpenItem]:
    """Yield each award of the year or before that is not closed, with the yen not paid on it.

    A project that goes on is reported at the year's end all the same (Art. 14; domain.md §1.4).
    """
    rows = Award.objects.filter(
        status__in=(*_REPORT_DUE, *_TO_FIX, S.AMOUNT_FIXED),
        edition__fiscal_year__lte=accounting_fy,
    )
    awards = list(rows.select_related("organization", "edition").order_by("report_due", "pk"))
    money = commitments.settlements_of(awards)
    for award in awards:
        found = money[award.pk]
        owed = found.decided if found.fixed is None else found.fixed
        yield OpenItem(
            kind=_kind(award),
            reference=award.award_number,
            organization=award.organization.name,
            words=f"{S(award.status).label} {_when(award)}".strip(),
            amount=max(owed - found.paid, 0),
            url=reverse("admin:grants_award_change", args=[award.pk]),
        )


def _kind(award: Award) -> str:
    if award.status in _REPORT_DUE:
        return pgettext("year end", "Final report due")
    if award.status in _TO_FIX:
        return _("Amount to be fixed")
    return _("Fixed amount not settled")


def _when(award: Award) -> str:
    if award.status not in _REPORT_DUE:
        return ""
    return _("(due: %(day)s)") % {"day": era_date_plain(award.correction_due or award.report_due)}
