"""Reports that the portal makes by itself: each part of a period once, told by a mail with a link."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from core import exports, files, jobs, outbox, registry
from core.fiscal import jst_date
from core.models import Job, ReportRun, StoredFile
from core.outbox import Recipient
from core.reports import Part, Report

KEPT = timedelta(days=400)


def run_due(*, now: datetime, by: Any) -> int:
    """Begin what this day and month still lack; returns how many. Safe to run twice, and at once."""
    begun = 0
    for report in list(registry.reports.values()):
        if report.schedule:
            period = report.schedule.period(jst_date(now))
            parts = report.schedule.parts(now)
            begun += sum(_begin(report, part, period, by=by) for part in parts)
    return begun


def _begin(report: Report, part: Part, period: str, *, by: Any) -> bool:
    """Claim the part by its unique row and start its job; False where that was done before."""
    title = f"{report.title}　{part.label}　{period}"[:200]
    key = {"report": report.name, "period": f"{period}/{part.key}"}
    with transaction.atomic():
        if ReportRun.objects.filter(**key).exists():
            return False
        ReportRun.objects.bulk_create([ReportRun(**key, title=title)], ignore_conflicts=True)
        run = ReportRun.objects.select_for_update().get(**key)
        if run.job_id:
            return False
        params = {
            "report": report.name,
            "format": "xlsx",
            "filters": part.filters,
            "recipients": [[r.email, r.name] for r in part.recipients],
        }
        run.job = jobs.start("report", title=title, params=params, by=by)
        run.save(update_fields=["job"])
    return True


def make(job: Job) -> StoredFile:
    """Write the list, keep it with its run, and tell the posts; a second worker finds it done."""
    run = ReportRun.objects.select_related("file").get(job=job)
    if run.file:
        return run.file
    stored = exports.write(job, by=import_string(settings.CORE_SYSTEM_ACTOR)())
    with transaction.atomic():
        files.link([stored])
        ReportRun.objects.filter(pk=run.pk).update(file=stored)
        outbox.enqueue(
            "core/mail/report_ready",
            recipients=[Recipient(*pair) for pair in job.params["recipients"]],
            context={
                "title": run.title,
                "period": run.period.partition("/")[0],
                "rows": job.total,
                "link": settings.BASE_URL + reverse("file-content", args=[stored.public_id]),
            },
            now=timezone.now(),
        )
    return stored


jobs.register("report", make)


def forget(*, now: datetime) -> int:
    """Give the files of old runs to the sweep; that they were made stays known."""
    old = ReportRun.objects.filter(created_at__lt=now - KEPT, file__isnull=False)
    stored = list(old.values_list("file", flat=True)[:500])
    with transaction.atomic():
        ReportRun.objects.filter(file__in=stored).update(file=None)
        return StoredFile.objects.filter(pk__in=stored).update(is_linked=False)
