"""A claim's way: requested, returned, approved, paid, failed; the commitment holds the frame."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import letters, outbox, workflow
from core.fiscal import FiscalYear
from core.money import format_yen
from core.workflow import Behalf, Step
from finance.actions.commitments import lock_commitment, lock_commitments
from finance.actions.ledger import book, lock_ledgers, require_open
from finance.actions.receiving import receive, receive_new
from finance.models import BankAccount, Commitment, LedgerEntry, Payment
from finance.models.ledgers import accounting_years_of
from finance.notices import to_finance
from finance.papers import payment_letter

K = Payment.Kind


def account_in_use(section_id: int) -> BankAccount | None:
    """Return the section's checked account."""
    rows = BankAccount.objects.filter(section=section_id, status=BankAccount.Status.IN_USE)
    return rows.first()


def request_payment(
    commitment: Commitment,
    *,
    by: Any,
    now: datetime,
    changes: dict[str, Any],
    behalf: Behalf | None = None,
) -> Payment:
    """Claim money under a commitment (請求); `changes` holds kind, amount (yen) and the invoice."""
    values = changes | {
        "commitment": commitment,
        "edition_id": commitment.edition_id,
        "organization_id": commitment.organization_id,
        "section_id": commitment.section_id,
        "account": account_in_use(commitment.section_id),
    }

    def reserve(payment: Payment) -> dict[str, Any]:
        take_pending(payment)
        receive_new(Step(payment, "request", by, now, {}, behalf=behalf))
        return {}

    with transaction.atomic():
        payment: Payment = workflow.create(
            Payment, by=by, now=now, changes=values, behalf=behalf, children=reserve
        )
        outbox.enqueue(
            "finance/mail/payment_request",
            recipients=to_finance(),
            context=payment.notice_context(None),
            now=now,
            case=payment,
        )
    return payment


def take_pending(payment: Payment) -> None:
    """Hold the claimed amount under the commitment's lock; refused beyond what is claimable."""
    commitment = lock_commitment(payment.commitment_id)
    _require_claimable(payment, commitment)
    commitment.pending += payment.amount
    commitment.save(update_fields=["pending"])


def _require_claimable(payment: Payment, commitment: Commitment) -> None:
    if payment.kind == K.ADVANCE and commitment.fixed is not None:
        raise ValidationError(
            {"kind": [_("The amount is fixed: claim a settlement instead of an advance.")]}
        )
    if payment.kind == K.ADVANCE and commitment.advance_limit() == 0:
        raise ValidationError({"kind": [_("This programme pays nothing in advance.")]})
    if payment.kind != K.ADVANCE and commitment.fixed is None:
        raise ValidationError(
            {"kind": [_("A settlement is claimed once the amount is fixed (額の確定).")]}
        )
    if payment.amount > commitment.claimable:
        raise ValidationError(
            {
                "amount": [
                    _("At most %(left)s can be claimed now.")
                    % {"left": format_yen(commitment.claimable)}
                ]
            }
        )


def _give_back_pending(payment: Payment) -> None:
    commitment = lock_commitment(payment.commitment_id)
    commitment.pending -= payment.amount
    commitment.save(update_fields=["pending"])


def request_again(step: Step) -> None:
    """Claim once more what was returned or failed, to the account that is in use now (請求)."""
    payment = step.case
    take_pending(payment)
    payment.account = account_in_use(payment.section_id)
    payment.answer, payment.transfer = "", None
    receive(step)


def answer_and_free(step: Step) -> None:
    """Keep the reason and free the held amount (返戻, 支払不可)."""
    step.case.answer = step.data["reason"][:500]
    _give_back_pending(step.case)


def require_other_person(step: Step) -> None:
    """Whoever fixed the amount does not pay it, nor into a year that is closed (cases.md)."""
    payment = step.case
    fixed_by = payment.commitment.fixed_by_id
    if fixed_by is not None and fixed_by == step.by.pk:
        raise PermissionDenied(_("The person who fixed the amount may not also pay it."))
    if payment.account is None:
        raise ValidationError(
            _("No checked bank account: ask the body for one, and check it first.")
        )
    year = year_of(step.data)
    if year not in accounting_years_of(step.data["paid_on"]):
        raise ValidationError(
            {
                "accounting_fy": [
                    _("A payment of that day does not belong to %(year)s.")
                    % {"year": FiscalYear(year).label}
                ]
            }
        )
    require_open(year)
    _require_rate(payment, step.data)


