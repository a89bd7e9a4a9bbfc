"""A body's people over the API: who holds which post, its end, and invitations."""

from typing import Any

from django.db import models
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions, roles
from accounts.models import Invitation, Membership, Section
from core.api.filters import StrictFilterSet
from core.api.idempotency import idempotent
from core.api.permissions import ModelPermission, WholeWrite
from core.api.serializers import PublicIdField, ScopedSerializer
from core.api.views import ScopedViewSet, place_of


class PostOfSerializer(ScopedSerializer):
    """What both records say of the post."""

    organization = serializers.UUIDField(
        source="post.section.organization.public_id",
        read_only=True,
        allow_null=True,
        default=None,
    )
    section = serializers.CharField(source="post.section.name", read_only=True)
    post = serializers.CharField(source="post.name", read_only=True)
    role = serializers.CharField(source="post.role", read_only=True)


class MembershipSerializer(PostOfSerializer):
    """A person on a post, first and last day included (JST); a deputy is beside the holder."""

    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)

    class Meta:
        model = Membership
        fields = [
            "id",
            "name",
            "email",
            "organization",
            "section",
            "post",
            "role",
            "starts_on",
            "ends_on",
            "is_deputy",
        ]
        read_only_fields = fields


class EndSerializer(serializers.Serializer):
    """The last day on the post."""

    ends_on = serializers.DateField()


class InvitationSerializer(PostOfSerializer):
    """An offer of a post; its link goes out by mail and is shown nowhere."""

    is_open = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields = [
            "id",
            "email",
            "organization",
            "section",
            "post",
            "role",
            "is_open",
            "created_at",
            "expires_at",
            "accepted_at",
            "withdrawn_at",
        ]
        read_only_fields = fields

    def get_is_open(self, invitation: Invitation) -> bool:
        """Say whether the link works now."""
        return invitation.is_open(timezone.now())


class NewInvitationSerializer(serializers.Serializer):
    """Whom to invite, to which section, with which role."""

    email = serializers.EmailField()
    section = PublicIdField(queryset=Section.objects.filter(organization__isnull=False))
    role = serializers.ChoiceField(choices=[(name, name) for name in roles.BODY_ROLES])


class MembershipFilter(StrictFilterSet):
    """By role, and those that hold on a day (JST)."""

    role = filters.CharFilter(field_name="post__role")
    on = filters.DateFilter(method="by_day", label="those that hold on the day")

    class Meta:
        model = Membership
        fields = ["role", "on"]

    def by_day(self, queryset: models.QuerySet, name: str, value: Any) -> models.QuerySet:
        """Include the first and the last day."""
        return queryset.current(value)


def _administered(rows: models.QuerySet, user: Any) -> models.QuerySet:
    """Narrow to the bodies whose people the user manages; headquarters read all."""
    if user.access.is_headquarters:
        return rows
    bodies = sorted(user.access.administered_ids)
    return rows.filter(post__section__organization__in=bodies)


class MembershipViewSet(ScopedViewSet):
    """Who holds which post: one's own, and all of a body that one administers."""

    queryset = Membership.objects.select_related("user", "post__section__organization")
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter
    ordering = ("pk",)
    permission_classes = [ModelPermission, WholeWrite]

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        return _administered(rows, self.request.user) | rows.filter(user=self.request.user.pk)

    @property
    def verb(self) -> str:
        """Return what the act asks for."""
        return "change" if self.action == "end" else "view"

    @extend_schema(request=EndSerializer, responses=MembershipSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def end(self, request: Request, id: str) -> Response:
        """Set the last day; refused where nobody would be left to submit or administer."""
        membership = self.get_object()
        serializer = EndSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        actions.end_membership(
            by=request.user, now=timezone.now(), membership=membership, **serializer.validated_data
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=membership.pk)).data)


class InvitationViewSet(mixins.CreateModelMixin, ScopedViewSet):
    """Invitations of the bodies that one administers."""

    queryset = Invitation.objects.select_related("post__section__organization")
    serializer_class = InvitationSerializer
    ordering = ("pk",)
    permission_classes = [ModelPermission, WholeWrite]

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        return _administered(rows, self.request.user)

    @property
    def verb(self) -> str:
        """Return what the act asks for."""
        return "change" if self.action in {"resend", "withdraw"} else "view"

    @extend_schema(request=NewInvitationSerializer, responses={201: InvitationSerializer})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invite somebody by mail; the link works for seven days and once."""
        serializer = NewInvitationSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        given, now = serializer.validated_data, timezone.now()
        post = actions.ensure_post(
            by=request.user, now=now, section=given["section"], role=given["role"]
        )
        made = actions.invite(by=request.user, now=now, email=given["email"], post=post)
        data, headers = self.get_serializer(made).data, {"Location": place_of(request, made)}
        return Response(data, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def resend(self, request: Request, id: str) -> Response:
        """Mail a new link for seven days; the old link stops working."""
        found = self.get_object()
        made = actions.resend_invitation(by=request.user, now=timezone.now(), invitation=found)
        return Response(self.get_serializer(made).data)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, id: str) -> Response:
        """Make the link open nothing."""
        found = self.get_object()
        made = actions.withdraw_invitation(by=request.user, now=timezone.now(), invitation=found)
        return Response(self.get_serializer(made).data)
