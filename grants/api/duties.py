"""/api/v1/grants/assets/, disposal-requests/ and tax-credit-reports/."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.idempotency import idempotent
from core.api.serializers import CaseSerializer, PublicIdField, ScopedSerializer
from core.api.views import ScopedViewSet, place_of
from core.forms import BehalfForm, behalf_from
from grants.actions import duties
from grants.api.inputs import DateInput, LongTextInput, TextInput, YenInput
from grants.api.lists import BodyFilter, CaseFileSerializer, WithFiles, files_in_order
from grants.duty_forms import ASSET_FIELDS, DISPOSAL_FIELDS, TAX_FIELDS
from grants.models import (
    Asset,
    Award,
    DisposalFile,
    DisposalRequest,
    TaxCreditReport,
    TaxReportFile,
)


class AssetSerializer(ScopedSerializer):
    """An asset of an award's register (yen)."""

    award = PublicIdField(queryset=Award.objects.all())
    name = TextInput(max_length=200)
    unit_price = YenInput(min_value=1)
    acquired_on = DateInput()
    place = TextInput(max_length=200, required=False, allow_blank=True)

    class Meta:
        model = Asset
        fields = ["id", "award", *ASSET_FIELDS, "restricted_until", "disposed_on"]
        read_only_fields = ["restricted_until", "disposed_on"]


class AssetViewSet(mixins.CreateModelMixin, ScopedViewSet):
    """The registers of assets; an asset is added, never taken out."""

    queryset = Asset.objects.all()
    serializer_class = AssetSerializer
    http_method_names = ["get", "post", "head", "options"]
    verb = "view"

    def get_queryset(self) -> Any:
        """Read with an asset its award."""
        return super().get_queryset().select_related("award")

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Register an asset; 400 below the edition's unit price."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = {"quantity": 1} | dict(serializer.validated_data)
        award = values.pop("award")
        made = duties.register_asset(
            award,
            by=request.user,
            now=timezone.now(),
            values=values,
            behalf=behalf_from(request.data, award),
        )
        headers = {"Location": place_of(request, made)}
        data = self.get_serializer(made).data
        return Response(data, status=status.HTTP_201_CREATED, headers=headers)


class DutySerializer(CaseSerializer):
    """What disposals and tax reports tell alike."""

    award = serializers.UUIDField(source="award.public_id", read_only=True)
    organization_code = serializers.CharField(source="organization.code", read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse names that are no field."""
        known = set(self.fields) | set(BehalfForm.base_fields)
        if unknown := sorted(set(self.initial_data) - known):
            raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})
        return attrs


_FACTS = ["id", "status", "status_label", "version", "award", "organization_code"]
_ANSWER = ["receipt_number", "arrived_at", "to_return", "decided_at", "created_at", "updated_at"]


class DisposalSerializer(DutySerializer):
    """A body asks to dispose of an asset."""

    asset = PublicIdField(queryset=Asset.objects.all())
    files = CaseFileSerializer(many=True, read_only=True)
    reason = LongTextInput(max_length=2000)
    planned_on = DateInput()
    proceeds = YenInput(required=False)
    method_columns = ("status",)

    class Meta:
        model = DisposalRequest
        fields = [*_FACTS, "asset", *DISPOSAL_FIELDS, "answer", *_ANSWER, "files"]
        read_only_fields = ["version", "answer", *_ANSWER, "files"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The asset is named once."""
        if self.instance is not None and attrs.pop("asset", self.instance.asset) != (
            self.instance.asset
        ):
            raise serializers.ValidationError({"asset": [_("This cannot be changed any more.")]})
        return super().validate(attrs)


class DisposalListSerializer(DisposalSerializer):
    """A disposal in a list: flat, no query per row."""

    files = None

    class Meta(DisposalSerializer.Meta):
        fields = [name for name in DisposalSerializer.Meta.fields if name != "files"]


class TaxReportSerializer(DutySerializer):
    """What input tax a body may credit."""

    files = CaseFileSerializer(many=True, read_only=True)
    input_tax = YenInput(required=False)
    method_columns = ("status",)

    class Meta:
        model = TaxCreditReport
        fields = [*_FACTS, "due_on", *TAX_FIELDS, *_ANSWER, "files"]
        read_only_fields = ["version", "due_on", *_ANSWER, "files"]


class TaxReportListSerializer(TaxReportSerializer):
    """A tax credit report in a list: flat, no query per row."""

    files = None

    class Meta(TaxReportSerializer.Meta):
        fields = [name for name in TaxReportSerializer.Meta.fields if name != "files"]


class DisposalFilter(BodyFilter):
    """Filters of the list."""

    class Meta:
        model = DisposalRequest
        fields = ["status", "updated_since"]


class TaxReportFilter(BodyFilter):
    """Filters of the list."""

    class Meta:
        model = TaxCreditReport
        fields = ["status", "updated_since"]


class DisposalRequestViewSet(WithFiles):
    """Disposals of assets."""

    queryset = DisposalRequest.objects.select_related(
        "organization", "edition", "asset", "award__application__rule_set"
    )
    serializer_class = DisposalSerializer
    list_serializer_class = DisposalListSerializer
    detail_lists = (files_in_order(DisposalFile),)
    filterset_class = DisposalFilter

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask to dispose of an asset."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        asset = values.pop("asset")
        case = duties.begin_disposal(
            asset,
            by=request.user,
            now=timezone.now(),
            changes=values,
            behalf=behalf_from(request.data, asset.award),
        )
        return self.answer(case, status.HTTP_201_CREATED)


class TaxCreditReportViewSet(WithFiles):
    """Tax credit reports; they are asked for when the amount is fixed."""

    queryset = TaxCreditReport.objects.select_related(
        "organization", "edition", "award__application__rule_set"
    )
    serializer_class = TaxReportSerializer
    list_serializer_class = TaxReportListSerializer
    detail_lists = (files_in_order(TaxReportFile),)
    filterset_class = TaxReportFilter
