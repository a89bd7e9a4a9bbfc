"""Scoped and audited admin classes for what is no case."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit, today
from core.admin import history
from core.admin.lists import ListMixin


def narrowed(queryset: Any, user: Any) -> Any:
    """Return the rows in the user's scope, where the model has scopes at all."""
    return queryset.visible_to(user) if hasattr(queryset, "visible_to") else queryset


class ScopedFieldsMixin:
    """Foreign keys and many-to-many fields offer only rows in scope."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Narrow a foreign key."""
        kwargs.setdefault(
            "queryset", narrowed(db_field.remote_field.model._default_manager.all(), request.user)
        )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Narrow a many-to-many field."""
        kwargs.setdefault(
            "queryset", narrowed(db_field.remote_field.model._default_manager.all(), request.user)
        )
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Show only rows in scope; inlines too."""
        return narrowed(super().get_queryset(request), request.user)  # type: ignore[misc]


class ScopedTabularInline(ScopedFieldsMixin, admin.TabularInline):
    """Lines of a record, in scope."""

    extra = 0


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A list filter that offers only related rows in scope."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list:
        """Narrow the choices as everything else."""
        rows = narrowed(field.related_model._default_manager.all(), request.user)
        return [(row.pk, str(row)) for row in rows.order_by("pk")[:200]]


class StatusFilter(admin.SimpleListFilter):
    """The statuses of a case, in words."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list:
        """Offer every status of the model."""
        return model_admin.model.Status.choices

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        """Narrow to the chosen status."""
        return queryset.filter(status=self.value()) if self.value() else queryset


class TodayFilter(admin.SimpleListFilter):
    """The lists of 今日の仕事 that have rows of this model."""

    title = _("today's work")
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list:
        """Offer the kinds of work that an app registered for the model."""
        kinds = today.works_of(model_admin.model)
        return [(kind, title) for kind, title in today.LISTS.items() if kind in kinds]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        """Narrow as the page of today's work does."""
        work = today.works_of(queryset.model).get(self.value() or "")
        return work.rows(queryset, request.user, timezone.now()) if work else queryset


class UsedRelatedFilter(ScopedRelatedFilter):
    """Offers only related rows that the listed records really have."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list:
        """Return the related rows in use, latest first."""
        used = model_admin.get_queryset(request).order_by().values(field.attname)
        rows = narrowed(field.related_model._default_manager.all(), request.user)
        return [(row.pk, str(row)) for row in rows.filter(pk__in=used).order_by("-pk")[:50]]


class ScopedAdmin(ListMixin, ScopedFieldsMixin, admin.ModelAdmin):
    """Rows in scope, every save recorded, nothing deleted."""

    show_full_result_count = False
    list_per_page = 50
    actions_on_top = True
    object_history_template = "admin/audit_history.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the record itself, not only for records of its kind."""
        return self._may(request, "view", obj) or self._may(request, "change", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the record itself: an auditor changes their own key, and no other."""
        return self._may(request, "change", obj)

    def _may(self, request: HttpRequest, verb: str, obj: Any) -> bool:
        permission = f"{self.opts.app_label}.{verb}_{self.opts.model_name}"
        return request.user.has_perm(permission, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted; a status or `valid_to` says that a record ended."""
        return False

    def get_actions(self, request: HttpRequest) -> dict:
        """Leave out Django's delete action even where a subclass lists actions."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool
    ) -> None:
        """Save what was typed, nothing beside it that changed meanwhile, and record it."""
        if not change:
            super().save_model(request, obj, form, change)
            audit.record("add", obj, by=request.user)
            return
        before, written = type(obj)._default_manager.get(pk=obj.pk), self.written_fields(form)
        obj.save(update_fields=written)
        found = audit.changes_between(audit.snapshot(before), obj)
        changes = {name: pair for name, pair in found.items() if name in written}
        if changes:
            audit.record("change", obj, by=request.user, changes=changes)

    def written_fields(self, form: forms.ModelForm) -> set[str]:
        """Return the columns that a change writes; a subclass adds what follows from them."""
        columns = {f.name for f in form.instance._meta.concrete_fields}
        return columns & set(form.changed_data)

    def construct_change_message(
        self, request: Any, form: Any, formsets: Any, add: bool = False
    ) -> list:
        """Django's LogEntry is off, and its words would ask formsets that were not saved."""
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Django's LogEntry is off: the audit has it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Django's LogEntry is off: the audit has it."""

    def history_words(self, obj: Any) -> dict[str, Any]:
        """Return words for what the audit names by codes; a subclass knows its parts."""
        return {}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show the record's audit instead of Django's log."""
        obj = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.has_view_or_change_permission(request, obj):
            return render(request, "403.html", status=403)
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "object": obj,
            "opts": self.opts,
            "events": history.told(audit.events_for(obj)[:500], obj, self.history_words(obj)),
        }
        return render(request, self.object_history_template, context)
