"""The open calls in the shape of the jGrants public API (v1), so that its clients read ours."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.html import format_html_join
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etag import tagged
from core.fiscal import JST
from programs.api.public import PublicView, announced, ceiling, containing, rules_of
from programs.kinds import KINDS
from programs.models import Call
from programs.rules import sentences

ID_LENGTH = 18  # as theirs: the first 72 bits of the call's UUID
AREA, EMPLOYEES = "全国", "従業員数の制約なし"
# Bodies abroad: jGrants' closed list of areas (全国, 8 地方, 47) has no word for them.
ABROAD = frozenset({"jetaa_chapter", "overseas_local_government"})
INDUSTRY, PURPOSE = "公務（他に分類されるものを除く）", "まちづくり・地域振興支援がほしい"
SORTS = {
    "created_date": "created_at",
    "acceptance_start_datetime": "opens_at",
    "acceptance_end_datetime": "closes_at",
}


class AsTyped(serializers.CharField):
    """A text whose limits count what was sent, spaces and line ends too, as the schema says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)


class SubsidyQuery(serializers.Serializer):
    """The parameters as jGrants takes them; several values are joined by “ / ”."""

    keyword = AsTyped(min_length=2, max_length=255)
    acceptance = serializers.ChoiceField(choices=["0", "1"], help_text="1: open now; 0: all.")
    sort = serializers.ChoiceField(choices=list(SORTS), default="created_date")
    order = serializers.ChoiceField(choices=["ASC", "DESC"], default="DESC")
    use_purpose = AsTyped(required=False, max_length=255)
    industry = AsTyped(required=False, max_length=255)
    target_number_of_employees = AsTyped(required=False, max_length=255)
    target_area_search = AsTyped(required=False, max_length=1000)


class SubsidySerializer(serializers.Serializer):
    """A call as jGrants lists a subsidy; times are UTC."""

    id = serializers.CharField(max_length=ID_LENGTH)
    name = serializers.CharField()
    title = serializers.CharField()
    institution_name = serializers.CharField()
    target_area_search = serializers.CharField(allow_blank=True)
    subsidy_max_limit = serializers.IntegerField(allow_null=True)
    acceptance_start_datetime = serializers.CharField()
    acceptance_end_datetime = serializers.CharField()
    target_number_of_employees = serializers.CharField()


class WorkflowSerializer(serializers.Serializer):
    """One reception of a subsidy: a round of the edition that is announced."""

    id = serializers.CharField()
    target_area_search = serializers.CharField(allow_blank=True)
    acceptance_start_datetime = serializers.CharField()
    acceptance_end_datetime = serializers.CharField()


class AttachmentSerializer(serializers.Serializer):
    """A file in the answer; our papers are on the call's page."""

    name = serializers.CharField()
    data = serializers.CharField()


class SubsidyDetailSerializer(SubsidySerializer):
    """A call as jGrants tells one subsidy; `detail` is HTML, `subsidy_rate` free text."""

    subsidy_catch_phrase = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    use_purpose = serializers.CharField()
    industry = serializers.CharField()
    target_area_detail = serializers.CharField()
    subsidy_rate = serializers.CharField(allow_blank=True)
    project_end_deadline = serializers.CharField(allow_null=True)
    granttype = serializers.CharField()
    front_subsidy_detail_page_url = serializers.URLField()
    workflow = WorkflowSerializer(many=True)
    application_guidelines = AttachmentSerializer(many=True)
    outline_of_grant = AttachmentSerializer(many=True)
    application_form = AttachmentSerializer(many=True)


class ResultSetSerializer(serializers.Serializer):
    """How many there are."""

    count = serializers.IntegerField()


class MetadataSerializer(serializers.Serializer):
    """jGrants' envelope."""

    resultset = ResultSetSerializer()


class SubsidiesSerializer(serializers.Serializer):
    """A list of subsidies."""

    metadata = MetadataSerializer()
    result = SubsidySerializer(many=True)


class SubsidyResultSerializer(serializers.Serializer):
    """One subsidy, in a list as jGrants does."""

    metadata = MetadataSerializer()
    result = SubsidyDetailSerializer(many=True)


def short_id(call: Call) -> str:
    """Return the call's id of 18 characters."""
    return call.public_id.hex[:ID_LENGTH]


