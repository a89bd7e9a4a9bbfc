"""Money that comes back: receipts reduce the principal first, then interest; or it is waived."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import letters
from core.fiscal import FiscalYear, today
from core.money import format_yen
from core.workflow import InvalidTransition, Step
from finance.actions.commitments import lock_commitment, lock_commitments
from finance.actions.ledger import book, require_open
from finance.models import LedgerEntry, Repayment, RepaymentReceipt
from finance.models.ledgers import accounting_years_of
from finance.papers import interest_of, waiver_letter

S = Repayment.Status


def require_bookable(step: Step) -> None:
    """Receipts come in the order of their days, into an open year, and never beyond what is owed."""
    repayment, data = step.case, step.data
    day: date = data["received_on"]
    last = repayment.receipts.order_by("-received_on").values_list("received_on", flat=True).first()
    if day < (last or repayment.ordered_on):
        raise ValidationError(
            {
                "received_on": [
                    _("Book receipts in the order of their days: the last was on %(day)s.")
                    % {"day": (last or repayment.ordered_on).isoformat()}
                ]
            }
        )
    owed = owed_on(repayment, day)
    if data["amount"] > owed:
        raise ValidationError(
            {
                "amount": [
                    _("On that day %(owed)s is owed in all. Return the rest to the body.")
                    % {"owed": format_yen(owed)}
                ]
            }
        )
    year = _year_of(data)
    if year not in accounting_years_of(day):
        raise ValidationError(
            {"accounting_fy": [_("A receipt of that day does not belong to that year.")]}
        )
    require_open(year)


def _year_of(data: dict[str, Any]) -> int:
    return int(data.get("accounting_fy") or FiscalYear.of(data["received_on"]))


def owed_on(repayment: Repayment, on: date) -> int:
    """Return principal and interest that a payment on the day would have to cover (yen)."""
    interest = interest_of(repayment, on).total - repayment.repaid_interest
    return repayment.outstanding + max(interest, 0)


def received_target(step: Step) -> str:
    """Return whether the receipt pays all that is owed on its day."""
    owed = owed_on(step.case, step.data["received_on"])
    return S.REPAID if step.data["amount"] >= owed else S.PARTLY_REPAID


def receive(step: Step) -> None:
    """Write the receipt down and move the totals: principal first (施行令 第9条第2項)."""
    repayment, data = step.case, step.data
    amount, day, year = data["amount"], data["received_on"], _year_of(data)
    principal = min(amount, repayment.outstanding)
    RepaymentReceipt.objects.create(
        repayment=repayment,
        received_on=day,
        amount=amount,
        principal_part=principal,
        accounting_fy=year,
        received_by_id=step.by.pk,
    )
    repayment.repaid_principal += principal
    repayment.repaid_interest += amount - principal
    commitment = lock_commitment(repayment.commitment_id)
    commitment.owed -= principal
    commitment.returned += principal
    commitment.save(update_fields=["owed", "returned"])
    kinds = LedgerEntry.Kind
    for kind, part in ((kinds.RETURNED, principal), (kinds.INTEREST, amount - principal)):
        book(commitment, kind, part, on=day, source=repayment, accounting_fy=year)


def propose_waiver(step: Step) -> None:
    """Keep why the rest should be waived, for the approval that may follow (免除伺)."""
    step.case.waive_reason = step.data["reason"][:500]


def require_proposed(step: Step) -> None:
    """A waiver needs its reason first."""
    if not step.case.waive_reason:
        raise InvalidTransition(_("Propose the waiver with its reason first."))


def hold(cases: Sequence[Repayment]) -> None:
    """Lock the commitments of several orders by pk, before the first letter's number."""
    lock_commitments([repayment.commitment_id for repayment in cases])


def waive(step: Step) -> None:
    """Waive what is left of principal and interest, by letter (免除; 補助金適正化法 第19条第3項)."""
    repayment = step.case
    commitment = lock_commitment(repayment.commitment_id)
    commitment.owed -= repayment.outstanding
    commitment.save(update_fields=["owed"])
    letters.prepare(repayment, **waiver_letter(repayment, today(step.now)), now=step.now)
