"""App configuration of the finance floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FinanceConfig(AppConfig):
    """Payments, repayments, bank accounts, and the ledger of each edition."""

    name = "finance"
    verbose_name = _("Finance")
