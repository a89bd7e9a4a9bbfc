"""Files of an application."""

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import FileLink
from core.outbox import Recipient
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

    def in_charge(self) -> list[Recipient]:
        """Return the mailbox of the section in charge."""
        section = self.application.edition.section
        return [Recipient(section.mailbox, section.name)] if section else []

    def notice_context(self) -> dict[str, Any]:
        """Return what the mail about a virus says."""
        page = reverse("admin:grants_application_change", args=[self.application_id])
        return self.application.facts_told() | {"link": settings.BASE_URL + page}
