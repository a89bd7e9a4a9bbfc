"""Base serializers: ids are UUIDs, related rows are those the caller may see."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.relations import SlugRelatedField

from core import jobs, letter_batch, receipts, shown, workflow
from core.models import Case, Job, Letter, Receipt, StoredFile


class PublicIdField(SlugRelatedField):
    """A related row by its UUID, limited to what the caller may see."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("slug_field", "public_id")
        super().__init__(**kwargs)

    def get_queryset(self) -> models.QuerySet:
        queryset = super().get_queryset()
        if hasattr(queryset, "visible_to"):
            return queryset.visible_to(self.context["request"].user)
        return queryset

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except (ValueError, TypeError):  # not a UUID at all
            self.fail("does_not_exist", slug_name="id", value=str(data))


class ScopedSerializer(serializers.ModelSerializer):
    """`id` is the public UUID; foreign keys are read and written by UUID.

    A class that is listed may name the columns that its `get_…` methods read (core.api.listing).
    """

    serializer_related_field = PublicIdField
    method_columns: tuple[str, ...] = ()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if "id" in fields and hasattr(self.Meta.model, "public_id"):
            fields["id"] = serializers.UUIDField(source="public_id", read_only=True)
        for column in self.Meta.model._meta.concrete_fields:
            shown = fields.get(column.name)
            if isinstance(shown, serializers.ChoiceField) and shown.read_only:
                shown.allow_blank = column.blank  # so that the schema names "" as well
        return fields

    def build_relational_field(self, field_name: str, relation_info: Any) -> tuple[Any, dict]:
        field_class, kwargs = super().build_relational_field(field_name, relation_info)
        if field_class is PublicIdField:
            kwargs.pop("view_name", None)
        return field_class, kwargs


class CaseSerializer(ScopedSerializer):
    """Adds what every case has: the status as the caller may know it, and its version."""

    status = serializers.SerializerMethodField()
    status_label = serializers.SerializerMethodField()

    def get_status(self, case: Case) -> str:
        """Return the status the caller may know."""
        return workflow.shown_status(case, self.context["request"].user)

    def get_status_label(self, case: Case) -> str:
        """Return the label of that status."""
        return workflow.status_label(case, self.context["request"].user)

    def to_representation(self, case: Case) -> dict[str, Any]:
        """Return the case with version and time of change as the caller may know them."""
        data = super().to_representation(case)
        return self.as_known([case.pk], [data])[0]

    def as_known(self, ids: list[int], rows: Iterable[dict[str, Any]]) -> Any:
        """Take hidden steps out of the rows' versions and times, in one query for a page."""
        model = self.Meta.model
        found = shown.known(model, ids, self.context["request"].user)
        if not found:
            return rows
        rows = list(rows)
        for pk, row in zip(ids, rows, strict=True):
            known = found.get(pk)
            row["version"] -= known.hidden_steps if known else 0
            if at := shown.acted_at(model, row["status"], known):
                row["updated_at"] = timezone.localtime(at).isoformat()
        return rows


class AvailableSerializer(serializers.Serializer):
    """An act that the caller may make now."""

    name = serializers.CharField()
    label = serializers.CharField()


class StoredFileSerializer(ScopedSerializer):
    """A file's facts; its content is at `content_url`."""

    content_url = serializers.SerializerMethodField()

    class Meta:
        model = StoredFile
        fields = [
            "id",
            "name",
            "size",
            "content_type",
            "sha256",
            "scan_state",
            "created_at",
            "content_url",
        ]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_content_url(self, stored: StoredFile) -> str:
        """Return where the content is downloaded."""
        return self.context["request"].build_absolute_uri(
            f"/api/v1/core/files/{stored.public_id}/content/"
        )


class LetterSerializer(ScopedSerializer):
    """A numbered letter; its PDF is at `content_url` once issued."""

    number = serializers.CharField(read_only=True)
    content_url = serializers.SerializerMethodField()

    class Meta:
        model = Letter
        fields = [
            "id",
            "number",
            "status",
            "subject",
            "addressee",
            "issued_on",
            "issued_at",
            "code",
            "content_url",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_content_url(self, letter: Letter) -> str | None:
        """Return where the PDF is downloaded, or null while it is being issued."""
        if letter.file_id is None:
            return None
        return self.context["request"].build_absolute_uri(
            f"/api/v1/core/letters/{letter.public_id}/content/"
        )


class LetterPackInput(serializers.Serializer):
    """Which letters go into the ZIP, by id."""

    letters = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=letter_batch.MOST
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Refuse unknown names instead of ignoring them."""
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError(
                {name: [_("Unknown field.")] for name in sorted(unknown)}
            )
        return super().to_internal_value(data)


class JobSerializer(serializers.ModelSerializer):
    """A job: how far it is, and its file once it is done (kept seven days)."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    done = serializers.SerializerMethodField(help_text="Rows written so far.")
    total = serializers.IntegerField(read_only=True, help_text="Rows in all, 0 until counted.")
    percent = serializers.IntegerField(read_only=True)
    is_finished = serializers.BooleanField(read_only=True)
    errors = serializers.ListField(child=serializers.CharField(), read_only=True)
    file = serializers.UUIDField(source="result.public_id", read_only=True, allow_null=True)
    content_url = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "title",
            "state",
            "state_label",
            "done",
            "total",
            "percent",
            "is_finished",
            "errors",
            "file",
            "content_url",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_done(self, job: Job) -> int:
        """Return how many rows are written."""
        return jobs.rows_done(job)

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_content_url(self, job: Job) -> str | None:
        """Return where the file is downloaded, or null while there is none."""
        if job.result is None:
            return None
        return self.context["request"].build_absolute_uri(
            f"/api/v1/core/files/{job.result.public_id}/content/"
        )


class ReceiptFileSerializer(serializers.Serializer):
    """One file on a receipt."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()


class ReceiptSerializer(ScopedSerializer):
    """Proof of a submission."""

    files = ReceiptFileSerializer(many=True)

    class Meta:
        model = Receipt
        fields = [
            "id",
            "number",
            "round",
            "arrived_at",
            "submitted_by",
            "on_behalf_of",
            "behalf_reason",
            "paper_arrived_on",
            "files",
            "content_sha256",
        ]
        read_only_fields = fields


def receipts_of(case: Case, context: dict[str, Any]) -> Any:
    """Return the case's receipts as data."""
    return ReceiptSerializer(receipts.for_case(case), many=True, context=context).data
