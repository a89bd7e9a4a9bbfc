"""Jobs: what takes longer than a page, with its progress, result and faults."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models.files import FileLink, StoredFile
from core.retention import Retention
from core.scopes import OfReport, Person, Scope, ScopedQuerySet


class Job(models.Model):
    """One piece of work for one person, or the portal's own; a dead worker leaves it to the sweep."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("job", "waiting")
        RUNNING = "running", pgettext_lazy("job", "running")
        DONE = "done", pgettext_lazy("job", "done")
        FAILED = "failed", pgettext_lazy("job", "failed")
        CANCELLED = "cancelled", pgettext_lazy("job", "cancelled")

    public_id = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    title = models.CharField(_("name"), max_length=200)
    params = models.JSONField(_("what was asked"), default=dict)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    state = models.CharField(
        pgettext_lazy("job", "state"), max_length=16, choices=State, default=State.WAITING
    )
    done = models.PositiveIntegerField(_("rows done"), default=0)
    total = models.PositiveIntegerField(_("rows in all"), default=0)
    result = models.ForeignKey(
        StoredFile,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("job", "result"),
    )
    errors = models.JSONField(_("faults"), default=list)
    is_cancelled = models.BooleanField(_("asked to stop"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = ScopedQuerySet.as_manager()
    scopes: tuple[Scope, ...] = (Person("owner"),)
    personal_data = True
    retention = Retention(
        _("end of the job"),
        _("our own; no source states it"),
        days=400,
        due=lambda before: models.Q(finished_at__lt=before, report_run=None),
    )

    class Meta:
        verbose_name = pgettext_lazy("background", "job")
        verbose_name_plural = pgettext_lazy("background", "jobs")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="core_job_unfinished",
            ),
            models.Index(fields=["owner", "-id"], name="core_job_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "done", "failed", "cancelled"]),
                name="core_job_state_known",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more will happen to it."""
        return self.state not in (self.State.WAITING, self.State.RUNNING)

    @property
    def percent(self) -> int:
        """Return how far it is, 0 to 100."""
        if self.state == self.State.DONE:
            return 100
        return min(100, self.done * 100 // self.total) if self.total else 0


class ReportRun(FileLink):
    """A report that the portal made by itself: once for each part of a period, kept 400 days."""

    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("file")
    )
    report = models.CharField(_("report"), max_length=60)
    period = models.CharField(_("period and part"), max_length=100)
    title = models.CharField(_("name"), max_length=200)
    job = models.OneToOneField(
        Job,
        models.PROTECT,
        null=True,
        related_name="report_run",
        verbose_name=pgettext_lazy("background", "job"),
    )

    scopes: tuple[Scope, ...] = (OfReport(),)
    personal_data = True
    retention = Retention(
        _("its file goes after 400 days by the nightly task; that it was made stays known"),
        _("our own; no source states it"),
    )

    class Meta:
        verbose_name = _("report made by the portal")
        verbose_name_plural = _("reports made by the portal")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["report", "period"], name="core_reportrun_once")
        ]

    def __str__(self) -> str:
        return self.title


class SavedView(models.Model):
    """A list's filters, search and columns under a name; shared with all staff or one's own."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    model_label = models.CharField(_("record type"), max_length=100)
    name = models.CharField(_("name"), max_length=60)
    query = models.TextField(_("filters and columns"), max_length=4000, blank=True)
    is_shared = models.BooleanField(_("shared with all staff"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "model_label", "name"], name="core_savedview_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
