"""The approval as partner systems and staff tools read and write it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Post
from approvals import actions
from approvals.models import Approval, ApprovalItem, ApprovalStep, RouteRule, RouteRuleStep
from core import registry
from core.api.serializers import CaseSerializer, PublicIdField
from core.fiscal import today

LINE_STATES = ("waiting", "current", "done")


class ApprovalItemSerializer(serializers.ModelSerializer):
    """A case in the approval by its id; `dropped_at` where it was withdrawn meanwhile."""

    id = serializers.UUIDField(source="case_public_id", read_only=True)

    class Meta:
        model = ApprovalItem
        fields = ["id", "order", "dropped_at", "note"]
        read_only_fields = fields


class ApprovalStepSerializer(serializers.ModelSerializer):
    """A step of the route and how far it is."""

    post = PublicIdField(read_only=True)
    post_label = serializers.CharField(source="post.label", read_only=True)
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    state = serializers.SerializerMethodField()
    acted_by = serializers.CharField(
        source="acted_by.name", read_only=True, allow_null=True, default=None
    )
    later_read_by = serializers.CharField(
        source="later_read_by.name", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = ApprovalStep
        fields = [
            "order",
            "kind",
            "kind_label",
            "post",
            "post_label",
            "state",
            "acted_by",
            "acted_at",
            "is_acting",
            "later_read_by",
            "later_read_at",
            "comment",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=LINE_STATES))
    def get_state(self, step: ApprovalStep) -> str:
        """Return done, current (its turn) or waiting."""
        if step.acted_at:
            return "done"
        return "current" if step.order == self.context.get("current_order") else "waiting"


class ApprovalSerializer(CaseSerializer):
    """An approval with its cases and its route."""

    act_label = serializers.CharField(read_only=True)
    case_label = serializers.SerializerMethodField()
    money = serializers.BooleanField(read_only=True)
    drafted_by = serializers.CharField(source="drafted_by.name", read_only=True)
    rule = PublicIdField(read_only=True)
    rule_words = serializers.CharField(
        source="rule.words",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The rule that the sum falls under, in words; null where none applies.",
    )
    items = ApprovalItemSerializer(many=True, read_only=True)
    steps = serializers.SerializerMethodField()

    class Meta:
        model = Approval
        fields = [
            "id",
            "number",
            "subject",
            "act",
            "act_label",
            "case_label",
            "reason",
            "money",
            "total_yen",
            "rule",
            "rule_words",
            "status",
            "status_label",
            "version",
            "drafted_by",
            "drafted_post",
            "section",
            "items",
            "steps",
            "decided_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_case_label(self, approval: Approval) -> str:
        """Return the kind of the cases, as it is written on input."""
        return approval.case_label.lower()

    @extend_schema_field(ApprovalStepSerializer(many=True))
    def get_steps(self, approval: Approval) -> Any:
        """Return the steps in order, each with its state."""
        current = approval.current_step
        context = {**self.context, "current_order": current.order if current else None}
        return ApprovalStepSerializer(approval.route, many=True, context=context).data


class RouteRuleStepSerializer(serializers.ModelSerializer):
    """Whom a rule asks: `role` for whoever has it that day, or a post."""

    post = PublicIdField(read_only=True, allow_null=True)
    label = serializers.CharField(read_only=True)

    class Meta:
        model = RouteRuleStep
        fields = ["order", "kind", "role", "post", "label"]
        read_only_fields = fields


class RouteRuleSerializer(serializers.ModelSerializer):
    """From how many yen on which role decides an act, and who is asked before."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    case_label = serializers.SerializerMethodField()
    steps = RouteRuleStepSerializer(many=True, read_only=True)

    class Meta:
        model = RouteRule
        fields = [
            "id",
            "name",
            "act",
            "case_label",
            "at_least",
            "decider",
            "clause",
            "is_confirmed",
            "valid_from",
            "valid_to",
            "steps",
        ]
        read_only_fields = fields

    def get_case_label(self, rule: RouteRule) -> str:
        """Return the kind of the cases as it is written on input; empty for any."""
        return rule.case_label.lower()


class RouteStepInput(serializers.Serializer):
    """A step: `post` by id, or `role` for the first current post of that role.

    By role, a post of the drafter's own section comes before those of other sections.
    """

    kind = serializers.ChoiceField(choices=ApprovalStep.Kind.choices)
    post = PublicIdField(queryset=Post.objects.select_related("section"), required=False)
    role = serializers.ChoiceField(choices=sorted(actions.SIGNING_ROLES), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the step with its post, by whichever way it was named."""
        if "kind" not in attrs:  # a PATCH makes every field optional, those of a step too
            raise serializers.ValidationError({"kind": [_("This field is required.")]})
        if ("post" in attrs) == ("role" in attrs):
            raise serializers.ValidationError(_("Name either “post” or “role”."))
        if "post" in attrs:
            return attrs
        drafted = actions.drafting_post(self.context["request"].user)
        day = today(timezone.now())
        post = actions.post_with_role(attrs["role"], drafted.section, day)
        if post is None:
            raise serializers.ValidationError(
                {"role": [_("No current post of headquarters has this role.")]}
            )
        return {"kind": attrs["kind"], "post": post}


class ApprovalChanges(serializers.Serializer):
    """What a draft may change: words, cases and route; what is left out stays."""

    subject = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    items = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=actions.MAX_ITEMS
    )
    steps = serializers.ListField(
        child=RouteStepInput(), required=False, allow_empty=False, max_length=actions.MAX_STEPS
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse unknown names; resolve cases and route."""
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(
                {name: [_("Unknown field.")] for name in sorted(unknown)}
            )
        if "items" in attrs:
            attrs["items"] = self.cases(self.model(attrs), attrs["items"])
        if "steps" in attrs:
            attrs["steps"] = [actions.RouteStep(s["kind"], s["post"]) for s in attrs["steps"]]
        return attrs

    def model(self, attrs: dict[str, Any]) -> Any:
        """Return the model of the cases."""
        approval: Any = self.instance
        return approval.case_model

    def cases(self, model: Any, ids: list[Any]) -> list[Any]:
        """Return the cases in the order named; each must exist in the caller's scope."""
        rows = model._default_manager.visible_to(self.context["request"].user)
        found = {case.public_id: case for case in rows.filter(public_id__in=ids)}
        missing = [str(wanted) for wanted in ids if wanted not in found]
        if missing:
            raise serializers.ValidationError(
                {"items": [_("There is no such record: %(id)s") % {"id": id_} for id_ in missing]}
            )
        return [found[wanted] for wanted in ids]


class ApprovalInput(ApprovalChanges):
    """A new approval; without `steps` it takes the route that the sum of its items asks for."""

    act = serializers.CharField(max_length=64, help_text="The transition, for example decide.")
    case_label = serializers.CharField(
        max_length=100, help_text="The kind of the cases, for example grants.application."
    )

    def validate_case_label(self, label: str) -> str:
        """Refuse what is no kind of case."""
        try:
            registry.model_by_label(label)
        except LookupError as error:
            raise serializers.ValidationError(_("There is no such kind of record.")) from error
        return label

    def model(self, attrs: dict[str, Any]) -> Any:
        return registry.model_by_label(attrs["case_label"])
