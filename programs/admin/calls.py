"""The staff's pages of calls."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.admin import CaseAdmin
from core.admin.base import StatusFilter
from programs.models import Call


@admin.register(Call)
class CallAdmin(CaseAdmin):
    """Calls: opened, closed and extended by buttons."""

    list_display = ("title", "edition", "round", "shown_status", "opens_at", "closes_at")
    list_filter = (StatusFilter, "edition__fiscal_year")
    list_select_related = ("edition",)
    search_fields = ("title",)
    autocomplete_fields = ("edition", "form")
    readonly_fields = ("check_list",)

    @admin.display(description=_("Check-list"))
    def check_list(self, call: Call) -> str:
        """Lead back to what is to be confirmed in the call's edition."""
        if call.edition_id is None:
            return "－"
        page = reverse("admin:programs_edition_checklist", args=[call.edition_id])
        return format_html('<a href="{}">{}</a>', page, call.edition)
