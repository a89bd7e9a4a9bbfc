"""Claims, orders to pay back and bank accounts, as a body sees them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import deadlines
from core.fiscal import today
from core.views import CaseScreens
from core.views.screens import CaseCreateView
from finance import showing
from finance.actions.accounts import propose_account
from finance.actions.payments import account_in_use, request_payment
from finance.forms import BankAccountForm, PaymentForm
from finance.models import BankAccount, Commitment, Payment, Repayment


class PaymentScreens(CaseScreens):
    """A body's claims; a new one is begun from its award: ?commitment=<id>."""

    model = Payment
    form_class = PaymentForm
    likely = ("request",)
    select_related = ("commitment", "account", "edition")
    list_columns = (
        (gettext_lazy("reference number"), "10rem"),
        (pgettext_lazy("payment", "kind"), "8rem"),
        (gettext_lazy("claimed amount (yen)"), "8rem"),
        (gettext_lazy("status"), "8rem"),
        (gettext_lazy("paid on"), "8rem"),
    )

    def create_url(self) -> str:
        """Return nothing: a claim is begun on the page of what was decided."""
        return ""

    def list_row(self, case: Payment, user: Any) -> list[Any]:
        """Return reference, kind, amount, status and day."""
        return [
            case.commitment.reference,
            case.get_kind_display(),
            f"{case.amount:,}",
            case.status_text,
            case.paid_on,
        ]

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """Return kind and amount that can be claimed now; 404 without a commitment in scope."""
        commitment = self.commitment(request)
        kinds = Payment.Kind
        return {
            "kind": kinds.ADVANCE if commitment.fixed is None else kinds.SETTLEMENT,
            "amount": commitment.claimable or None,
        }

    def commitment(self, request: HttpRequest) -> Commitment:
        """Return the commitment that the address names, if the user may see it."""
        rows = Commitment.objects.visible_to(request.user).select_related("rule_set")
        try:
            return get_object_or_404(rows, public_id=request.GET.get("commitment"))
        except ValueError as error:
            raise Http404 from error

    def save_new(self, form: PaymentForm, request: HttpRequest) -> Payment:
        """Claim under the commitment's lock."""
        return request_payment(
            self.commitment(request),
            by=request.user,
            now=timezone.now(),
            changes=form.changes(),
        )

    def detail_context(self, case: Payment, request: HttpRequest) -> dict[str, Any]:
        """Return the claim, its way so far, and what happens next."""
        return {
            "rows": showing.payment_rows(case, request.user),
            "steps": showing.payment_steps(case),
            "what_next": showing.payment_next(case),
            "status_tone": showing.TONES[case.status],
        }

    @classmethod
    def urls(cls) -> list:
        """Return the five addresses; the form of a new claim says how the commitment stands."""
        stock = super().urls()
        new = path("new/", PaymentCreateView.as_view(screens=cls()), name="payment-create")
        return [new, *(entry for entry in stock if entry.name != "payment-create")]


class PaymentCreateView(CaseCreateView):
    """Claim money under the commitment that the address names."""

    def page(self, kind: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Show above the boxes what was decided and paid, and whether an account is missing."""
        commitment = self.screens.commitment(self.request)
        no_account = account_in_use(commitment.section_id) is None
        text = _("No bank account of your section is checked yet: propose one, or nothing is paid.")
        propose = format_html('<a href="{}">{}</a>', reverse("finance:bankaccount-create"), text)
        shown = {
            "standing": showing.standing(commitment),
            "warnings": [propose] if no_account else [],
            "title": _("Claim a payment"),
            "submit_label": _("Claim"),
        }
        return super().page(kind, context | shown, status)


class RepaymentScreens(CaseScreens):
    """What a body was ordered to pay back, and how the interest is reckoned."""

    model = Repayment
    form_class = PaymentForm
    select_related = ("commitment", "edition")
    list_columns = (
        (gettext_lazy("reference number"), "10rem"),
        (pgettext_lazy("repayment", "kind"), "10rem"),
        (gettext_lazy("ordered amount (yen)"), "8rem"),
        (gettext_lazy("status"), "8rem"),
        (gettext_lazy("due on"), "8rem"),
    )

    def create_url(self) -> str:
        """Return nothing: CLAIR orders."""
        return ""

    def list_row(self, case: Repayment, user: Any) -> list[Any]:
        """Return reference, kind, amount, status and due day."""
        return [
            case.commitment.reference,
            case.get_kind_display(),
            f"{case.principal:,}",
            case.status_text,
            case.due_on,
        ]

    def detail_context(self, case: Repayment, request: HttpRequest) -> dict[str, Any]:
        """Return the order, what came in, and every step of the interest up to today."""
        on = today(timezone.now())
        return {
            "rows": showing.repayment_rows(case, on),
            "reckoning": showing.reckoning(case, on),
            "received": showing.received(case),
            "schedules": deadlines.schedule_of(case, now=timezone.now()),
            "status_tone": showing.TONES[case.status],
        }


class BankAccountScreens(CaseScreens):
    """A section's accounts: proposed here, used once CLAIR's finance checked them."""

    model = BankAccount
    form_class = BankAccountForm
    select_related = ("section", "organization")
    list_columns = (
        (gettext_lazy("section"), "10rem"),
        (pgettext_lazy("finance", "bank account"), ""),
        (gettext_lazy("account holder"), "16rem"),
        (gettext_lazy("status"), "8rem"),
    )

    def save_new(self, form: BankAccountForm, request: HttpRequest) -> BankAccount:
        """Propose it; the body gets a receipt."""
        return propose_account(by=request.user, now=timezone.now(), changes=form.changes())

    def list_row(self, case: BankAccount, user: Any) -> list[Any]:
        """Return section, bank with the number masked, holder and status."""
        return [case.section.name, str(case), case.holder, case.status_text]

    def detail_context(self, case: BankAccount, request: HttpRequest) -> dict[str, Any]:
        """Return the account, its number whole to the owner and to finance alone."""
        return {
            "rows": showing.account_rows(case, request.user),
            "what_next": showing.account_next(case),
            "status_tone": showing.TONES[case.status],
        }
