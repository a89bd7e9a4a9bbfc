"""The staff's pages of the plan: areas, headings, lines and programmes."""

from django.contrib import admin

from core.admin import ScopedAdmin
from programs.models import Area, Initiative, PlanLine, Program


@admin.register(Area)
class AreaAdmin(ScopedAdmin):
    """The seven areas."""

    list_display = ("number", "name", "kind")
    ordering = ("number",)


@admin.register(Initiative)
class InitiativeAdmin(ScopedAdmin):
    """The headings of the plans."""

    list_display = ("name", "area", "fiscal_year", "order")
    list_filter = ("fiscal_year",)
    list_select_related = ("area",)
    ordering = ("-fiscal_year", "area__number", "order")


@admin.register(Program)
class ProgramAdmin(ScopedAdmin):
    """Programmes over the years."""

    list_display = ("name", "code", "area", "valid_to")
    list_filter = ("area",)
    list_select_related = ("area",)
    search_fields = ("name", "name_en", "code")
    ordering = ("area__number", "pk")


@admin.register(PlanLine)
class PlanLineAdmin(ScopedAdmin):
    """Lines of the plans; the YAML of the year is loaded over them."""

    list_display = ("name", "number", "kind", "change", "mode", "fiscal_year", "valid_to")
    list_filter = ("fiscal_year", "kind", "change")
    search_fields = ("name", "name_en", "code")
    autocomplete_fields = ("program", "edition")
    filter_horizontal = ("offices",)
    ordering = ("-fiscal_year", "order", "pk")
