"""One's own jobs: how far each is, its result, and a button to stop it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import jobs
from core.models import Job

SHOWN = 50


def _own(request: HttpRequest) -> Any:
    return Job.objects.visible_to(request.user).select_related("result")


@require_safe
def job_list(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """List the person's latest jobs."""
    found = _own(request).order_by("-pk")[:SHOWN]
    return render(request, "admin/jobs.html", {**context, "title": _("Jobs"), "jobs": found})


@require_safe
def job_page(request: HttpRequest, context: dict[str, Any], public_id: Any) -> HttpResponse:
    """Show one job; as JSON for the page's own script."""
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
    return render(request, "admin/job.html", {**context, "title": str(job), "job": job})


@require_POST
def job_cancel(request: HttpRequest, context: dict[str, Any], public_id: Any) -> HttpResponse:
    """Ask a job to stop."""
    job = _own(request).filter(public_id=public_id).first()
    if job is None:
        raise Http404
    jobs.cancel(job)
    return redirect(reverse("admin:job", args=[job.public_id]))