def year_of(data: dict[str, Any]) -> int:
    """Return the accounting year given, else that of the day (JST)."""
    return int(data.get("accounting_fy") or FiscalYear.of(data["paid_on"]))


def _require_rate(payment: Payment, data: dict[str, Any]) -> None:
    """Abroad, amount and rate must give the claimed yen, to the rate's last unit."""
    is_abroad = payment.account is not None and payment.account.kind == BankAccount.Kind.ABROAD
    given = [data.get(name) for name in ("currency", "foreign_amount", "rate", "rate_on")]
    if not any(given):
        if is_abroad:
            raise ValidationError(
                {"currency": [_("Enter currency, amount, rate and the day of the rate.")]}
            )
        return
    if not all(given):
        raise ValidationError(
            {"currency": [_("Enter currency, amount, rate and the day of the rate.")]}
        )
    reckoned = data["foreign_amount"] * data["rate"]
    if abs(reckoned - payment.amount) > max(data["rate"] / 100, 1):
        raise ValidationError(
            {
                "foreign_amount": [
                    _("At that rate it is %(yen)s, not %(amount)s.")
                    % {"yen": format_yen(int(reckoned)), "amount": format_yen(payment.amount)}
                ]
            }
        )


def pay(step: Step) -> None:
    """Move the amount from claimed to paid, book it, and issue the notice of payment (支払)."""
    payment, data = step.case, step.data
    payment.paid_on, payment.accounting_fy = data["paid_on"], year_of(data)
    payment.currency = data.get("currency") or ""
    for name in ("foreign_amount", "rate", "rate_on"):
        setattr(payment, name, data.get(name) or None)
    _move_paid(payment, payment.amount)
    letters.prepare(payment, **payment_letter(payment), now=step.now, decided_on=None)


def _move_paid(payment: Payment, amount: int) -> None:
    """Add to what was paid (yen, negative to take back), under lock, and book it."""
    commitment = lock_commitment(payment.commitment_id)
    commitment.paid += amount
    if payment.kind == K.ADVANCE:
        commitment.advanced += amount
    if amount > 0:
        commitment.pending -= amount
    commitment.excess = (
        max(commitment.paid - commitment.due, 0) if amount < 0 else commitment.excess
    )
    commitment.save(update_fields=["paid", "advanced", "pending", "excess"])
    kind = LedgerEntry.Kind.ADVANCED if payment.kind == K.ADVANCE else LedgerEntry.Kind.SETTLED
    assert payment.paid_on is not None
    book(
        commitment,
        kind,
        amount,
        on=payment.paid_on,
        source=payment,
        accounting_fy=payment.accounting_fy,
    )


def fail(step: Step) -> None:
    """The bank could not pay (振込不能): totals and ledger go back, the body corrects its account."""
    payment = step.case
    payment.answer = step.data["reason"][:500]
    if step.before == Payment.Status.PAID:
        _move_paid(payment, -payment.amount)
        payment.paid_on = payment.accounting_fy = None
        payment.currency, payment.foreign_amount = "", None
        payment.rate = payment.rate_on = None
    else:
        _give_back_pending(payment)


def pay_all(payments: Sequence[Payment], *, by: Any, now: datetime, paid_on: date) -> int:
    """Pay every payment of a transfer on its day; all or none. Returns how many.

    Locks in the house's order: payments by pk, commitments by pk, then the editions' ledgers.
    """
    with transaction.atomic():
        rows = Payment.objects.filter(pk__in=[p.pk for p in payments])
        locked = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
        lock_commitments([payment.commitment_id for payment in locked])
        lock_ledgers(payment.edition_id for payment in locked)
        for payment in locked:
            workflow.run(payment, "pay", by=by, now=now, data={"paid_on": paid_on.isoformat()})
    return len(locked)
