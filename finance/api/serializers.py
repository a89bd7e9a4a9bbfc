"""Commitments, payments, repayments, accounts and ledgers as JSON; yen are integers."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import CaseSerializer, PublicIdField, ScopedSerializer
from core.fiscal import today
from finance.forms import AccountFields, PaymentForm
from finance.models import (
    BankAccount,
    Commitment,
    EditionLedger,
    Payment,
    Repayment,
    YearClosing,
)
from finance.papers import interest_of


class CommitmentSerializer(ScopedSerializer):
    """What was decided for a case, and how its money stands (yen)."""

    claimable = serializers.IntegerField(read_only=True)
    to_return = serializers.IntegerField(read_only=True)
    case_label = serializers.SerializerMethodField()

    class Meta:
        model = Commitment
        fields = [
            "id",
            "edition",
            "organization",
            "case_label",
            "reference",
            "title",
            "decided",
            "fixed",
            "pending",
            "advanced",
            "paid",
            "returned",
            "to_return",
            "claimable",
        ]
        read_only_fields = fields

    def get_case_label(self, commitment: Commitment) -> str:
        """Return the kind of the case."""
        return commitment.case_label.lower()


class CheckedByForm(CaseSerializer):
    """A case whose input is read by the form of the screens, so that both refuse alike."""

    def checked(self, form: Any) -> dict[str, Any]:
        """Return what the form read; its errors as the API's."""
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: list(errors) for name, errors in form.errors.items()}
            )
        return form.cleaned_data


class PaymentSerializer(CheckedByForm):
    """A claim and its payment (yen; abroad also currency and rate)."""

    commitment = PublicIdField(queryset=Commitment.objects.all())
    kind = serializers.ChoiceField(choices=Payment.Kind.choices)
    account = PublicIdField(read_only=True)

    class Meta:
        model = Payment
        fields = [
            "id",
            "commitment",
            "edition",
            "organization",
            "kind",
            "amount",
            "invoice_number",
            "invoice_date",
            "reason",
            "cash_plan",
            "account",
            "receipt_number",
            "arrived_at",
            "status",
            "status_label",
            "answer",
            "paid_on",
            "accounting_fy",
            "currency",
            "foreign_amount",
            "rate",
            "rate_on",
            "version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            *("edition", "organization", "account", "answer", "paid_on", "accounting_fy"),
            *("currency", "foreign_amount", "rate", "rate_on", "version"),
            *("receipt_number", "arrived_at"),
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read the claim as the screens do."""
        fixed = {name for name in ("commitment", "kind") if self.instance and name in attrs}
        if fixed:
            raise serializers.ValidationError(
                {name: [_("This is fixed once the claim is made.")] for name in sorted(fixed)}
            )
        given = {n: getattr(self.instance, n) for n in PaymentForm.base_fields if self.instance}
        form = PaymentForm(given | attrs, instance=self.instance)
        found = self.checked(form)
        return found if self.instance is None else {n: found[n] for n in found if n in attrs}


class InterestSegmentSerializer(serializers.Serializer):
    """Days on which one base bore interest; both ends are counted."""

    kind = serializers.ChoiceField(choices=["surcharge", "arrears"])
    first = serializers.DateField()
    last = serializers.DateField()
    days = serializers.IntegerField()
    base = serializers.IntegerField()
    percent = serializers.DecimalField(max_digits=6, decimal_places=3)
    year_days = serializers.IntegerField()


class InterestSerializer(serializers.Serializer):
    """The interest up to a day, with every step; fractions of a yen dropped once in each total."""

    on = serializers.DateField()
    surcharge = serializers.IntegerField()
    arrears = serializers.IntegerField()
    total = serializers.IntegerField()
    segments = InterestSegmentSerializer(many=True)


class ReceivedSerializer(serializers.Serializer):
    """Money that came in, and what of it was principal (yen)."""

    received_on = serializers.DateField()
    amount = serializers.IntegerField()
    principal_part = serializers.IntegerField()


class RepaymentLineSerializer(CaseSerializer):
    """An order to pay back, in the list (yen)."""

    class Meta:
        model = Repayment
        fields = [
            "id",
            "commitment",
            "edition",
            "organization",
            "kind",
            "principal",
            "reason",
            "clause",
            "ordered_on",
            "due_on",
            "repaid_principal",
            "repaid_interest",
            "waive_reason",
            "status",
            "status_label",
            "version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class RepaymentSerializer(RepaymentLineSerializer):
    """An order with what came in and the interest up to today."""

    receipts = ReceivedSerializer(many=True, read_only=True)
    interest = serializers.SerializerMethodField()

    class Meta(RepaymentLineSerializer.Meta):
        fields = [*RepaymentLineSerializer.Meta.fields, "receipts", "interest"]
        read_only_fields = fields

    @extend_schema_field(InterestSerializer)
    def get_interest(self, repayment: Repayment) -> Any:
        """Return the reckoning as the page shows it."""
        on = today(timezone.now())
        found = interest_of(repayment, on)
        return InterestSerializer(
            {
                "on": on,
                "surcharge": found.surcharge,
                "arrears": found.arrears,
                "total": found.total,
                "segments": found.segments,
            }
        ).data


class BankAccountSerializer(CheckedByForm):
    """An account; its number is whole to the owner and to finance, else its last three digits."""

    number = serializers.CharField(max_length=42)

    class Meta:
        model = BankAccount
        fields = [
            "id",
            "organization",
            "section",
            "kind",
            "bank_code",
            "bank_name",
            "branch_code",
            "branch_name",
            "account_type",
            "number",
            "holder",
            "bic",
            "country",
            "receipt_number",
            "arrived_at",
            "status",
            "status_label",
            "answer",
            "version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["organization", "answer", "version", "receipt_number", "arrived_at"]

    def to_representation(self, account: BankAccount) -> dict[str, Any]:
        """Mask the number for everybody else."""
        data = super().to_representation(account)
        return data | {"number": account.number_for(self.context["request"].user)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read the account as the screens do."""
        given = {n: getattr(self.instance, n) for n in AccountFields.base_fields if self.instance}
        found = self.checked(AccountFields({"kind": BankAccount.Kind.DOMESTIC} | given | attrs))
        if self.instance is None:
            section = attrs["section"]
            return found | {"section": section, "organization": section.organization}
        return found


class EditionLedgerSerializer(ScopedSerializer):
    """An edition's ledger (yen): budget, committed, paid, returned, left."""

    edition = PublicIdField(read_only=True)
    edition_name = serializers.CharField(source="edition.name", read_only=True)
    fiscal_year = serializers.IntegerField(source="edition.fiscal_year", read_only=True)
    budget = serializers.IntegerField(source="edition.budget", read_only=True, allow_null=True)
    paid = serializers.IntegerField(read_only=True)
    left = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = EditionLedger
        fields = [
            "id",
            "edition",
            "edition_name",
            "fiscal_year",
            "budget",
            "committed",
            "advanced",
            "settled",
            "paid",
            "returned",
            "interest",
            "left",
        ]
        read_only_fields = fields


class YearClosingSerializer(ScopedSerializer):
    """A closed accounting year, and what was open when it was closed."""

    class Meta:
        model = YearClosing
        fields = ["id", "accounting_fy", "closed_at", "note", "open_items"]
        read_only_fields = ["closed_at", "open_items"]
