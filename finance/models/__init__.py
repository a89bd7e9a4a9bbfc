"""The models of finance: what was promised, paid, ordered back, and to which account."""

from finance.models.accounts import BankAccount
from finance.models.commitments import Commitment, Settlement
from finance.models.ledgers import EditionLedger, LedgerCheck, LedgerEntry, YearClosing
from finance.models.payments import Payment
from finance.models.repayments import Repayment, RepaymentReceipt
from finance.models.transfers import TransferFile

__all__ = [
    "BankAccount",
    "Commitment",
    "EditionLedger",
    "LedgerCheck",
    "LedgerEntry",
    "Payment",
    "Repayment",
    "RepaymentReceipt",
    "Settlement",
    "TransferFile",
    "YearClosing",
]
