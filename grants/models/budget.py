"""The one budget of a grant through its life: the same lines at each stage."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scopes import Scope, ScopedQuerySet, Through
from grants.models.application import Application

_PUBLIC_STAGES = models.Q(stage="applied") | models.Q(
    application__status__in=["informally_notified", "announced"]
)


class BudgetLine(models.Model):
    """One line of cost or income, in yen, at one stage (経費内訳書, domain.md §1.2)."""

    class Stage(models.TextChoices):
        APPLIED = "applied", _("applied for")
        DECIDED = "decided", _("decided")
        CHANGED = "changed", _("changed")
        ACTUAL = "actual", pgettext_lazy("stage", "actual")
        FIXED = "fixed", pgettext_lazy("stage", "fixed")

    class Kind(models.TextChoices):
        EXPENSE = "expense", _("cost")
        INCOME = "income", _("income")

    # What is copied where the same line stands at another stage or in another application.
    CONTENT = ("kind", "category", "description", "basis", "amount", "foreign_amount")

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="budget_lines", verbose_name=_("application")
    )
    stage = models.CharField(_("stage"), max_length=16, choices=Stage, default=Stage.APPLIED)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.EXPENSE)
    category = models.CharField(_("class of cost"), max_length=60, blank=True)
    description = models.CharField(_("item"), max_length=200)
    basis = models.CharField(_("calculation"), max_length=300, blank=True)
    amount = models.PositiveBigIntegerField(_("amount (yen)"))
    foreign_amount = models.DecimalField(
        _("amount in the budget's currency"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    key = models.CharField(_("line through the stages"), max_length=300, blank=True, editable=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("application", _PUBLIC_STAGES),)

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="expense") | ~models.Q(category=""),
                name="grants_budgetline_expense_has_class",
                violation_error_message=_("Choose the class of cost."),
            ),
            models.CheckConstraint(
                condition=models.Q(foreign_amount=None) | models.Q(foreign_amount__gte=0),
                name="grants_budgetline_foreign_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def match_key(self) -> str:
        """Return what the line is known by through the stages: its first class and words."""
        return self.key or f"{self.kind}|{self.category}|{self.description}"
