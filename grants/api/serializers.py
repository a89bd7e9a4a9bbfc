"""Applications and their whole lists as JSON; hidden fields are null until announced."""

from typing import Any

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
from core.forms import BehalfForm
from core.models import StoredFile
from grants.actions import moving, submission
from grants.api.inputs import (
    DateInput,
    ForeignInput,
    LongTextInput,
    MailInput,
    PhoneInput,
    TextInput,
    YenInput,
)
from grants.forms import LineForm, categories_of
from grants.judging import stored_verdict, verdict_of
from grants.models import Application, ApplicationFile, ApplicationParty, BudgetLine, ReturnComment
from grants.models.application import DOCUMENT_FIELDS
from grants.printing import differs_from_print
from programs.answers import validate
from programs.models import Call


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


class JudgementSerializer(serializers.Serializer):
    """The verdict that stands, and the one that the edition's present rules give."""

    rules_version = serializers.IntegerField(source="rule_set.version")
    before = VerdictSerializer(allow_null=True)
    after = VerdictSerializer()


class JudgeAgainSerializer(serializers.Serializer):
    """Why an application is judged again."""

    reason = LongTextInput(max_length=500)


class BudgetLineSerializer(serializers.ModelSerializer):
    """One line of cost or income (yen)."""

    amount = YenInput(
        required=False, help_text="Yen. Computed from foreign_amount in a budget with a currency."
    )
    foreign_amount = ForeignInput(
        max_digits=14,
        decimal_places=2,
        required=False,
        allow_null=True,
        help_text="The amount in the budget's currency; null in a budget in yen.",
    )

    class Meta:
        model = BudgetLine
        fields = ["stage", "kind", "category", "description", "basis", "amount", "foreign_amount"]
        read_only_fields = ["stage"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the line as the screens do."""
        currency = self.context.get("currency")
        foreign = attrs.get("foreign_amount")
        if currency is None and foreign is not None:
            text = _("The budget has no currency. Choose it first, or send the amount in yen.")
            raise serializers.ValidationError({"foreign_amount": [text]})
        typed = {"kind": "expense", **attrs} | ({} if currency is None else {"amount": foreign})
        form = LineForm(typed, classes=self.context.get("classes"), currency=currency)
        if not form.is_valid():
            name = "amount" if currency is None else "foreign_amount"
            found = {name if n == "amount" else n: e for n, e in form.errors.items()}
            raise serializers.ValidationError(found)
        return form.cleaned_data


class PartySerializer(ScopedSerializer):
    """A body that takes part."""

    organization = PublicIdField(queryset=Organization.objects.all())
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    kind = serializers.ChoiceField(
        choices=ApplicationParty.Kind.choices,
        help_text="A row of kind lead names the applicant itself and gives its own share.",
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


class ReplySerializer(serializers.Serializer):
    """The body's answer to one comment."""

    id = serializers.IntegerField()
    answer = LongTextInput(max_length=2000, allow_blank=True)


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
    place = serializers.ChoiceField(
        choices=Application.Place.choices, required=False, allow_blank=True
    )
    currency = serializers.CharField(
        max_length=3,
        required=False,
        allow_blank=True,
        help_text="One of the edition's currencies; empty for a budget in yen.",
    )
    answers = serializers.DictField(required=False)
    budget_lines = serializers.SerializerMethodField()
    parties = PartyShownSerializer(many=True, read_only=True)
    files = FileLinkSerializer(many=True, read_only=True)
    comments = CommentSerializer(many=True, read_only=True)
    verdict = serializers.SerializerMethodField()
    form_version = serializers.IntegerField(
        source="form_version.number", read_only=True, allow_null=True
    )
    form_news = serializers.SerializerMethodField(
        help_text="Questions that the form's new version brought, changed or dropped, until saved."
    )
    set_aside = serializers.SerializerMethodField(
        help_text="Answers that fit no question any more; they are not part of the application."
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
            "place",
            "currency",
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
            "form_news",
            "set_aside",
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
        stages = {BudgetLine.Stage.APPLIED} | ({BudgetLine.Stage.DECIDED} if shown else set())
        lines = [line for line in lines if line.stage in stages]
        return BudgetLineSerializer(lines, many=True).data

    @extend_schema_field(VerdictSerializer(allow_null=True))
    def get_verdict(self, application: Application) -> Any:
        """Return the verdict: as stored with the submission, or of the draft as it stands."""
        if application.status in (Application.Status.DRAFT, Application.Status.RETURNED):
            verdict = verdict_of(application)
        else:
            verdict = stored_verdict(application)
        return VerdictSerializer(verdict).data if verdict else None

    def get_form_news(self, application: Application) -> dict[str, list[str]]:
        """Return the questions that are new, changed and gone."""
        return moving.shown_news(application)

    def get_set_aside(self, application: Application) -> list[dict[str, str]]:
        """Return the answers that were set aside, in words."""
        return moving.shown_aside(application)

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
        self._check_choices(attrs)
        return self._with_answers(attrs)

    def _check_choices(self, attrs: dict[str, Any]) -> None:
        """Take categories, place and currency only as the edition's rules know them."""
        edition = self.instance.edition if self.instance else attrs["call"].edition
        rules = self.instance.rules if self.instance else edition.rules and edition.rules.rules
        known = {
            "categories": tuple(dict(categories_of(edition))),
            "place": rules.places if rules else (),
            "currency": tuple(row.code for row in rules.currencies) if rules else (),
        }
        for name, values in known.items():
            given = attrs.get(name) or ()
            given = [given] if isinstance(given, str) else given
            if wrong := [value for value in given if value not in values]:
                words = {"found": ", ".join(wrong), "known": ", ".join(values)}
                text = _("“%(found)s” is not in the list. Choose from: %(known)s.") % words
                raise serializers.ValidationError({name: [text]})

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
