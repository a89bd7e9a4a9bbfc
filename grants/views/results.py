"""The adopted projects of a year (採択事業一覧) for everybody: page, CSV and JSON."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core.csv_lines import csv_of
from core.money import format_yen
from grants import published

SHOWN = 500  # on one page; the files hold all


def _form(request: HttpRequest) -> published.ResultsForm:
    return published.ResultsForm(request.GET, listed=published.years())


@require_safe
@cache_control(private=True, no_cache=True)
def results(request: HttpRequest) -> HttpResponse:
    """List the adopted projects of the latest or the chosen year, with count and sum."""
    form = _form(request)
    rows = form.found()
    total = rows.aggregate(count=Count("pk"), amount=Sum("decided_amount"))
    query = request.GET.urlencode()
    context = {
        "title": _("Adopted projects"),
        "form": form,
        "columns": (
            _("body"),
            _("programme"),
            _("title of the project"),
            {"label": _("amount decided"), "numeric": True},
        ),
        "rows": [_cells(application) for application in rows[:SHOWN]],
        "count": total["count"],
        "amount": total["amount"] or 0,
        "is_cut": total["count"] > SHOWN,
        "files": [
            *(
                {"label": kind.upper(), "url": f"{reverse(f'results-{kind}')}?{query}"}
                for kind in ("csv", "json")
            ),
            *(
                {"label": f"360Giving {kind.upper()}", "url": reverse(f"results-360giving-{kind}")}
                for kind in ("csv", "json")
            ),
        ],
    }
    return render(request, "grants/results.html", context)


def _cells(application: Any) -> list[str]:
    body = application.organization
    others = "、".join(row.organization.name for row in application.parties.all())
    joint = pgettext("bodies beside", " with %(others)s") % {"others": others} if others else ""
    return [
        f"{body}{joint}",
        str(application.edition.name),
        application.title,
        format_yen(application.decided_amount),
    ]


@require_safe
@cache_control(private=True, no_cache=True)
def results_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the list as CSV that Excel reads; each text is safe from being a formula."""
    rows = chain([published.HEADS], published.lines(_form(request).found()))
    response = StreamingHttpResponse(csv_of(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="clair-adopted-projects.csv"'
    return response


@require_safe
@cache_control(private=True, no_cache=True)
def results_json(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the list as JSON: {"generated_at", "results": […]}, amounts in whole yen."""
    rows = _form(request).found()
    return StreamingHttpResponse(_json(rows), content_type="application/json; charset=utf-8")


def _json(rows: Any) -> Iterator[str]:
    yield f'{{"generated_at": {json.dumps(timezone.now().isoformat())}, "results": ['
    for index, row in enumerate(published.each(rows)):
        text = json.dumps(row, ensure_ascii=False)
        yield f",\n{text}" if index else f"\n{text}"
    yield "\n]}\n"
