"""A programme keeps its identity over the years; an edition is its one fiscal year."""

import uuid

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.fiscal import FiscalYear
from core.scopes import Directory, Scope, ScopedQuerySet


def in_language(name: str, name_en: str) -> str:
    """Return the working English name to readers of English, else the official name."""
    return name_en if name_en and get_language() == "en" else name


class Program(models.Model):
    """A programme of the plan; renamed, moved and ended over the years, never deleted."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    area = models.ForeignKey(
        "programs.Area", models.PROTECT, related_name="programs", verbose_name=_("area")
    )
    valid_to = models.DateField(_("ended on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Edition(models.Model):
    """A programme in the fiscal year of its projects: money, rules, section in charge."""

    class BranchClock(models.TextChoices):
        BRANCH = "branch", _("arrival at the branch counts")
        CLAIR = "clair", _("arrival at CLAIR counts")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    program = models.ForeignKey(
        Program, models.PROTECT, related_name="editions", verbose_name=_("programme")
    )
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    name = models.CharField(_("official name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    section = models.ForeignKey(
        "accounts.Section",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="editions",
        verbose_name=_("section in charge"),
    )
    offices = models.ManyToManyField(
        "accounts.Office",
        blank=True,
        related_name="editions",
        verbose_name=_("offices"),
    )
    budget = models.PositiveBigIntegerField(_("budget (yen)"), null=True, blank=True)
    decided_total = models.PositiveBigIntegerField(
        _("decided so far (yen)"), default=0, editable=False
    )
    routes_through_branch = models.BooleanField(_("goes through the branch"), default=False)
    branch_clock = models.CharField(
        _("whose arrival counts"),
        max_length=16,
        choices=BranchClock,
        default=BranchClock.CLAIR,
    )
    is_example = models.BooleanField(_("example"), default=False)
    blind_review = models.BooleanField(_("reviewers do not see the body's name"), default=False)
    criteria_fixed_at = models.DateTimeField(
        _("criteria fixed at"), null=True, blank=True, editable=False
    )
    rules = models.ForeignKey(
        "programs.RuleSet",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="current_for",
        verbose_name=_("rules in force"),
    )

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["program", "fiscal_year"], name="programs_edition_once_a_year"
            ),
            models.CheckConstraint(
                condition=models.Q(budget=None) | models.Q(decided_total__lte=models.F("budget")),
                name="programs_edition_within_budget",
                violation_error_message=_("More is decided than the edition's budget."),
            ),
        ]

    def __str__(self) -> str:
        return f"{in_language(self.name, self.name_en)} {self.fiscal_year}"

    @property
    def grant_name(self) -> str:
        """Return the grant's name with its year as letters cite it; 助成 is not said twice."""
        ending = {"助成金": "", "助成": "金"}
        added = next((more for end, more in ending.items() if self.name.endswith(end)), "助成金")
        return f"{FiscalYear(self.fiscal_year).label_in_letters}{self.name}{added}"

    @property
    def budget_left(self) -> int | None:
        """Return what may still be decided, in yen; None where no budget is set."""
        return None if self.budget is None else self.budget - self.decided_total
