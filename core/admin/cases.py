"""The base admin of cases: status read-only, buttons from the workflow, edits through core."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core import audit, letters, receipts, registry, workflow
from core.admin import history
from core.admin.base import ScopedAdmin
from core.files import FileDamaged
from core.forms import BehalfForm, behalf_from
from core.preview import AsApplicant, owner_scope
from core.views.events import visible_events
from core.views.screens import CaseDetailView


class CaseAdminForm(forms.ModelForm):
    """Carries the version that was read, and whose paper staff are filing."""

    read_version = forms.IntegerField(
        label=gettext_lazy("version"), widget=forms.HiddenInput, required=False
    )
    behalf_reason = forms.CharField(
        label=gettext_lazy("reason for filing on behalf"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("For example: the application arrived on paper."),
    )
    paper_arrived_on = BehalfForm.base_fields["paper_arrived_on"].__class__(
        label=gettext_lazy("arrival of the paper"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["read_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Refuse half a paper, and a save over someone else's; all that was typed stays."""
        cleaned = super().clean() or {}
        if any(cleaned.get(name) for name in BehalfForm.base_fields):
            for name, errors in BehalfForm(cleaned).errors.as_data().items():
                if name not in self.errors:
                    self.add_error(name, errors)
        read = cleaned.get("read_version")
        if self.instance.pk:
            now_version = type(self.instance)._default_manager.values_list("version", flat=True)
            if now_version.get(pk=self.instance.pk) != read:
                raise ValidationError(
                    _(
                        "Someone else changed this record meanwhile. Open it in another tab, compare, and save again."
                    ),
                    code="stale-version",
                )
        return cleaned


