"""Statistics of the applications for the business report (事業報告)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from grants import statistics
from grants.models import Application
from programs.reports import year_label


def statistics_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """Show what the applications that this person may see add up to, by edition."""
    if not request.user.has_perm("grants.view_application"):
        raise PermissionDenied
    year = request.GET.get("year", "")
    rows = Application.objects.visible_to(request.user)
    context = {
        **frame,
        "title": _("Statistics of the applications"),
        "work": statistics.work(rows, int(year) if year.isdecimal() else None),
        "years": [(y, year_label(y)) for y in statistics.years_of(rows)],
        "year": year,
    }
    return render(request, "grants/statistics_staff.html", context)
