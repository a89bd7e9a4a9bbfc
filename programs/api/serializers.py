"""The plan, editions and calls as partner systems read them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import CaseSerializer, PublicIdField, ScopedSerializer
from programs import answers
from programs.carriers import Carried
from programs.kinds import KINDS
from programs.models import Call, Edition, Form, PlanLine, Question, RuleSet
from programs.rules import sentences
from programs.rules.words import amounts


class CarrierSerializer(serializers.Serializer):
    """What carries a line out: a kind of record and its public counts (yen)."""

    model = serializers.CharField()
    records = serializers.IntegerField()
    bodies = serializers.IntegerField()
    amount = serializers.IntegerField(allow_null=True)
    next_date = serializers.DateField(allow_null=True)

    def to_representation(self, instance: Carried) -> dict[str, Any]:
        measure = instance.measure
        return {
            "model": instance.model._meta.label,
            "records": measure.records,
            "bodies": measure.bodies,
            "amount": measure.amount,
            "next_date": measure.next_date.isoformat() if measure.next_date else None,
        }


class PlanLineSerializer(ScopedSerializer):
    """One line of a year's plan."""

    offices = serializers.SerializerMethodField()
    area = serializers.CharField(source="initiative.area.code", read_only=True)
    initiative = serializers.CharField(source="initiative.name", read_only=True)
    program = serializers.CharField(source="program.code", read_only=True)
    edition = serializers.UUIDField(source="edition.public_id", read_only=True)
    carriers = serializers.SerializerMethodField()

    class Meta:
        model = PlanLine
        fields = [
            "id", "fiscal_year", "code", "kind", "number", "order", "change", "mode", "offices",
            "name", "name_en", "area", "initiative", "program", "edition", "note", "partner",
            "place", "parts", "topics", "target", "source", "carriers",
        ]  # fmt: skip
        read_only_fields = fields

    def get_offices(self, line: PlanLine) -> list[str]:
        """Return the codes of the offices that carry the line out."""
        return sorted(office.code for office in line.offices.all())

    @extend_schema_field(CarrierSerializer(many=True))
    def get_carriers(self, line: PlanLine) -> Any:
        """Return what carries the line out; an empty list says that nothing does yet."""
        found = self.context["carried"][line.pk]
        return CarrierSerializer(found, many=True).data


class RuleSentenceSerializer(serializers.Serializer):
    """One rule in words, with the clause it rests on."""

    rule = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    clause = serializers.CharField()
    is_confirmed = serializers.BooleanField()


class RuleSetSerializer(serializers.ModelSerializer):
    """The rules in force: as data, in words, and which of them no public source states."""

    unconfirmed = serializers.SerializerMethodField()
    sentences = serializers.SerializerMethodField()

    class Meta:
        model = RuleSet
        fields = ["version", "data", "unconfirmed", "sentences"]
        read_only_fields = fields

    def get_unconfirmed(self, rule_set: RuleSet) -> list[str]:
        """Return the names of the rules that are not confirmed."""
        return sorted(rule_set.rules.unconfirmed)

    @extend_schema_field(RuleSentenceSerializer(many=True))
    def get_sentences(self, rule_set: RuleSet) -> Any:
        """Return the rules in words."""
        words = sentences(
            rule_set.rules,
            fiscal_year=self.context["edition"].fiscal_year,
            kinds=KINDS,
        )
        return RuleSentenceSerializer(words, many=True).data


class EditionSerializer(ScopedSerializer):
    """A programme in the fiscal year of its projects."""

    program = serializers.CharField(source="program.code", read_only=True)
    area = serializers.CharField(source="program.area.code", read_only=True)
    section = serializers.CharField(
        source="section.name", read_only=True, allow_null=True, default=None
    )
    rules = serializers.SerializerMethodField()

    class Meta:
        model = Edition
        fields = [
            "id", "program", "area", "fiscal_year", "name", "name_en", "section",
            "routes_through_branch", "branch_clock", "is_example", "rules",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(RuleSetSerializer(allow_null=True))
    def get_rules(self, edition: Edition) -> dict[str, Any] | None:
        """Return the rules in force, or null where the edition has none yet."""
        if edition.rules is None:
            return None
        return RuleSetSerializer(edition.rules, context={**self.context, "edition": edition}).data


class QuestionSerializer(serializers.ModelSerializer):
    """One question of a form; answers are sent under its key."""

    class Meta:
        model = Question
        fields = [
            "key", "order", "section", "kind", "label", "help", "required", "limit", "choices",
            "condition",
        ]  # fmt: skip
        read_only_fields = fields


class FormSchemaSerializer(serializers.Serializer):
    """The questions that a new application is asked."""

    code = serializers.CharField()
    version = serializers.IntegerField()
    questions = QuestionSerializer(many=True)


class CallSerializer(CaseSerializer):
    """A call; `is_open` is computed from its window at the time of the answer (JST)."""

    edition = PublicIdField(queryset=Edition.objects.all())
    form = serializers.SlugRelatedField(
        slug_field="code", queryset=Form.objects.all(), required=False, allow_null=True
    )
    program = serializers.CharField(source="edition.program.code", read_only=True)
    program_name = serializers.CharField(source="edition.name", read_only=True)
    fiscal_year = serializers.IntegerField(source="edition.fiscal_year", read_only=True)
    is_open = serializers.SerializerMethodField()
    amounts = serializers.SerializerMethodField()

    class Meta:
        model = Call
        fields = [
            "id", "title", "summary", "round", "edition", "form", "program", "program_name",
            "fiscal_year", "status", "status_label", "is_open", "opens_at", "closes_at",
            "decides_on", "hours_confirmed", "amounts", "version", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["version", "updated_at"]

    def get_is_open(self, call: Call) -> bool:
        """Say whether an application may arrive now."""
        return call.is_open(timezone.now())

    def get_amounts(self, call: Call) -> str:
        """Return the ceilings in one line; empty where the edition has no rules yet."""
        rule_set = call.edition.rules
        if rule_set is None:
            return ""
        return amounts(rule_set.rules, kinds=KINDS)


class CallDetailSerializer(CallSerializer):
    """A call with the questions of its form."""

    form_schema = serializers.SerializerMethodField()

    class Meta(CallSerializer.Meta):
        fields = [*CallSerializer.Meta.fields, "form_schema"]

    @extend_schema_field(FormSchemaSerializer(allow_null=True))
    def get_form_schema(self, call: Call) -> dict[str, Any] | None:
        """Return the form's published version, or null where there is none."""
        form = call.form
        version = form.current if form else None
        if form is None or version is None:
            return None
        questions = answers.questions_of(version)
        schema = {"code": form.code, "version": version.number, "questions": questions}
        return FormSchemaSerializer(schema).data
