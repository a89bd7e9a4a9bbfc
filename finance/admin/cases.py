"""Payments, repayments and bank accounts in the staff's admin."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from approvals.models import ApprovalItem
from core import chosen
from core.admin import CaseAdmin
from core.admin.base import StatusFilter, TodayFilter, UsedRelatedFilter
from core.admin.cases import CaseAdminForm
from core.fiscal import today
from core.forms import behalf_from
from finance import showing
from finance.actions.payments import request_payment
from finance.admin import transfers
from finance.forms import PastDayField, PaymentForm
from finance.models import Commitment, Payment, Repayment

P = Payment.Status


class PaymentAdminForm(PaymentForm, CaseAdminForm):
    """The boxes of a claim; a paper invoice is filed for the body, with its day of arrival."""

    commitment = forms.ModelChoiceField(
        label=gettext_lazy("commitment"), queryset=Commitment.objects.none()
    )

    invoice_date = PastDayField(label=gettext_lazy("date of the invoice"))

    class Meta:
        model = Payment
        fields = ["amount", "invoice_number", "invoice_date", "reason", "cash_plan"]

    def __init__(self, *args: Any, **kwargs: Any):
        CaseAdminForm.__init__(self, *args, **kwargs)
        rows = Commitment.objects.select_related("organization").order_by("-pk")
        if self.instance.pk:
            del self.fields["kind"], self.fields["commitment"]
        elif "commitment" in self.fields:
            self.fields["commitment"].queryset = rows

    def clean(self) -> dict[str, Any]:
        """Check the claim, and the paper."""
        cleaned = super().clean()
        if not self.instance.pk:
            self.instance.kind = cleaned.get("kind") or ""
        return cleaned

    def _post_clean(self) -> None:
        """The form itself says all; the model's own fields are set by the action."""


def _link(page: str, text: Any) -> Any:
    return format_html('<a href="{}">{}</a>', page, text) if page else text


class DeskAdmin(CaseAdmin):
    """A case that is read in words beside its acts, and edited only where a body's paper came."""

    def rows_of(self, case: Any, request: HttpRequest) -> list[dict[str, Any]]:
        """Return what the page says of the case."""
        raise NotImplementedError

    def case_context(self, request: HttpRequest, case: Any) -> dict[str, Any]:
        """Show the case in words."""
        rows = self.rows_of(case, request)
        return super().case_context(request, case) | {
            "is_sent": True,
            "sent": {"rows": rows} | self.more_of(case),
            "sent_template": "finance/_desk.html",
        }

    def more_of(self, case: Any) -> dict[str, Any]:
        """Return what stands below the rows."""
        return {}

    def to_approval(self, request: HttpRequest, act: str, ready: Any) -> Any:
        """Lead to the approval's form with the cases; many are kept in the session."""
        ids = ready.order_by("pk").values_list("public_id", flat=True)
        asked = {
            "act": act,
            "case_label": self.opts.label_lower,
            chosen.NAME: chosen.keep(request, ids),
        }
        page = reverse("admin:approvals_approval_add")
        return redirect(f"{page}?{urlencode(asked)}")


