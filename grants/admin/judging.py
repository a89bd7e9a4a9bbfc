"""The officer's page that judges a submitted application again."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core import workflow
from core.forms import PlainReasonForm
from grants.actions import rejudging
from grants.models import Application


def may_judge_again(user: Any, case: Application) -> bool:
    """Say whether the button is this person's to press now."""
    return case.status in rejudging.JUDGED_IN and user.has_perm(rejudging.PERMISSION, case)


def judge_again_page(
    request: HttpRequest, case: Application, frame: dict[str, Any]
) -> HttpResponse:
    """Show the verdict that stands beside the new one (GET); keep the new one (POST)."""
    if not request.user.has_perm(rejudging.PERMISSION, case):
        raise PermissionDenied
    form = PlainReasonForm(request.POST if request.method == "POST" else None)
    page = case.staff_url()
    status = 400 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        read = request.POST.get("version", "")
        try:
            rejudging.judge_again(
                case,
                by=request.user,
                now=timezone.now(),
                reason=form.cleaned_data["reason"],
                version=int(read) if read.isdecimal() else 0,
            )
        except (workflow.InvalidTransition, workflow.StaleVersion) as error:
            messages.error(request, str(error))
            status = 409
        else:
            messages.success(request, _("The application was judged again."))
            return redirect(page)
    case.refresh_from_db()
    context = {
        **frame,
        "title": _("Judge again by the present rules"),
        "case": case,
        "form": form,
        "judgement": rejudging.judgement_of(case),
        "is_possible": case.status in rejudging.JUDGED_IN,
    }
    return render(request, "grants/judge_again.html", context, status=status)
