"""The bank's file of a day: approved payments once, in the 全銀協 layout; paid when the bank paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, files
from core.fiscal import is_working_day, today
from core.workflow import InvalidTransition
from finance import zengin
from finance.actions.payments import pay_all
from finance.models import BankAccount, Payment, TransferFile

S = Payment.Status


@dataclass(frozen=True)
class LeftOut:
    """A payment that the file does not carry, and why."""

    payment: Payment
    reason: str


def waiting() -> Any:
    """Return the approved payments that no file carries yet, by account."""
    rows = Payment.objects.filter(status=S.APPROVED, transfer=None)
    return rows.select_related("account", "commitment", "organization").order_by("pk")


def sorted_out(payments: Sequence[Payment]) -> tuple[list[Payment], list[LeftOut]]:
    """Return which payments a file carries, and which not and why (abroad, no account, signs)."""
    carried, left = [], []
    for payment in payments:
        reason = why_not(payment)
        if reason:
            left.append(LeftOut(payment, reason))
        else:
            carried.append(payment)
    return carried, left


def why_not(payment: Payment) -> str:
    """Return why the bank's file cannot carry the payment; empty where it can."""
    account = payment.account
    if account is None:
        return _("There is no checked bank account.")
    if account.status != BankAccount.Status.IN_USE:
        return _("The account is no longer in use: return the claim or let it be claimed again.")
    if account.kind == BankAccount.Kind.ABROAD:
        return _("Abroad: transfer it by hand, then book it with its rate.")
    try:
        zengin.row(transfer_of(payment))
    except zengin.UnwritableError as error:
        return str(error)
    return ""


def transfer_of(payment: Payment) -> zengin.Transfer:
    """Return the payment as the bank's file names it; EDI情報 carries its number for matching."""
    account = payment.account
    assert account is not None
    return zengin.Transfer(
        bank_code=account.bank_code,
        bank_name=account.bank_name,
        branch_code=account.branch_code,
        branch_name=account.branch_name,
        account_type=account.account_type,
        number=account.number,
        holder=account.holder,
        amount=payment.amount,
        edi=f"CLAIR{payment.pk}",
    )


@transaction.atomic
def make_file(
    payments: Sequence[Payment], *, transfer_on: date, by: Any, now: datetime
) -> TransferFile:
    """Make the file of the day from approved payments, each in one file only.

    Refused for a day that is no working day to come, and where nothing is left to transfer.
    """
    if not by.has_perm("finance.add_transferfile"):
        raise PermissionDenied
    if transfer_on < today(now) or not is_working_day(transfer_on):
        raise ValidationError(
            {"transfer_on": [_("The bank transfers on working days to come. Choose another day.")]}
        )
    rows = Payment.objects.filter(pk__in=[p.pk for p in payments], status=S.APPROVED, transfer=None)
    locked = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    carried, left = sorted_out(list(locked.select_related("account", "commitment")))
    if not carried:
        raise ValidationError(_("None of these payments can be put into a file."))
    records = zengin.lines(requester(), transfer_on, [transfer_of(p) for p in carried])
    stored = files.store_generated(
        zengin.content(records, line_ends=settings.ZENGIN_LINE_ENDS),
        name=f"furikomi-{transfer_on:%Y%m%d}-{now:%H%M%S}.txt",
        content_type="text/plain",
        by=by,
    )
    made = TransferFile.objects.create(
        file=stored,
        sensitivity="internal",
        transfer_on=transfer_on,
        count=len(carried),
        total=sum(payment.amount for payment in carried),
        made_by_id=by.pk,
        left_out=[
            {"reference": row.payment.commitment.reference, "reason": row.reason} for row in left
        ],
    )
    Payment.objects.filter(pk__in=[payment.pk for payment in carried]).update(transfer=made)
    audit.record("make_file", made, by=by, at=now, ids=[payment.pk for payment in carried])
    return made


def requester() -> zengin.Requester:
    """Return CLAIR's own account, as the bank registered it (settings, from the environment)."""
    return zengin.Requester(**settings.ZENGIN_REQUESTER)


def pay_file(made: TransferFile, *, by: Any, now: datetime, paid_on: date) -> int:
    """Book every payment of the file as paid on the day; returns how many. All or none."""
    rows = list(made.payments.filter(status=S.APPROVED).order_by("pk"))
    if not rows:
        raise InvalidTransition(_("No payment of this file waits for booking."))
    return pay_all(rows, by=by, now=now, paid_on=paid_on)
