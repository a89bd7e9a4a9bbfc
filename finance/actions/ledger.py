"""Booking: each movement is one entry, and moves the running totals of its edition."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection, models
from django.db.models import F
from django.utils.translation import gettext as _

from core.fiscal import FiscalYear
from core.workflow import InvalidTransition
from finance.models import Commitment, EditionLedger, LedgerEntry, YearClosing

_YEAR_LOCK = 72_011_002  # advisory lock of an accounting year: shared by entries, taken to close


def lock_ledgers(edition_ids: Iterable[int]) -> list[EditionLedger]:
    """Return the ledgers of the editions locked by edition, made where there is none yet."""
    ids = sorted(set(edition_ids))
    EditionLedger.objects.bulk_create(
        [EditionLedger(edition_id=pk) for pk in ids], ignore_conflicts=True
    )
    rows = EditionLedger.objects.filter(edition__in=ids).select_for_update(
        of=("self",), no_key=True
    )
    return list(rows.order_by("edition"))


def require_open(accounting_fy: int) -> None:
    """Refuse an entry into a closed year (409); holds off its closing until the commit."""
    _lock_year(accounting_fy, "pg_advisory_xact_lock_shared")
    closing = YearClosing.objects.filter(accounting_fy=accounting_fy).first()
    if closing is not None:
        raise InvalidTransition(
            _("%(year)s was closed on %(day)s. Book this into an open year.")
            % {"year": closing, "day": closing.closed_at.date().isoformat()}
        )


def hold_year(accounting_fy: int) -> None:
    """Wait for every entry of the year that is being written, and let none begin."""
    _lock_year(accounting_fy, "pg_advisory_xact_lock")


def _lock_year(accounting_fy: int, function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_YEAR_LOCK, accounting_fy])


def book(
    commitment: Commitment,
    kind: str,
    amount: int,
    *,
    on: date,
    source: models.Model | Any,
    accounting_fy: int | None = None,
) -> None:
    """Write one movement (yen, negative to take back) under the ledger's lock; 0 moves nothing."""
    if amount == 0:
        return
    [ledger] = lock_ledgers([commitment.edition_id])
    year = int(FiscalYear.of(on)) if accounting_fy is None else accounting_fy
    require_open(year)
    LedgerEntry.objects.create(
        edition_id=commitment.edition_id,
        commitment=commitment,
        kind=kind,
        amount=amount,
        booked_on=on,
        accounting_fy=year,
        source_label=source._meta.label,
        source_id=source.pk,
    )
    EditionLedger.objects.filter(pk=ledger.pk).update(**{kind: F(kind) + amount})
