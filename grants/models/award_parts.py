"""What belongs to an award: results, pass-through, status reports, comments and files."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import FileLink
from core.outbox import Recipient
from core.scopes import Scope, ScopedQuerySet, Through
from grants.models.award import Award


class IndicatorResult(models.Model):
    """One indicator of the edition: what was aimed at and what came of it."""

    award = models.ForeignKey(
        Award, models.CASCADE, related_name="results", verbose_name=_("award")
    )
    key = models.SlugField(_("indicator"), max_length=60)
    target = models.DecimalField(
        _("target"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    actual = models.DecimalField(
        _("actual result"), max_digits=14, decimal_places=2, null=True, blank=True
    )

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("award"),)

    class Meta:
        verbose_name = _("result of an indicator")
        verbose_name_plural = _("results of indicators")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["award", "key"], name="grants_indicatorresult_once"),
        ]

    def __str__(self) -> str:
        return self.key


class PassThrough(models.Model):
    """What the body handed on to an implementer (間接補助); its receipt is a file."""

    award = models.ForeignKey(
        Award, models.CASCADE, related_name="passed_on", verbose_name=_("award")
    )
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("body")
    )
    amount = models.PositiveBigIntegerField(_("amount handed on (yen)"))
    paid_on = models.DateField(_("day of payment"))

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("award"),)

    class Meta:
        verbose_name = _("pass-through")
        verbose_name_plural = _("pass-throughs")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["award", "organization"],
                name="grants_passthrough_once",
                violation_error_message=_("This body is named already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.amount}"


class StatusReport(models.Model):
    """How the project stands (状況報告, Art. 12), with its files."""

    award = models.ForeignKey(
        Award, models.CASCADE, related_name="status_reports", verbose_name=_("award")
    )
    text = models.TextField(_("how the project stands"), max_length=4000)
    author_label = models.CharField(_("who"), max_length=200)
    reported_at = models.DateTimeField(_("reported at"))

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("award"),)

    class Meta:
        verbose_name = _("status report")
        verbose_name_plural = _("status reports")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.award_id} {self.reported_at:%Y-%m-%d}"


class ReportComment(models.Model):
    """What must be corrected in a report, by line or as a whole, with the body's answer."""

    award = models.ForeignKey(
        Award, models.CASCADE, related_name="comments", verbose_name=_("award")
    )
    round = models.PositiveSmallIntegerField(_("return"))
    line = models.CharField(_("line"), max_length=300, blank=True)
    text = models.TextField(_("comment"), max_length=2000)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("created at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("award"),)

    class Meta:
        verbose_name = _("comment on a report")
        verbose_name_plural = _("comments on a report")
        default_permissions = ()

    def __str__(self) -> str:
        return self.line or self.text[:40]


class AwardFile(FileLink):
    """A file of an award: a receipt of a line, of what was handed on, a result, a status report."""

    class Purpose(models.TextChoices):
        RECEIPT = "receipt", _("receipt of a cost")
        PASSED_ON = "passed_on", _("receipt of what was handed on")
        RESULT = "result", _("paper of the report")
        STATUS = "status", _("paper of a status report")

    award = models.ForeignKey(Award, models.CASCADE, related_name="files", verbose_name=_("award"))
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    line = models.CharField(_("line"), max_length=300, blank=True)
    status_report = models.ForeignKey(
        StatusReport,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="files",
        verbose_name=_("status report"),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    scopes: tuple[Scope, ...] = (Through("award", models.Q(sensitivity="normal")),)

    class Meta:
        verbose_name = _("file of the award")
        verbose_name_plural = _("files of the award")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["award", "file"], name="grants_awardfile_once")
        ]

    def __str__(self) -> str:
        return self.line or self.purpose

    def in_charge(self) -> list[Recipient]:
        """Return the mailbox of the section in charge."""
        section = self.award.edition.section
        return [Recipient(section.mailbox, section.name)] if section else []

    def notice_context(self) -> dict[str, Any]:
        """Return what the mail about a virus says."""
        return self.award.facts_told() | {"link": settings.BASE_URL + self.award.staff_url()}
