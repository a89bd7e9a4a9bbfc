"""/api/v1/core/reports/ and jobs/: take a table out by a job, watch it, stop it, fetch its file."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from core import exports, jobs, reports
from core.api.etag import tagged
from core.api.idempotency import idempotent
from core.api.permissions import opens, require_opened
from core.api.serializers import JobSerializer
from core.api.views import ScopedViewSet
from core.models import Job
from core.reports import Report


class ColumnSerializer(serializers.Serializer):
    """A column, or a filter: its name, its words, and what kind of value it holds."""

    name = serializers.CharField()
    label = serializers.CharField()
    kind = serializers.CharField(
        help_text="text, number, year, date (ISO 8601), moment, choice or flag (true, false)."
    )


class ChoiceSerializer(serializers.Serializer):
    """One value of a choice, and its words."""

    value = serializers.CharField()
    label = serializers.CharField()


class FilterSerializer(ColumnSerializer):
    """A column that narrows the rows to one value."""

    choices = ChoiceSerializer(many=True)


class ReportSerializer(serializers.Serializer):
    """A table that the caller may take out, its columns in order and its filters."""

    name = serializers.CharField()
    title = serializers.CharField()
    formats = serializers.ListField(child=serializers.ChoiceField(list(exports.FORMATS)))
    columns = ColumnSerializer(many=True)
    filters = FilterSerializer(many=True)


class RunSerializer(serializers.Serializer):
    """What to take out: the format, and one value for each filter that shall narrow the rows."""

    format = serializers.ChoiceField(list(exports.FORMATS), default="csv")
    filters = serializers.DictField(child=serializers.CharField(), required=False, default=dict)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse unknown names rather than ignore them."""
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})
        return attrs


def _described(report: Report, user: Any) -> dict[str, Any]:
    def choices(column: reports.Column) -> list[dict[str, str]]:
        return [{"value": str(key), "label": str(text)} for key, text in column.choices]

    return {
        "name": report.name,
        "title": str(report.title),
        "formats": list(exports.FORMATS),
        "columns": report.columns_for(user),
        "filters": [
            {"name": c.name, "label": c.label, "kind": c.kind, "choices": choices(c)}
            for c in report.filters_for(user)
        ],
    }


class ReportsView(APIView):
    """The tables that the caller may take out."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=ReportSerializer(many=True), operation_id="core_reports_list")
    def get(self, request: Request) -> Response:
        """List the reports with their columns and filters in words."""
        found = reports.for_user(request.user)
        found = [r for r in found if opens(request, r.model._meta.app_label)]
        data = [_described(report, request.user) for report in found]
        return tagged(request, ReportSerializer(data, many=True).data)


class ReportRunView(APIView):
    """One report, taken out."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=RunSerializer, responses={202: JobSerializer})
    @idempotent
    def post(self, request: Request, name: str) -> Response:
        """Begin a job that writes the rows; follow `Location` until `is_finished`."""
        report = reports.named(name)
        if report is None or not report.may(request.user):
            raise Http404
        require_opened(request, [report.model._meta.app_label])
        serializer = RunSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = serializer.validated_data
        report.clean(request.user, asked["filters"])
        job = exports.start(report, kind=asked["format"], filters=asked["filters"], by=request.user)
        place = reverse("core-job-detail", args=[job.public_id], request=request)
        data = JobSerializer(job, context={"request": request}).data
        return Response(data, status=status.HTTP_202_ACCEPTED, headers={"Location": place})


class JobViewSet(ScopedViewSet):
    """The caller's own jobs, newest first."""

    queryset = Job.objects.select_related("result")
    serializer_class = JobSerializer
    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, id: str) -> Response:
        """Ask the job to stop; one that is over stays as it is."""
        job = self.get_object()
        jobs.cancel(job)
        job.refresh_from_db()
        return Response(self.get_serializer(job).data)
