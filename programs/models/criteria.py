"""What an edition's applications are reviewed by: weighted criteria (審査項目)."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scopes import Directory, Scope, ScopedQuerySet
from programs.models.editions import Edition

MAX_POINTS = 100


class Criterion(models.Model):
    """One criterion: points up to `maximum`, counted `weight` times; fixed by the first score."""

    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="criteria", verbose_name=_("edition")
    )
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("criterion"), max_length=100)
    help = models.CharField(_("what is looked at"), max_length=300, blank=True)
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_POINTS)]
    )
    maximum = models.PositiveSmallIntegerField(
        _("most points"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_POINTS)],
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["edition", "key"], name="programs_criterion_key"),
            models.CheckConstraint(
                condition=models.Q(weight__range=(1, MAX_POINTS), maximum__range=(1, MAX_POINTS)),
                name="programs_criterion_points",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def full(self) -> int:
        """Return the most that the criterion adds to a total (points)."""
        return self.weight * self.maximum
