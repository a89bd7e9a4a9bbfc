"""The staff's pages of rules: saved as versions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from core.admin import ScopedAdmin
from programs import actions
from programs.models import RuleSet
from programs.rules import RuleData, RuleError


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
