"""Versions of an edition's rules: what a submission was judged by stays readable."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scopes import Directory, Scope, ScopedQuerySet
from programs.models.editions import Edition
from programs.rules import RuleData


class RuleSet(models.Model):
    """One version of an edition's rules; inserted by actions.save_rules, never changed."""

    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="rule_sets", verbose_name=_("edition")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    data = models.JSONField(_("rules"))
    note = models.CharField(_("reason of this version"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("saved at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("saved by"),
    )

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("version of the rules")
        verbose_name_plural = _("versions of the rules")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["edition", "version"], name="programs_ruleset_version")
        ]

    def __str__(self) -> str:
        return f"{self.edition} v{self.version}"

    @property
    def rules(self) -> RuleData:
        """Return the rules typed; data that is no longer valid raises RuleError."""
        return RuleData.parse(self.data)
