"""The staff's pages of rules: saved as versions, never changed."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from core.admin import ScopedAdmin
from programs.admin.rule_pages import rules_page
from programs.kinds import KINDS
from programs.models import RuleSet
from programs.rules import sentences


@admin.register(RuleSet)
class RuleSetAdmin(ScopedAdmin):
    """Versions of rules: saved new, never changed; shown in words."""

    list_display = ("edition", "version", "created_at", "created_by", "note")
    list_filter = ("edition__fiscal_year",)
    list_select_related = ("edition", "created_by")
    search_fields = ("edition__name", "edition__program__code")
    fields = ("edition", "version", "created_at", "created_by", "note", "in_words")
    readonly_fields = fields
    ordering = ("-pk",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A version stays as it is."""
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Write the rules in boxes, try them on real applications, save them as a version."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return rules_page(request, {**self.admin_site.each_context(request), "opts": self.opts})

    @admin.display(description=_("the rules in words"))
    def in_words(self, rule_set: RuleSet) -> str:
        """Return each rule with its clause, and the mark where no source states it."""
        year = rule_set.edition.fiscal_year
        rows = sentences(rule_set.rules, fiscal_year=year, kinds=KINDS)
        return format_html(
            "<dl>{}</dl>",
            format_html_join(
                "",
                "<dt><strong>{}</strong></dt><dd>{}<br><small>{} {}</small></dd>",
                (
                    (row.title, row.text, row.clause, "" if row.is_confirmed else _UNCONFIRMED)
                    for row in rows
                ),
            ),
        )


_UNCONFIRMED = _("not confirmed")
