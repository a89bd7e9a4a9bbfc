"""Duties that stay after the money: assets, their disposal, and the tax credit (domain.md §1.4)."""

import uuid
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scopes import Owner, Scope, ScopedQuerySet, Through
from grants.models.award import Award
from grants.models.award_case import AwardCase


class Asset(models.Model):
    """Something bought with the grant, above the edition's unit price (取得財産)."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    award = models.ForeignKey(Award, models.PROTECT, related_name="assets", verbose_name=_("award"))
    name = models.CharField(_("asset"), max_length=200)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    unit_price = models.PositiveBigIntegerField(_("unit price (yen)"))
    acquired_on = models.DateField(_("acquired on"))
    place = models.CharField(_("where it is kept"), max_length=200, blank=True)
    restricted_until = models.DateField(_("disposal restricted until"), null=True, blank=True)
    disposed_on = models.DateField(_("disposed of on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("award"),)

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        default_permissions = ("view", "add")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1, unit_price__gte=1),
                name="grants_asset_is_something",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_restricted(self, day: date) -> bool:
        """Say whether disposing of it on the day needs approval."""
        return self.disposed_on is None and (
            self.restricted_until is None or day <= self.restricted_until
        )


class DutyCase(AwardCase):
    """A duty of an award that may leave money to pay back."""

    to_return = models.PositiveBigIntegerField(
        _("amount to be paid back (yen)"), default=0, editable=False
    )

    class Meta(AwardCase.Meta):
        abstract = True


class DisposalStatus(models.TextChoices):
    """Every status of a disposal (cases.md)."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", pgettext_lazy("disposal", "submitted")
    APPROVED = "approved", pgettext_lazy("disposal", "approved")
    DENIED = "denied", pgettext_lazy("disposal", "denied")


class DisposalRequest(DutyCase):
    """A body asks to dispose of an asset (財産処分): approval comes first."""

    Status = DisposalStatus

    class Manner(models.TextChoices):
        CONVERSION = "conversion", _("use for another purpose")
        TRANSFER = "transfer", _("transfer of the asset")
        EXCHANGE = "exchange", _("exchange of the asset")
        LENDING = "lending", _("lending")
        PLEDGE = "pledge", _("pledge")
        DEMOLITION = "demolition", _("demolition")
        SCRAPPING = "scrapping", _("scrapping")

    award = models.ForeignKey(
        Award, models.PROTECT, related_name="disposals", editable=False, verbose_name=_("award")
    )
    asset = models.ForeignKey(
        Asset, models.PROTECT, related_name="disposals", verbose_name=_("asset")
    )
    manner = models.CharField(_("manner of disposal"), max_length=16, choices=Manner)
    reason = models.TextField(_("reason"), max_length=2000)
    planned_on = models.DateField(_("planned day"))
    proceeds = models.PositiveBigIntegerField(_("proceeds (yen)"), default=0)

    scopes = (Owner("organization", "section"), Through("award"))

    class Meta(DutyCase.Meta):
        verbose_name = _("disposal request")
        verbose_name_plural = _("disposal requests")
        default_permissions = ("view", "add", "change")
        permissions = [(f"{verb}_disposalrequest", verb) for verb in ("submit", "approve", "deny")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=DisposalStatus.values),
                name="grants_disposalrequest_status",
            ),
            models.UniqueConstraint(
                fields=["asset"],
                condition=models.Q(status__in=["submitted", "approved"]),
                name="grants_disposalrequest_once",
                violation_error_message=_("This asset’s disposal is asked for already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset.name}：{self.get_manner_display()}"


class TaxCreditStatus(models.TextChoices):
    """Every status of a tax credit report (cases.md)."""

    DUE = "due", _("report to be sent")
    SUBMITTED = "submitted", pgettext_lazy("tax credit", "submitted")
    ACCEPTED = "accepted", pgettext_lazy("tax credit", "accepted")
    RETURNED_MONEY = "returned_money", _("money to be paid back")


class TaxCreditReport(DutyCase):
    """The consumption tax that the body may credit (消費税仕入控除税額): input tax × rate goes back."""

    Status = TaxCreditStatus

    class TaxStatus(models.TextChoices):
        EXEMPT = "exempt", _("not taxable")
        SIMPLIFIED = "simplified", _("simplified taxation")
        GENERAL = "general", _("general taxation")
        PUBLIC = "public", _("general account of a local government")

    award = models.OneToOneField(
        Award, models.PROTECT, related_name="tax_report", editable=False, verbose_name=_("award")
    )
    due_on = models.DateField(_("report due"), editable=False)
    tax_status = models.CharField(
        _("taxation of the body"), max_length=16, choices=TaxStatus, blank=True
    )
    input_tax = models.PositiveBigIntegerField(_("input tax that may be credited (yen)"), default=0)

    scopes = (Owner("organization", "section"), Through("award"))

    class Meta(DutyCase.Meta):
        verbose_name = _("tax credit report")
        verbose_name_plural = _("tax credit reports")
        default_permissions = ("view", "change")
        permissions = [
            (f"{verb}_taxcreditreport", verb) for verb in ("submit", "accept", "return_money")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=TaxCreditStatus.values),
                name="grants_taxcreditreport_status",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award.title}：{self._meta.verbose_name}"
