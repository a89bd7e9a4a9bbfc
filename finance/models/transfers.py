"""The transfer file (総合振込) of a day: made once from approved payments."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.scopes import StaffRole
from core.models import FileLink
from core.retention import Retention
from core.scopes import Scope


class TransferFile(FileLink):
    """One day's file for the bank; whoever makes it or takes it out is recorded."""

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    transfer_on = models.DateField(_("transfer day"))
    count = models.PositiveIntegerField(_("number of transfers"))
    total = models.BigIntegerField(_("total (yen)"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    left_out = models.JSONField(_("left out"), default=list)

    personal_data = True
    scopes: tuple[Scope, ...] = (StaffRole("finance"),)
    retention = Retention(
        _("kept: proof of what the bank was told to pay"),
        _("none found: how long CLAIR keeps documents is not published"),
    )

    class Meta:
        verbose_name = _("transfer file")
        verbose_name_plural = _("transfer files")
        default_permissions = ("view", "add")

    def __str__(self) -> str:
        return f"{self.transfer_on:%Y-%m-%d} {self.count}"
