"""The abstract case of a programme: under one edition, of one section of one body."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Case
from programs.models.editions import Edition


class ProgramCase(Case):
    """A case of a body under an edition of a programme; owned by the section that filed it."""

    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="%(class)ss", verbose_name=_("edition")
    )
    organization = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        related_name="%(class)ss",
        verbose_name=_("body"),
    )
    section = models.ForeignKey(
        "accounts.Section",
        models.PROTECT,
        related_name="%(class)ss",
        verbose_name=_("section"),
    )

    class Meta(Case.Meta):
        abstract = True
