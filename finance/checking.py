"""Every night: the records are added up anew and compared with totals and entries, to the yen."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from core import audit, outbox
from core.fiscal import today
from finance.models import (
    Commitment,
    EditionLedger,
    LedgerCheck,
    LedgerEntry,
    Payment,
    Repayment,
    RepaymentReceipt,
)
from finance.notices import contact_of_finance, to_finance

KINDS = tuple(LedgerEntry.Kind.values)
COLUMNS = ("pending", "paid", "advanced", "returned", "owed")  # of a commitment
Sums = dict[str, int]


def first_difference() -> str:
    """Return the first yen of difference in words, empty where everything agrees.

    Compared: each commitment's columns with its payments, orders and receipts; the entries of each
    commitment with the same; and each edition's running totals with its entries.
    """
    return next(differences(), "")


def differences() -> Iterator[str]:
    """Yield every difference, commitments first."""
    cases, booked = _from_cases(), _booked("commitment")
    for commitment in Commitment.objects.order_by("pk").iterator():
        expected = cases[commitment.pk]
        yield from _compared(
            commitment.reference,
            {name: getattr(commitment, name) for name in COLUMNS},
            expected,
        )
        entries = booked[commitment.pk]
        yield from _compared(
            commitment.reference,
            {kind: entries[kind] for kind in KINDS},
            {
                "committed": commitment.due,
                "advanced": expected["advanced"],
                "settled": expected["paid"] - expected["advanced"],
                "returned": expected["returned"],
                "interest": expected["interest"],
            },
        )
    by_edition = _booked("edition")
    for ledger in EditionLedger.objects.select_related("edition").order_by("pk"):
        entries = by_edition[ledger.edition_id]
        totals = {kind: getattr(ledger, kind) for kind in KINDS}
        yield from _compared(str(ledger), totals, {kind: entries[kind] for kind in KINDS})


def _compared(name: str, found: Sums, expected: Sums) -> Iterator[str]:
    for part, amount in found.items():
        if amount != expected[part]:
            yield _("%(name)s: %(part)s is %(found)s, the records give %(expected)s.") % {
                "name": name,
                "part": part,
                "found": f"{amount:,}",
                "expected": f"{expected[part]:,}",
            }


def _from_cases() -> dict[int, Sums]:
    """Return what payments, orders and receipts add up to, by commitment."""
    found: dict[int, Sums] = defaultdict(_zeros)
    for pk, pending, paid, advanced in _paid():
        found[pk] |= {"pending": pending, "paid": paid, "advanced": advanced}
    receipts = RepaymentReceipt.objects.order_by().values_list("repayment__commitment")
    for pk, part, total in receipts.annotate(part=Sum("principal_part"), total=Sum("amount")):
        found[pk] |= {"returned": part, "interest": total - part}
    orders = Repayment.objects.filter(status__in=Repayment.OPEN).order_by()
    left = Sum(F("principal") - F("repaid_principal"))
    for pk, owed in orders.values_list("commitment").annotate(left=left):
        found[pk]["owed"] = owed
    return found


def _paid() -> Any:
    """Return what is claimed, paid, and of that paid in advance, by commitment."""
    status, kind = Payment.Status, Payment.Kind
    is_paid = Q(status=status.PAID)
    return (
        Payment.objects.order_by()
        .values_list("commitment")
        .annotate(
            sum_pending=Sum(
                "amount", filter=Q(status__in=[status.REQUESTED, status.APPROVED]), default=0
            ),
            sum_paid=Sum("amount", filter=is_paid, default=0),
            sum_advanced=Sum("amount", filter=is_paid & Q(kind=kind.ADVANCE), default=0),
        )
    )


def _zeros() -> Sums:
    return dict.fromkeys((*COLUMNS, "interest"), 0)


def _booked(by: str) -> dict[int, Sums]:
    """Return the sum of the entries of each kind, by commitment or edition."""
    found: dict[int, Sums] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    rows = LedgerEntry.objects.order_by().values(by, "kind").annotate(total=Sum("amount"))
    for row in rows:
        found[row[by]][row["kind"]] = row["total"]
    return found


@transaction.atomic
def check(*, by: Any, now: datetime) -> LedgerCheck:
    """Compare everything on one snapshot, keep the result, and tell finance where it differs."""
    difference = first_difference()[:500]
    made, _new = LedgerCheck.objects.update_or_create(
        checked_on=today(now),
        defaults={
            "checked_at": now,
            "ledgers": EditionLedger.objects.count(),
            "difference": difference,
        },
    )
    audit.record("check_ledgers", made, by=by, at=now, note=difference)
    if difference:
        outbox.enqueue(
            "finance/mail/ledger_difference",
            recipients=to_finance(),
            context={
                "day": made.checked_on.isoformat(),
                "link": settings.BASE_URL + reverse("admin:finance_editionledger_years"),
                "contact": contact_of_finance(),
            },
            now=now,
        )
    return made
