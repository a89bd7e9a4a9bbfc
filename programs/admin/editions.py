"""The staff's pages of editions with their criteria."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from core import audit
from core.admin import ScopedAdmin
from core.admin.base import ScopedTabularInline
from core.fields import YenField
from programs.admin import from_checklist
from programs.admin.year_pages import checklist_page, copy_page, year_page
from programs.models import Criterion, Edition


class CriterionInline(ScopedTabularInline):
    """The criteria of an edition; they stay as they are once a score was given by them."""

    model = Criterion
    ordering = ("order", "pk")

    def _is_open(self, edition: Any) -> bool:
        return edition is None or edition.criteria_fixed_at is None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A criterion by which nobody has scored may go."""
        return obj is not None and self.has_change_permission(request, obj)


@admin.register(Edition)
class EditionAdmin(ScopedAdmin):
    """Editions; rules are saved as a new version on their own page."""

    list_display = (
        "name", "fiscal_year", "section", "budget_shown", "decided_shown", "rules_version"
    )  # fmt: skip
    list_filter = ("fiscal_year", "is_example")
    list_select_related = ("program", "section", "rules")
    search_fields = ("name", "name_en", "program__code")
    autocomplete_fields = ("program", "section")
    filter_horizontal = ("offices",)
    readonly_fields = ("public_id", "decided_shown", "rules_version", "criteria_fixed_at")
    fields = ("program", "fiscal_year", "name", "name_en", "section", "budget", "decided_shown",
              "rules_version", "routes_through_branch", "branch_clock", "blind_review",
              "criteria_fixed_at", "is_example", "offices", "public_id")  # fmt: skip
    inlines = (CriterionInline,)
    ordering = ("-fiscal_year", "pk")
    change_form_template = "programs/edition_change_form.html"
    change_list_template = "programs/edition_change_list.html"

    def get_urls(self) -> list:
        """Add the pages of a year: how far it is open, an edition copied, its check-list."""
        pages = [
            path("opening/", self._page(year_page), name="programs_edition_opening"),
            path("<int:pk>/next-year/", self._page(copy_page), name="programs_edition_copy"),
            path(
                "<int:pk>/check-list/",
                self._page(checklist_page),
                name="programs_edition_checklist",
            ),
        ]
        return [*pages, *super().get_urls()]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Take the budget as it is written anywhere else: 12,000,000 or 1200万円."""
        if db_field.name == "budget":
            return YenField(label=db_field.verbose_name, required=False)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Put the cursor where the check-list led."""
        return from_checklist.focus(request, super().get_form(request, obj, change, **kwargs))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> Any:
        """Go back to the check-list from which the page was opened."""
        found = from_checklist.back(request, obj)
        return found or super().response_post_save_change(request, obj)

    def _page(self, view: Callable[..., HttpResponse]) -> Any:
        """Give a page the frame of the admin, for whoever may see editions."""

        @wraps(view)
        def framed(request: HttpRequest, **named: Any) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            frame = {**self.admin_site.each_context(request), "opts": self.opts}
            return view(request, frame, **named)

        return self.admin_site.admin_view(framed)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Record the criteria before and after; a score given meanwhile refuses the change."""
        before = _criteria(form.instance)
        super().save_related(request, form, formsets, change)
        after = _criteria(form.instance)
        if before != after:
            changes = {"criteria": [before, after]}
            audit.record("change", form.instance, by=request.user, changes=changes)

    @admin.display(description=_("budget (yen)"), ordering="budget")
    def budget_shown(self, edition: Edition) -> str:
        """Return the budget with commas."""
        return "－" if edition.budget is None else f"{edition.budget:,}"

    @admin.display(description=_("decided so far (yen)"), ordering="decided_total")
    def decided_shown(self, edition: Edition) -> str:
        """Return the sum of the decisions with commas."""
        return f"{edition.decided_total:,}"

    @admin.display(description=_("version of the rules"))
    def rules_version(self, edition: Edition) -> str:
        """Return the version in force, or that there is none."""
        return str(edition.rules.version) if edition.rules else "－"


def _criteria(edition: Edition) -> list[str]:
    """Return the criteria as the audit tells them: key, weight × most points, name."""
    rows = edition.criteria.order_by("order", "pk")
    return [f"{row.key} {row.weight}×{row.maximum} {row.name}" for row in rows]
