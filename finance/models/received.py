"""What a body sends to finance: it has a receipt (受付票) with number and arrival."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fiscal import deadline_text, era_date_plain
from core.models import Case, Receipt
from finance.notices import contact_of_finance


class Received(Case):
    """A case with a 受付番号, kept through every later submission, and its first arrival."""

    receipt_number = models.CharField(
        _("receipt number"), max_length=24, null=True, unique=True, editable=False
    )
    arrived_at = models.DateTimeField(_("arrived at"), null=True, editable=False)

    class Meta(Case.Meta):
        abstract = True

    def receipt_snapshot(self) -> dict[str, Any]:
        """Return what was sent, for the receipt that is kept: nothing of a person's."""
        raise NotImplementedError

    def receipt_program(self) -> str:
        """Return the programme that the receipt names."""
        return ""

    def receipt_context(self, receipt: Receipt) -> dict[str, Any]:
        """Return what the receipt's PDF shows."""
        paper = receipt.paper_arrived_on
        return {
            "number": receipt.number,
            "round": receipt.round,
            "arrived_at": deadline_text(receipt.arrived_at),
            "organization": str(self.organization),  # type: ignore[attr-defined]
            "program": self.receipt_program(),
            "title": str(self),
            "submitted_by": receipt.submitted_by,
            "on_behalf_of": receipt.on_behalf_of,
            "behalf_reason": receipt.behalf_reason,
            "paper_arrived_on": era_date_plain(paper) if paper else "",
            "files": receipt.files,
            "content_sha256": receipt.content_sha256,
            "contact": contact_of_finance(),
        }
