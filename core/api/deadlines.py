"""Deadlines of a case over the API: what is due, and who is reminded when."""

from rest_framework import serializers


class PlannedSerializer(serializers.Serializer):
    """One reminder: its day, days after the deadline (before: negative), and when it was told."""

    day = serializers.DateField()
    offset = serializers.IntegerField(
        help_text="Days after the deadline; negative: days before it."
    )
    to = serializers.ListField(child=serializers.CharField(), help_text="Posts and sections.")
    sent_at = serializers.DateTimeField(allow_null=True)


class ScheduleSerializer(serializers.Serializer):
    """What is due of a case and not done, with its reminders (core.deadlines.schedule_of)."""

    kind = serializers.CharField(source="deadline.kind")
    label = serializers.CharField(source="deadline.label")
    due = serializers.DateField(source="deadline.due")
    days_left = serializers.IntegerField(help_text="Calendar days; negative once it is late.")
    is_over = serializers.BooleanField()
    reminders = PlannedSerializer(many=True)
