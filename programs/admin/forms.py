"""The staff's pages of forms: a version is begun as a copy, edited, tried, compared, published."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from core.admin import ScopedAdmin
from core.admin.base import ScopedFieldsMixin
from programs import actions, versions
from programs.asking import PreviewForm
from programs.models import Form, FormVersion, Question
from programs.question_forms import QuestionForm, QuestionFormSet


class QuestionInline(ScopedFieldsMixin, admin.StackedInline):
    """The questions; shown only where the version is not published."""

    model = Question
    form = QuestionForm
    formset = QuestionFormSet
    extra = 0
    ordering = ("order", "pk")
    fields = (
        ("order", "kind", "required"),
        "section",
        "label",
        "help",
        "choice_lines",
        "limit",
        ("asked_if", "asked_answers"),
        "key",
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A question of an unpublished version was never asked and may go."""
        return self.has_change_permission(request, obj)


@admin.register(Form)
class FormAdmin(ScopedAdmin):
    """Forms by name, with their versions."""

    list_display = ("name", "code")
    search_fields = ("name", "code")
    readonly_fields = ("versions_shown",)
    ordering = ("pk",)

    @admin.display(description=gettext_lazy("versions"))
    def versions_shown(self, form: Form) -> str:
        """Link the versions, the newest first, and the page that begins the next one."""
        if not form.pk:
            return "－"
        rows = [
            (
                reverse("admin:programs_formversion_change", args=[version.pk]),
                _("Version %(number)s") % {"number": version.number},
                _("published version") if version.published_at else _("version being edited"),
            )
            for version in form.versions.order_by("-number")
        ]
        listed = format_html_join("", '<li><a href="{}">{}</a> {}</li>', rows)
        begin = f"{reverse('admin:programs_formversion_add')}?form={form.pk}"
        words = _("Begin the next version")
        return format_html('<ul>{}</ul><p><a href="{}">{}</a></p>', listed, begin, words)


class BeginForm(forms.ModelForm):
    """Which form gets a next version; one at a time is edited."""

    class Meta:
        model = FormVersion
        fields = ("form",)

    def clean_form(self) -> Form:
        """Refuse a second unpublished version, and say which one is there."""
        form = self.cleaned_data["form"]
        open_one = form.versions.filter(published_at=None).first()
        if open_one:
            number = {"number": open_one.number}
            raise ValidationError(
                _("Version %(number)s of this form is being edited already. Go on there.") % number
            )
        return form


@admin.register(FormVersion)
class FormVersionAdmin(ScopedAdmin):
    """Versions of forms; a new one begins with the questions of the latest."""

    list_display = ("form", "number", "published_at")
    list_select_related = ("form",)
    list_filter = ("form",)
    readonly_fields = ("number", "published_at", "questions_shown")
    inlines = (QuestionInline,)
    change_form_template = "admin/form_version_change_form.html"
    ordering = ("form_id", "-number")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A published version stays as it is."""
        is_open = obj is None or obj.published_at is None
        return is_open and super().has_change_permission(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple[Any, ...]:
        """A published version shows its questions in words, not in the editor's boxes."""
        return self.inlines if obj and obj.published_at is None else ()

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Ask for the form alone when a version begins."""
        return super().get_form(request, obj, **({} if obj else {"form": BeginForm}), **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Show a published version's questions in words."""
        if obj is None:
            return ("form",)
        shown = ("questions_shown",) if obj.published_at else ()
        return ("form", "number", "published_at", *shown)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A version stays with its form."""
        return self.readonly_fields if obj is None else ("form", *self.readonly_fields)

    @admin.display(description=gettext_lazy("questions"))
    def questions_shown(self, version: FormVersion) -> str:
        """List the questions as they are asked."""
        rows = (
            (q.label, q.get_kind_display(), _("required") if q.required else "")
            for q in version.questions.order_by("order")
        )
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{} ({}) {}</li>", rows))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Begin a version with the questions of the latest; nothing else of it is a field."""
        if not change:
            obj.__dict__.update(versions.begin_version(obj.form).__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Record the questions before and after."""
        before = versions.outline(form.instance)
        super().save_related(request, form, formsets, change)
        after = versions.outline(form.instance)
        if before != after:
            changes = {"questions": [before, after]}
            audit.record("change", form.instance, by=request.user, changes=changes)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """Go on to the questions."""
        messages.success(request, _("The version begins with the questions of the latest one."))
        return HttpResponseRedirect(self._page(obj, "change"))

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        """Stay with the questions; “look at it” leads to the preview."""
        if "_preview" in request.POST:
            return HttpResponseRedirect(self._page(obj, "preview"))
        messages.success(request, _("The questions are saved."))
        return HttpResponseRedirect(self._page(obj, "change"))

    def _page(self, version: Any, name: str) -> str:
        return reverse(f"admin:programs_formversion_{name}", args=[version.pk])

    def get_urls(self) -> list:
        """Add the preview and the page that publishes."""
        pages = (("preview", self.preview_view), ("publish", self.publish_view))
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"programs_formversion_{name}",
            )
            for name, view in pages
        ]
        return [*own, *super().get_urls()]

    def _version(self, request: HttpRequest, pk: int) -> FormVersion:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("form").prefetch_related("questions")
        return get_object_or_404(rows, pk=pk)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the questions as the applicant sees them; what is typed is checked and forgotten."""
        version = self._version(request, pk)
        form = PreviewForm(request.POST or None, version=version, label_suffix="")
        is_answered = form.is_bound and form.is_valid()
        context = {
            "title": _("Preview: %(version)s") % {"version": version},
            "form": form,
            "is_answered": is_answered,
            "back": self._page(version, "change"),
        }
        return render(request, "programs/form_preview.html", context)

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what changes for applicants, then publish: new drafts are asked this version."""
        version = self._version(request, pk)
        if not self.has_change_permission(request, version):
            raise PermissionDenied
        errors: list[str] = []
        if request.method == "POST":
            try:
                actions.publish_form(version, by=request.user, now=timezone.now())
            except ValidationError as error:
                errors = error.messages
            else:
                messages.success(
                    request, _("Published. New and open drafts are asked this version.")
                )
                return HttpResponseRedirect(self._page(version, "change"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish %(version)s") % {"version": version},
            "opts": self.opts,
            "version": version,
            "current": version.form.current,
            "differences": versions.differences(version.form.current, version),
            "errors": errors,
        }
        return render(request, "admin/form_version_publish.html", context)
