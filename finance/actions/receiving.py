"""What a body sends is numbered, its arrival kept, a receipt given, and the body told (到達主義)."""

from core import outbox, receipts
from core.fiscal import deadline_text
from core.workflow import Step
from finance.models import BankAccount, Payment
from finance.notices import to_owner


def receive(step: Step) -> None:
    """Number the case once and give this submission's receipt; the body's mail names it.

    The case must be saved already; its new number is written by the caller's save.
    """
    case: Payment | BankAccount = step.case
    case.receipt_number = case.receipt_number or receipts.new_number(step.now)
    case.arrived_at = case.arrived_at or step.now
    receipts.give(
        step,
        number=case.receipt_number,
        stored=[],
        digests={},
        snapshot=case.receipt_snapshot(),
    )
    outbox.enqueue(
        f"finance/mail/{case._meta.model_name}_received",
        recipients=to_owner(step),
        context=case.notice_context(step) | {"arrived": deadline_text(step.now)},
        now=step.now,
        case=case,
    )


def receive_new(step: Step) -> None:
    """Receive a case that was made just now, and write its number."""
    receive(step)
    step.case.save(update_fields=["receipt_number", "arrived_at"])
