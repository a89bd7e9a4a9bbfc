"""The staff's pages of calls."""

from django.contrib import admin

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
