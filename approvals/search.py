"""What the search box finds of approvals: number and subject."""

from approvals.models import Approval
from core import search

search.register(
    Approval, fields=("number", "subject"), url=lambda approval: approval.get_absolute_url()
)
