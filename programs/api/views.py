"""The plan, editions and calls: public data for every API key."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.filters import StrictFilterSet
from core.api.views import CaseFilter, CaseViewSet, ScopedViewSet
from programs import carriers
from programs.api.serializers import (
    CallDetailSerializer,
    CallSerializer,
    EditionSerializer,
    PlanLineSerializer,
)
from programs.models import Call, Edition, PlanLine


class PlanLineFilter(StrictFilterSet):
    """By year, kind, code and area."""

    area = filters.CharFilter(field_name="initiative__area__code")

    class Meta:
        model = PlanLine
        fields = ["fiscal_year", "kind", "code", "change", "mode", "area"]


class PlanLineViewSet(ScopedViewSet):
    """The lines of the plans, each with the records that carry it out."""

    queryset = (
        PlanLine.objects.filter(valid_to=None)
        .select_related("initiative__area", "program", "edition")
        .prefetch_related("offices")
    )
    serializer_class = PlanLineSerializer
    filterset_class = PlanLineFilter
    ordering = ("order", "pk")

    def paginate_queryset(self, queryset: Any) -> Any:
        """Count for the whole page at once."""
        page = super().paginate_queryset(queryset)
        self.carried = carriers.carried(page or [])
        return page

    def get_object(self) -> PlanLine:
        """Count for the one line."""
        line = super().get_object()
        self.carried = carriers.carried([line])
        return line

    def get_serializer_context(self) -> dict[str, Any]:
        """Hand the counts to the serializer."""
        return {**super().get_serializer_context(), "carried": getattr(self, "carried", {})}


class EditionFilter(StrictFilterSet):
    """By year and programme."""

    program = filters.CharFilter(field_name="program__code")

    class Meta:
        model = Edition
        fields = ["fiscal_year", "program", "is_example"]


class EditionViewSet(ScopedViewSet):
    """Editions with the rules in force; what is not confirmed is marked."""

    queryset = Edition.objects.select_related("program__area", "section", "rules")
    serializer_class = EditionSerializer
    filterset_class = EditionFilter


class CallFilter(CaseFilter):
    """By year and programme, besides status and updated_since."""

    fiscal_year = filters.NumberFilter(field_name="edition__fiscal_year")
    program = filters.CharFilter(field_name="edition__program__code")


class CallViewSet(CaseViewSet):
    """Calls; the one call carries the questions of its form."""

    queryset = Call.objects.select_related("edition__program", "edition__rules", "form")
    serializer_class = CallSerializer
    filterset_class = CallFilter

    def get_serializer_class(self) -> type[CallSerializer]:
        """Add the questions where one call is read."""
        return CallDetailSerializer if self.action == "retrieve" else CallSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one call, always fresh: `is_open` changes with the clock, not the version."""
        return self.answer(self.get_object())
