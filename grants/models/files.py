"""Files of an application, and of the later cases of its award."""

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import FileLink
from core.outbox import Recipient
from core.scopes import Scope, Through
from grants.models.application import Application
from grants.models.changes import ChangeRequest
from grants.models.duties import DisposalRequest, TaxCreditReport


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


class CaseFile(FileLink):
    """A file of a later case of an award: what the change, disposal or tax report rests on."""

    order = models.PositiveSmallIntegerField(_("order"), default=0)

    case: Any
    scopes: tuple[Scope, ...] = (Through("case", models.Q(sensitivity="normal")),)

    class Meta:
        abstract = True
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["case", "file"], name="%(app_label)s_%(class)s_once")
        ]

    def __str__(self) -> str:
        return str(self.order)

    def in_charge(self) -> list[Recipient]:
        """Return the mailbox of the section in charge."""
        section = self.case.edition.section
        return [Recipient(section.mailbox, section.name)] if section else []

    def notice_context(self) -> dict[str, Any]:
        """Return what the mail about a virus says."""
        return self.case.award.facts_told() | {"link": settings.BASE_URL + self.case.staff_url()}


class ChangeFile(CaseFile):
    """A file of a change."""

    case = models.ForeignKey(
        ChangeRequest, models.CASCADE, related_name="files", verbose_name=_("change request")
    )

    class Meta(CaseFile.Meta):
        verbose_name = _("file of the change")
        verbose_name_plural = _("files of the change")


class DisposalFile(CaseFile):
    """A file of a disposal."""

    case = models.ForeignKey(
        DisposalRequest, models.CASCADE, related_name="files", verbose_name=_("disposal request")
    )

    class Meta(CaseFile.Meta):
        verbose_name = _("file of the disposal")
        verbose_name_plural = _("files of the disposal")


class TaxReportFile(CaseFile):
    """A file of a tax credit report."""

    case = models.ForeignKey(
        TaxCreditReport, models.CASCADE, related_name="files", verbose_name=_("tax credit report")
    )

    class Meta(CaseFile.Meta):
        verbose_name = _("file of the tax credit report")
        verbose_name_plural = _("files of the tax credit report")
