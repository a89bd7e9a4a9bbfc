"""What the later cases of an award share: its paper, its answer, and what their mails say."""

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.fiscal import deadline_text, era_date_plain
from core.models import Receipt
from core.outbox import Recipient
from core.workflow import Step
from programs.models import ProgramCase


class AwardCase(ProgramCase):
    """A case of an award: a change, a disposal, a tax credit report."""

    receipt_number = models.CharField(
        _("receipt number"), max_length=24, null=True, unique=True, editable=False
    )
    arrived_at = models.DateTimeField(_("arrived at"), null=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    answer = models.TextField(_("CLAIR's answer"), blank=True, editable=False)

    award: Any
    files: Any
    word_on_receipt = ""
    proposal_related = ("organization", "award")

    class Meta(ProgramCase.Meta):
        abstract = True

    def get_absolute_url(self) -> str:
        """Return the body's page."""
        return reverse(f"grants:{self._meta.model_name}-detail", args=[self.public_id])

    def staff_url(self) -> str:
        """Return the officer's page."""
        return reverse(f"admin:grants_{self._meta.model_name}_change", args=[self.pk])

    def notice_context(self, step: Step) -> dict[str, Any]:
        """Return what the mails say: who, what, one link, whom to ask; no amounts."""
        facts = self.award.facts_told()
        label = type(self).Status(self.status).label  # type: ignore[attr-defined]
        facts["case"] |= {"status_label": str(label), "kind": str(self._meta.verbose_name)}
        return facts | {
            "link": settings.BASE_URL + self.get_absolute_url(),
            "arrived": deadline_text(self.arrived_at) if self.arrived_at else "",
        }

    def owner_mailboxes(self) -> list[Recipient]:
        """Return the body's mailboxes."""
        return self.award.owner_mailboxes()

    def receipt_context(self, receipt: Receipt) -> dict[str, Any]:
        """Return what the receipt's PDF shows."""
        paper = receipt.paper_arrived_on
        program = f"{self.edition.name}（{self.edition.fiscal_year}年度）"
        return {
            "number": receipt.number,
            "round": receipt.round,
            "arrived_at": deadline_text(receipt.arrived_at),
            "organization": str(self.organization),
            "program": program + self.word_on_receipt,
            "title": str(self),
            "submitted_by": receipt.submitted_by,
            "on_behalf_of": receipt.on_behalf_of,
            "behalf_reason": receipt.behalf_reason,
            "paper_arrived_on": era_date_plain(paper) if paper else "",
            "files": receipt.files,
            "content_sha256": receipt.content_sha256,
            "contact": self.award.facts_told()["contact"],
        }
