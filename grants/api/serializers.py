"""Applications and their whole lists as JSON; hidden fields are null until announced."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Organization, Section
from core.api.serializers import (
    CaseSerializer,
    PublicIdField,
    ScopedSerializer,
    StoredFileSerializer,
)
from core.fields import JapaneseDateField, MailField, NormalizedCharField, PhoneField, YenField
from core.forms import BehalfForm
from core.models import StoredFile
from grants.actions import submission
from grants.forms import LineForm, categories_of
from grants.judging import stored_verdict, verdict_of
from grants.models import Application, ApplicationFile, ApplicationParty, BudgetLine, ReturnComment
from grants.models.application import DOCUMENT_FIELDS
from grants.printing import differs_from_print
from programs.answers import validate
from programs.models import Call


class FormFieldMixin:
    """Reads input by the form's field, so that screens and API refuse and accept alike."""

    form_field: Any = None

    def run_form_field(self, value: Any) -> Any:
        """Return the cleaned value; the form's message becomes the problem's."""
        try:
            return self.form_field.clean("" if value is None else value)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from error


class YenInput(FormFieldMixin, serializers.IntegerField):
    """Yen as an integer; commas, full width and ￥ are taken too."""

    form_field = YenField(required=False)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | float | list | dict):
            raise serializers.ValidationError(
                [_("Write the amount as whole yen, for example 3000000.")]
            )
        return self.run_form_field(data) or 0


class DateInput(FormFieldMixin, serializers.DateField):
    """A date in ISO 8601; 和暦 is taken too."""

    form_field = JapaneseDateField(required=False)

    def to_internal_value(self, value: Any) -> Any:
        return self.run_form_field(value if isinstance(value, str) else str(value))


class TextInput(FormFieldMixin, serializers.CharField):
    """A line of text in the one form that the screens write too."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        self.form_field = NormalizedCharField(required=False, max_length=self.max_length)
        return self.run_form_field(text)


class LongTextInput(FormFieldMixin, serializers.CharField):
    """A text of several lines in the one form that the screens write too."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        self.form_field = NormalizedCharField(
            required=False, max_length=self.max_length, widget=forms.Textarea
        )
        return self.run_form_field(text)


class PhoneInput(TextInput):
    """A telephone number."""

    def to_internal_value(self, data: Any) -> str:
        text = serializers.CharField.to_internal_value(self, data)
        self.form_field = PhoneField(required=False)
        return self.run_form_field(text)


class MailInput(FormFieldMixin, serializers.EmailField):
    """A mail address."""

    def to_internal_value(self, data: Any) -> str:
        self.form_field = MailField(required=False)
        return self.run_form_field(data if isinstance(data, str) else str(data))

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Read it before DRF's own validators look at the raw text."""
        return super().run_validation(data.strip() if isinstance(data, str) else data)


class FindingSerializer(serializers.Serializer):
    """One thing that the rules say, with its clause."""

    code = serializers.CharField()
    level = serializers.CharField()
    clause = serializers.CharField()
    field = serializers.CharField()
    message = serializers.CharField(source="text")
    is_confirmed = serializers.BooleanField()


class VerdictSerializer(serializers.Serializer):
    """What the rules say: acceptable, the most that may be granted (yen), and each finding."""

    is_acceptable = serializers.BooleanField()
    allowed_amount = serializers.IntegerField()
    findings = FindingSerializer(many=True)
    unconfirmed = serializers.ListField(child=serializers.CharField())


