"""Payments: what a body claims, who approved it, and when it was paid."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fiscal import FiscalYear
from core.models import Case
from core.money import format_yen
from core.retention import Retention
from core.scopes import Owner, Scope
from finance.models.commitments import Commitment
from finance.models.received import Received
from finance.notices import notice_context
from programs.models import ProgramCase

CURRENCY = r"^[A-Z]{3}$"


class Payment(Received, ProgramCase):
    """One claim of a body under a commitment, in whole yen; abroad with currency and rate."""

    class Status(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("payment", "claimed")
        CLAIM_RETURNED = "claim_returned", pgettext_lazy("payment", "claim returned")
        APPROVED = "approved", pgettext_lazy("payment", "approved")
        PAID = "paid", pgettext_lazy("payment", "paid")
        FAILED = "failed", pgettext_lazy("payment", "transfer failed")
        REFUSED = "refused", pgettext_lazy("payment", "refused")

    class Kind(models.TextChoices):
        ADVANCE = "advance", pgettext_lazy("payment kind", "advance payment")
        SETTLEMENT = "settlement", pgettext_lazy("payment kind", "settlement")
        FEE = "fee", pgettext_lazy("payment kind", "fee")

    commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        related_name="payments",
        editable=False,
        verbose_name=_("commitment"),
    )
    kind = models.CharField(
        pgettext_lazy("payment", "kind"), max_length=16, choices=Kind, editable=False
    )
    amount = models.BigIntegerField(_("claimed amount (yen)"))
    invoice_number = models.CharField(_("number of the invoice"), max_length=60)
    invoice_date = models.DateField(_("date of the invoice"))
    reason = models.TextField(_("reason of the advance payment"), max_length=1000, blank=True)
    cash_plan = models.TextField(_("cash plan"), max_length=2000, blank=True)
    account = models.ForeignKey(
        "finance.BankAccount",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        editable=False,
        verbose_name=_("bank account"),
    )
    answer = models.CharField(_("reason given"), max_length=500, blank=True, editable=False)
    paid_on = models.DateField(_("paid on"), null=True, blank=True, editable=False)
    accounting_fy = models.PositiveSmallIntegerField(
        _("accounting year"), null=True, blank=True, editable=False
    )
    transfer = models.ForeignKey(
        "finance.TransferFile",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        editable=False,
        verbose_name=_("transfer file"),
    )
    currency = models.CharField(
        pgettext_lazy("payment", "currency"), max_length=3, blank=True, editable=False
    )
    foreign_amount = models.DecimalField(
        _("amount in that currency"),
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        editable=False,
    )
    rate = models.DecimalField(
        _("rate (yen for one unit)"),
        max_digits=14,
        decimal_places=6,
        null=True,
        blank=True,
        editable=False,
    )
    rate_on = models.DateField(_("day of the rate"), null=True, blank=True, editable=False)

    scopes: tuple[Scope, ...] = (Owner("organization", "section"),)
    retention = Retention(
        _("kept with the ledger; holder and number are the account's, and are erased there"),
        _("Act on General Foundations, articles 120 (2) and 199: account books for ten years"),
    )
    proposal_related = ("organization", "commitment")

    class Meta(Case.Meta):
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        default_permissions = ("view", "add", "change")
        permissions = [
            (f"{verb}_payment", verb)
            for verb in ("request", "return_claim", "approve", "pay", "refuse", "fail")
        ]
        indexes = [models.Index(fields=["status", "-id"], name="finance_payment_status")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="finance_payment_amount"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        *("requested", "claim_returned", "approved", "paid"),
                        *("failed", "refused"),
                    ]
                ),
                name="finance_payment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["advance", "settlement", "fee"]),
                name="finance_payment_kind",
            ),
            models.CheckConstraint(
                condition=~Q(kind="advance") | ~Q(reason="") & ~Q(cash_plan=""),
                name="finance_payment_advance_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="paid", paid_on__isnull=False, accounting_fy__isnull=False)
                | ~Q(status="paid") & Q(paid_on=None, accounting_fy=None),
                name="finance_payment_paid_has_day",
            ),
            models.CheckConstraint(
                condition=Q(currency="", foreign_amount=None, rate=None, rate_on=None)
                | Q(currency__regex=CURRENCY, foreign_amount__gt=0, rate__gt=0)
                & Q(rate_on__isnull=False),
                name="finance_payment_abroad_has_rate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.reference} {self.get_kind_display()} {self.invoice_number}"

    def get_absolute_url(self) -> str:
        """Return the body's page of the payment."""
        return reverse("finance:payment-detail", args=[self.public_id])

    def get_staff_url(self) -> str:
        """Return the staff's page of the payment."""
        return reverse("admin:finance_payment_change", args=[self.pk])

    def proposal(self, act: str) -> str:
        """Return what would be paid, to whom, as the signers read it (支払伺)."""
        kind = self.get_kind_display()
        paid = format_yen(self.amount)
        return f"{self.commitment.reference} {self.organization.name} {kind} {paid}"

    def proposed_yen(self, act: str) -> int | None:
        """Return the amount that the approval would let be paid (yen)."""
        return self.amount if act == "approve" else None

    def receipt_program(self) -> str:
        """Return the programme that the receipt names."""
        return f"{self.edition.name}（{FiscalYear(self.edition.fiscal_year).label}）"

    def receipt_snapshot(self) -> dict[str, Any]:
        """Return what was claimed; the account's number masked."""
        return {
            "reference": self.commitment.reference,
            "kind": self.kind,
            "amount": self.amount,
            "invoice_number": self.invoice_number,
            "invoice_date": self.invoice_date,
            "reason": self.reason,
            "cash_plan": self.cash_plan,
            "account": str(self.account or ""),
        }

    def notice_context(self, step: Any) -> dict[str, Any]:
        """Return what the mails say: no amounts, no account."""
        return notice_context(self, self.commitment.reference, str(self.get_kind_display()))
