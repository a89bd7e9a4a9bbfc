"""The staff's pages of forms: versions, their questions, publishing."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.admin import ScopedAdmin
from core.admin.base import ScopedTabularInline
from programs import actions
from programs.models import Form, FormVersion, Question


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
