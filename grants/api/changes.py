"""/api/v1/grants/change-requests/: a body asks for a change of its award, or tells of one."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.idempotency import idempotent
from core.api.serializers import CaseSerializer, PublicIdField
from core.forms import BehalfForm, behalf_from
from grants.actions import changes
from grants.api.award_serializers import ActualLineSerializer, StagesSerializer
from grants.api.inputs import DateInput, LongTextInput, TextInput, YenInput
from grants.api.lists import BEHALF, BodyFilter, CaseFileSerializer, WithFiles, files_in_order
from grants.change_forms import FIELDS, ChangeForm
from grants.forms import line_choices
from grants.models import Award, ChangeFile, ChangeLine, ChangeRequest
from grants.stages import stages_told


class ChangeFindingSerializer(serializers.Serializer):
    """One reason why approval is needed or notice is enough, with its clause."""

    code = serializers.CharField()
    text = serializers.CharField()
    needs_approval = serializers.BooleanField()
    clause = serializers.CharField()
    is_confirmed = serializers.BooleanField()


class ChangeFactsSerializer(CaseSerializer):
    """What list and detail tell alike."""

    organization = serializers.UUIDField(source="organization.public_id", read_only=True)
    organization_code = serializers.CharField(source="organization.code", read_only=True)
    award = serializers.UUIDField(source="award.public_id", read_only=True)

    class Meta:
        model = ChangeRequest
        fields = [
            "id",
            "status",
            "status_label",
            "version",
            "award",
            "organization",
            "organization_code",
            "kind",
            "needs_approval",
            "new_amount",
            "receipt_number",
            "arrived_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class ChangeListSerializer(ChangeFactsSerializer):
    """A change in a list: flat, no query per row."""

    method_columns = ("status",)


class ChangeLineSerializer(ActualLineSerializer):
    """A line as it is to be after the change (yen); `key` names the line that it was."""

    class Meta:
        model = ChangeLine
        fields = ["key", "kind", "category", "description", "basis", "amount", "foreign_amount"]


class ChangeSerializer(ChangeFactsSerializer):
    """One change with its lines and what the rules say of it."""

    award = PublicIdField(queryset=Award.objects.all())
    reason = LongTextInput(max_length=2000)
    content = LongTextInput(max_length=4000)
    new_amount = YenInput(required=False, allow_null=True)
    new_starts_on = DateInput(required=False, allow_null=True)
    new_ends_on = DateInput(required=False, allow_null=True)
    document_number = TextInput(max_length=60, required=False, allow_blank=True)
    document_date = DateInput(required=False, allow_null=True)
    lines = serializers.SerializerMethodField()
    files = CaseFileSerializer(many=True, read_only=True)
    findings = serializers.SerializerMethodField()

    class Meta(ChangeFactsSerializer.Meta):
        fields = [
            *ChangeFactsSerializer.Meta.fields,
            "reason",
            "content",
            "new_starts_on",
            "new_ends_on",
            "document_number",
            "document_date",
            "lines",
            "files",
            "findings",
            "return_comment",
            "return_due",
            "answer",
            "decided_at",
        ]
        read_only_fields = [name for name in fields if name not in {*FIELDS, "award"}]

    @extend_schema_field(ChangeLineSerializer(many=True))
    def get_lines(self, change: ChangeRequest) -> Any:
        """Return the lines as they are to be."""
        return ChangeLineSerializer(changes.sorted_lines(change), many=True).data

    @extend_schema_field(ChangeFindingSerializer(many=True))
    def get_findings(self, change: ChangeRequest) -> Any:
        """Return what the rules say: as sent, or of the draft as it stands."""
        if change.status in ("draft", "returned"):
            return [finding.to_dict() for finding in changes.findings_of(change)]
        return change.findings

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check as the screens do; the award is named once."""
        known = set(self.fields) | set(BehalfForm.base_fields)
        if unknown := sorted(set(self.initial_data) - known):
            raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})
        if self.instance is not None:
            award = attrs.pop("award", self.instance.award)
            if award != self.instance.award:
                raise serializers.ValidationError(
                    {"award": [_("This cannot be changed any more.")]}
                )
        values = {name: getattr(self.instance, name, None) for name in FIELDS} | attrs
        form = ChangeForm(values, user=self.context["request"].user)
        if not form.is_valid():
            errors = {name: texts for name, texts in form.errors.items() if name in {*FIELDS}}
            raise serializers.ValidationError(errors)
        return attrs


class ChangeFilter(BodyFilter):
    """Filters of the list."""

    award = filters.UUIDFilter("award__public_id")
    kind = filters.ChoiceFilter(choices=ChangeRequest.Kind.choices)

    class Meta:
        model = ChangeRequest
        fields = ["status", "updated_since"]


class ChangeRequestViewSet(WithFiles):
    """Changes of awards: asked for, told of, answered."""

    queryset = ChangeRequest.objects.all()
    serializer_class = ChangeSerializer
    list_serializer_class = ChangeListSerializer
    filterset_class = ChangeFilter
    detail_related = (
        "organization",
        "section",
        "edition",
        "award__application__rule_set",
        "award__application__edition__rules",
        "award__application__organization",
    )
    detail_lists = ("lines", "award__application__budget_lines", files_in_order(ChangeFile))

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Begin a change of an award; its lines begin as last approved."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        award = values.pop("award")
        case = changes.begin_change(
            award,
            by=request.user,
            now=timezone.now(),
            changes=values,
            behalf=behalf_from(request.data, award),
        )
        return self.answer(case, status.HTTP_201_CREATED)

    @extend_schema(
        request=ChangeLineSerializer(many=True), responses=ChangeSerializer, parameters=BEHALF
    )
    @action(detail=True, methods=["put"])
    def lines(self, request: Request, id: str) -> Response:
        """Replace the whole list of lines as they are to be after the change."""

        def make(case: Any) -> Any:
            choices = line_choices(case.award.application)
            return changes.lines_writer(self.sent_rows(ChangeLineSerializer, **choices))

        return self.write_list(request, make)

    @extend_schema(responses=StagesSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def compared(self, request: Request, id: str) -> Response:
        """Compare the lines before and after the change."""
        found = changes.compared(self.get_object())
        return Response(StagesSerializer(stages_told(found)).data)
