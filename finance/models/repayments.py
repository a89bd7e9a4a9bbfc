"""Repayments: what a body was ordered to pay back, what came in, and what was waived."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Case
from core.money import format_yen
from core.scopes import Owner, Scope, ScopedQuerySet, Through
from finance.models.commitments import Commitment
from finance.notices import notice_context
from programs.models import ProgramCase


class Repayment(ProgramCase):
    """An order to pay back (返還命令), in whole yen; part payments reduce the principal first."""

    class Status(models.TextChoices):
        ORDERED = "ordered", pgettext_lazy("repayment", "ordered")
        PARTLY_REPAID = "partly_repaid", pgettext_lazy("repayment", "partly repaid")
        REPAID = "repaid", pgettext_lazy("repayment", "repaid")
        WAIVED = "waived", pgettext_lazy("repayment", "waived")

    class Kind(models.TextChoices):
        CANCELLATION = "cancellation", pgettext_lazy("repayment kind", "cancelled decision")
        OVERPAID_ADVANCE = "overpaid_advance", pgettext_lazy("repayment kind", "overpaid advance")
        TAX_CREDIT = "tax_credit", pgettext_lazy("repayment kind", "tax credit")
        DISPOSAL = "disposal", pgettext_lazy("repayment kind", "disposal of property")
        INCOME = "income", pgettext_lazy("repayment kind", "income")

    OPEN = (Status.ORDERED, Status.PARTLY_REPAID)
    OF_EXCESS = (Kind.CANCELLATION, Kind.OVERPAID_ADVANCE)

    commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        related_name="repayments",
        editable=False,
        verbose_name=_("commitment"),
    )
    kind = models.CharField(
        pgettext_lazy("repayment", "kind"), max_length=20, choices=Kind, editable=False
    )
    principal = models.BigIntegerField(_("ordered amount (yen)"), editable=False)
    reason = models.TextField(_("reason of the order"), max_length=2000, editable=False)
    clause = models.CharField(_("clause"), max_length=200, blank=True, editable=False)
    ordered_on = models.DateField(_("ordered on"), editable=False)
    due_on = models.DateField(_("due on"), editable=False)
    instalments = models.JSONField(_("instalments received"), default=list, editable=False)
    terms = models.JSONField(_("terms of interest"), default=dict, editable=False)
    repaid_principal = models.BigIntegerField(
        _("principal repaid (yen)"), default=0, editable=False
    )
    repaid_interest = models.BigIntegerField(_("interest repaid (yen)"), default=0, editable=False)
    waive_reason = models.CharField(
        pgettext_lazy("repayment", "reason of the waiver"),
        max_length=500,
        blank=True,
        editable=False,
    )

    scopes: tuple[Scope, ...] = (Owner("organization", "section"),)
    proposal_related = ("organization", "commitment")

    class Meta(Case.Meta):
        verbose_name = _("repayment")
        verbose_name_plural = _("repayments")
        default_permissions = ("view",)
        permissions = [
            (f"{verb}_repayment", verb) for verb in ("receive", "propose_waiver", "waive")
        ]
        indexes = [models.Index(fields=["status", "-id"], name="finance_repayment_status")]
        constraints = [
            models.CheckConstraint(condition=Q(principal__gt=0), name="finance_repayment_amount"),
            models.CheckConstraint(
                condition=Q(status__in=["ordered", "partly_repaid", "repaid", "waived"]),
                name="finance_repayment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        *("cancellation", "overpaid_advance", "tax_credit"),
                        *("disposal", "income"),
                    ]
                ),
                name="finance_repayment_kind",
            ),
            models.CheckConstraint(
                condition=Q(repaid_principal__gte=0, repaid_principal__lte=F("principal"))
                & Q(repaid_interest__gte=0),
                name="finance_repayment_repaid_within",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("ordered_on")), name="finance_repayment_due_after_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.reference} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        """Return the body's page of the repayment."""
        return reverse("finance:repayment-detail", args=[self.public_id])

    def get_staff_url(self) -> str:
        """Return the staff's page of the repayment."""
        return reverse("admin:finance_repayment_change", args=[self.pk])

    @property
    def outstanding(self) -> int:
        """Return the principal that is still open (yen)."""
        return self.principal - self.repaid_principal

    @classmethod
    def waits_for(cls, act: str) -> models.Q:
        """Return which orders an approval may name: those for which a waiver was proposed."""
        return ~models.Q(waive_reason="") if act == "waive" else models.Q()

    def proposal(self, act: str) -> str:
        """Return what would be waived, and why, as the signers read it."""
        left = format_yen(self.outstanding)
        return f"{self.commitment.reference} {self.organization.name} {left} {self.waive_reason}"

    def proposed_yen(self, act: str) -> int | None:
        """Return the principal that the approval would waive (yen)."""
        return self.outstanding if act == "waive" else None

    def notice_context(self, step: Any) -> dict[str, Any]:
        """Return what the mails say: no amounts."""
        return notice_context(self, self.commitment.reference, str(self.get_kind_display()))


class RepaymentReceipt(models.Model):
    """Money that came in for a repayment on a day, and what of it was principal."""

    repayment = models.ForeignKey(
        Repayment, models.PROTECT, related_name="receipts", verbose_name=_("repayment")
    )
    received_on = models.DateField(_("received on"))
    amount = models.BigIntegerField(_("amount (yen)"))
    principal_part = models.BigIntegerField(_("of which principal (yen)"))
    accounting_fy = models.PositiveSmallIntegerField(_("accounting year"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("booked by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("repayment"),)

    class Meta:
        verbose_name = _("receipt of a repayment")
        verbose_name_plural = _("receipts of repayments")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, principal_part__gte=0)
                & Q(principal_part__lte=F("amount")),
                name="finance_repaymentreceipt_parts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.received_on} {self.amount}"
