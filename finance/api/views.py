"""Money over the API: claim, follow, book; CLAIR's staff also check, pay and close a year."""

from typing import Any

from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from core import workflow
from core.api.filters import StrictFilterSet
from core.api.idempotency import idempotent
from core.api.views import CaseFilter, CaseViewSet, MadeByActsViewSet, ScopedViewSet
from core.forms import behalf_from
from finance.actions.accounts import propose_account
from finance.actions.payments import request_payment
from finance.actions.years import close_year
from finance.api.serializers import (
    BankAccountSerializer,
    CommitmentSerializer,
    EditionLedgerSerializer,
    PaymentSerializer,
    RepaymentLineSerializer,
    RepaymentSerializer,
    YearClosingSerializer,
)
from finance.models import (
    BankAccount,
    Commitment,
    EditionLedger,
    Payment,
    Repayment,
    YearClosing,
)


class CommitmentFilter(StrictFilterSet):
    """`reference`, the number of the decision."""

    reference = filters.CharFilter()

    class Meta:
        model = Commitment
        fields: list[str] = []


class CommitmentViewSet(ScopedViewSet):
    """What was decided for the cases that the caller may see."""

    queryset = Commitment.objects.select_related("edition", "organization", "rule_set")
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilter


class PaymentFilter(CaseFilter):
    """`status`, `kind`, `commitment` (its id), `paid_from`, `paid_to`, `updated_since`."""

    kind = filters.ChoiceFilter(choices=Payment.Kind.choices)
    commitment = filters.UUIDFilter(field_name="commitment__public_id")
    paid_from = filters.DateFilter(field_name="paid_on", lookup_expr="gte")
    paid_to = filters.DateFilter(field_name="paid_on", lookup_expr="lte")

    class Meta:
        model = Payment
        fields: list[str] = []


class PaymentViewSet(CaseViewSet):
    """Claims and payments: POST claims under a commitment, transitions move it on."""

    queryset = Payment.objects.select_related("commitment", "edition", "organization", "account")
    serializer_class = PaymentSerializer
    filterset_class = PaymentFilter

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Claim money; refused beyond what is claimable now."""
        if not self._may_add(request):
            raise PermissionDenied
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        commitment = serializer.fields["commitment"].to_internal_value(request.data["commitment"])
        payment = request_payment(
            commitment,
            by=request.user,
            now=timezone.now(),
            changes=dict(serializer.validated_data),
            behalf=behalf_from(request.data, Payment(organization=commitment.organization)),
        )
        return self.answer(payment, status.HTTP_201_CREATED)

    def _may_add(self, request: Request) -> bool:
        own = request.user.has_perm("finance.add_payment")
        return own or workflow.may_file_for(Payment, request.user)


class RepaymentFilter(CaseFilter):
    """`status`, `kind`, `commitment` (its id), `updated_since`."""

    kind = filters.ChoiceFilter(choices=Repayment.Kind.choices)
    commitment = filters.UUIDFilter(field_name="commitment__public_id")

    class Meta:
        model = Repayment
        fields: list[str] = []


class RepaymentViewSet(MadeByActsViewSet):
    """Orders to pay back; CLAIR orders them by the acts on awards, and books what comes in."""

    queryset = Repayment.objects.select_related(
        "commitment", "edition", "organization"
    ).prefetch_related("receipts")
    serializer_class = RepaymentSerializer
    filterset_class = RepaymentFilter
    http_method_names = ["get", "post", "head", "options"]

    def get_serializer_class(self) -> Any:
        """Leave the reckoning out of the list."""
        return RepaymentLineSerializer if self.action == "list" else RepaymentSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one order whole: its interest grows by the day, whatever its version."""
        return self.answer(self.get_object())


class BankAccountFilter(CaseFilter):
    """`status`, `updated_since`."""

    class Meta:
        model = BankAccount
        fields: list[str] = []


class BankAccountViewSet(CaseViewSet):
    """Accounts of the caller's sections; used once CLAIR's finance checked them."""

    queryset = BankAccount.objects.select_related("organization", "section")
    serializer_class = BankAccountSerializer
    filterset_class = BankAccountFilter

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Propose an account; 403 before 400 for those who may not."""
        own = request.user.has_perm("finance.add_bankaccount")
        if not (own or workflow.may_file_for(BankAccount, request.user)):
            raise PermissionDenied
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        changes = self.changes(serializer)
        account = propose_account(
            by=request.user,
            now=timezone.now(),
            changes=changes,
            behalf=behalf_from(request.data, BankAccount(organization=changes["organization"])),
        )
        return self.answer(account, status.HTTP_201_CREATED)


class LedgerFilter(StrictFilterSet):
    """`fiscal_year` of the editions."""

    fiscal_year = filters.NumberFilter(field_name="edition__fiscal_year")

    class Meta:
        model = EditionLedger
        fields: list[str] = []


class EditionLedgerViewSet(ScopedViewSet):
    """The ledger of each edition, for headquarters."""

    queryset = EditionLedger.objects.select_related("edition")
    serializer_class = EditionLedgerSerializer
    filterset_class = LedgerFilter


class YearClosingFilter(StrictFilterSet):
    """`accounting_fy`."""

    accounting_fy = filters.NumberFilter()

    class Meta:
        model = YearClosing
        fields: list[str] = []


class YearClosingViewSet(mixins.CreateModelMixin, ScopedViewSet):
    """Closed years; POST closes one, and no entry is booked into it any more."""

    queryset = YearClosing.objects.all()
    serializer_class = YearClosingSerializer
    filterset_class = YearClosingFilter

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close a year that is over."""
        if not request.user.has_perm("finance.add_yearclosing"):
            raise PermissionDenied
        given = YearClosingInput(data=request.data)
        given.is_valid(raise_exception=True)
        closing = close_year(by=request.user, now=timezone.now(), **given.validated_data)
        return Response(self.get_serializer(closing).data, status=status.HTTP_201_CREATED)


class YearClosingInput(serializers.Serializer):
    """Which year to close, and a note."""

    accounting_fy = serializers.IntegerField(min_value=2000, max_value=2099)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)
