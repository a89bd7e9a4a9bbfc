"""Disposals and tax credit reports for staff."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from core.admin import CaseAdmin
from core.admin.base import StatusFilter, UsedRelatedFilter
from core.admin.cases import CaseAdminForm
from grants.actions import duties
from grants.admin.begun import BegunAdmin
from grants.duty_desk import disposal_rows, tax_rows
from grants.duty_forms import DISPOSAL_FIELDS, TAX_FIELDS, DisposalForm, TaxForm
from grants.filed import files_shown
from grants.models import Asset, DisposalRequest, TaxCreditReport


class DisposalAdminForm(CaseAdminForm):
    """A disposal is written by the body, or from its paper."""

    reason, planned_on, proceeds = (DisposalForm.base_fields[n] for n in DISPOSAL_FIELDS[1:])
    clean_proceeds = DisposalForm.clean_proceeds

    class Meta:
        model = DisposalRequest
        fields = DISPOSAL_FIELDS


class TaxAdminForm(CaseAdminForm):
    """A tax credit report is written by the body, or from its paper."""

    input_tax = TaxForm.base_fields["input_tax"]
    clean_input_tax = TaxForm.clean_input_tax

    class Meta:
        model = TaxCreditReport
        fields = TAX_FIELDS


class DutyAdmin(CaseAdmin):
    """A duty of an award: begun by the body, from its paper, or by the fixed amount."""

    search_fields = ("receipt_number", "award__title", "organization__name")
    list_filter = (StatusFilter, ("edition", UsedRelatedFilter))
    related = ("organization", "section", "edition__section", "award__edition__section")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read with a duty what its page names."""
        return super().get_queryset(request).select_related(*self.related)

    def case_context(self, request: HttpRequest, case: Any) -> dict[str, Any]:
        """Show the case in words, with the way to its award."""
        return super().case_context(request, case) | {
            "is_sent": True,
            "sent": {
                "rows": [row for row in self.words(case) if row["anchor"] != "award"],
                "award": case.award,
                "award_url": case.award.staff_url(),
                "files": files_shown(case),
            },
            "sent_template": "grants/_duty_sent.html",
            "upload_url": reverse(f"grants:{self.opts.model_name}-files", args=[case.public_id]),
            "thread_template": "correspondence/case_threads.html",
        }

    def words(self, case: Any) -> list[dict[str, Any]]:
        """Return the case's fields in words."""
        raise NotImplementedError


@admin.register(DisposalRequest)
class DisposalRequestAdmin(BegunAdmin, DutyAdmin):
    """Disposals: approved with what is to be paid back, or denied."""

    form = DisposalAdminForm
    words = staticmethod(disposal_rows)
    source_model = Asset
    typed = DISPOSAL_FIELDS
    begin = staticmethod(duties.begin_disposal)
    likely = ("approve", "submit")
    list_display = (
        "asset",
        "shown_status",
        "organization",
        "manner",
        "planned_on",
        "arrived_at",
    )
    related = (*DutyAdmin.related, "asset")
    readonly_fields = ("award", "asset", "receipt_number", "arrived_at", "to_return", "answer")


@admin.register(TaxCreditReport)
class TaxCreditReportAdmin(DutyAdmin):
    """Tax credit reports: accepted, or the money ordered back."""

    form = TaxAdminForm
    words = staticmethod(tax_rows)
    likely = ("accept", "return_money", "submit")
    list_display = (
        "award",
        "shown_status",
        "organization",
        "due_on",
        "tax_status",
        "to_return",
    )
    readonly_fields = ("award", "due_on", "receipt_number", "arrived_at", "to_return")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The fixed amount asks for it."""
        return False
