"""What everybody may know: adopted projects in figures, and the calls that are open."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from core.csv_lines import csv_of
from core.fiscal import jst_date
from grants import statistics as figures
from programs.charts import Chart
from programs.models import Call


def _open_calls(now: datetime) -> list[Call]:
    related = Call.objects.announced(now).select_related("edition__program", "edition__rules")
    found = related.filter(opens_at__lte=now, closes_at__gte=now).order_by("closes_at", "pk")
    return [call for call in found if call.is_open(now)]


def _etag(request: HttpRequest, **_kwargs: Any) -> str:
    """Change with the figures, the calls, the day, the language, the person and the session."""
    now = timezone.now()
    calls = [(call.pk, call.title, call.closes_at) for call in _open_calls(now)]
    seen = (
        figures.published(),
        calls,
        jst_date(now),
        get_language(),
        request.user.pk,
        request.COOKIES.get(settings.CSRF_COOKIE_NAME),
    )
    return f'"{sha256(repr(seen).encode()).hexdigest()[:32]}"'


@require_safe
@cache_control(private=True, no_cache=True)
@condition(etag_func=_etag)
def statistics(request: HttpRequest) -> HttpResponse:
    """Show each figure as a picture with its table; nothing of undecided cases."""
    charts = [
        {"chart": chart, "csv_url": reverse("statistics-csv", args=[chart.name])}
        for chart in figures.published().values()
    ]
    calls = _open_calls(timezone.now())
    return render(request, "grants/statistics.html", {"charts": charts, "calls": calls})


@require_safe
@cache_control(private=True, no_cache=True)
@condition(etag_func=_etag)
def statistics_csv(request: HttpRequest, table: str) -> HttpResponse:
    """Return one table as CSV that Excel reads, each text safe from being a formula."""
    chart = figures.published().get(table)
    if chart is None:
        raise Http404
    response = HttpResponse(_csv(chart), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="clair-statistics-{table}.csv"'
    return response


def _csv(chart: Chart) -> bytes:
    heads = [
        column if isinstance(column, str) else f"{column['label']} ({column['unit']})"
        for column in chart.columns
    ]
    return b"".join(csv_of([heads, *chart.cells]))
