"""How the programmes' money is used (助成金の執行状況), for everybody: page, CSV and JSON."""

import json
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core.csv_lines import csv_of
from core.fiscal import FiscalYear
from finance import charts, open_data
from finance.open_data import SUMS, ProgramMoney


def _year(request: HttpRequest) -> int | None:
    """Return the year of the address, None without one; 404 where it is none."""
    asked = request.GET.get("year", "")
    if asked and not (asked.isdecimal() and len(asked) == 4):
        raise Http404
    return int(asked) if asked else None


@require_safe
@cache_control(private=True, no_cache=True)
def money(request: HttpRequest) -> HttpResponse:
    """Show the latest or the chosen year: the programmes in a table, each with its months."""
    years = open_data.years()
    year = _year(request) or (years[0] if years else int(FiscalYear.of(timezone.now())))
    found = open_data.programs(year)
    query = f"?year={year}"
    context = {
        "title": _("How the grants' money is used"),
        "year": FiscalYear(year).label,
        "years": [(FiscalYear(n).label, f"?year={n}", n == year) for n in years],
        "summary": _summary(found),
        "programs": [_shown(program) for program in found],
        "files": [
            {"label": kind.upper(), "url": f"{reverse(f'money-{kind}')}{query}"}
            for kind in ("csv", "json")
        ],
    }
    return render(request, "finance/money.html", context)


def _summary(found: list[ProgramMoney]) -> dict[str, Any]:
    heads = (
        pgettext("ledger", "budget"),
        pgettext("ledger", "committed"),
        pgettext("ledger", "paid in advance"),
        pgettext("ledger", "paid"),
        pgettext("ledger", "returned"),
        pgettext("ledger", "left"),
    )
    figures = ({"label": head, "unit": _("yen"), "numeric": True} for head in heads)
    return {
        "columns": [_("programme"), *figures],
        "rows": [[p.name, *(getattr(p, name) for name in SUMS)] for p in found],
        "foot": [_("total"), *(open_data.total(found, name) for name in SUMS)],
    }


def _running(program: ProgramMoney) -> str:
    return _("Running totals: %(program)s") % {"program": program.name}


def _shown(program: ProgramMoney) -> dict[str, Any]:
    return {
        "code": program.code,
        "name": program.name,
        "chart": charts.chart(f"money-{program.code}", _running(program), program.months),
        "months": charts.table(program.months, program.budget),
    }


@require_safe
@cache_control(private=True, no_cache=True)
def money_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the months of the programmes of a year, or of all, as CSV that Excel reads."""
    rows = csv_of(open_data.csv_lines(open_data.programs(_year(request))))
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="clair-money.csv"'
    return response


@require_safe
@cache_control(private=True, no_cache=True)
def money_json(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the same as JSON: {"generated_at", "programs": [{…, "months": […]}]}, whole yen."""
    chunks = _json(open_data.programs(_year(request)))
    return StreamingHttpResponse(chunks, content_type="application/json; charset=utf-8")


def _json(found: list[ProgramMoney]) -> Iterator[str]:
    yield f'{{"generated_at": {json.dumps(timezone.now().isoformat())}, "programs": ['
    for index, program in enumerate(found):
        text = json.dumps(program.as_data(), ensure_ascii=False)
        yield f",\n{text}" if index else f"\n{text}"
    yield "\n]}\n"
