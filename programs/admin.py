"""The staff's pages of the plan, editions with rules, forms and calls."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit
from core.admin import CaseAdmin, ScopedAdmin
from core.admin.base import ScopedTabularInline, StatusFilter
from programs import actions
from programs.models import (
    Area,
    Call,
    Criterion,
    Edition,
    Form,
    FormVersion,
    Initiative,
    PlanLine,
    Program,
    Question,
    RuleSet,
)
from programs.rules import RuleData, RuleError


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

    list_display = ("name", "fiscal_year", "section", "budget", "decided_total", "rules_version")
    list_filter = ("fiscal_year", "is_example")
    list_select_related = ("program", "section", "rules")
    search_fields = ("name", "name_en", "program__code")
    autocomplete_fields = ("program", "section")
    filter_horizontal = ("offices",)
    readonly_fields = ("public_id", "decided_total", "rules_version", "criteria_fixed_at")
    inlines = (CriterionInline,)
    ordering = ("-fiscal_year", "pk")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Record the criteria before and after; a score given meanwhile refuses the change."""
        before = _criteria(form.instance)
        super().save_related(request, form, formsets, change)
        after = _criteria(form.instance)
        if before != after:
            changes = {"criteria": [before, after]}
            audit.record("change", form.instance, by=request.user, changes=changes)

    @admin.display(description=_("version of the rules"))
    def rules_version(self, edition: Edition) -> str:
        """Return the version in force, or that there is none."""
        return str(edition.rules.version) if edition.rules else "－"


def _criteria(edition: Edition) -> list[str]:
    """Return the criteria as the audit tells them: key, weight × most points, name."""
    rows = edition.criteria.order_by("order", "pk")
    return [f"{row.key} {row.weight}×{row.maximum} {row.name}" for row in rows]


@admin.register(PlanLine)
class PlanLineAdmin(ScopedAdmin):
    """Lines of the plans; the YAML of the year is loaded over them."""

    list_display = ("name", "number", "kind", "change", "mode", "fiscal_year", "valid_to")
    list_filter = ("fiscal_year", "kind", "change")
    search_fields = ("name", "name_en", "code")
    autocomplete_fields = ("program", "edition")
    filter_horizontal = ("offices",)
    ordering = ("-fiscal_year", "order", "pk")


class RuleSetForm(forms.ModelForm):
    """Checks that the data is a set of rules before a version is made of it."""

    class Meta:
        model = RuleSet
        fields = ("edition", "data", "note")

    def clean_data(self) -> dict[str, Any]:
        """Refuse what is no set of rules, naming the field."""
        data = self.cleaned_data["data"]
        try:
            RuleData.parse(data)
        except RuleError as error:
            raise ValidationError(str(error), code="rules") from error
        return data


@admin.register(RuleSet)
class RuleSetAdmin(ScopedAdmin):
    """Versions of rules: saved new, never changed."""

    form = RuleSetForm
    list_display = ("edition", "version", "created_at", "created_by", "note")
    list_filter = ("edition__fiscal_year",)
    list_select_related = ("edition", "created_by")
    autocomplete_fields = ("edition",)
    ordering = ("-pk",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A version stays as it is."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Show who saved it and when, once it is saved."""
        return ("version", "created_at", "created_by") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make a new version and put it in force."""
        saved = actions.save_rules(
            obj.edition, data=obj.data, by=request.user, now=timezone.now(), note=obj.note
        )
        obj.__dict__.update(saved.__dict__)


class QuestionInline(ScopedTabularInline):
    """The questions of a version that is not published."""

    model = Question
    ordering = ("order", "pk")

    def _is_open(self, version: Any) -> bool:
        return version is None or version.published_at is None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A question of an unpublished version was never asked and may go."""
        return obj is not None and self.has_change_permission(request, obj)


@admin.register(Form)
class FormAdmin(ScopedAdmin):
    """Forms by name."""

    list_display = ("name", "code")
    search_fields = ("name", "code")
    ordering = ("pk",)


@admin.register(FormVersion)
class FormVersionAdmin(ScopedAdmin):
    """Versions of forms with their questions; publishing is an action."""

    list_display = ("form", "number", "published_at")
    list_select_related = ("form",)
    list_filter = ("form",)
    readonly_fields = ("published_at",)
    inlines = (QuestionInline,)
    actions = ("publish_selected",)
    ordering = ("form_id", "-number")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A published version stays as it is."""
        is_open = obj is None or obj.published_at is None
        return is_open and super().has_change_permission(request, obj)

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Publish the chosen versions; one that cannot be is named with the reason."""
        for version in queryset.filter(published_at=None).select_related("form"):
            try:
                actions.publish_form(version, by=request.user, now=timezone.now())
            except ValidationError as error:
                messages.error(request, f"{version.form} {version.number}: {error.messages[0]}")
            else:
                messages.success(request, f"{version.form} {version.number}")


@admin.register(Call)
class CallAdmin(CaseAdmin):
    """Calls: opened, closed and extended by buttons."""

    list_display = ("title", "edition", "round", "shown_status", "opens_at", "closes_at")
    list_filter = (StatusFilter, "edition__fiscal_year")
    list_select_related = ("edition",)
    search_fields = ("title",)
    autocomplete_fields = ("edition", "form")
