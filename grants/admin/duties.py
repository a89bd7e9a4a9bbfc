"""Disposals and tax credit reports for staff."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin import CaseAdmin
from core.admin.base import StatusFilter, UsedRelatedFilter
from core.admin.cases import CaseAdminForm
from grants.duty_forms import DISPOSAL_FIELDS, TAX_FIELDS
from grants.models import DisposalRequest, TaxCreditReport


class DisposalAdminForm(CaseAdminForm):
    """A disposal is written by the body, or corrected from its paper."""

    class Meta:
        model = DisposalRequest
        fields = DISPOSAL_FIELDS


class TaxAdminForm(CaseAdminForm):
    """A tax credit report is written by the body, or from its paper."""

    class Meta:
        model = TaxCreditReport
        fields = TAX_FIELDS


class DutyAdmin(CaseAdmin):
    """A duty of an award: begun by the body or by the fixed amount."""

    search_fields = ("receipt_number", "award__title", "organization__name")
    list_filter = (StatusFilter, ("edition", UsedRelatedFilter))
    related = ("organization", "section", "edition__section", "award__edition__section")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read with a duty what its page names."""
        return super().get_queryset(request).select_related(*self.related)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds one here."""
        return False


@admin.register(DisposalRequest)
class DisposalRequestAdmin(DutyAdmin):
    """Disposals: approved with what is to be paid back, or denied."""

    form = DisposalAdminForm
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
