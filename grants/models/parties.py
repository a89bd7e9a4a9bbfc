"""Bodies that take part in a project beside the applicant."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from core.scopes import Scope, ScopedQuerySet, Through
from grants.models.application import Application


class ApplicationParty(models.Model):
    """A joint body (共同) reads; an implementer (実施団体) drafts; only the lead submits."""

    class Kind(models.TextChoices):
        LEAD = "lead", _("lead")
        JOINT = "joint", _("joint body")
        IMPLEMENTER = "implementer", _("implementer")

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="parties", verbose_name=_("application")
    )
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("body")
    )
    section = models.ForeignKey(
        "accounts.Section",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("section"),
    )
    kind = models.CharField(_("part"), max_length=16, choices=Kind)
    share = models.PositiveBigIntegerField(_("share (yen)"), null=True, blank=True)
    consented_on = models.DateField(_("date of consent"), null=True, blank=True)
    agreement = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agreement"),
    )

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("application"),)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["application", "organization"],
                name="grants_applicationparty_once",
                violation_error_message=_("This body is named already."),
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(kind="lead"),
                name="grants_applicationparty_one_lead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.kind}"
