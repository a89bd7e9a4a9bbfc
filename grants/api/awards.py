"""/api/v1/grants/awards/: the award, its report's lists, and its acts."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from grants import stages
from grants.actions import drafting, reporting
from grants.api.award_serializers import (
    ActualLineSerializer,
    AwardFileSerializer,
    AwardListSerializer,
    AwardSerializer,
    PassThroughSerializer,
    ResultSerializer,
    StagesSerializer,
)
from grants.api.lists import BEHALF, BodyFilter, WholeLists
from grants.api.serializers import ReplySerializer
from grants.award_desk import shows_report
from grants.forms import line_choices
from grants.models import Award


class AwardFilter(BodyFilter):
    """Filters of the list."""

    class Meta:
        model = Award
        fields = ["status", "updated_since"]


class AwardViewSet(WholeLists):
    """Awards: report, check, fix, close; they are made by the announced decision."""

    queryset = Award.objects.all()
    serializer_class = AwardSerializer
    list_serializer_class = AwardListSerializer
    filterset_class = AwardFilter
    detail_related = (
        "organization",
        "section",
        "edition__section",
        "application__rule_set",
        "application__edition__rules",
        "application__organization",
    )
    detail_lists = (
        "application__budget_lines",
        "results",
        "passed_on__organization",
        "files__file",
        "comments",
    )

    @extend_schema(
        request=ActualLineSerializer(many=True), responses=AwardSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="actual-lines")
    def actual_lines(self, request: Request, id: str) -> Response:
        """Replace the whole list of actual costs and income."""

        def make(case: Any) -> Any:
            choices = line_choices(case.application)
            rows = self.sent_rows(ActualLineSerializer, **choices)
            return reporting.actual_writer(rows)

        return self.write_list(request, make, "lines")

    @extend_schema(
        request=ResultSerializer(many=True), responses=AwardSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"])
    def results(self, request: Request, id: str) -> Response:
        """Replace target and actual of the edition's indicators."""

        def make(case: Any) -> Any:
            known = {row.key for row in reporting.indicators_of(case)}
            rows = self.sent_rows(ResultSerializer)
            if unknown := sorted({row["key"] for row in rows} - known):
                text = _("The edition has no such indicator: %(keys)s")
                raise ValidationError({"key": [text % {"keys": ", ".join(unknown)}]})
            return reporting.results_writer(
                {row["key"]: (row.get("target"), row.get("actual")) for row in rows}
            )

        return self.write_list(request, make)

    @extend_schema(
        request=PassThroughSerializer(many=True), responses=AwardSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="passed-on")
    def passed_on(self, request: Request, id: str) -> Response:
        """Replace the whole list of what was handed on to implementers."""

        def make(_case: Any) -> Any:
            return reporting.passed_on_writer(self.sent_rows(PassThroughSerializer))

        return self.write_list(request, make, "passed_on")

    @extend_schema(
        request=AwardFileSerializer(many=True), responses=AwardSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="files")
    def file_list(self, request: Request, id: str) -> Response:
        """Replace the whole list of the report's files: receipts by line, and other papers."""

        def make(case: Any) -> Any:
            rows = self.sent_rows(self.by_id(AwardFileSerializer, case))
            links = [(row["file"], row["purpose"], row.get("line", "")) for row in rows]
            return reporting.files_writer(links, by=request.user)

        return self.write_list(request, make)

    @extend_schema(request=ReplySerializer(many=True), responses=AwardSerializer, parameters=BEHALF)
    @action(detail=True, methods=["put"])
    def replies(self, request: Request, id: str) -> Response:
        """Answer CLAIR's comments on the report."""

        def make(case: Any) -> Any:
            rows = self.sent_rows(ReplySerializer)
            return drafting.replies_writer({row["id"]: row["answer"] for row in rows})

        return self.write_list(request, make)

    @extend_schema(responses=StagesSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def stages(self, request: Request, id: str) -> Response:
        """Compare the budget's lines through the stages: applied, decided, changed, actual, fixed."""
        case = self.get_object()
        found = stages.stages_of(case, shows_report=shows_report(case, request.user))
        return Response(StagesSerializer(stages.stages_told(found)).data)
