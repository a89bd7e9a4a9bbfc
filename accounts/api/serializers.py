"""What the API tells of bodies, offices and the caller."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import ApiKey, ApiRequest, ApiUsage, Office, Organization, Post, Section
from core.api.serializers import ScopedSerializer


class OrganizationSerializer(ScopedSerializer):
    """A body of the directory; `code` is no key: a board of education has its city's."""

    prefecture = serializers.CharField(read_only=True)

    class Meta:
        model = Organization
        fields = [
            "id",
            "code",
            "kind",
            "name",
            "kana",
            "name_en",
            "prefecture_code",
            "prefecture",
            "valid_from",
            "valid_to",
            "is_example",
        ]
        read_only_fields = fields


class OfficeSerializer(ScopedSerializer):
    """Headquarters or an overseas office."""

    class Meta:
        model = Office
        fields = ["id", "code", "name", "name_en", "time_zone"]
        read_only_fields = fields


class BodySerializer(ScopedSerializer):
    """A body for which the caller acts."""

    class Meta:
        model = Organization
        fields = ["id", "code", "kind", "name"]
        read_only_fields = fields


class PostSerializer(ScopedSerializer):
    """A post that the caller holds today."""

    section = serializers.CharField(source="section.name")
    unit = serializers.CharField(source="section.unit.name")

    class Meta:
        model = Post
        fields = ["id", "name", "role", "section", "unit"]
        read_only_fields = fields


class ActingSectionSerializer(ScopedSerializer):
    """A section in whose cases the caller may act, with the roles there."""

    organization = BodySerializer()
    roles = serializers.SerializerMethodField()

    class Meta:
        model = Section
        fields = ["id", "name", "organization", "roles"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_roles(self, section: Section) -> list[str]:
        """Return the caller's roles in the section."""
        return sorted(self.context["request"].user.access.section_roles[section.pk])


class MeSerializer(serializers.Serializer):
    """Who the caller is and for whom they act."""

    id = serializers.UUIDField(source="public_id")
    email = serializers.EmailField()
    name = serializers.CharField()
    language = serializers.CharField()
    is_staff = serializers.BooleanField()
    roles = serializers.SerializerMethodField()
    posts = PostSerializer(source="access.posts", many=True)
    bodies = serializers.SerializerMethodField()
    sections = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_roles(self, user: Any) -> list[str]:
        """Return the roles of the caller's posts, and those that the caller's bodies hold."""
        return sorted({post.role for post in user.access.posts} | user.access.held_kinds)

    @extend_schema_field(BodySerializer(many=True))
    def get_bodies(self, user: Any) -> Any:
        """Return the bodies of which the caller is a member."""
        bodies = {post.section.organization for post in user.access.posts} - {None}
        return BodySerializer(sorted(bodies, key=lambda body: body.pk), many=True).data

    @extend_schema_field(ActingSectionSerializer(many=True))
    def get_sections(self, user: Any) -> Any:
        """Return the sections in whose cases the caller may act, granted ones too."""
        found = Section.objects.filter(pk__in=sorted(user.access.section_roles))
        rows = found.select_related("organization").order_by("pk")
        return ActingSectionSerializer(rows, many=True, context=self.context).data


class ApiKeySerializer(ScopedSerializer):
    """A key without its secret; `is_usable` at the time of the answer."""

    scopes = serializers.ListField(
        source="key_scopes", child=serializers.CharField(), read_only=True
    )
    replaces = serializers.UUIDField(
        source="replaces.public_id", read_only=True, allow_null=True, default=None
    )
    is_usable = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "scopes",
            "is_usable",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "replaces",
        ]
        read_only_fields = fields

    def get_is_usable(self, key: ApiKey) -> bool:
        """Say whether the key opens anything now."""
        return key.is_usable(timezone.now())


class NewApiKeySerializer(ApiKeySerializer):
    """A key just made, with the secret that is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "secret"]


class RotationSerializer(serializers.Serializer):
    """For how many days the old key works beside the new one."""

    overlap_days = serializers.IntegerField(min_value=0, max_value=30, default=7)


class ApiUsageSerializer(serializers.ModelSerializer):
    """The counters of one day (JST)."""

    class Meta:
        model = ApiUsage
        fields = ["day", "requests", "refused", "limited"]
        read_only_fields = fields


class ApiRequestSerializer(serializers.ModelSerializer):
    """One request: address and answer, never query, body or network address."""

    class Meta:
        model = ApiRequest
        fields = ["at", "method", "path", "status", "milliseconds", "request_id"]
        read_only_fields = fields
