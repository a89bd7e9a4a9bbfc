"""The directory and the caller over the API."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions
from accounts.api.serializers import (
    ApiKeySerializer,
    ApiRequestSerializer,
    ApiUsageSerializer,
    MeSerializer,
    NewApiKeySerializer,
    OfficeSerializer,
    OrganizationSerializer,
    RotationSerializer,
)
from accounts.models import ApiKey, Office, Organization
from accounts.prefectures import PREFECTURES
from core.api.etag import tagged
from core.api.filters import StrictFilterSet
from core.api.views import ScopedViewSet


class OrganizationFilter(StrictFilterSet):
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
        return tagged(request, MeSerializer(request.user, context={"request": request}).data)


class ApiKeyViewSet(ScopedViewSet):
    """The caller's keys, without their secrets; administrators and auditors see all."""

    queryset = ApiKey.objects.select_related("user", "replaces")
    serializer_class = ApiKeySerializer
    is_idempotent = False  # an answer with a secret is never kept

    @extend_schema(responses=ApiUsageSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def usage(self, request: Request, id: str) -> Response:
        """List the counters of the last 90 days, newest first."""
        days = self.get_object().usage.order_by("-day")[: actions.KEPT_DAYS]
        return Response(ApiUsageSerializer(days, many=True).data)

    @extend_schema(responses=ApiRequestSerializer(many=True), filters=False)
    @action(detail=True, url_path="requests")
    def request_list(self, request: Request, id: str) -> Response:
        """List the key's last requests, newest first; 200 are kept, at most 90 days."""
        page = self.paginate_queryset(self.get_object().requests.all())
        return self.get_paginated_response(ApiRequestSerializer(page, many=True).data)

    @extend_schema(request=RotationSerializer, responses={201: NewApiKeySerializer})
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, id: str) -> Response:
        """Make a successor of the key that asks; the old one works on for `overlap_days`.

        A key rotates itself alone. The secret is in this answer and nowhere else.
        """
        serializer = RotationSerializer(data=request.data)
        key = self._itself(request)
        serializer.is_valid(raise_exception=True)
        successor, secret = actions.rotate_api_key(
            by=request.user,
            now=timezone.now(),
            key=key,
            overlap=timedelta(days=serializer.validated_data["overlap_days"]),
        )
        successor.secret = secret
        return Response(NewApiKeySerializer(successor).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ApiKeySerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, id: str) -> Response:
        """Make the key that asks open nothing from now on."""
        key = self._itself(request)
        actions.revoke_api_key(by=request.user, now=timezone.now(), key=key)
        return Response(self.get_serializer(self.get_queryset().get(pk=key.pk)).data)

    def _itself(self, request: Request) -> Any:
        """Return the key named, where it is the one that asks; 403 for any other."""
        key = self.get_object()
        if request.auth != key:
            self.permission_denied(request)
        return key
