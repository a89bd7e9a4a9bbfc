"""One's own jobs: how far each is, its result, and a button to stop it; for staff in the admin's frame."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import exports, jobs, registry, reports
from core.models import Job, ReportRun

SHOWN = 50


def _own(request: HttpRequest) -> Any:
    return Job.objects.visible_to(request.user).select_related("result")


def _frame(context: dict[str, Any] | None) -> tuple[str, str]:
    """Return the folder of templates and the prefix of addresses: the admin's or the portal's."""
    return ("core", "") if context is None else ("admin", "admin:")


@require_safe
@login_required
def job_list(request: HttpRequest, context: dict[str, Any] | None = None) -> HttpResponse:
    """List the person's latest jobs, and for staff what the portal made by itself."""
    folder, prefix = _frame(context)
    found = [
        {"job": job, "url": reverse(f"{prefix}job", args=[job.public_id])}
        for job in _own(request).order_by("-pk")[:SHOWN]
    ]
    made = ReportRun.objects.visible_to(request.user).exclude(file=None).select_related("file")
    shown = {"title": _("Jobs"), "jobs": found}
    if request.user.is_staff:
        shown["made"] = made.order_by("-pk")[:SHOWN]
    return render(request, f"{folder}/jobs.html", {**(context or {}), **shown})


@require_safe
@login_required
def job_page(
    request: HttpRequest, context: dict[str, Any] | None = None, *, public_id: Any
) -> HttpResponse:
    """Show one job; as JSON for the page's own script."""
    folder, prefix = _frame(context)
    job = get_object_or_404(_own(request), public_id=public_id)
    job.done = jobs.rows_done(job)
    if request.GET.get("format") == "json":
        return JsonResponse(
            {
                "state": job.get_state_display(),
                "done": job.done,
                "total": job.total,
                "percent": job.percent,
                "is_finished": job.is_finished,
            }
        )
    shown = {
        "title": str(job),
        "job": job,
        "job_url": reverse(f"{prefix}job", args=[job.public_id]),
        "cancel_url": reverse(f"{prefix}job-cancel", args=[job.public_id]),
    }
    return render(request, f"{folder}/job.html", {**(context or {}), **shown})


@require_POST
@login_required
def job_cancel(
    request: HttpRequest, context: dict[str, Any] | None = None, *, public_id: Any
) -> HttpResponse:
    """Ask a job to stop."""
    job = _own(request).filter(public_id=public_id).first()
    if job is None:
        raise Http404
    jobs.cancel(job)
    return redirect(f"{_frame(context)[1]}job", job.public_id)


@require_POST
@login_required
def case_export(request: HttpRequest, model: Any) -> HttpResponse:
    """Begin a job that writes the person's cases of a kind, and show how far it is."""
    report = reports.of_model(model)
    kind = request.POST.get("format", "")
    if report is None or not report.may(request.user):
        raise PermissionDenied
    if kind not in exports.FORMATS:
        messages.error(request, _("Choose CSV or XLSX."))
        return redirect(registry.screens[model].url("list"))
    job = exports.start(report, kind=kind, filters={}, by=request.user)
    return redirect("job", job.public_id)
