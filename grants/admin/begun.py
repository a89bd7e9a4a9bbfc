"""Cases that are begun from the page of what they belong to, by staff for a body's paper."""

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.admin import CaseAdmin
from core.forms import BehalfForm, behalf_from
from grants.models import Award

BEHALF = (gettext_lazy("Filing on behalf of the body"), {"fields": tuple(BehalfForm.base_fields)})


class BegunAdmin(CaseAdmin):
    """A case that an address begins: `?award=…` or `?asset=…`; without it nothing is added."""

    source_model: ClassVar[Any] = Award
    typed: ClassVar[tuple[str, ...]] = ()

    def begin(self, source: Any, **given: Any) -> Any:
        """Begin the case by the action that the screens use."""
        raise NotImplementedError

    def require_begun(self, source: Any) -> None:
        """Raise ValidationError where none can be begun of this source."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Staff with a paper before them, from the page of what it belongs to."""
        is_named = self.source_model._meta.model_name in request.GET
        return is_named and super().has_add_permission(request)

    def source(self, request: HttpRequest) -> Any:
        """Return what the address names; 404 where it is not this user's to see."""
        name = self.source_model._meta.model_name
        rows = self.source_model.objects.visible_to(request.user)
        try:
            return get_object_or_404(rows, public_id=request.GET[name])
        except ValidationError as error:
            raise Http404 from error

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the paper's words, then whose paper it is."""
        if obj is None:
            return ((None, {"fields": self.typed}), BEHALF)
        return super().get_fieldsets(request, obj)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Lead back where nothing can be begun; else name what the case belongs to."""
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        source = self.source(request)
        award = getattr(source, "award", source)
        try:
            self.require_begun(source)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(award.staff_url())
        named = {
            "subtitle": f"{award.award_number} {award.organization} {source}",
            "show_save_and_add_another": False,  # it would begin one of nothing
            "show_save_and_continue": False,
        }
        return super().add_view(request, form_url, {**(extra_context or {}), **named})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Begin it as the body itself would, with its paper's day of arrival; or edit."""
        if change:
            super().save_model(request, obj, form, change)
            return
        source = self.source(request)
        data = form.cleaned_data
        case = self.begin(
            source,
            by=request.user,
            now=timezone.now(),
            changes={name: data[name] for name in self.typed},
            behalf=behalf_from(data, getattr(source, "award", source)),
        )
        obj.__dict__.update(case.__dict__)
