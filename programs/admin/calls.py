"""The staff's pages of calls."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.admin import CaseAdmin
from core.admin.base import StatusFilter
from programs.admin import from_checklist
from programs.checklist import back_to
from programs.models import Call


@admin.register(Call)
class CallAdmin(CaseAdmin):
    """Calls: opened, closed and extended by buttons."""

    list_display = ("title", "edition", "round", "shown_status", "opens_at", "closes_at")
    list_filter = (StatusFilter, "edition__fiscal_year")
    list_select_related = ("edition",)
    search_fields = ("title",)
    autocomplete_fields = ("edition", "form")
    fields = ("check_list", "edition", "round", "title", "summary", "opens_at", "closes_at",
              "hours_confirmed", "decides_on", "form", "shown_status", "version", "updated_at",
              "read_version")  # fmt: skip
    readonly_fields = ("check_list",)
    formfield_overrides = {
        models.CharField: {"widget": AdminTextInputWidget({"class": "vLargeTextField"})}
    }

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Put the cursor where the check-list led."""
        return from_checklist.focus(request, super().get_form(request, obj, change, **kwargs))

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Go back to the check-list from which the page was opened."""
        found = from_checklist.back(request, obj.edition)
        return found or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Go back to the check-list from which the page was opened."""
        found = from_checklist.back(request, obj.edition)
        return found or super().response_post_save_change(request, obj)

    @admin.display(description=_("Check-list"))
    def check_list(self, call: Call) -> str:
        """Lead to what is to be confirmed in the call's edition; say whether the call waits for it."""
        if call.edition_id is None:
            return "－"
        link = format_html('<a href="{}">{}</a>', back_to(call.edition), call.edition)
        if call.status != Call.Status.DRAFT or not call.awaits_check:
            return link
        told = _(
            "This call does not open by itself before every item is confirmed there. "
            "“Open” opens it all the same."
        )
        return format_html("{}<br>{}", link, told)
