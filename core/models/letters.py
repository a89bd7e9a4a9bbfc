"""Numbered letters and the ledger that numbers them without gap or double."""

import secrets
import uuid

from django.conf import settings
from django.contrib.admin import display
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.files import StoredFile
from core.scopes import OfCase, Scope, ScopedQuerySet

_CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def verification_code() -> str:
    """Return a code of 80 random bits, in four groups that can be read over the telephone."""
    code = "".join(secrets.choice(_CODE_ALPHABET) for _i in range(16))
    return "-".join(code[i : i + 4] for i in range(0, 16, 4))


class LetterCounter(models.Model):
    """The last number given in one ledger: a fiscal year and a section sign (クレア多第○号)."""

    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    sign = models.CharField(_("section sign"), max_length=8)
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "sign"], name="core_lettercounter_ledger"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sign} {self.fiscal_year}"


class Letter(models.Model):
    """A letter in the ledger. Names its case by label and id, as the audit does."""

    class Status(models.TextChoices):
        PENDING = "pending", _("being issued")
        ISSUED = "issued", _("issued")
        VOIDED = "voided", _("void")

    class Seal(models.TextChoices):
        OMITTED = "omitted", _("seal omitted")
        IMPRINT = "imprint", _("seal imprint")
        ELECTRONIC = "electronic", _("electronic signature")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(
        _("status"), max_length=16, choices=Status, default=Status.PENDING, editable=False
    )
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    sign = models.CharField(_("section sign"), max_length=8)
    serial = models.PositiveIntegerField(_("serial number"))
    case_label = models.CharField(_("record type"), max_length=100)
    case_id = models.BigIntegerField(_("record"))
    template = models.CharField(_("template"), max_length=200)
    template_version = models.CharField(_("template version"), max_length=64)
    subject = models.CharField(_("subject"), max_length=200)
    addressee = models.CharField(_("addressee"), max_length=200)
    context = models.JSONField(_("content"), default=dict)
    seal = models.CharField(_("seal"), max_length=16, choices=Seal, default=Seal.OMITTED)
    decided_on = models.DateField(_("decision date"), null=True, blank=True)
    issued_on = models.DateField(_("date of the letter"))
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)
    void_reason = models.CharField(_("reason of voiding"), max_length=500, blank=True)
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reissues",
        verbose_name=_("replaces"),
    )
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sealed by"),
    )
    code = models.CharField(
        _("verification code"), max_length=24, unique=True, default=verification_code
    )
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (OfCase(models.Q(status__in=("issued", "voided"))),)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        default_permissions = ("view",)
        permissions = [("issue_letter", _("issue")), ("void_letter", _("void"))]
        indexes = [models.Index(fields=["case_label", "case_id"], name="core_letter_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "sign", "serial"], name="core_letter_number_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="issued")
                | models.Q(issued_at__isnull=False, file__isnull=False),
                name="core_letter_issued_has_file",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="voided") | ~models.Q(void_reason=""),
                name="core_letter_voided_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def waits_for_seal(self) -> bool:
        """Say whether it is rendered and only the document officer's seal is missing."""
        return self.status == self.Status.PENDING and self.file_id is not None

    @property
    def may_be_reissued(self) -> bool:
        """Say whether a new letter may take its place: it went out, and none did so yet."""
        return self.status != self.Status.PENDING and not self.reissues.exists()

    @property
    @display(description=_("document number"))
    def number(self) -> str:
        """Return the 文書番号 as it stands on the letter."""
        return f"クレア{self.sign}第{self.serial}号"
