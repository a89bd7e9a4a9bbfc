"""The directory and the caller over the API."""

from django.db import models
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import MeSerializer, OfficeSerializer, OrganizationSerializer
from accounts.models import Office, Organization
from accounts.prefectures import PREFECTURES
from core.api.views import ScopedViewSet


class OrganizationFilter(filters.FilterSet):
    """By code, kind and prefecture, and by words in name, reading or code."""

    code = filters.CharFilter()
    kind = filters.ChoiceFilter(choices=Organization.Kind.choices)
    prefecture_code = filters.ChoiceFilter(
        choices=[(code, names[0]) for code, names in PREFECTURES.items()]
    )
    q = filters.CharFilter(method="by_words", label="words in name, reading or code")

    class Meta:
        model = Organization
        fields = ["code", "kind", "prefecture_code", "q"]

    def by_words(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Match full and half width, hiragana and katakana alike."""
        return queryset.containing(value)


class OrganizationViewSet(ScopedViewSet):
    """The bodies of the directory, in the order of their codes as loaded."""

    queryset = Organization.objects.all()
    serializer_class = OrganizationSerializer
    filterset_class = OrganizationFilter
    ordering = ("pk",)


class OfficeViewSet(ScopedViewSet):
    """Headquarters and the seven overseas offices."""

    queryset = Office.objects.all()
    serializer_class = OfficeSerializer
    ordering = ("pk",)


class MeView(APIView):
    """Who the caller is, with posts, roles, bodies and sections."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Return the caller."""
        return Response(MeSerializer(request.user, context={"request": request}).data)
