"""The award (交付決定): from the announced decision to its last duty (domain.md §1.4, Art. 8–21)."""

from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import contact_of
from core.fiscal import JST, deadline_text, era_date_plain, jst_date, period_end
from core.models import Receipt
from core.outbox import Recipient
from core.scopes import Owner, Through
from core.workflow import Step
from grants.models.application import Application
from programs.models import ProgramCase
from programs.rules import RuleData

CLAIM_DAYS = 30  # after the fixed amount's notice where the edition names none (unconfirmed)


class AwardStatus(models.TextChoices):
    """Every status of an award (cases.md)."""

    ACTIVE = "active", _("project under way")
    SUSPENDED = "suspended", _("project suspended")
    REPORTED = "reported", pgettext_lazy("award", "reported")
    REPORT_RETURNED = "report_returned", _("report returned for correction")
    CHECKED = "checked", _("report checked")
    CORRECTION_ORDERED = "correction_ordered", _("correction ordered")
    AMOUNT_FIXED = "amount_fixed", _("amount fixed")
    CLOSED = "closed", pgettext_lazy("award", "closed")
    WITHDRAWN = "withdrawn", _("withdrawn, no decision")
    CANCELLED = "cancelled", _("decision cancelled")


REPORTABLE = ("active", "suspended", "report_returned", "correction_ordered")


