"""Finance for staff: claims, orders to pay back, accounts, transfer files, ledgers and years."""

from finance.admin.accounts import BankAccountAdmin
from finance.admin.cases import PaymentAdmin, RepaymentAdmin
from finance.admin.ledgers import EditionLedgerAdmin

__all__ = ["BankAccountAdmin", "EditionLedgerAdmin", "PaymentAdmin", "RepaymentAdmin"]