@admin.register(Payment)
class PaymentAdmin(DeskAdmin):
    """Claims: return, refuse, pay; approved through an approval, one or many at once."""

    form = PaymentAdminForm
    likely = ("pay", "request")
    list_display = (
        "reference",
        "shown_status",
        "organization",
        "kind",
        "amount_shown",
        "invoice_date",
        "paid_on",
    )
    more_columns = ("receipt_number", "edition", "invoice_number", "accounting_fy", "updated_at")
    list_filter = (
        TodayFilter,
        StatusFilter,
        "kind",
        ("edition", UsedRelatedFilter),
        ("organization", UsedRelatedFilter),
        "accounting_fy",
    )
    search_fields = (
        "commitment__reference",
        "receipt_number",
        "invoice_number",
        "organization__name",
    )
    list_select_related = ("commitment", "organization", "edition__program")
    actions = ("draft_approval",)
    change_list_template = "finance/payment_change_list.html"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the claim and for the paper that it arrived on."""
        names = ("commitment", "kind") if obj is None else ("shown_status",)
        claim = ("amount", "invoice_number", "invoice_date", "reason", "cash_plan")
        paper = ("behalf_reason", "paper_arrived_on", "read_version")
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": ("shown_status", "version")}),)
        return (
            (None, {"fields": (*names, *claim)}),
            (gettext_lazy("Filing on behalf of the body"), {"fields": paper}),
        )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        """Keep the declared boxes: `kind` and `commitment` are no editable model fields."""
        kw["fields"] = PaymentAdminForm.Meta.fields
        return super().get_form(request, obj, change, **kw)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Claim under the commitment's lock; or edit as every case is."""
        if change:
            super().save_model(request, obj, form, change)
            return
        data = form.cleaned_data
        commitment = data["commitment"]
        names = ("kind", *PaymentAdminForm.Meta.fields)
        saved = request_payment(
            commitment,
            by=request.user,
            now=timezone.now(),
            changes={name: data[name] for name in names},
            behalf=behalf_from(data, Payment(organization=commitment.organization)),
        )
        obj.__dict__.update(saved.__dict__)

    def rows_of(self, case: Payment, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the claim, and how the commitment stands."""
        found = case.commitment
        standing = _("decided %(decided)s, fixed %(fixed)s, paid %(paid)s, claimed %(pending)s") % {
            "decided": f"{found.decided:,}",
            "fixed": "－" if found.fixed is None else f"{found.fixed:,}",
            "paid": f"{found.paid:,}",
            "pending": f"{found.pending:,}",
        }
        return [
            *self._linked(showing.payment_rows(case, request.user), case),
            {"label": _("commitment (yen)"), "value": standing},
            *self._approvals(case),
        ]

    def _linked(self, rows: list[dict[str, Any]], case: Payment) -> list[dict[str, Any]]:
        """Lead from the number to the case that is paid for, and from the account to its page."""
        reference, account = case.commitment.reference, case.account
        pages = {reference: case.commitment.told_by_case("staff_url") or ""}
        if account is not None:
            pages[str(account)] = account.get_staff_url()
        return [row | {"value": _link(pages.get(row["value"], ""), row["value"])} for row in rows]

    def _approvals(self, case: Payment) -> list[dict[str, Any]]:
        """Return the approvals that carry the claim, the latest first (支払伺)."""
        items = ApprovalItem.objects.filter(
            approval__case_label=case._meta.label, case_id=case.pk, dropped_at=None
        )
        return [
            {
                "label": _("approval of the payment"),
                "value": _link(
                    reverse("admin:approvals_approval_change", args=[item.approval_id]),
                    f"{item.approval.number} {item.approval.subject}"
                    f"（{item.approval.status_text}）",
                ),
            }
            for item in items.select_related("approval").order_by("-pk")
        ]

    @admin.display(description=gettext_lazy("reference number"), ordering="commitment__reference")
    def reference(self, payment: Payment) -> str:
        """Return the number of the decision."""
        return payment.commitment.reference

    @admin.display(description=gettext_lazy("claimed amount (yen)"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        """Return the amount as people read it."""
        return f"{payment.amount:,}"

    @admin.action(description=gettext_lazy("Draft an approval for the selected payments"))
    def draft_approval(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the approval's form with the selected claims (支払伺)."""
        ready = queryset.filter(status=P.REQUESTED)
        if ready.count() != queryset.count():
            self.message_user(
                request, _("Choose only claims that wait for approval."), messages.ERROR
            )
            return None
        return self.to_approval(request, "approve", ready)

    def get_urls(self) -> list:
        """Add the pages of the transfer files."""
        guarded = self.admin_site.admin_view
        pages = [
            path(
                "transfers/",
                guarded(self._framed(transfers.list_page)),
                name=self._name("transfers"),
            ),
            path(
                "transfers/<uuid:public_id>/",
                guarded(self._framed(transfers.detail_page)),
                name=self._name("transfer"),
            ),
        ]
        return [*pages, *super().get_urls()]

    def _framed(self, view: Any) -> Any:
        def framed(request: HttpRequest, **kwargs: Any) -> Any:
            frame = {**self.admin_site.each_context(request), "opts": self.opts}
            return view(request, frame, **kwargs)

        return framed

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Add the sum of the filtered list, and the way to the transfer files."""
        may = request.user.has_perm("finance.view_transferfile")
        page = reverse("admin:finance_payment_transfers") if may else ""
        response = super().changelist_view(
            request, {**(extra_context or {}), "transfers_url": page}
        )
        listed = getattr(response, "context_data", None)
        if listed and "cl" in listed:
            listed["total"] = showing.sum_of(listed["cl"].queryset)
        return response


class NoBoxesForm(CaseAdminForm):
    """Nothing of an order is edited."""

    behalf_reason = None  # type: ignore[assignment]
    paper_arrived_on = None  # type: ignore[assignment]

    class Meta:
        model = Repayment
        fields: list[str] = []


@admin.register(Repayment)
class RepaymentAdmin(DeskAdmin):
    """Orders to pay back: book what comes in, propose a waiver."""

    form = NoBoxesForm
    likely = ("receive",)
    list_display = (
        "reference",
        "shown_status",
        "organization",
        "kind",
        "principal_shown",
        "outstanding_shown",
        "due_on",
    )
    list_filter = (TodayFilter, StatusFilter, "kind", ("edition", UsedRelatedFilter))
    search_fields = ("commitment__reference", "organization__name")
    list_select_related = ("commitment", "organization", "edition__program")
    fields = ("shown_status", "version")
    actions = ("draft_approval",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The acts on an award order money back."""
        return False

    def rows_of(self, case: Repayment, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the order and what is owed today."""
        return showing.repayment_rows(case, today(timezone.now()))

    def more_of(self, case: Repayment) -> dict[str, Any]:
        """Return what came in, and every step of the interest."""
        return {
            "reckoning": showing.reckoning(case, today(timezone.now())),
            "received": showing.received(case),
        }

    @admin.display(description=gettext_lazy("reference number"), ordering="commitment__reference")
    def reference(self, repayment: Repayment) -> str:
        """Return the number of the decision."""
        return repayment.commitment.reference

    @admin.display(description=gettext_lazy("ordered amount (yen)"), ordering="principal")
    def principal_shown(self, repayment: Repayment) -> str:
        """Return the amount as people read it."""
        return f"{repayment.principal:,}"

    @admin.display(description=pgettext_lazy("repayment", "principal still open"))
    def outstanding_shown(self, repayment: Repayment) -> str:
        """Return what is open; nothing once it is repaid or waived."""
        return f"{repayment.outstanding:,}" if repayment.status in Repayment.OPEN else "－"

    @admin.action(description=gettext_lazy("Draft an approval of the waiver"))
    def draft_approval(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the approval's form with the selected orders (免除伺)."""
        ready = queryset.filter(status__in=Repayment.OPEN).exclude(waive_reason="")
        if ready.count() != queryset.count():
            text = _("Choose only open orders for which a waiver was proposed.")
            self.message_user(request, text, messages.ERROR)
            return None
        return self.to_approval(request, "waive", ready)
