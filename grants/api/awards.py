"""/api/v1/grants/awards/: the award, its report's lists, and its acts."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Organization
from core import workflow
from core.api.etag import required_version
from core.api.serializers import (
    CaseSerializer,
    PublicIdField,
    ScopedSerializer,
    StoredFileSerializer,
)
from core.api.views import CaseFilter, CaseViewSet
from core.forms import BehalfForm, behalf_from
from core.models import StoredFile
from finance.actions import commitments
from grants import stages
from grants.actions import reporting
from grants.api.inputs import DateInput, LongTextInput, TextInput, YenInput
from grants.api.serializers import BudgetLineSerializer, ReplySerializer
from grants.api.views import BEHALF
from grants.award_desk import shows_report
from grants.forms import line_choices
from grants.models import Award, AwardFile, BudgetLine, PassThrough, ReportComment
from grants.report_forms import TEXTS, comment_label


class AwardFactsSerializer(CaseSerializer):
    """What list and detail tell alike."""

    organization = serializers.UUIDField(source="organization.public_id", read_only=True)
    organization_code = serializers.CharField(source="organization.code", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    application = serializers.UUIDField(source="application.public_id", read_only=True)
    edition = serializers.UUIDField(source="edition.public_id", read_only=True)
    fiscal_year = serializers.IntegerField(source="edition.fiscal_year", read_only=True)

    class Meta:
        model = Award
        fields = [
            "id",
            "status",
            "status_label",
            "version",
            "award_number",
            "title",
            "organization",
            "organization_code",
            "organization_name",
            "application",
            "edition",
            "fiscal_year",
            "decided_amount",
            "fixed_amount",
            "starts_on",
            "ends_on",
            "report_due",
            "receipt_number",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class AwardListSerializer(AwardFactsSerializer):
    """An award in a list: flat, no query per row."""

    method_columns = ("status",)


class ActualLineSerializer(BudgetLineSerializer):
    """One line of actual cost or income (yen); `key` names the decided line that it was."""

    key = serializers.CharField(required=False, allow_blank=True, max_length=300)

    class Meta(BudgetLineSerializer.Meta):
        fields = ["key", *BudgetLineSerializer.Meta.fields]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the line as the screens do, and keep its key."""
        key = attrs.pop("key", "")
        return super().validate(attrs) | {"key": key}

    def to_representation(self, line: BudgetLine) -> dict[str, Any]:
        """Tell the key that the line is matched by through the stages."""
        return super().to_representation(line) | {"key": line.match_key}


class ResultSerializer(serializers.Serializer):
    """Target and actual of one indicator of the edition."""

    key = serializers.CharField()
    target = serializers.DecimalField(14, 2, allow_null=True, required=False, min_value=0)
    actual = serializers.DecimalField(14, 2, allow_null=True, required=False, min_value=0)


class PassThroughSerializer(ScopedSerializer):
    """What was handed on to one implementer (yen)."""

    organization = PublicIdField(queryset=Organization.objects.all())
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    amount = YenInput()
    paid_on = DateInput()

    class Meta:
        model = PassThrough
        fields = ["organization", "organization_name", "amount", "paid_on"]


class _FileById(PublicIdField):
    """Looks only in the rows it is given; whether a file may be linked is the writer's to say."""

    def get_queryset(self) -> Any:
        return self.queryset


class AwardFileSerializer(serializers.ModelSerializer):
    """A file of the report: a receipt names its line by key, of what was handed on the body."""

    file = _FileById(queryset=StoredFile.objects.all())
    purpose = serializers.ChoiceField(
        choices=[c for c in AwardFile.Purpose.choices if c[0] != "status"]
    )
    facts = StoredFileSerializer(source="file", read_only=True)

    class Meta:
        model = AwardFile
        fields = ["file", "purpose", "line", "facts"]


class ReportCommentSerializer(serializers.ModelSerializer):
    """What must be corrected in the report, and the body's answer."""

    label = serializers.SerializerMethodField()

    class Meta:
        model = ReportComment
        fields = ["id", "round", "line", "label", "text", "answer", "created_at", "resolved_at"]
        read_only_fields = fields

    def get_label(self, comment: ReportComment) -> str:
        """Return what the comment is about."""
        return comment_label(comment)


class SettlementSerializer(serializers.Serializer):
    """How the award's money stands (yen)."""

    decided = serializers.IntegerField()
    fixed = serializers.IntegerField(allow_null=True)
    advanced = serializers.IntegerField()
    paid = serializers.IntegerField()
    pending = serializers.IntegerField()
    returned = serializers.IntegerField()
    to_return = serializers.IntegerField()
    claimable = serializers.IntegerField()


class FixingStepSerializer(serializers.Serializer):
    """One step of the fixed amount, with the clause that it rests on."""

    code = serializers.CharField()
    label = serializers.CharField()
    working = serializers.CharField()
    yen = serializers.IntegerField()
    clause = serializers.CharField()
    is_confirmed = serializers.BooleanField()


