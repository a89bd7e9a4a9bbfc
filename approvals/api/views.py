"""Approvals over the API: draft, circulate, sign."""

from typing import Any

from django.db import models
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import actions
from approvals.api.serializers import (
    ApprovalChanges,
    ApprovalInput,
    ApprovalSerializer,
    RouteRuleSerializer,
)
from approvals.models import Approval, RouteRule, RouteRuleStep, post_ids
from core.api.etag import required_version
from core.api.filters import StrictFilterSet
from core.api.idempotency import idempotent
from core.api.views import CaseFilter, CaseViewSet, ScopedViewSet
from core.fiscal import today


class ApprovalFilter(CaseFilter):
    """`status`, `act`, `case` (a case's id), `waiting=true` (for one of my posts)."""

    act = filters.CharFilter()
    case = filters.UUIDFilter(field_name="items__case_public_id")
    waiting = filters.BooleanFilter(method="by_turn")

    class Meta:
        model = Approval
        fields: list[str] = []

    def by_turn(self, queryset: Any, name: str, value: Any) -> models.QuerySet:
        """Filter by whether the approval waits for one of the caller's posts."""
        mine = Approval.objects.waiting_for(post_ids(self.request.user)).values("pk")
        return queryset.filter(pk__in=mine) if value else queryset.exclude(pk__in=mine)


class ApprovalViewSet(CaseViewSet):
    """Approvals: headquarters alone; bodies get 403 on the list and 404 on each."""

    queryset = Approval.objects.with_route()
    serializer_class = ApprovalSerializer
    filterset_class = ApprovalFilter

    @extend_schema(request=ApprovalInput, responses={201: ApprovalSerializer})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Draft an approval of one act on cases of one kind."""
        serializer = ApprovalInput(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        approval = actions.draft_approval(
            subject=data["subject"],
            act=data["act"],
            cases=data["items"],
            steps=data.get("steps"),
            reason=data.get("reason", ""),
            by=request.user,
            now=timezone.now(),
        )
        return self.answer(approval, status.HTTP_201_CREATED)

    @extend_schema(request=ApprovalChanges, responses=ApprovalSerializer)
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a draft, or what was returned or recalled; needs If-Match."""
        approval = self.get_object()
        self._require_change(approval)
        actions.require_drafter(approval, request.user)
        version = required_version(request, approval)
        serializer = ApprovalChanges(
            approval,
            data=request.data,
            partial=kwargs.get("partial", False),
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        approval = actions.revise(
            approval,
            by=request.user,
            now=timezone.now(),
            version=version,
            changes={name: data[name] for name in ("subject", "reason") if name in data},
            cases=data.get("items"),
            steps=data.get("steps"),
        )
        return self.answer(approval)

    @extend_schema(request=ApprovalChanges, responses=ApprovalSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change some of it; needs If-Match."""
        return super().partial_update(request, *args, **kwargs)


class RouteRuleFilter(StrictFilterSet):
    """`act`, `current=true` (in force today)."""

    current = filters.BooleanFilter(method="by_day")

    class Meta:
        model = RouteRule
        fields = ["act", "decider"]

    def by_day(self, queryset: Any, name: str, value: Any) -> models.QuerySet:
        """Filter by whether the rule is in force today."""
        standing = RouteRule.objects.current(today(timezone.now())).values("pk")
        return queryset.filter(pk__in=standing) if value else queryset.exclude(pk__in=standing)


class RouteRuleViewSet(ScopedViewSet):
    """The rules of the route by amount, to read; they are kept in the admin."""

    queryset = RouteRule.objects.prefetch_related(
        models.Prefetch("steps", RouteRuleStep.in_order())
    )
    serializer_class = RouteRuleSerializer
    filterset_class = RouteRuleFilter
    ordering = ("act", "case_label", "at_least", "pk")
