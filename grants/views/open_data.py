"""Awards as 360Giving data for everybody: a package in JSON, and a flat table in CSV."""

import json
from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core.csv_lines import csv_of
from grants import open_data
from grants.models import Award


def _awards(request: HttpRequest) -> QuerySet[Award]:
    year = request.GET.get("year", "")
    return open_data.published_awards(int(year) if year.isdecimal() and len(year) == 4 else None)


@require_safe
@cache_control(private=True, no_cache=True)
def giving_json(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the package of one year, or of all."""
    chunks = _json(_awards(request))
    return StreamingHttpResponse(chunks, content_type="application/json; charset=utf-8")


def _json(awards: QuerySet[Award]) -> Iterator[str]:
    head = open_data.package(now=timezone.now())
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "grants": ['
    for index, (award, payments) in enumerate(open_data.with_payments(awards)):
        text = json.dumps(open_data.grant(award, payments), ensure_ascii=False)
        yield f",\n{text}" if index else f"\n{text}"
    yield "\n]}\n"


@require_safe
@cache_control(private=True, no_cache=True)
def giving_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the same grants as a table whose headings are the fields' paths (flatten-tool)."""
    chunks = csv_of(open_data.table(_awards(request)))
    next(chunks)  # no byte order mark: the table is for programs
    response = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="clair-360giving.csv"'
    return response