class CaseAdmin(ScopedAdmin):
    """A case for staff: scoped, audited, no delete; the status itself is never a field."""

    form = CaseAdminForm
    change_form_template = "admin/case_change_form.html"
    transition_template = "admin/case_transition.html"
    act_templates: dict[str, str] = {}
    likely: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Show the status and version; nobody types them."""
        return (*super().get_readonly_fields(request, obj), "shown_status", "version", "updated_at")

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def shown_status(self, obj: Any) -> str:
        """Return the status in words."""
        return obj.status_text

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By own right, or for a body whose paper arrived."""
        own = super().has_add_permission(request)
        return own or workflow.may_file_for(self.model, request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By own right or on behalf, and only while the status allows."""
        user = request.user
        if obj is None:
            own = super().has_change_permission(request)
            return own or workflow.may_file_for(self.model, user)
        if obj.status not in workflow.workflow_for(obj).editable:
            return False
        return workflow.may_edit(obj, user) or workflow.may_file_for(obj, user)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Ask for reason and day of the paper where the user writes for a body alone."""
        form = super().get_form(request, obj, change=change, **kwargs)
        own = workflow.may_edit(obj, request.user) if obj else super().has_add_permission(request)
        for name in BehalfForm.base_fields.keys() & form.base_fields.keys():
            form.base_fields[name] = copy(form.base_fields[name])
            form.base_fields[name].required = not own
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Create or edit through core.workflow, so that lock, version and audit hold."""
        names = {f.name for f in obj._meta.concrete_fields if f.editable}
        data = form.cleaned_data
        behalf = behalf_from(data, obj)
        if change:
            changes = {name: data[name] for name in form.changed_data if name in names}
            saved = workflow.edit(
                type(obj)._default_manager.get(pk=obj.pk),
                by=request.user,
                now=timezone.now(),
                version=data.get("read_version"),
                changes=changes,
                settled=tuple(changes),
                behalf=behalf,
            )
        else:
            changes = {name: data[name] for name in data if name in names}
            saved = workflow.create(
                type(obj),
                by=request.user,
                now=timezone.now(),
                changes=self.initial_changes(changes),
                behalf=behalf,
            )
        obj.__dict__.update(saved.__dict__)

    def initial_changes(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Return what to write when a case is made; a subclass adds what follows from it."""
        return changes

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write changed lines as one edit of the case: their write bumps the parent."""
        changed = [formset for formset in formsets if formset.has_changed()]
        if not changed:
            return

        def write(case: Any) -> dict[str, Any]:
            for formset in changed:
                formset.instance = case
                formset.save()
            return {formset.prefix: ["…", "…"] for formset in changed} | self.after_lines(case)

        workflow.edit(
            form.instance,
            by=request.user,
            now=timezone.now(),
            version=None,
            changes={},
            children=write,
            settled=(),
            behalf=behalf_from(form.cleaned_data, form.instance),
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what is there to be filled in where nothing can be, and papers nobody files."""
        found = super().get_fields(request, obj)
        if not workflow.has_owner_acts(self.model):
            found = [name for name in found if name not in BehalfForm.base_fields]
        if obj is None or self.has_change_permission(request, obj):
            return found
        return [name for name in found if name not in CaseAdminForm.base_fields]

    def after_lines(self, case: Any) -> dict[str, Any]:
        """Recompute what rests on the lines; a subclass says what."""
        return {}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: Any = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Show why a save was refused where it happened inside the lock."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (workflow.StaleVersion, workflow.InvalidTransition, ValidationError) as error:
            text = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            messages.error(request, text)
            return redirect(request.path)

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}_transition"
        view = self.admin_site.admin_view(self.transition_view)
        found = [path("<path:object_id>/transitions/<slug:name>/", view, name=name)]
        if owner_scope(self.model):
            preview = self.admin_site.admin_view(require_safe(self.preview_view))
            found.append(path("<path:object_id>/preview/", preview, name=self._name("preview")))
        return [*found, *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the body's page as a reader of the body sees it; only GET, and recorded."""
        case = get_object_or_404(self.get_queryset(request), pk=object_id)
        owner = owner_scope(self.model)
        screens = registry.screens.get(self.model)
        if screens is None or owner is None:
            raise Http404
        if not self.has_view_permission(request, case):
            raise PermissionDenied
        audit.record("view_as_applicant", case, by=request.user)
        request.user = AsApplicant(request.user, case, owner)
        page = CaseDetailView(screens=screens)
        page.setup(request, public_id=case.public_id)
        context = page.context(page.case())
        change = reverse(f"admin:{self._name('change')}", args=[object_id])
        shown = {"body_page": page.templates("detail")[0], "back_url": change}
        return render(request, "admin/case_preview.html", {**context, **shown})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Add what the case page shows: buttons, letters, receipts, history."""
        case = self.get_object(request, object_id)
        extra = self.case_context(request, case) if case else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def case_context(self, request: HttpRequest, case: Any) -> dict[str, Any]:
        """Return the case page's context; a subclass adds verdict, budget, earlier years."""
        rows = workflow.available(case, request.user)
        is_sent = case.status != workflow.workflow_for(case).initial
        ours = {row.name for row in rows if not (is_sent and row.owner_act)}
        likely = next((name for name in self.likely if name in ours), "")
        return {
            "case": case,
            "is_sent": is_sent,
            "status_label": workflow.status_label(case, request.user),
            "transitions": [
                {
                    "name": row.name,
                    "label": row.label,
                    "url": self._transition_url(case, row.name),
                    "is_likely": row.name == likely,
                }
                for row in rows
            ],
            "letters": letters.for_case(case, request.user),
            "receipts": receipts.for_case(case),
            "events": history.with_names(visible_events(case, request.user)[:50]),
            "preview_url": self._preview_url(case),
        }

    def act_context(self, request: HttpRequest, case: Any, form: Any) -> dict[str, Any]:
        """Return what an act's own template (`act_templates`) needs beside its form."""
        return {}

    def _preview_url(self, case: Any) -> str:
        shown = owner_scope(self.model) and self.model in registry.screens
        return reverse(f"admin:{self._name('preview')}", args=[case.pk]) if shown else ""

    def _transition_url(self, case: Any, name: str) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_transition", args=[case.pk, name]
        )

    def transition_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask what the act needs (GET), make it (POST); 409 where it is not possible now."""
        case = get_object_or_404(self.get_queryset(request), pk=object_id)
        flow = workflow.workflow_for(case)
        if name not in {row.name for row in flow.transitions}:
            raise Http404
        rows = workflow.available(case, request.user)
        row = next((r for r in rows if r.name == name), None)
        if row is None:
            return self._refused(request, case, name)
        on_behalf = row.owner_act and not workflow.allowed(case, row.verb, request.user)
        data = request.POST if request.method == "POST" else None
        form = row.form(data, case=case, by=request.user, now=timezone.now()) if row.form else None
        behalf_form = BehalfForm(data) if on_behalf else None
        if data is None:
            return self._transition_page(request, case, row, (form, behalf_form))
        return self._run(request, case, row, (form, behalf_form))

    def _refused(self, request: HttpRequest, case: Any, name: str) -> HttpResponse:
        """Say why an act that is no button now cannot be made: 403, or 409 with the status."""
        if request.method != "POST":
            raise PermissionDenied
        return self._run(request, case, workflow.workflow_for(case).named(name)[0], (None, None))

    def _run(
        self, request: HttpRequest, case: Any, row: Any, forms: tuple[Any, Any]
    ) -> HttpResponse:
        if [f for f in forms if f is not None and not f.is_valid()]:
            return self._transition_page(request, case, row, forms, 400)
        behalf = forms[1].behalf(case) if forms[1] else None
        try:
            workflow.run(
                case,
                row.name,
                by=request.user,
                now=timezone.now(),
                data=request.POST,
                behalf=behalf,
            )
        except ValidationError as error:
            return self._transition_page(request, case, row, forms, 400, error)
        except (workflow.InvalidTransition, FileDamaged) as error:
            messages.error(request, str(error))
            return self._transition_page(request, case, row, forms, 409)
        messages.success(request, _("“%(act)s” is done.") % {"act": row.label})
        return self._back(case)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Stay with the case: its acts come next."""
        return self._back(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Stay with the case: its acts come next."""
        return self._back(obj)

    def _back(self, case: Any) -> HttpResponseRedirect:
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[case.pk])
        return HttpResponseRedirect(page)

    def _transition_page(  # noqa: PLR0917 - one page, shown from five places
        self,
        request: HttpRequest,
        case: Any,
        row: Any,
        forms: tuple[Any, Any],
        status: int = 200,
        error: ValidationError | None = None,
    ) -> HttpResponse:
        """Render the act's page; `forms` are the act's own and the one of filing on behalf."""
        context = {
            **self.admin_site.each_context(request),
            "title": row.label,
            "opts": self.opts,
            "case": case,
            "transition": row,
            "form": forms[0],
            "behalf_form": forms[1],
            "errors": error.messages if error else [],
        }
        template = self.act_templates.get(row.name) if forms[0] else None
        if template:
            context |= self.act_context(request, case, forms[0])
        return render(request, template or self.transition_template, context, status=status)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).order_by("-pk")
