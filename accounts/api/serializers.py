"""What the API tells of bodies, offices and the caller."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Office, Organization, Post, Section
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
