"""What must be corrected, field by field."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scopes import Scope, ScopedQuerySet, Through
from grants.models.application import Application


class ReturnComment(models.Model):
    """One comment of a return (差戻し) on one field, with the body's answer."""

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="comments", verbose_name=_("application")
    )
    round = models.PositiveSmallIntegerField(_("return"))
    field = models.CharField(_("field"), max_length=60)
    text = models.TextField(_("comment"), max_length=2000)
    found = models.JSONField(_("value when returned"), null=True)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("created at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Through("application"),)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        default_permissions = ()

    def __str__(self) -> str:
        return self.field
