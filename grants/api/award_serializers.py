"""Awards as JSON: the report's lists, the way to the fixed amount, the money."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Organization
from core import deadlines
from core.api.deadlines import ScheduleSerializer
from core.api.serializers import (
    CaseSerializer,
    PublicIdField,
    ScopedSerializer,
    StoredFileSerializer,
)
from core.forms import BehalfForm
from core.models import StoredFile
from finance.actions import commitments
from grants.api.inputs import DateInput, LongTextInput, TextInput, YenInput
from grants.api.serializers import BudgetLineSerializer
from grants.award_desk import shows_report
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


class AwardFileSerializer(serializers.ModelSerializer):
    """A file of the report: a receipt names its line by key, of what was handed on the body."""

    file = PublicIdField(queryset=StoredFile.objects.all())
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
    deadlines = serializers.SerializerMethodField()

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
            "deadlines",
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

    @extend_schema_field(ScheduleSerializer(many=True))
    def get_deadlines(self, award: Award) -> Any:
        """Return what is due of it and not done, with its reminders."""
        found = deadlines.schedule_of(award, now=timezone.now())
        return ScheduleSerializer(found, many=True).data

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse names that are no field."""
        known = set(self.fields) | set(BehalfForm.base_fields)
        if unknown := sorted(set(self.initial_data) - known):
            raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})
        return attrs