class BudgetLineSerializer(serializers.ModelSerializer):
    """One line of cost or income (yen)."""

    amount = YenInput()

    class Meta:
        model = BudgetLine
        fields = ["stage", "kind", "category", "description", "basis", "amount"]
        read_only_fields = ["stage"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the line as the screens do."""
        form = LineForm({"kind": "expense", **attrs}, classes=self.context.get("classes"))
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        return form.cleaned_data


class PartySerializer(ScopedSerializer):
    """A body that takes part."""

    organization = PublicIdField(queryset=Organization.objects.all())
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    kind = serializers.ChoiceField(
        choices=[c for c in ApplicationParty.Kind.choices if c[0] != "lead"]
    )
    share = YenInput(required=False, allow_null=True)
    consented_on = DateInput(required=False, allow_null=True)

    class Meta:
        model = ApplicationParty
        fields = ["organization", "organization_name", "kind", "share", "consented_on"]


class PartyShownSerializer(PartySerializer):
    """A body that takes part, the lead included."""

    kind = serializers.CharField()


class FileLinkSerializer(serializers.ModelSerializer):
    """A file in the application and the document question that it answers."""

    file = PublicIdField(queryset=StoredFile.objects.all())
    facts = StoredFileSerializer(source="file", read_only=True)

    class Meta:
        model = ApplicationFile
        fields = ["file", "question", "facts"]


class CommentSerializer(serializers.ModelSerializer):
    """What must be corrected, and the body's answer."""

    label = serializers.SerializerMethodField()

    class Meta:
        model = ReturnComment
        fields = ["id", "round", "field", "label", "text", "answer", "created_at", "resolved_at"]
        read_only_fields = ["id", "round", "field", "text", "created_at", "resolved_at"]

    def get_label(self, comment: ReturnComment) -> str:
        """Return the words for the field."""
        return submission.field_label(comment.application, comment.field)


class ApplicationFactsSerializer(CaseSerializer):
    """What list and detail tell alike."""

    organization = serializers.UUIDField(source="organization.public_id", read_only=True)
    organization_code = serializers.CharField(source="organization.code", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    call = serializers.UUIDField(source="call.public_id", read_only=True)
    edition = serializers.UUIDField(source="edition.public_id", read_only=True)
    fiscal_year = serializers.IntegerField(source="edition.fiscal_year", read_only=True)
    outcome = serializers.SerializerMethodField()
    decided_amount = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = [
            "id",
            "status",
            "status_label",
            "version",
            "receipt_number",
            "title",
            "organization",
            "organization_code",
            "organization_name",
            "call",
            "edition",
            "fiscal_year",
            "requested_amount",
            "outcome",
            "decided_amount",
            "arrived_at",
            "created_at",
            "updated_at",
        ]

    def _shown(self, application: Application, name: str) -> Any:
        user = self.context["request"].user
        return getattr(application, name) if application.shows_outcome_to(user) else None

    def get_outcome(self, application: Application) -> str | None:
        """Return the outcome, null until the caller may know it."""
        return self._shown(application, "outcome") or None

    def get_decided_amount(self, application: Application) -> int | None:
        """Return the decided amount (yen), null until the caller may know it."""
        return self._shown(application, "decided_amount")


class ApplicationListSerializer(ApplicationFactsSerializer):
    """An application in a list: flat, no query per row."""

    method_columns = ("status", "outcome", "decided_amount")


class ApplicationSerializer(ApplicationFactsSerializer):
    """One application with its lists, verdict and comments."""

    call = PublicIdField(queryset=Call.objects.all())
    section = PublicIdField(
        queryset=Section.objects.all(),
        required=False,
        help_text="The section that applies; may be left out where the caller acts for one only.",
    )
    title = TextInput(max_length=200)
    document_number = TextInput(max_length=60, required=False, allow_blank=True)
    representative_title = TextInput(max_length=60, required=False, allow_blank=True)
    representative_name = TextInput(max_length=60, required=False, allow_blank=True)
    contact_name = TextInput(max_length=60, required=False, allow_blank=True)
    contact_phone = PhoneInput(max_length=20, required=False, allow_blank=True)
    contact_email = MailInput(max_length=254, required=False, allow_blank=True)
    requested_amount = YenInput(required=False)
    starts_on = DateInput(required=False, allow_null=True)
    ends_on = DateInput(required=False, allow_null=True)
    document_date = DateInput(required=False, allow_null=True)
    categories = serializers.ListField(child=serializers.CharField(), required=False)
    answers = serializers.DictField(required=False)
    budget_lines = serializers.SerializerMethodField()
    parties = PartyShownSerializer(many=True, read_only=True)
    files = FileLinkSerializer(many=True, read_only=True)
    comments = CommentSerializer(many=True, read_only=True)
    verdict = serializers.SerializerMethodField()
    form_version = serializers.IntegerField(
        source="form_version.number", read_only=True, allow_null=True
    )
    differs_from_print = serializers.SerializerMethodField()
    decision_reason = serializers.SerializerMethodField()
    decision_conditions = serializers.SerializerMethodField()
    rules_version = serializers.IntegerField(
        source="rule_set.version", read_only=True, allow_null=True
    )

    class Meta:
        model = Application
        fields = [
            *ApplicationFactsSerializer.Meta.fields,
            "section",
            "categories",
            "is_joint",
            "starts_on",
            "ends_on",
            "has_other_grant",
            "expense_total",
            "income_total",
            "answers",
            *DOCUMENT_FIELDS,
            "is_decided_internally",
            "form_version",
            "budget_lines",
            "parties",
            "files",
            "comments",
            "verdict",
            "rules_version",
            "differs_from_print",
            "forwarded_at",
            "incoming_number",
            "return_due",
            "decision_reason",
            "decision_conditions",
            "announced_at",
        ]
        read_only_fields = [
            "version",
            "receipt_number",
            "arrived_at",
            "expense_total",
            "income_total",
            "forwarded_at",
            "incoming_number",
            "return_due",
            "announced_at",
        ]

    @extend_schema_field(BudgetLineSerializer(many=True))
    def get_budget_lines(self, application: Application) -> Any:
        """Return the lines; decided ones once the caller may know them."""
        shown = application.shows_outcome_to(self.context["request"].user)
        lines = sorted(
            application.budget_lines.all(), key=lambda line: (line.stage, line.order, line.pk)
        )
        lines = [line for line in lines if shown or line.stage == BudgetLine.Stage.APPLIED]
        return BudgetLineSerializer(lines, many=True).data

    @extend_schema_field(VerdictSerializer(allow_null=True))
    def get_verdict(self, application: Application) -> Any:
        """Return the verdict: as stored with the submission, or of the draft as it stands."""
        if application.status in (Application.Status.DRAFT, Application.Status.RETURNED):
            verdict = verdict_of(application)
        else:
            verdict = stored_verdict(application)
        return VerdictSerializer(verdict).data if verdict else None

    def get_differs_from_print(self, application: Application) -> bool:
        """Say whether the text was changed after the draft was printed to circulate."""
        return differs_from_print(application)

    def get_decision_reason(self, application: Application) -> str | None:
        """Return the reason of the outcome, null until the caller may know it."""
        return self._shown(application, "decision_reason") or None

    def get_decision_conditions(self, application: Application) -> str | None:
        """Return the conditions, null until the caller may know them."""
        return self._shown(application, "decision_conditions") or None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Call and section are set once; answers and categories fit the call."""
        known = set(self.fields) | set(BehalfForm.base_fields)
        if unknown := sorted(set(self.initial_data) - known):
            raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})
        if self.instance is not None:
            fixed = {name for name in ("call", "section") if name in attrs}
            if any(attrs[name] != getattr(self.instance, name) for name in fixed):
                raise serializers.ValidationError(
                    {n: [_("This cannot be changed any more.")] for n in sorted(fixed)}
                )
            attrs = {name: value for name, value in attrs.items() if name not in fixed}
        self._check_categories(attrs)
        return self._with_answers(attrs)

    def _check_categories(self, attrs: dict[str, Any]) -> None:
        edition = self.instance.edition if self.instance else attrs["call"].edition
        known = dict(categories_of(edition))
        wrong = [key for key in attrs.get("categories", ()) if key not in known]
        if wrong:
            text = _("“%(found)s” is not in the list. Choose from: %(known)s.") % {
                "found": ", ".join(wrong),
                "known": ", ".join(known),
            }
            raise serializers.ValidationError({"categories": [text]})

    def _with_answers(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "answers" not in attrs:
            return attrs
        form = attrs["call"].form if self.instance is None else None
        version = self.instance.form_version if self.instance else (form.current if form else None)
        if version is None:
            raise serializers.ValidationError({"answers": [_("This call has no form yet.")]})
        answers, errors = validate(version, attrs["answers"], final=False)
        if errors:
            raise serializers.ValidationError({"answers": errors})
        return attrs | {"answers": answers}


class ReplySerializer(serializers.Serializer):
    """The body's answer to one comment."""

    id = serializers.IntegerField()
    answer = LongTextInput(max_length=2000, allow_blank=True)
