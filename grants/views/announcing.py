"""Announce decisions: letters and mails are previewed, then all sent or none."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core import workflow
from grants.actions import decision
from grants.models import Application

MAX_AT_ONCE = 500


@login_required
def announce(request: HttpRequest) -> HttpResponse:
    """Preview (GET) and announce (POST) the named applications in one transaction."""
    if not request.user.has_perm("grants.announce_application"):
        if not request.user.is_staff:  # type: ignore[union-attr]
            raise Http404
        raise PermissionDenied
    cases = _named(request)
    if request.method == "POST":
        return _announce(request, cases)
    ready = [case for case in cases if case.status in ("decided", "informally_notified")]
    context = {
        "title": _("Announce decisions"),
        "items": request.GET.get("items", ""),
        "ready": [_preview(case) for case in ready],
        "others": [case for case in cases if case not in ready],
    }
    return render(request, "grants/announce.html", context)


def _named(request: HttpRequest) -> list[Application]:
    values = (request.POST.get("items") or request.GET.get("items", "")).split(",")
    rows = Application.objects.visible_to(request.user).select_related(
        "organization", "edition__section", "section"
    )
    try:
        return list(
            rows.filter(public_id__in=[v for v in values if v]).order_by("pk")[:MAX_AT_ONCE]
        )
    except ValidationError as error:
        raise Http404 from error


def _preview(case: Application) -> dict[str, Any]:
    template = "application_announce"
    return {
        "case": case,
        "subject": decision.letter_subject(case, template),
        "addressee": case.organization.name,
        "outcome": case.get_outcome_display(),
        "amount": case.decided_amount,
        "mailboxes": [r.email for r in case.owner_mailboxes() if r.email],
    }


def _announce(request: HttpRequest, cases: list[Application]) -> HttpResponse:
    now = timezone.now()
    try:
        with transaction.atomic():
            for case in cases:
                workflow.run(case, "announce", by=request.user, now=now)
    except workflow.InvalidTransition as error:
        messages.error(request, str(error))
        return redirect(f"{request.path}?items={request.POST.get('items', '')}")
    messages.success(request, _("%(count)s decisions are announced.") % {"count": len(cases)})
    return redirect("admin:grants_application_changelist")