class FixingSerializer(serializers.Serializer):
    """How the amount comes about, step by step (yen)."""

    amount = serializers.IntegerField()
    eligible = serializers.IntegerField()
    steps = FixingStepSerializer(many=True)


class StageCellSerializer(serializers.Serializer):
    """A line at one stage: its yen, and the difference from the stage before."""

    amount = serializers.IntegerField(allow_null=True)
    difference = serializers.IntegerField(allow_null=True)


class StageRowSerializer(serializers.Serializer):
    """One line, or a total, through the stages."""

    kind = serializers.CharField()
    category = serializers.CharField()
    description = serializers.CharField()
    stages = serializers.DictField(child=StageCellSerializer())


class StagesSerializer(serializers.Serializer):
    """The lines at every stage that the award has reached."""

    stages = serializers.ListField(child=serializers.CharField())
    lines = StageRowSerializer(many=True)
    totals = StageRowSerializer(many=True)


class AwardSerializer(AwardFactsSerializer):
    """One award with its report, the way to its fixed amount, and its money."""

    summary = LongTextInput(max_length=4000, required=False, allow_blank=True)
    outcome_text = LongTextInput(max_length=4000, required=False, allow_blank=True)
    completed_on = DateInput(required=False, allow_null=True)
    report_number = TextInput(max_length=60, required=False, allow_blank=True)
    report_date = DateInput(required=False, allow_null=True)
    actual_lines = serializers.SerializerMethodField()
    results = serializers.SerializerMethodField()
    passed_on = PassThroughSerializer(many=True, read_only=True)
    files = serializers.SerializerMethodField()
    comments = ReportCommentSerializer(many=True, read_only=True)
    fixing = serializers.SerializerMethodField()
    settlement = serializers.SerializerMethodField()

    class Meta(AwardFactsSerializer.Meta):
        fields = [
            *AwardFactsSerializer.Meta.fields,
            "withdraw_by",
            "correction_due",
            *TEXTS,
            "actual_expense",
            "actual_income",
            "reported_at",
            "is_report_late",
            "actual_lines",
            "results",
            "passed_on",
            "files",
            "comments",
            "checked_on",
            "fixed_at",
            "fixing",
            "retention_until",
            "closing_reason",
            "settlement",
        ]
        read_only_fields = [name for name in fields if name not in TEXTS]

    def _is_shown(self, award: Award) -> bool:
        return shows_report(award, self.context["request"].user)

    @extend_schema_field(ActualLineSerializer(many=True))
    def get_actual_lines(self, award: Award) -> Any:
        """Return the reported lines; to staff once the report was sent."""
        lines = [x for x in award.application.budget_lines.all() if x.stage == "actual"]
        lines.sort(key=lambda line: (line.order, line.pk))
        shown = lines if self._is_shown(award) else []
        return ActualLineSerializer(shown, many=True).data

    @extend_schema_field(ResultSerializer(many=True))
    def get_results(self, award: Award) -> Any:
        """Return target and actual by indicator."""
        return ResultSerializer(sorted(award.results.all(), key=lambda r: r.key), many=True).data

    @extend_schema_field(AwardFileSerializer(many=True))
    def get_files(self, award: Award) -> Any:
        """Return the report's files; to staff once the report was sent."""
        links = [x for x in award.files.all() if x.purpose != "status"]
        links.sort(key=lambda link: (link.order, link.pk))
        shown = links if self._is_shown(award) else []
        return AwardFileSerializer(shown, many=True, context=self.context).data

    @extend_schema_field(FixingSerializer(allow_null=True))
    def get_fixing(self, award: Award) -> Any:
        """Return how the amount comes about; to the body once it is fixed."""
        user = self.context["request"].user
        is_shown = award.fixed_amount is not None or user.access.is_headquarters
        return award.fixing if is_shown and award.fixing else None

    @extend_schema_field(SettlementSerializer)
    def get_settlement(self, award: Award) -> Any:
        """Return how the money stands."""
        return SettlementSerializer(commitments.settlement_of(award)).data

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse names that are no field."""
        known = set(self.fields) | set(BehalfForm.base_fields)
        if unknown := sorted(set(self.initial_data) - known):
            raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})
        return attrs


class AwardFilter(CaseFilter):
    """Filters of the list."""

    organization = filters.UUIDFilter("organization__public_id")
    organization_code = filters.CharFilter("organization__code")
    edition = filters.UUIDFilter("edition__public_id")
    fiscal_year = filters.NumberFilter("edition__fiscal_year")

    class Meta:
        model = Award
        fields = ["status", "updated_since"]


class AwardViewSet(CaseViewSet):
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

    @extend_schema(exclude=True)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Refuse: an award is made by the announced decision."""
        raise MethodNotAllowed(request.method or "POST")

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
            return reporting.replies_writer({row["id"]: row["answer"] for row in rows})

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
    fields = {"file": _FileById(queryset=own | present)}
    return type("AwardFileInput", (AwardFileSerializer,), fields)
