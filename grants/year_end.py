"""What the awards leave open at a year's end, for its closing (finance.actions.years)."""

from collections.abc import Iterator

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from core.fiscal import FiscalYear, era_date_plain
from finance.actions import commitments, years
from finance.actions.years import OpenItem
from grants.models import Award
from grants.models.award import REPORTABLE

_UNFIXED = ("reported", "checked")


def open_awards(accounting_fy: int) -> Iterator[OpenItem]:
    """Yield the awards of the year and before that are unfinished, unreported, unfixed or unpaid.

    What is decided and not yet paid is carried over (yen); two queries, however many there are.
    """
    statuses = (*REPORTABLE, *_UNFIXED, "amount_fixed")
    rows = Award.objects.filter(status__in=statuses, edition__fiscal_year__lte=accounting_fy)
    found = list(rows.select_related("organization", "application").order_by(F("report_due"), "pk"))
    money = commitments.settlements_of(found)
    for award in found:
        stands = money.get(award.pk)
        due = stands.decided if stands and stands.fixed is None else stands.fixed if stands else 0
        carried = (due or 0) - (stands.paid if stands else 0)
        if award.status == "amount_fixed" and carried <= 0:
            continue
        yield OpenItem(
            kind=_kind(award, accounting_fy),
            reference=award.award_number or award.application.receipt_number or "",
            organization=award.organization.name,
            words=award.status_text,
            amount=max(carried, 0),
            url=reverse("admin:grants_award_change", args=[award.pk]),
        )


def _kind(award: Award, accounting_fy: int) -> str:
    if award.status in REPORTABLE:
        if award.ends_on > FiscalYear(accounting_fy).ends:
            return _("Unfinished: carried over")
        return _("Report due %(day)s") % {"day": era_date_plain(award.due or award.report_due)}
    return _("Amount not fixed") if award.status in _UNFIXED else _("Fixed, not all paid")


years.register("grants.Award", open_awards)
