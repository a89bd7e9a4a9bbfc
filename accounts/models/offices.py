"""CLAIR's headquarters and overseas offices, and the countries each looks after."""

import uuid

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models.dated import DatedQuerySet, between
from core.scopes import Directory, Scope, ScopedQuerySet

HEADQUARTERS = "HQ"


class Office(models.Model):
    """Headquarters or one of the seven overseas offices."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=3, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    opened = models.CharField(_("opened"), max_length=7, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Tokyo")

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("office of CLAIR")
        verbose_name_plural = _("offices of CLAIR")
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        english = (get_language() or "").startswith("en")
        return self.name_en if english and self.name_en else self.name

    @property
    def is_headquarters(self) -> bool:
        """Tell headquarters from the overseas offices."""
        return self.code == HEADQUARTERS


class OfficeJurisdiction(models.Model):
    """A country that an office looks after, with the source that says so."""

    office = models.ForeignKey(
        Office, models.PROTECT, related_name="jurisdictions", verbose_name=_("office")
    )
    country = models.CharField(_("country"), max_length=100)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    is_confirmed = models.BooleanField(_("confirmed"), default=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = DatedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("jurisdiction")
        verbose_name_plural = _("jurisdictions")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "country", "valid_from"],
                name="accounts_officejurisdiction_once",
            ),
            models.CheckConstraint(
                condition=between("valid_from", "valid_to"),
                name="accounts_officejurisdiction_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.country}"
