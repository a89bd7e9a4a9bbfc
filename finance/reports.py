"""What is taken out of finance: payments and the entries of the ledgers."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.reports import Column, Report, register
from finance.models import LedgerEntry, Payment

register(
    Report(
        name="payments",
        title=_("Payments"),
        model=Payment,
        columns=(
            Column("reference", _("reference number"), "commitment__reference"),
            Column("receipt_number", _("receipt number"), "receipt_number"),
            Column("arrived_at", _("arrived at"), "arrived_at", kind="moment"),
            Column("edition", _("edition"), "edition__name"),
            Column("fiscal_year", _("fiscal year"), "edition__fiscal_year", kind="year"),
            Column("organization_code", _("code of the body"), "organization__code"),
            Column("organization", _("body"), "organization__name"),
            Column(
                "kind", pgettext_lazy("payment", "kind"), "kind", "choice", Payment.Kind.choices
            ),
            Column("amount", _("amount (yen)"), "amount", kind="number"),
            Column("invoice_number", _("number of the invoice"), "invoice_number"),
            Column("status", _("status"), "status", "choice", Payment.Status.choices),
            Column("paid_on", _("paid on"), "paid_on", kind="date"),
            Column("accounting_fy", _("accounting year"), "accounting_fy", kind="year"),
            Column("currency", pgettext_lazy("payment", "currency"), "currency"),
            Column("foreign_amount", _("amount in that currency"), "foreign_amount", "decimal"),
            Column("rate", _("rate (yen for one unit)"), "rate", kind="decimal"),
        ),
        filters=("fiscal_year", "kind", "status", "accounting_fy"),
    )
)

register(
    Report(
        name="ledger-entries",
        title=_("Ledger entries"),
        model=LedgerEntry,
        columns=(
            Column("booked_on", _("day of the movement"), "booked_on", kind="date"),
            Column("accounting_fy", _("accounting year"), "accounting_fy", kind="year"),
            Column("program", _("programme"), "edition__program__code"),
            Column("edition", _("edition"), "edition__name"),
            Column("fiscal_year", _("fiscal year"), "edition__fiscal_year", kind="year"),
            Column(
                "kind",
                pgettext_lazy("ledger", "movement"),
                "kind",
                "choice",
                LedgerEntry.Kind.choices,
            ),
            Column("amount", _("amount (yen)"), "amount", kind="number"),
            Column("reference", _("reference number"), "commitment__reference"),
            Column("organization", _("body"), "commitment__organization__name"),
        ),
        filters=("program", "fiscal_year", "kind", "accounting_fy"),
    )
)
