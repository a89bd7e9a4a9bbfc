"""The lists of an application on the officer's page: budget lines, bodies, comments."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from core.admin.base import ScopedTabularInline
from grants.amounts import ForeignAmountField
from grants.forms import LineForm, line_choices
from grants.models import ApplicationParty, BudgetLine, ReturnComment
from programs.rules import Currency


class PartInline(ScopedTabularInline):
    """A part of an application: seen and changed by whoever sees and changes the application."""

    def _parent(self) -> Any:
        return self.admin_site.get_model_admin(self.parent_model)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._parent().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._parent().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class LineAdminForm(forms.ModelForm):
    """A budget line as it is typed."""

    description = LineForm.base_fields["description"]
    basis = LineForm.base_fields["basis"]
    amount = LineForm.base_fields["amount"]
    foreign_amount = ForeignAmountField(label=gettext_lazy("amount in the budget's currency"))
    currency: Currency | None = None
    classes: Sequence[tuple[str, str]] = ()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields.pop("foreign_amount" if self.currency is None else "amount", None)
        if "category" in self.fields:
            choices = [("", "—"), *self.classes]
            label = self.fields["category"].label
            self.fields["category"] = forms.ChoiceField(
                label=label, choices=choices, required=False
            )

    def clean(self) -> dict[str, Any]:
        """Compute the yen of an amount in the budget's currency."""
        cleaned = super().clean() or {}
        amount = cleaned.get("foreign_amount")
        if self.currency is not None and amount is not None:
            self.instance.amount = self.currency.yen(amount)
        return cleaned


class BudgetLineInline(PartInline):
    """Lines applied for."""

    model = BudgetLine
    form = LineAdminForm
    fields = ("kind", "category", "description", "basis", "amount", "order")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the amount in the budget's currency where it has one."""
        wanted = "foreign_amount" if obj and obj.budget_currency else "amount"
        return [wanted if name == "amount" else name for name in self.fields]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).filter(stage=BudgetLine.Stage.APPLIED)
        return rows.order_by("order", "pk")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Offer the classes of cost of the application's rules."""
        given = line_choices(obj) if obj else {"classes": [], "currency": None}
        kwargs["form"] = type("LineAdminForm", (LineAdminForm,), given)
        return super().get_formset(request, obj, **kwargs)


class PartyInline(PartInline):
    """Bodies that take part."""

    model = ApplicationParty
    fields = ("organization", "kind", "share", "consented_on")
    autocomplete_fields = ("organization",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(kind="lead").select_related("organization")

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The lead is the applicant, from the beginning."""
        if db_field.name == "kind":
            kwargs["choices"] = [c for c in ApplicationParty.Kind.choices if c[0] != "lead"]
        return super().formfield_for_choice_field(db_field, request, **kwargs)


class CommentInline(PartInline):
    """What was to be corrected, and the answers."""

    model = ReturnComment
    fields = ("round", "field", "text", "answer", "resolved_at")
    readonly_fields = ("round", "field", "text", "resolved_at")
    max_num = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("pk")
