"""The ledger of an edition: one entry for each movement, running totals, and closed years."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fiscal import FiscalYear
from core.scopes import Scope, ScopedQuerySet
from finance.models.commitments import Commitment


class EditionLedger(models.Model):
    """Running totals of an edition (yen), the same that its entries sum to; locked to write."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    edition = models.OneToOneField(
        "programs.Edition", models.PROTECT, related_name="ledger", verbose_name=_("edition")
    )
    committed = models.BigIntegerField(pgettext_lazy("ledger", "committed"), default=0)
    advanced = models.BigIntegerField(pgettext_lazy("ledger", "paid in advance"), default=0)
    settled = models.BigIntegerField(pgettext_lazy("ledger", "paid in settlement"), default=0)
    returned = models.BigIntegerField(pgettext_lazy("ledger", "returned"), default=0)
    interest = models.BigIntegerField(pgettext_lazy("ledger", "interest received"), default=0)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()  # headquarters alone

    class Meta:
        verbose_name = _("edition's ledger")
        verbose_name_plural = _("editions' ledgers")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(committed__gte=0, advanced__gte=0, settled__gte=0)
                & Q(returned__gte=0, interest__gte=0),
                name="finance_editionledger_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.edition)

    @property
    def paid(self) -> int:
        """Return all that was paid, in advance or in settlement (yen)."""
        return self.advanced + self.settled

    @property
    def left(self) -> int | None:
        """Return what of the budget is not committed (yen); None where no budget is set."""
        budget = self.edition.budget
        return None if budget is None else budget - self.committed


class LedgerEntry(models.Model):
    """One movement of an edition's money; only ever added, a correction is an entry of its own."""

    class Kind(models.TextChoices):
        COMMITTED = "committed", pgettext_lazy("ledger", "committed")
        ADVANCED = "advanced", pgettext_lazy("ledger", "paid in advance")
        SETTLED = "settled", pgettext_lazy("ledger", "paid in settlement")
        RETURNED = "returned", pgettext_lazy("ledger", "returned")
        INTEREST = "interest", pgettext_lazy("ledger", "interest received")

    edition = models.ForeignKey(
        "programs.Edition", models.PROTECT, related_name="+", verbose_name=_("edition")
    )
    commitment = models.ForeignKey(
        Commitment, models.PROTECT, related_name="entries", verbose_name=_("commitment")
    )
    kind = models.CharField(pgettext_lazy("ledger", "movement"), max_length=16, choices=Kind)
    amount = models.BigIntegerField(_("amount (yen)"))
    booked_on = models.DateField(_("day of the movement"))
    accounting_fy = models.PositiveSmallIntegerField(_("accounting year"))
    source_label = models.CharField(_("record type"), max_length=100)
    source_id = models.BigIntegerField(_("record"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["edition", "kind", "booked_on"], name="finance_ledgerentry_edition"
            ),
            models.Index(fields=["source_label", "source_id"], name="finance_ledgerentry_source"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="finance_ledgerentry_moves"),
            models.CheckConstraint(
                condition=Q(kind__in=["committed", "advanced", "settled", "returned", "interest"]),
                name="finance_ledgerentry_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class YearClosing(models.Model):
    """A closed accounting year: no entry is booked into it any more (年度締め)."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    accounting_fy = models.PositiveSmallIntegerField(_("accounting year"), unique=True)
    closed_at = models.DateTimeField(_("closed at"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("closed by")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    open_items = models.JSONField(_("open at closing"), default=list)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("closed year")
        verbose_name_plural = _("closed years")
        default_permissions = ("view", "add")
        constraints: list[models.BaseConstraint] = []

    def __str__(self) -> str:
        return FiscalYear(self.accounting_fy).label


class LedgerCheck(models.Model):
    """One night's comparison of the entries with the records; `difference` is empty if equal."""

    checked_on = models.DateField(_("checked on"), unique=True)
    checked_at = models.DateTimeField(_("checked at"))
    ledgers = models.PositiveIntegerField(_("ledgers compared"))
    difference = models.CharField(_("first difference"), max_length=500, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("check of the ledgers")
        verbose_name_plural = _("checks of the ledgers")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.checked_on.isoformat()


def accounting_years_of(day: date) -> tuple[int, ...]:
    """Return the years to which a payment of that day may be booked.

    In April and May the old year's money is still paid out (出納整理期間: 地方自治法 第235条の5
    closes a body's year on 31 May; so CLAIR's payments must reach bodies by then).
    """
    year = int(FiscalYear.of(day))
    return (year, year - 1) if day.month in (4, 5) else (year,)
