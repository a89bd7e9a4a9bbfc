"""Finance for bodies, and the programmes' money for everybody."""

from finance.views.cases import BankAccountScreens, PaymentScreens, RepaymentScreens
from finance.views.money import money, money_csv, money_json

__all__ = [
    "BankAccountScreens",
    "PaymentScreens",
    "RepaymentScreens",
    "money",
    "money_csv",
    "money_json",
]
