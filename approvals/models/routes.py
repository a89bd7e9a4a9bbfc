"""Rules of the route by amount (決裁規程): who decides from how many yen on, and who is asked."""

import uuid
from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.roles import ROLES
from core import registry, workflow
from core.money import format_yen
from core.scopes import Scope, ScopedQuerySet

RANKS = ("manager", "director")  # who may decide, the lower first
ACTING_ROLES = frozenset(RANKS)


class RouteRuleQuerySet(ScopedQuerySet):
    """Rules by day, act and amount."""

    def current(self, on: date) -> "RouteRuleQuerySet":
        """Return those in force on the day."""
        standing = Q(valid_to=None) | Q(valid_to__gte=on)
        return self.filter(standing, valid_from__lte=on)

    def asked_by(
        self, *, act: str, case_label: str, total: int | None, on: date
    ) -> "RouteRule | None":
        """Return the rule that an act on that much money (yen) falls under; None without one.

        Rules for the record type alone come before those for any; of them the one with the
        highest amount that the total reaches. What is not about money falls under 0 yen.
        """
        known = self.current(on).filter(act=act, case_label__in=[case_label, ""])
        rules = list(known.prefetch_related(models.Prefetch("steps", RouteRuleStep.in_order())))
        return RouteRule.reached([rule for rule in rules if rule.case_label] or rules, total or 0)


class RouteRule(models.Model):
    """From so many yen on, a post of this role decides; kept by staff, ended and never deleted."""

    class Decider(models.TextChoices):
        MANAGER = "manager", pgettext_lazy("role", "manager")
        DIRECTOR = "director", pgettext_lazy("role", "director")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(pgettext_lazy("route rule", "name"), max_length=100)
    act = models.CharField(_("proposed act"), max_length=64)
    case_label = models.CharField(
        _("record type"), max_length=100, blank=True, help_text=_("Empty: of any type.")
    )
    at_least = models.BigIntegerField(
        _("from this amount on (yen)"),
        default=0,
        help_text=_("The sum of the approval's records; the amount itself counts."),
    )
    decider = models.CharField(_("deciding role"), max_length=16, choices=Decider)
    clause = models.CharField(_("clause"), max_length=200, blank=True)
    is_confirmed = models.BooleanField(_("confirmed"), default=False)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = RouteRuleQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("route rule")
        verbose_name_plural = _("route rules")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["act", "case_label", "at_least", "valid_from"],
                name="approvals_routerule_once",
                violation_error_message=_(
                    "There is already a rule for this act, type, amount and first day. Change it."
                ),
            ),
            models.CheckConstraint(
                condition=Q(at_least__gte=0),
                name="approvals_routerule_amount",
                violation_error_message=_("Write the amount without a minus sign, 0 or more."),
            ),
            models.CheckConstraint(
                condition=Q(decider__in=RANKS), name="approvals_routerule_decider"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="approvals_routerule_period",
                violation_error_message=_("The last day lies before the first. Correct one."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def reached(rules: "Iterable[RouteRule]", total: int) -> "RouteRule | None":
        """Return the rule with the highest amount that the total (yen) reaches, the newest of it."""
        found = (rule for rule in rules if rule.at_least <= total)
        return max(found, key=lambda rule: (rule.at_least, rule.valid_from, rule.pk), default=None)

    @property
    def words(self) -> str:
        """Return the rule as it is told: name, from which amount, who decides, the clause."""
        said = gettext("“%(name)s”: from %(amount)s on the %(role)s decides") % {
            "name": self.name,
            "amount": format_yen(self.at_least),
            "role": self.get_decider_display(),
        }
        notes = [self.clause] if self.clause else []
        if not self.is_confirmed:
            notes.append(gettext("not confirmed"))
        return f"{said}（{'、'.join(notes)}）" if notes else said

    @property
    def case_words(self) -> str:
        """Return the record type in words."""
        if not self.case_label:
            return gettext("any type")
        return str(registry.model_by_label(self.case_label)._meta.verbose_name)

    @property
    def act_words(self) -> str:
        """Return the act in words, as the first workflow that has it calls it."""
        for model in registry.case_models():
            for row in workflow.workflow_for(model).transitions:
                if row.name == self.act and row.needs_authority:
                    return str(row.label)
        return self.act

    def is_met_by(self, role: str) -> bool:
        """Say whether a decision by that role is as high as the rule asks."""
        return role in RANKS and RANKS.index(role) >= RANKS.index(self.decider)


class RouteRuleStep(models.Model):
    """Whom the rule asks before the decision: a post, or whoever has the role that day."""

    class Kind(models.TextChoices):
        REVIEW = "review", pgettext_lazy("approval step", "review")
        CONSULT = "consult", pgettext_lazy("approval step", "consultation")

    rule = models.ForeignKey(
        RouteRule, models.CASCADE, related_name="steps", verbose_name=_("route rule")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(pgettext_lazy("approval", "step"), max_length=16, choices=Kind)
    role = models.CharField(_("role"), max_length=32, blank=True)
    post = models.ForeignKey(
        "accounts.Post",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("post"),
    )

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = ()

    class Meta:
        verbose_name = _("step of a route rule")
        verbose_name_plural = _("steps of a route rule")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["rule", "order"], name="approvals_routerulestep_order"),
            models.CheckConstraint(
                condition=Q(kind__in=["review", "consult"]), name="approvals_routerulestep_kind"
            ),
            models.CheckConstraint(
                condition=(Q(role="") & Q(post__isnull=False)) | (~Q(role="") & Q(post=None)),
                name="approvals_routerulestep_role_or_post",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @classmethod
    def in_order(cls) -> models.QuerySet["RouteRuleStep"]:
        """Return the steps in their order, with what their words need."""
        return cls.objects.select_related("post__section").order_by("order")

    @property
    def label(self) -> str:
        """Return kind, and role or post: 合議 経理."""
        who = self.post.label if self.post else ROLES[self.role].label
        return f"{self.get_kind_display()} {who}"
