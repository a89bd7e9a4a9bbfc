"""The calls as CommonGrants opportunities (protocol v0.1): list, one, search; amounts in JPY."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etag import tagged
from core.fiscal import JST
from programs.api.opportunities import (
    OpportunitiesSerializer,
    OpportunityResultSerializer,
    PageQuery,
    SearchResultsSerializer,
    SearchSerializer,
)
from programs.api.public import PublicView, announced, ceiling, containing, rules_of
from programs.kinds import KINDS
from programs.models import Call
from programs.rules.words import amounts, money_of, rate

GOVERNMENTS = {
    "prefecture": "government_state",
    **dict.fromkeys(
        ("designated_city", "city", "special_ward", "town", "village"), "government_municipal"
    ),
}


def status_of(call: Call, now: datetime) -> str:
    """Return the call's state in CommonGrants' words."""
    if call.is_open(now):
        return "open"
    return "forecasted" if call.is_upcoming(now) else "closed"


def opportunity(call: Call, now: datetime) -> dict[str, Any]:
    """Return the call as an opportunity."""
    rules = rules_of(call)
    return {
        "id": str(call.public_id),
        "title": call.title,
        "status": {
            "value": status_of(call, now),
            "description": str(Call.Status(call.status).label),
        },
        "description": call.summary or call.title,
        "funding": _funding(call),
        "keyDates": _dates(call),
        "acceptedApplicantTypes": [_applicant(k) for k in (rules.applicant_kinds if rules else ())],
        "source": settings.BASE_URL + call.get_absolute_url(),
        "customFields": {
            "fiscalYear": _custom(
                "fiscalYear", call.edition.fiscal_year, "The year of the project, April to March."
            ),
            "round": _custom("round", call.round, "The round of the year's edition."),
        },
        "createdAt": call.created_at.astimezone(JST).isoformat(),
        "lastModifiedAt": call.updated_at.astimezone(JST).isoformat(),
    }


def _custom(name: str, value: int, description: str) -> dict[str, Any]:
    return {"name": name, "fieldType": "integer", "value": value, "description": description}


def _funding(call: Call) -> dict[str, Any]:
    rules, most = rules_of(call), ceiling(call)
    found: dict[str, Any] = {}
    if rules is not None:
        parts = (amounts(rules, kinds=KINDS), rate(rules), money_of(rules))
        found["details"] = _(" / ").join(part for part in parts if part)
    if rules is not None and rules.floor:
        found["minAwardAmount"] = _yen(rules.floor)
    if most is not None:
        found["maxAwardAmount"] = _yen(most)
    return found


def _yen(amount: int) -> dict[str, str]:
    return {"amount": str(amount), "currency": "JPY"}


def _applicant(kind: str) -> dict[str, str]:
    label = str(KINDS.get(kind, kind))
    if kind in GOVERNMENTS:
        return {"value": GOVERNMENTS[kind], "description": label}
    return {"value": "custom", "customValue": kind, "description": label}


def _dates(call: Call) -> dict[str, Any]:
    found: dict[str, Any] = {
        "postDate": _event("Applications open", call.opens_at),
        "closeDate": _event("Applications close", call.closes_at),
    }
    others: dict[str, Any] = {}
    rules, year = rules_of(call), call.edition.fiscal_year
    if rules is not None:
        others["performancePeriod"] = {
            "name": "Project period",
            "eventType": "dateRange",
            "startDate": rules.period.first_day(year).isoformat(),
            "endDate": rules.period.last_day(year).isoformat(),
        }
    if call.decides_on is not None:
        others["decision"] = {
            "name": "Notice of the decision (planned)",
            "eventType": "singleDate",
            "date": call.decides_on.isoformat(),
        }
    return found | ({"otherDates": others} if others else {})


def _event(name: str, moment: datetime) -> dict[str, str]:
    """Return a moment as CommonGrants' event: day and hour in Japan."""
    local = moment.astimezone(JST)
    return {
        "name": name,
        "eventType": "singleDate",
        "date": local.date().isoformat(),
        "time": local.strftime("%H:%M:%S"),
        "description": "Japan time (UTC+9)",
    }


