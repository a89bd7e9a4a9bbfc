"""Bank accounts in the staff's admin: entered from a body's paper, checked by a second person."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.admin.base import StatusFilter, TodayFilter
from core.admin.cases import CaseAdminForm
from core.forms import behalf_from
from finance import showing
from finance.actions.accounts import propose_account
from finance.admin.cases import DeskAdmin
from finance.forms import ABROAD, IN_JAPAN, AccountFields
from finance.models import BankAccount
from finance.models.accounts import masked

BOXES = tuple(AccountFields.base_fields)
PLACES = (
    (gettext_lazy("Account in Japan"), IN_JAPAN),
    (gettext_lazy("Account abroad"), ABROAD),
)


class BankAccountAdminForm(AccountFields, CaseAdminForm):
    """The boxes of an account as a body's paper says it; a number is never shown in its box."""

    class Meta:
        model = BankAccount
        fields = ["section", *BOXES]

    def __init__(self, *args: Any, **kwargs: Any):
        CaseAdminForm.__init__(self, *args, **kwargs)
        if self.instance.pk and "number" in self.fields:
            self.initial["number"] = ""
            self.fields["number"].required = False
            self.fields["number"].help_text = _("Leave empty to keep %(number)s.") % {
                "number": masked(self.instance.number)
            }

    def clean(self) -> dict[str, Any]:
        """Keep the number that was not typed again, and check the account as a whole."""
        if self.instance.pk and not self.cleaned_data.get("number"):
            self.cleaned_data["number"] = self.instance.number
        return super().clean()

    def _post_clean(self) -> None:
        """The form itself says all; the model's own fields are set by the action."""


@admin.register(BankAccount)
class BankAccountAdmin(DeskAdmin):
    """Accounts: checked by a second person before they are used; numbers masked in lists."""

    form = BankAccountAdminForm
    likely = ("check",)
    list_display = (
        "organization",
        "section",
        "account_shown",
        "holder",
        "shown_status",
        "created_at",
    )
    more_columns = ("receipt_number",)
    list_filter = (TodayFilter, StatusFilter, "kind")
    search_fields = ("organization__name", "bank_name", "branch_name", "receipt_number")
    list_select_related = ("organization", "section")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the account, in Japan or abroad, and for the paper that it arrived on."""
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": ("shown_status", "version")}),)
        first = ("section",) if obj is None else ("shown_status",)
        whole = (*first, "kind", "bank_name", "number", "holder")
        paper = ("behalf_reason", "paper_arrived_on", "read_version")
        return (
            (None, {"fields": whole}),
            *((title, {"fields": names}) for title, names in PLACES),
            (gettext_lazy("Filing on behalf of the body"), {"fields": paper}),
        )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        """Keep the declared boxes; the section is fixed once the account is proposed."""
        kw["fields"] = list(BOXES) if obj else BankAccountAdminForm.Meta.fields
        return super().get_form(request, obj, change, **kw)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name a section with its body: many bodies have a section of the same name."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "section":
            bodies = field.queryset.filter(organization__isnull=False, valid_to=None)
            field.queryset = bodies.select_related("organization").order_by("organization_id", "pk")
            field.label_from_instance = lambda section: f"{section.organization} {section.name}"
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Propose it for the body, its paper's day named; or correct it before it is checked."""
        if change:
            form.changed_data = list(BOXES)
            super().save_model(request, obj, form, change)
            return
        data = form.cleaned_data
        changes = {name: data[name] for name in BankAccountAdminForm.Meta.fields}
        body = data["section"].organization
        saved = propose_account(
            by=request.user,
            now=timezone.now(),
            changes=changes | {"organization": body},
            behalf=behalf_from(data, BankAccount(organization=body)),
        )
        obj.__dict__.update(saved.__dict__)

    def rows_of(self, case: BankAccount, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the account, the number as the reader may know it, and the one in use."""
        rows = BankAccount.objects.filter(section=case.section_id, status=BankAccount.Status.IN_USE)
        current = rows.exclude(pk=case.pk).first()
        beside = [{"label": _("in use now"), "value": str(current)}] if current else []
        return [*showing.account_rows(case, request.user), *beside]

    @admin.display(description=pgettext_lazy("finance", "bank account"))
    def account_shown(self, account: BankAccount) -> str:
        """Return the bank, the number masked."""
        return str(account)
