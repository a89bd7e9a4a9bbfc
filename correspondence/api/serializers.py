"""The thread as partner systems and staff tools read and write it."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import CaseSerializer, ScopedSerializer, StoredFileSerializer
from correspondence.models import Message, Thread


class MessageSerializer(ScopedSerializer):
    """What one side wrote; `side` is staff or body, notes and calls are told to headquarters."""

    files = serializers.SerializerMethodField()
    author_name = serializers.CharField(source="author.name", read_only=True)

    class Meta:
        model = Message
        fields = [
            "id",
            "kind",
            "side",
            "author_label",
            "author_name",
            "text",
            "called_on",
            "called_with",
            "sent_at",
            "files",
        ]
        read_only_fields = fields

    @extend_schema_field(StoredFileSerializer(many=True))
    def get_files(self, message: Message) -> Any:
        """Return the files sent with it."""
        sent = [link.file for link in message.files.all()]
        return StoredFileSerializer(sent, many=True, context=self.context).data


class ThreadLineSerializer(CaseSerializer):
    """A thread in the list: which case, what about, how it stands."""

    case_label = serializers.SerializerMethodField()
    case = serializers.UUIDField(source="case_public_id", read_only=True)
    is_new = serializers.SerializerMethodField(
        help_text="A message by another that the caller has not seen; in the list alone."
    )

    class Meta:
        model = Thread
        fields = [
            "id",
            "case_label",
            "case",
            "case_number",
            "case_title",
            "organization",
            "subject",
            "status",
            "status_label",
            "asked_by",
            "waiting_for",
            "is_internal",
            "is_new",
            "version",
            "last_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_is_new(self, thread: Any) -> bool:
        """Say whether something is new to the caller."""
        return bool(thread.is_new)

    def get_case_label(self, thread: Thread) -> str:
        """Return the kind of the case, as it is written on input."""
        return thread.case_label.lower()


class ThreadSerializer(ThreadLineSerializer):
    """A thread with the messages that the caller may read, the oldest first."""

    messages = serializers.SerializerMethodField()
    is_new = None  # type: ignore[assignment]

    class Meta(ThreadLineSerializer.Meta):
        fields = [*(f for f in ThreadLineSerializer.Meta.fields if f != "is_new"), "messages"]
        read_only_fields = fields

    @extend_schema_field(MessageSerializer(many=True))
    def get_messages(self, thread: Thread) -> Any:
        """Return what the caller may read."""
        shown = Message.objects.shown(thread, self.context["request"].user)
        rows = shown.select_related("author")
        return MessageSerializer(rows, many=True, context=self.context).data


class MessageInput(serializers.Serializer):
    """A message, or (headquarters) a note or telephone record; files by id of one's own uploads."""

    kind = serializers.ChoiceField(choices=Message.Kind.choices, default="message")
    text = serializers.CharField(max_length=4000)
    files = serializers.ListField(child=serializers.UUIDField(), required=False)
    called_on = serializers.DateField(required=False, allow_null=True)
    called_with = serializers.CharField(max_length=100, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Refuse unknown names instead of ignoring them."""
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError(
                {name: [_("Unknown field.")] for name in sorted(unknown)}
            )
        return super().to_internal_value(data)


class ThreadInput(MessageInput):
    """A new thread in a case, with its first message."""

    case_label = serializers.CharField(
        max_length=100, help_text="The kind of the case, for example grants.application."
    )
    case = serializers.UUIDField()
    subject = serializers.CharField(max_length=100)


class TextInput(serializers.Serializer):
    """The question with which a thread is taken up again."""

    text = serializers.CharField(max_length=4000)
    files = serializers.ListField(child=serializers.UUIDField(), required=False)
