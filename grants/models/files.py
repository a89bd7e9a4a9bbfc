"""Files of an application."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import FileLink
from core.scopes import Scope, Through
from grants.models.application import Application


class ApplicationFile(FileLink):
    """A file in an application; `question` is the key of the file question it answers."""

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="files", verbose_name=_("application")
    )
    question = models.SlugField(_("document"), max_length=60, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    scopes: tuple[Scope, ...] = (Through("application", models.Q(sensitivity="normal")),)

    class Meta:
        verbose_name = _("file of the application")
        verbose_name_plural = _("files of the application")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["application", "file"], name="grants_applicationfile_once"
            )
        ]

    def __str__(self) -> str:
        return self.question
