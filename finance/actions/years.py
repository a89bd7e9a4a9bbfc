"""Closing an accounting year: what is still open is shown first, then the year is locked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.fiscal import FiscalYear, today
from core.workflow import InvalidTransition
from finance.actions.ledger import hold_year
from finance.models import Payment, Repayment, YearClosing


@dataclass(frozen=True)
class OpenItem:
    """Something that the year leaves behind: of what kind, which record, and what is to be done."""

    kind: str
    reference: str
    organization: str
    words: str
    amount: int | None = None
    url: str = ""


Provider = Callable[[int], Iterable[OpenItem]]
_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Let an app above say what it leaves open in a fiscal year (unfinished, reports due)."""
    _providers[name] = provider


def open_items(accounting_fy: int) -> list[OpenItem]:
    """Return what is open at the year's end: finance's own, then what the apps above say."""
    found = [*_open_payments(accounting_fy), *_open_repayments(accounting_fy)]
    for name in sorted(_providers):
        found += _providers[name](accounting_fy)
    return found


def _open_payments(year: int) -> Iterable[OpenItem]:
    S = Payment.Status  # noqa: N806 - short beside four names
    rows = Payment.objects.filter(
        status__in=[S.REQUESTED, S.APPROVED, S.CLAIM_RETURNED, S.FAILED],
        edition__fiscal_year__lte=year,
    )
    for payment in rows.select_related("commitment", "organization").order_by("pk"):
        yield OpenItem(
            kind=_("Payment not made"),
            reference=payment.commitment.reference,
            organization=payment.organization.name,
            words=payment.status_text,
            amount=payment.amount,
            url=payment.get_staff_url(),
        )


def _open_repayments(year: int) -> Iterable[OpenItem]:
    rows = Repayment.objects.filter(
        status__in=Repayment.OPEN, ordered_on__lte=FiscalYear(year).ends
    )
    for repayment in rows.select_related("commitment", "organization").order_by("pk"):
        yield OpenItem(
            kind=_("Repayment open"),
            reference=repayment.commitment.reference,
            organization=repayment.organization.name,
            words=repayment.status_text,
            amount=repayment.outstanding,
            url=repayment.get_staff_url(),
        )


@transaction.atomic
def close_year(accounting_fy: int, *, by: Any, now: datetime, note: str = "") -> YearClosing:
    """Lock the year: no entry is booked into it any more. What was open is kept beside it.

    Refused before the year is over, for a year closed before, and for those who may not.
    """
    if not by.has_perm("finance.add_yearclosing"):
        raise PermissionDenied
    year = FiscalYear(accounting_fy)
    if today(now) <= year.ends:
        raise ValidationError(_("%(year)s is not over yet.") % {"year": year.label})
    hold_year(accounting_fy)
    if YearClosing.objects.filter(accounting_fy=accounting_fy).exists():
        raise InvalidTransition(_("%(year)s is closed already.") % {"year": year.label})
    left = [
        {"kind": item.kind, "reference": item.reference, "words": item.words, "amount": item.amount}
        for item in open_items(accounting_fy)
    ]
    closing = YearClosing.objects.create(
        accounting_fy=accounting_fy, closed_at=now, closed_by_id=by.pk, note=note, open_items=left
    )
    audit.record("close_year", closing, by=by, at=now, note=note)
    return closing
