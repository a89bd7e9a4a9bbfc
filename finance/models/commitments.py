"""What a case was promised: the frame that its payments may not leave."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import registry
from core.scopes import Owner, Scope, ScopedQuerySet
from programs.rules import RuleData


@dataclass(frozen=True)
class Settlement:
    """How a commitment stands, in yen; `to_return` is what is still to come back (principal)."""

    decided: int
    fixed: int | None
    advanced: int
    paid: int
    pending: int
    returned: int
    to_return: int
    claimable: int


class CommitmentQuerySet(ScopedQuerySet):
    """Commitments by the case that they were made for."""

    def of_case(self, case: models.Model) -> "CommitmentQuerySet":
        """Return the commitment of the case, named by label and id as the audit does."""
        return self.filter(case_label=case._meta.label, case_id=case.pk)


class Commitment(models.Model):
    """An amount decided for a case; totals are columns under lock, whole yen.

    `excess` is what was paid beyond the amount that is due now (a lower fixed amount, a cancelled
    decision); `covered` is how much of it was ordered back; `owed` is the principal that open
    repayments still wait for.
    """

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    edition = models.ForeignKey(
        "programs.Edition", models.PROTECT, related_name="commitments", verbose_name=_("edition")
    )
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("body")
    )
    section = models.ForeignKey(
        "accounts.Section", models.PROTECT, related_name="+", verbose_name=_("section")
    )
    case_label = models.CharField(_("record type"), max_length=100)
    case_id = models.BigIntegerField(_("record"))
    reference = models.CharField(_("reference number"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    rule_set = models.ForeignKey(
        "programs.RuleSet",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("rules at the decision"),
    )
    decided = models.BigIntegerField(_("decided amount (yen)"))
    fixed = models.BigIntegerField(_("fixed amount (yen)"), null=True, blank=True)
    fixed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fixed by"),
    )
    fixed_at = models.DateTimeField(_("fixed at"), null=True, blank=True)
    pending = models.BigIntegerField(_("claimed, not yet paid (yen)"), default=0)
    advanced = models.BigIntegerField(_("paid in advance (yen)"), default=0)
    paid = models.BigIntegerField(_("paid (yen)"), default=0)
    excess = models.BigIntegerField(_("paid beyond what is due (yen)"), default=0)
    covered = models.BigIntegerField(_("of which ordered back (yen)"), default=0)
    owed = models.BigIntegerField(_("ordered back and open (yen)"), default=0)
    returned = models.BigIntegerField(_("returned (yen)"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = CommitmentQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Owner("organization", "section"),)

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["case_label", "case_id"], name="finance_commitment_once_a_case"
            ),
            models.CheckConstraint(
                condition=Q(decided__gte=0, pending__gte=0, advanced__gte=0, excess__gte=0)
                & Q(covered__gte=0, owed__gte=0, returned__gte=0),
                name="finance_commitment_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(paid__gte=F("advanced"), paid__lte=F("decided") + F("excess")),
                name="finance_commitment_paid_within_decided",
                violation_error_message=_("More would be paid than was decided."),
            ),
            models.CheckConstraint(
                condition=Q(fixed=None) | Q(paid__lte=F("fixed") + F("excess")),
                name="finance_commitment_paid_within_fixed",
                violation_error_message=_("More would be paid than the fixed amount."),
            ),
            models.CheckConstraint(
                condition=Q(fixed=None, fixed_at=None)
                | Q(fixed__gte=0, fixed__lte=F("decided"), fixed_at__isnull=False),
                name="finance_commitment_fixed_within_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def rules(self) -> RuleData | None:
        """Return the rules as they were when the amount was decided; None where there were none."""
        return self.rule_set.rules if self.rule_set else None

    @property
    def due(self) -> int:
        """Return what the body is due in all: the fixed amount once there is one (yen)."""
        return self.decided if self.fixed is None else self.fixed

    @property
    def to_return(self) -> int:
        """Return what is still to come back: open orders, and excess not yet ordered (yen)."""
        return self.owed + max(self.excess - self.covered, 0)

    def advance_limit(self) -> int:
        """Return how much may be paid before fixing: the edition's share of the decided amount.

        0 where the edition's rules allow no advance payment (概算払; domain.md §1.4, unconfirmed).
        """
        rules = self.rules
        if rules is None or rules.advance is None:
            return 0
        share = rules.advance.share
        return self.decided if share is None else int(self.decided * share)

    @property
    def claimable(self) -> int:
        """Return what may be claimed now: never beyond what is due (yen)."""
        limit = self.advance_limit() if self.fixed is None else self.fixed
        return max(limit - self.paid - self.pending, 0)

    def settlement(self) -> Settlement:
        """Return how it stands."""
        return Settlement(
            decided=self.decided,
            fixed=self.fixed,
            advanced=self.advanced,
            paid=self.paid,
            pending=self.pending,
            returned=self.returned,
            to_return=self.to_return,
            claimable=self.claimable,
        )

    def told_by_case(self, name: str) -> Any:
        """Return what the case's method says, or None where the case has no such method."""
        model = registry.model_by_label(self.case_label)
        method = getattr(model._default_manager.filter(pk=self.case_id).first(), name, None)
        return method() if method else None

    @property
    def case(self) -> Any:
        """Return the case that the money was decided for."""
        model = registry.model_by_label(self.case_label)
        return model._default_manager.get(pk=self.case_id)
