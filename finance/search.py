"""What the search box finds of finance: claims by reference and invoice; no account, no holder."""

from core import search
from finance.models import Payment

search.register(
    Payment,
    fields=("commitment__reference", "invoice_number"),
    url=lambda payment: payment.get_staff_url(),
)
