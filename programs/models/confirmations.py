"""What was looked at when a year was opened: who confirmed which setting, as it stood then."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scopes import Directory, Scope, ScopedQuerySet
from programs.models.editions import Edition


class Confirmation(models.Model):
    """One tick of an edition's check-list; it lapses when the setting no longer reads `state`."""

    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="confirmations", verbose_name=_("edition")
    )
    item = models.CharField(_("item of the check-list"), max_length=80)
    state = models.CharField(_("as it stood"), max_length=1000)
    confirmed_at = models.DateTimeField(_("confirmed at"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Directory(),)

    class Meta:
        verbose_name = _("confirmation of a setting")
        verbose_name_plural = _("confirmations of settings")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "item"], name="programs_confirmation_once_an_item"
            )
        ]

    def __str__(self) -> str:
        return self.item
