"""/api/v1/grants/awards/: the award, its report's lists, and its acts."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core import workflow
from core.api.etag import required_version
from core.api.views import CaseFilter, MadeByActsViewSet
from core.forms import behalf_from
from core.models import StoredFile
from grants import stages
from grants.actions import drafting, reporting
from grants.api.award_serializers import (
    ActualLineSerializer,
    AwardFileSerializer,
    AwardListSerializer,
    AwardSerializer,
    FileById,
    PassThroughSerializer,
    ResultSerializer,
    StagesSerializer,
)
from grants.api.serializers import ReplySerializer
from grants.api.views import BEHALF
from grants.award_desk import shows_report
from grants.forms import line_choices
from grants.models import Award


class AwardFilter(CaseFilter):
    """Filters of the list."""

    organization = filters.UUIDFilter("organization__public_id")
    organization_code = filters.CharFilter("organization__code")
    edition = filters.UUIDFilter("edition__public_id")
    fiscal_year = filters.NumberFilter("edition__fiscal_year")

    class Meta:
        model = Award
        fields = ["status", "updated_since"]


class AwardViewSet(MadeByActsViewSet):
    """Awards: report, check, fix, close; they are made by the announced decision."""

    queryset = Award.objects.all()
    serializer_class = AwardSerializer
    filterset_class = AwardFilter

    def get_queryset(self) -> Any:
        """Read details with what they name and their lists, list rows without."""
        rows = super().get_queryset()
        if self.action == "list":
            return rows
        return rows.select_related(
            "organization",
            "section",
            "edition__section",
            "application__rule_set",
            "application__edition__rules",
            "application__organization",
        ).prefetch_related(
            "application__budget_lines",
            "results",
            "passed_on__organization",
            "files__file",
            "comments",
        )

    def get_serializer_class(self) -> Any:
        """Lists are flat."""
        return AwardListSerializer if self.action == "list" else AwardSerializer

    def _write(self, request: Request, make: Any, *settled: str) -> Response:
        """Write a whole list; staff name reason and arrival of the paper in the address."""
        case = self.get_object()
        behalf = behalf_from(request.query_params, case)
        if not workflow.allowed(case, "change", request.user, behalf):
            self.permission_denied(request)
        version = required_version(request, case)
        saved = workflow.edit(
            case,
            by=request.user,
            now=timezone.now(),
            version=version,
            changes={},
            children=make(case),
            settled=settled,
            behalf=behalf,
        )
        return self.answer(saved)

    def _rows(self, serializer_class: Any, data: Any, **context: Any) -> list[Any]:
        if not isinstance(data, list):
            raise ValidationError({"non_field_errors": [_("Send the whole list as a JSON array.")]})
        context = {**self.get_serializer_context(), **context}
        serializer = serializer_class(data=data, many=True, context=context)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    @extend_schema(
        request=ActualLineSerializer(many=True), responses=AwardSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="actual-lines")
    def actual_lines(self, request: Request, id: str) -> Response:
        """Replace the whole list of actual costs and income."""

        def make(case: Any) -> Any:
            choices = line_choices(case.application)
            rows = self._rows(ActualLineSerializer, request.data, **choices)
            return reporting.actual_writer(rows)

        return self._write(request, make, "lines")

    @extend_schema(
        request=ResultSerializer(many=True), responses=AwardSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"])
    def results(self, request: Request, id: str) -> Response:
        """Replace target and actual of the edition's indicators."""

        def make(case: Any) -> Any:
            known = {row.key for row in reporting.indicators_of(case)}
            rows = self._rows(ResultSerializer, request.data)
            if unknown := sorted({row["key"] for row in rows} - known):
                text = _("The edition has no such indicator: %(keys)s")
                raise ValidationError({"key": [text % {"keys": ", ".join(unknown)}]})
            return reporting.results_writer(
                {row["key"]: (row.get("target"), row.get("actual")) for row in rows}
            )

        return self._write(request, make)

    @extend_schema(
        request=PassThroughSerializer(many=True), responses=AwardSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="passed-on")
    def passed_on(self, request: Request, id: str) -> Response:
        """Replace the whole list of what was handed on to implementers."""

        def make(_case: Any) -> Any:
            return reporting.passed_on_writer(self._rows(PassThroughSerializer, request.data))

        return self._write(request, make, "passed_on")

    @extend_schema(
        request=AwardFileSerializer(many=True), responses=AwardSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"], url_path="files")
    def file_list(self, request: Request, id: str) -> Response:
        """Replace the whole list of the report's files: receipts by line, and other papers."""

        def make(case: Any) -> Any:
            rows = self._rows(_files_of(case, request.user), request.data)
            links = [(row["file"], row["purpose"], row.get("line", "")) for row in rows]
            return reporting.files_writer(links, by=request.user)

        return self._write(request, make)

    @extend_schema(request=ReplySerializer(many=True), responses=AwardSerializer, parameters=BEHALF)
    @action(detail=True, methods=["put"])
    def replies(self, request: Request, id: str) -> Response:
        """Answer CLAIR's comments on the report."""

        def make(case: Any) -> Any:
            rows = self._rows(ReplySerializer, request.data)
            return drafting.replies_writer({row["id"]: row["answer"] for row in rows})

        return self._write(request, make)

    @extend_schema(responses=StagesSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def stages(self, request: Request, id: str) -> Response:
        """Compare the budget's lines through the stages: applied, decided, changed, actual, fixed."""
        case = self.get_object()
        found = stages.stages_of(case, shows_report=shows_report(case, request.user))
        return Response(StagesSerializer(stages.stages_told(found)).data)


def _files_of(case: Award, user: Any) -> type[AwardFileSerializer]:
    """Return the serializer that finds the caller's own uploads and the files that are there."""
    own = StoredFile.objects.filter(uploaded_by=user)
    present = StoredFile.objects.filter(pk__in=case.files.values("file_id"))
    fields = {"file": FileById(queryset=own | present)}
    return type("AwardFileInput", (AwardFileSerializer,), fields)