class Award(ProgramCase):
    """A decision to pay, with its duties; the money itself is finance's Commitment (cases.md)."""

    Status = AwardStatus

    application = models.OneToOneField(
        Application,
        models.PROTECT,
        related_name="award",
        editable=False,
        verbose_name=_("application"),
    )
    award_number = models.CharField(
        _("number of the decision"), max_length=60, blank=True, editable=False
    )
    title = models.CharField(_("title of the project"), max_length=200, editable=False)
    decided_amount = models.PositiveBigIntegerField(_("amount decided (yen)"), editable=False)
    starts_on = models.DateField(_("first day of the project"), editable=False)
    ends_on = models.DateField(_("last day of the project"), editable=False)
    withdraw_by = models.DateField(_("last day for withdrawing"), editable=False)
    report_due = models.DateField(_("report due"), editable=False)
    correction_due = models.DateField(_("correction due"), null=True, editable=False)

    completed_on = models.DateField(_("day of completion"), null=True, blank=True)
    summary = models.TextField(_("what was done"), max_length=4000, blank=True)
    outcome_text = models.TextField(
        _("results and what is left to do"), max_length=4000, blank=True
    )
    report_number = models.CharField(_("body's document number"), max_length=60, blank=True)
    report_date = models.DateField(_("date of the body's document"), null=True, blank=True)
    actual_expense = models.PositiveBigIntegerField(
        _("actual cost (yen)"), default=0, editable=False
    )
    actual_income = models.PositiveBigIntegerField(
        _("actual income (yen)"), default=0, editable=False
    )
    receipt_number = models.CharField(
        _("receipt number"), max_length=24, null=True, unique=True, editable=False
    )
    reported_at = models.DateTimeField(_("report arrived at"), null=True, editable=False)
    is_report_late = models.BooleanField(_("report came late"), default=False, editable=False)
    is_unfinished = models.BooleanField(
        _("project not finished at the end of the year"), default=False
    )

    checked_on = models.DateField(_("day of the inspection"), null=True, editable=False)
    check_record = models.TextField(_("record of the inspection"), blank=True, editable=False)
    accepted = models.JSONField(_("costs accepted by line"), default=dict, editable=False)
    fixed_amount = models.PositiveBigIntegerField(
        _("amount fixed (yen)"), null=True, editable=False
    )
    fixed_at = models.DateTimeField(_("fixed at"), null=True, editable=False)
    fixing = models.JSONField(_("how the amount was fixed"), default=dict, editable=False)
    retention_until = models.DateField(_("papers are kept until"), null=True, editable=False)
    proposed = models.JSONField(_("proposed cancellation"), default=dict, editable=False)
    closing_reason = models.TextField(
        _("reason of withdrawal or cancellation"), blank=True, editable=False
    )

    scopes = (Owner("organization", "section"), Through("application"))
    proposal_related = ("organization",)

    class Meta(ProgramCase.Meta):
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        default_permissions = ("view", "change")
        permissions = [
            (f"{verb}_award", verb)
            for verb in (
                "withdraw_after_decision",
                "report_status",
                "suspend",
                "resume",
                "report",
                "return_for_correction",
                "order_correction",
                "check_report",
                "fix_amount",
                "close",
                "order_income_repayment",
                "propose_cancel",
                "cancel",
                "cancel_part",
            )
        ]
        indexes = [
            models.Index(fields=["edition", "status", "-id"], name="grants_award_edition"),
            models.Index(fields=["section", "-id"], name="grants_award_section"),
            models.Index(fields=["updated_at", "id"], name="grants_award_updated"),
            models.Index(fields=["status", "report_due"], name="grants_award_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=AwardStatus.values), name="grants_award_status"
            ),
            models.CheckConstraint(
                condition=models.Q(fixed_amount=None)
                | models.Q(fixed_amount__lte=models.F("decided_amount")),
                name="grants_award_fixed_within_decided",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["amount_fixed", "closed"])
                | models.Q(fixed_amount__isnull=False, fixed_at__isnull=False),
                name="grants_award_fixed_has_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_on__lte=models.F("ends_on")), name="grants_award_period"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the body's page of the award."""
        return reverse("grants:award-detail", args=[self.public_id])

    @property
    def rules(self) -> RuleData | None:
        """Return the rules frozen with the decision: those that the application was judged by."""
        return self.application.rules

    @property
    def is_reportable(self) -> bool:
        """Say whether the body may still write the final report."""
        return self.status in REPORTABLE

    @property
    def is_under_way(self) -> bool:
        """Say whether the award still stands."""
        return self.status not in (self.Status.WITHDRAWN, self.Status.CANCELLED)

    @property
    def due(self) -> date | None:
        """Return the day by which the body must send something now, None where nothing."""
        if self.status in (self.Status.REPORT_RETURNED, self.Status.CORRECTION_ORDERED):
            return self.correction_due
        if self.status in (self.Status.ACTIVE, self.Status.SUSPENDED):
            return self.report_due
        return None

    @property
    def claim_due(self) -> date | None:
        """Return the day by which the fixed amount is claimed, a working day (民法第142条)."""
        days = self.rules.days("claim", CLAIM_DAYS) if self.rules else CLAIM_DAYS
        return period_end(jst_date(self.fixed_at), days) if self.fixed_at else None

    @classmethod
    def waits_for(cls, act: str) -> models.Q:
        """Return which awards an approval of the act may name: a cancellation needs its draft."""
        found = {
            "cancel": models.Q(proposed__amount=0),
            "cancel_part": models.Q(proposed__amount__gt=0),
        }
        return found.get(act, models.Q())

    def proposal(self, act: str) -> str:
        """Return body, title and amounts as those who decide must see them (yen)."""
        decided = f"交付決定額 {self.decided_amount:,}円"
        if act == "fix_amount":
            return f"{self.organization} {self.title}：確定額 {self.proposed_yen(act):,}円（{decided}）"
        if act == "cancel_part" and self.proposed:
            left = f"{self.proposed['amount']:,}円"
            return f"{self.organization} {self.title}：決定の一部取消（{decided}を{left}に変更）"
        return f"{self.organization} {self.title}：決定の取消（{decided}）"

    def proposed_yen(self, act: str) -> int | None:
        """Return the amount that is to be fixed, or taken back by a cancellation (yen)."""
        if act == "fix_amount":
            return int(self.fixing.get("amount", 0))
        return self.decided_amount - int(self.proposed.get("amount") or 0)

    def facts_told(self) -> dict[str, Any]:
        """Return which award a mail is about, and whom to ask."""
        section = self.edition.section
        return {
            "case": {
                "receipt_number": self.application.receipt_number or "",
                "number": self.award_number,
                "title": self.title,
                "organization": str(self.organization),
                "program": self.edition.name,
                "status_label": str(self.Status(self.status).label),
            },
            "contact": contact_of(section),
        }

    def notice_context(self, step: Step) -> dict[str, Any]:
        """Return what the mails say: who, what, until when, one link, whom to ask; no amounts."""
        to_staff = step.name in ("withdraw_after_decision", "report_status")
        page = self.staff_url() if to_staff else self.get_absolute_url()
        due = datetime.combine(self.due, time(23, 59), JST) if self.due else None
        return self.facts_told() | {
            "link": settings.BASE_URL + page,
            "due": deadline_text(due) if due else "",
            "arrived": deadline_text(self.reported_at) if self.reported_at else "",
            "reason": str(step.data.get("reason") or ""),
        }

    def staff_url(self) -> str:
        """Return the officer's page."""
        return reverse("admin:grants_award_change", args=[self.pk])

    def owner_mailboxes(self) -> list[Recipient]:
        """Return the body's mailboxes: the section's, and the contact named in the application."""
        return [
            Recipient(self.section.mailbox, self.section.name),
            Recipient(self.application.contact_email, self.application.contact_name),
        ]

    def receipt_context(self, receipt: Receipt) -> dict[str, Any]:
        """Return what the receipt's PDF shows (number, arrival, each file's digest)."""
        facts = self.facts_told()
        paper = receipt.paper_arrived_on
        return {
            "number": receipt.number,
            "round": receipt.round,
            "arrived_at": deadline_text(receipt.arrived_at),
            "organization": str(self.organization),
            "program": f"{self.edition.name}（{self.edition.fiscal_year}年度）実績報告",
            "title": self.title,
            "submitted_by": receipt.submitted_by,
            "on_behalf_of": receipt.on_behalf_of,
            "behalf_reason": receipt.behalf_reason,
            "paper_arrived_on": era_date_plain(paper) if paper else "",
            "files": receipt.files,
            "content_sha256": receipt.content_sha256,
            "contact": facts["contact"],
        }

    def letter_addressee(self) -> dict[str, str]:
        """Return to whom letters about the award go: the head who signed the application."""
        return {
            "organization": self.organization.name,
            "title": self.application.representative_title,
            "name": self.application.representative_name,
        }