def paged(rows: list[Any], given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return one page of calls in CommonGrants' envelope."""
    page, size = given["page"], given["pageSize"]
    shown = rows[(page - 1) * size : page * size]
    return {
        "status": 200,
        "message": "Success",
        "items": [opportunity(call, now) for call in shown],
        "paginationInfo": {
            "page": page,
            "pageSize": size,
            "totalItems": len(rows),
            "totalPages": -(-len(rows) // size),
        },
    }


class CommonGrantsView(PublicView):
    """Answers errors in CommonGrants' shape."""

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        body = response.data
        response.data = {
            "status": response.status_code,
            "message": body["detail"],
            "errors": body.get("errors", []),
            **body,
        }
        return response


class OpportunitiesView(CommonGrantsView):
    """GET /common-grants/opportunities"""

    @extend_schema(
        operation_id="commongrants_list",
        parameters=[PageQuery],
        responses=OpportunitiesSerializer,
        tags=["common-grants"],
    )
    def get(self, request: Request) -> Response:
        """List the calls, the last changed first."""
        query = PageQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        now = timezone.now()
        rows = list(announced(now).order_by("-updated_at", "-pk"))
        return Response(paged(rows, query.validated_data, now))


class OpportunityView(CommonGrantsView):
    """GET /common-grants/opportunities/{oppId}"""

    @extend_schema(
        operation_id="commongrants_read",
        responses=OpportunityResultSerializer,
        tags=["common-grants"],
    )
    def get(self, request: Request, oppId: Any) -> Response:  # noqa: N803 (the protocol's name)
        """Return one call."""
        now = timezone.now()
        call = announced(now).filter(public_id=oppId).first()
        if call is None:
            raise Http404
        data = {"status": 200, "message": "Success", "data": opportunity(call, now)}
        return tagged(request, data)


class SearchView(CommonGrantsView):
    """POST /common-grants/opportunities/search"""

    @extend_schema(
        operation_id="commongrants_search",
        request=SearchSerializer,
        responses=SearchResultsSerializer,
        tags=["common-grants"],
    )
    def post(self, request: Request) -> Response:
        """Search the calls: words, status, dates, amounts; filters are joined by AND."""
        search = SearchSerializer(data=request.data)
        search.is_valid(raise_exception=True)
        given, now = search.validated_data, timezone.now()
        rows = announced(now).filter(containing(given.get("search", "")))
        filters = given.get("filters") or {}
        found = [
            call for call in rows if all(_passes(call, now, *item) for item in filters.items())
        ]
        sorting = given.get("sorting") or {"sortBy": "lastModifiedAt"}
        answer = paged(_sorted(found, sorting, now), given["pagination"], now)
        unknown = sorted(filters.get("customFilters") or {})
        return Response(
            {
                **answer,
                "sortInfo": {
                    "sortBy": sorting["sortBy"],
                    "sortOrder": sorting.get("sortOrder", "desc"),
                    "errors": [],
                },
                "filterInfo": {
                    "filters": request.data.get("filters") or {},
                    "errors": [f"No such filter: {name}" for name in unknown],
                },
            }
        )


def _minimum(call: Call, now: datetime) -> int | None:
    rules = rules_of(call)
    return rules.floor if rules else None


# What each sort field and each range filter looks at; None is "not known" and comes last.
SORTS: dict[str, Callable[[Call, datetime], Any]] = {
    "lastModifiedAt": lambda call, _now: call.updated_at,
    "createdAt": lambda call, _now: call.created_at,
    "title": lambda call, _now: call.title,
    "status.value": status_of,
    "keyDates.closeDate": lambda call, _now: call.closes_at,
    "funding.maxAwardAmount": lambda call, _now: ceiling(call),
    "funding.minAwardAmount": _minimum,
    "funding.totalAmountAvailable": lambda _call, _now: None,
    "funding.estimatedAwardCount": lambda _call, _now: None,
    "custom": lambda call, _now: call.updated_at,
}
RANGES: dict[str, Callable[[Call, datetime], Any]] = {
    "closeDateRange": lambda call, _now: call.closes_at.astimezone(JST).date(),
    "totalFundingAvailableRange": lambda _call, _now: None,  # not published
    "minAwardAmountRange": _minimum,
    "maxAwardAmountRange": lambda call, _now: ceiling(call),
}


def _sorted(rows: list[Call], sorting: dict[str, Any], now: datetime) -> list[Call]:
    value = SORTS[sorting["sortBy"]]
    known = [call for call in rows if value(call, now) is not None]
    known.sort(
        key=lambda call: (value(call, now), call.pk),
        reverse=sorting.get("sortOrder", "desc") == "desc",
    )
    return known + [call for call in rows if value(call, now) is None]


def _passes(call: Call, now: datetime, name: str, wanted: Any) -> bool:
    if name == "customFilters" or wanted is None:
        return True
    if name == "status":
        return (status_of(call, now) in wanted["value"]) == (wanted["operator"] == "in")
    found, limits = RANGES[name](call, now), wanted["value"]
    if found is None or any(_currency(limit) != "JPY" for limit in limits.values()):
        return False
    inside = _amount(limits["min"]) <= found <= _amount(limits["max"])
    return inside == (wanted["operator"] == "between")


def _currency(limit: Any) -> str:
    return limit["currency"] if isinstance(limit, dict) else "JPY"


def _amount(limit: Any) -> Any:
    return limit["amount"] if isinstance(limit, dict) else limit