def envelope(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return rows as jGrants wraps them."""
    return {"metadata": {"resultset": {"count": len(rows)}}, "result": rows}


def subsidy(call: Call) -> dict[str, Any]:
    """Return the call as a row of the list."""
    return {
        "id": short_id(call),
        "name": f"{call.edition.program.code}-{call.edition.fiscal_year}-{call.round}",
        "title": call.title,
        "institution_name": settings.CLAIR_NAME,
        "target_area_search": "" if is_abroad(call) else AREA,
        "subsidy_max_limit": ceiling(call),
        "acceptance_start_datetime": _utc(call.opens_at),
        "acceptance_end_datetime": _utc(call.closes_at),
        "target_number_of_employees": EMPLOYEES,
    }


def subsidy_detail(call: Call, rounds: Iterable[Call]) -> dict[str, Any]:
    """Return the call with all that jGrants tells of one subsidy, and the edition's rounds."""
    row, rules, year = subsidy(call), rules_of(call), call.edition.fiscal_year
    words = sentences(rules, fiscal_year=year, kinds=KINDS) if rules else ()
    last = rules.period.last_day(year) if rules else None
    return {
        **row,
        "subsidy_catch_phrase": call.summary,
        "detail": format_html_join("", "<p>{}：{}</p>", ((w.title, w.text) for w in words)),
        "use_purpose": PURPOSE,
        "industry": INDUSTRY,
        "target_area_detail": "海外" if is_abroad(call) else AREA,
        "subsidy_rate": next((w.text for w in words if w.rule == "rate"), ""),
        "project_end_deadline": _utc(datetime.combine(last, time.max, JST)) if last else None,
        "granttype": "助成金",
        "front_subsidy_detail_page_url": settings.BASE_URL + call.get_absolute_url(),
        "workflow": [_workflow(each) for each in rounds],
        "application_guidelines": [],
        "outline_of_grant": [],
        "application_form": [],
    }


def is_abroad(call: Call) -> bool:
    """Say whether only bodies abroad may apply, so that no area of Japan is the call's."""
    rules = rules_of(call)
    return rules is not None and ABROAD.issuperset(rules.applicant_kinds)


def _workflow(call: Call) -> dict[str, str]:
    return {
        "id": short_id(call),
        "target_area_search": "" if is_abroad(call) else AREA,
        "acceptance_start_datetime": _utc(call.opens_at),
        "acceptance_end_datetime": _utc(call.closes_at),
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class SubsidiesView(PublicView):
    """GET /api/jgrants/v1/public/subsidies"""

    @extend_schema(
        operation_id="jgrants_subsidies",
        tags=["jgrants"],
        parameters=[SubsidyQuery],
        responses=SubsidiesSerializer,
    )
    def get(self, request: Request) -> Response:
        """Search the calls as jGrants searches subsidies."""
        query = SubsidyQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        given, now = query.validated_data, timezone.now()
        if not _fits(given):
            return Response(envelope([]))
        rows = self._sorted(announced(now).filter(containing(given["keyword"])), given)
        shown = [call for call in rows if given["acceptance"] == "0" or call.is_open(now)]
        if given.get("target_area_search"):
            shown = [call for call in shown if not is_abroad(call)]
        return Response(envelope([subsidy(call) for call in shown]))

    def _sorted(self, calls: QuerySet[Call], given: dict[str, Any]) -> QuerySet[Call]:
        sign = "-" if given["order"] == "DESC" else ""
        return calls.order_by(f"{sign}{SORTS[given['sort']]}", f"{sign}pk")


def _fits(given: dict[str, Any]) -> bool:
    """Say whether the closed lists name what every call of ours has; 全国 fits each area."""
    ours = {
        "use_purpose": PURPOSE,
        "industry": INDUSTRY,
        "target_number_of_employees": EMPLOYEES,
    }
    return all(value in given.get(name, value).split(" / ") for name, value in ours.items())


class SubsidyView(PublicView):
    """GET /api/jgrants/v1/public/subsidies/id/{id}"""

    @extend_schema(
        operation_id="jgrants_subsidy",
        tags=["jgrants"],
        parameters=[OpenApiParameter("id", str, OpenApiParameter.PATH, pattern="^[0-9a-f]{18}$")],
        responses=SubsidyResultSerializer,
    )
    def get(self, request: Request, id: str) -> Response:
        """Return one call as jGrants tells one subsidy."""
        first, last = (uuid.UUID(id + end * (32 - ID_LENGTH)) for end in "0f")
        now = timezone.now()
        call = announced(now).filter(public_id__gte=first, public_id__lte=last).first()
        if call is None:
            raise Http404
        rounds = call.edition.calls.announced(now).order_by("round", "pk")
        return tagged(request, envelope([subsidy_detail(call, rounds)]))
