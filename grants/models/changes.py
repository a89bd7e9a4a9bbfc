"""Changes after the decision (domain.md §1.4, Art. 7): asked for, told of, or reported as delay."""

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.fiscal import JST, deadline_text
from core.scopes import Owner, Scope, ScopedQuerySet, Through
from core.workflow import Step
from grants.models.award import Award
from grants.models.award_case import AwardCase
from grants.models.budget import BudgetLine


class ChangeStatus(models.TextChoices):
    """Every status of a change (cases.md)."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", pgettext_lazy("change", "submitted")
    RETURNED = "returned", _("returned for correction")
    APPROVED = "approved", pgettext_lazy("change", "approved")
    DENIED = "denied", pgettext_lazy("change", "denied")
    NOTED = "noted", _("notice taken")
    INSTRUCTED = "instructed", _("instructed")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ChangeRequest(AwardCase):
    """A change of an award (変更): approved, taken notice of, or answered by an instruction."""

    Status = ChangeStatus

    class Kind(models.TextChoices):
        COST_ALLOCATION = "cost_allocation", _("change of the cost allocation")
        CONTENT = "content", _("change of the content")
        SCHEDULE = "schedule", _("change of the period")
        DELAY = "delay", _("report of a delay or an accident")
        INTERRUPT = "interrupt", _("interruption")
        ABOLISH = "abolish", _("abolition")
        REGISTERED_DATA = "registered_data", _("change of registered data")

    award = models.ForeignKey(
        Award, models.PROTECT, related_name="changes", editable=False, verbose_name=_("award")
    )
    kind = models.CharField(_("kind of change"), max_length=24, choices=Kind)
    reason = models.TextField(_("reason"), max_length=2000)
    content = models.TextField(_("what is changed"), max_length=4000)
    new_amount = models.PositiveBigIntegerField(
        _("amount after the change (yen)"), null=True, blank=True
    )
    new_starts_on = models.DateField(_("first day after the change"), null=True, blank=True)
    new_ends_on = models.DateField(_("last day after the change"), null=True, blank=True)
    document_number = models.CharField(_("body's document number"), max_length=60, blank=True)
    document_date = models.DateField(_("date of the body's document"), null=True, blank=True)

    needs_approval = models.BooleanField(_("needs approval"), null=True, editable=False)
    findings = models.JSONField(_("what the rules say"), default=list, editable=False)
    return_comment = models.TextField(_("comment"), blank=True, editable=False)
    return_due = models.DateField(_("correction due"), null=True, editable=False)

    scopes = (Owner("organization", "section"), Through("award"))
    word_on_receipt = "変更"

    class Meta(AwardCase.Meta):
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        default_permissions = ("view", "add", "change")
        permissions = [
            (f"{verb}_changerequest", verb)
            for verb in (
                "submit",
                "return_for_correction",
                "approve",
                "deny",
                "note",
                "instruct",
                "withdraw",
            )
        ]
        indexes = [
            models.Index(fields=["section", "-id"], name="grants_changerequest_section"),
            models.Index(fields=["updated_at", "id"], name="grants_changerequest_updated"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=ChangeStatus.values),
                name="grants_changerequest_status",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "withdrawn"])
                | models.Q(receipt_number__isnull=False, arrived_at__isnull=False),
                name="grants_changerequest_submitted_has_receipt",
            ),
            models.UniqueConstraint(
                fields=["award"],
                condition=models.Q(status__in=["submitted", "returned"]),
                name="grants_changerequest_one_open",
                violation_error_message=_(
                    "Another change of this award is being handled. Wait for its answer."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award.title}：{self.get_kind_display()}"

    def proposal(self, act: str) -> str:
        """Return what the change is, and its money, for those who sign it (yen)."""
        before = f"{self.award.decided_amount:,}円"
        after = f" → {self.new_amount:,}円" if self.new_amount is not None else "（額の変更なし）"
        return f"{self.organization} {self.award.title}：{self.get_kind_display()} {before}{after}"

    def proposed_yen(self, act: str) -> int | None:
        """Return the amount decided after the change (yen)."""
        return self.award.decided_amount if self.new_amount is None else self.new_amount

    @property
    def moves_lines(self) -> bool:
        """Say whether the change has lines of cost."""
        return self.kind == self.Kind.COST_ALLOCATION

    def notice_context(self, step: Step) -> dict[str, Any]:
        """Add the kind, the day of a correction, and the page of whoever reads."""
        told = super().notice_context(step)
        told["case"] |= {"kind": str(self.get_kind_display())}
        if step.name == "withdraw":
            told["link"] = settings.BASE_URL + self.staff_url()
        due = datetime.combine(self.return_due, time(23, 59), JST) if self.return_due else None
        return told | {
            "due": deadline_text(due) if due and self.status == "returned" else "",
            "reason": str(step.data.get("reason") or ""),
        }


class ChangeLine(models.Model):
    """A line of cost or income as it is to be after the change (yen)."""

    change = models.ForeignKey(
        ChangeRequest, models.CASCADE, related_name="lines", verbose_name=_("change request")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=BudgetLine.Kind)
    category = models.CharField(_("class of cost"), max_length=60, blank=True)
    description = models.CharField(_("item"), max_length=200)
    basis = models.CharField(_("calculation"), max_length=300, blank=True)
    amount = models.PositiveBigIntegerField(_("amount (yen)"))
    foreign_amount = models.DecimalField(
        _("amount in the budget's currency"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    key = models.CharField(_("line through the stages"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("change"),)

    class Meta:
        verbose_name = _("changed line")
        verbose_name_plural = _("changed lines")
        default_permissions = ()

    def __str__(self) -> str:
        return self.description

    match_key = BudgetLine.match_key
