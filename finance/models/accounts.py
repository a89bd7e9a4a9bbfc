"""Bank accounts of bodies: proposed by one, checked by another before any yen goes there."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Case
from core.retention import Retention
from core.scopes import Owner, Scope
from finance.models.received import Received
from finance.notices import notice_context

SHOWN_DIGITS = 3
BOOKS_DAYS = 3653  # ten years: 一般社団・財団法人法 120条2項 with 199条; for accounts unconfirmed
_OF_PERSONS = ("number", "holder", "bic")
_OPEN_CLAIMS = ("requested", "claim_returned", "approved", "failed")


def masked(number: str) -> str:
    """Return the number with all but its last three characters hidden."""
    return "*" * max(len(number) - SHOWN_DIGITS, 0) + number[-SHOWN_DIGITS:]


class BankAccount(Received):
    """An account to which a body's section is paid; a changed one is used once it was checked."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("bank account", "to be checked")
        IN_USE = "in_use", pgettext_lazy("bank account", "in use")
        REJECTED = "rejected", pgettext_lazy("bank account", "rejected")
        REPLACED = "replaced", pgettext_lazy("bank account", "replaced")

    class Kind(models.TextChoices):
        DOMESTIC = "domestic", pgettext_lazy("bank account", "in Japan")
        ABROAD = "abroad", pgettext_lazy("bank account", "abroad")

    class Type(models.TextChoices):
        ORDINARY = "1", pgettext_lazy("bank account", "ordinary")
        CURRENT = "2", pgettext_lazy("bank account", "current")
        SAVINGS = "4", pgettext_lazy("bank account", "savings")
        OTHER = "9", pgettext_lazy("bank account", "other")

    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("body")
    )
    section = models.ForeignKey(
        "accounts.Section", models.PROTECT, related_name="bank_accounts", verbose_name=_("section")
    )
    kind = models.CharField(
        pgettext_lazy("bank account", "place"), max_length=10, choices=Kind, default=Kind.DOMESTIC
    )
    bank_code = models.CharField(_("bank code"), max_length=4, blank=True)
    bank_name = models.CharField(_("bank's name"), max_length=140)
    branch_code = models.CharField(_("branch code"), max_length=3, blank=True)
    branch_name = models.CharField(_("branch's name"), max_length=140, blank=True)
    account_type = models.CharField(_("type of account"), max_length=1, choices=Type, blank=True)
    number = models.CharField(_("account number"), max_length=34)
    holder = models.CharField(_("account holder"), max_length=140)
    bic = models.CharField("SWIFT/BIC", max_length=11, blank=True)
    country = models.CharField(_("country code"), max_length=2, blank=True)
    answer = models.CharField(_("reason given"), max_length=500, blank=True, editable=False)

    scopes: tuple[Scope, ...] = (Owner("organization", "section"),)
    audit_mask = frozenset(_OF_PERSONS)
    retention = Retention(
        _("replaced or rejected, once no claim waits for it and nothing was paid to it since"),
        _("Act on General Foundations, articles 120 (2) and 199: account books for ten years"),
        days=BOOKS_DAYS,
        due=lambda before: (
            Q(status__in=("replaced", "rejected"), updated_at__lt=before)
            & ~Q(number="")
            & ~Q(payments__status__in=_OPEN_CLAIMS)
            & ~Q(payments__updated_at__gte=before)
        ),
    )

    class Meta(Case.Meta):
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        default_permissions = ("view", "add", "change")
        permissions = [
            *((f"{verb}_bankaccount", verb) for verb in ("check", "reject", "replace")),
            ("read_number_bankaccount", _("read the whole number")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["section"],
                condition=Q(status="in_use"),
                name="finance_bankaccount_one_in_use",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "in_use", "rejected", "replaced"]),
                name="finance_bankaccount_status_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="domestic",
                    bank_code__regex=r"^[0-9]{4}$",
                    branch_code__regex=r"^[0-9]{3}$",
                    number__regex=r"^[0-9]{7}$",
                    account_type__in=["1", "2", "4", "9"],
                )
                | Q(
                    kind="abroad",
                    bic__regex=r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$",
                    country__regex=r"^[A-Z]{2}$",
                )
                | Q(status__in=["rejected", "replaced"], **dict.fromkeys(_OF_PERSONS, "")),
                name="finance_bankaccount_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_name} {self.branch_name} {masked(self.number)}".replace("  ", " ")

    def get_absolute_url(self) -> str:
        """Return the body's page of the account."""
        return reverse("finance:bankaccount-detail", args=[self.public_id])

    def get_staff_url(self) -> str:
        """Return the staff's page of the account."""
        return reverse("admin:finance_bankaccount_change", args=[self.pk])

    def number_for(self, user: Any) -> str:
        """Return the number as the reader may know it: whole to the owner and to finance."""
        may_read = user.has_perm("finance.read_number_bankaccount", self)
        return self.number if may_read else masked(self.number)

    def erase(self) -> None:
        """Take out whose account it was; core.purge alone calls it, the bank stays."""
        self.number = self.holder = self.bic = ""
        self.version += 1
        self.save(update_fields=[*_OF_PERSONS, "version", "updated_at"])

    def receipt_snapshot(self) -> dict[str, Any]:
        """Return what was proposed without the holder; the number masked."""
        names = ("kind", "bank_code", "bank_name", "branch_code", "branch_name", "account_type")
        return {name: getattr(self, name) for name in names} | {"number": masked(self.number)}

    def notice_context(self, step: Any) -> dict[str, Any]:
        """Return what the mails say: no number."""
        return notice_context(self, "", str(self._meta.verbose_name))
