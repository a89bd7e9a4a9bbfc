"""Five screens of a case, as ModelAdmin is its admin and a viewset its API."""

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from core import exports, letters, receipts, registry, reports, workflow
from core.files import FileDamaged
from core.forms import plain_messages, show_on_fields
from core.views import jobs
from core.views.events import visible_events

PAGE_SIZE = 50


class CaseScreens:
    """What differs from case to case; subclass it in an app's views.py."""

    model: ClassVar[type[models.Model]]
    form_class: ClassVar[Any]
    list_columns: ClassVar[tuple[tuple[Any, str], ...]] = ()
    select_related: ClassVar[tuple[str, ...]] = ()
    likely: ClassVar[tuple[str, ...]] = ("submit",)

    def queryset(self, user: Any) -> Any:
        """Return the rows in scope with what a list row shows."""
        rows = self.model._default_manager.all().visible_to(user)  # type: ignore[attr-defined]
        return rows.select_related(*self.select_related)

    def list_queryset(self, user: Any) -> Any:
        """Return the rows of the list; a subclass may leave out what no cell shows."""
        return self.queryset(user)

    def list_row(self, case: Any, user: Any) -> list[Any]:
        """Return the cells of one list row."""
        return [str(case)]

    def detail_context(self, case: Any, request: HttpRequest) -> dict[str, Any]:
        """Return what the detail page adds: rows, steps, what happens next, comments, files."""
        return {}

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """Return a new case's first values; ValidationError where one cannot be begun."""
        return {}

    def save_new(self, form: Any, request: HttpRequest) -> Any:
        """Make the case from a valid form."""
        return workflow.create(
            self.model, by=request.user, now=timezone.now(), changes=form.changes()
        )

    def create_url(self) -> str:
        """Return where a new case is begun."""
        return self.url("create")

    def name(self, screen: str) -> str:
        """Return the URL name of a screen."""
        return f"{self.model._meta.app_label}:{self.model._meta.model_name}-{screen}"

    def url(self, screen: str, *args: Any) -> str:
        """Return the address of a screen."""
        return reverse(self.name(screen), args=args)

    @classmethod
    def urls(cls) -> list:
        """Return the five URL patterns, to be included under the plural's path."""
        screens, name = cls(), cls.model._meta.model_name
        registry.screens[cls.model] = screens
        exported = path("export/", jobs.case_export, {"model": cls.model}, name=f"{name}-export")
        return [
            *([exported] if reports.of_model(cls.model) else []),
            path("", CaseListView.as_view(screens=screens), name=f"{name}-list"),
            path("new/", CaseCreateView.as_view(screens=screens), name=f"{name}-create"),
            path(
                "<uuid:public_id>/", CaseDetailView.as_view(screens=screens), name=f"{name}-detail"
            ),
            path(
                "<uuid:public_id>/edit/",
                CaseUpdateView.as_view(screens=screens),
                name=f"{name}-update",
            ),
            path(
                "<uuid:public_id>/<slug:name>/",
                CaseTransitionView.as_view(screens=screens),
                name=f"{name}-transition",
            ),
        ]


class ScreenView(LoginRequiredMixin, View):
    """Finds the case in scope (404) and then the permission (403)."""

    screens: Any = None

    def case(self) -> Any:
        """Return the case of the address; 404 where it is not the user's to see."""
        rows = self.screens.queryset(self.request.user)
        case = get_object_or_404(rows, public_id=self.kwargs["public_id"])
        if not self.request.user.has_perm(workflow.permission_name(case, "view"), case):
            raise PermissionDenied
        return case

    def templates(self, kind: str) -> list[str]:
        """Return the app's own template before core's default."""
        meta = self.screens.model._meta
        return [f"{meta.app_label}/{meta.model_name}_{kind}.html", f"core/case_{kind}.html"]

    def page(self, kind: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Render a screen."""
        return render(self.request, self.templates(kind), context, status=status)


class CaseListView(ScreenView):
    """The cases in scope, newest first, by keyset."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page; `before` is the last id of the page before."""
        rows = self.screens.list_queryset(request.user).order_by("-pk")
        before = request.GET.get("before", "")
        if before.isdecimal():
            rows = rows.filter(pk__lt=int(before))
        found = list(rows[: PAGE_SIZE + 1])
        cases = found[:PAGE_SIZE]
        opts = self.screens.model._meta
        add = workflow.permission_name(self.screens.model, "add")
        context = {
            "title": opts.verbose_name_plural,
            "columns": [label for label, _width in self.screens.list_columns],
            "object_list": [
                {
                    "url": self.screens.url("detail", case.public_id),
                    "cells": self.screens.list_row(case, request.user),
                }
                for case in cases
            ],
            "page": {
                "next_url": f"?before={cases[-1].pk}" if len(found) > PAGE_SIZE else "",
                "previous_url": "?" if before else "",
            },
            "create_url": self.screens.create_url() if request.user.has_perm(add) else "",
            "export_url": self._export_url(),
            "formats": list(exports.FORMATS),
        }
        return self.page("list", context)

    def _export_url(self) -> str:
        report = reports.of_model(self.screens.model)
        return self.screens.url("export") if report and report.may(self.request.user) else ""


class CaseDetailView(ScreenView):
    """One case: what it says, what happens next, its letters, receipts and history."""

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Show the case."""
        return self.page("detail", self.context(self.case()))

    def context(self, case: Any) -> dict[str, Any]:
        """Return the page's context."""
        user, screens = self.request.user, self.screens
        return {
            "object": case,
            "title": str(case),
            "status": workflow.shown_status(case, user),
            "status_label": workflow.status_label(case, user),
            "transitions": [
                {
                    "name": row.name,
                    "label": row.label,
                    "primary": row.name in screens.likely,
                    "url": screens.url("transition", case.public_id, row.name),
                }
                for row in workflow.available(case, user)
            ],
            "edit_url": screens.url("update", case.public_id)
            if workflow.may_edit(case, user)
            else "",
            "letters": letters.for_case(case, user),
            "receipts": receipts.for_case(case),
            "events": visible_events(case, user),
            **screens.detail_context(case, self.request),
        }


class CaseCreateView(ScreenView):
    """Begin a case."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """403 for those who may begin none."""
        add = workflow.permission_name(self.screens.model, "add")
        if request.user.is_authenticated and not request.user.has_perm(add):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the empty form."""
        form = self.screens.form_class(user=request.user, initial=self.screens.initial(request))
        return self._form(form)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the case, or show the form again with all that was typed."""
        form = self.screens.form_class(
            request.POST, request.FILES, user=request.user, initial=self.screens.initial(request)
        )
        if not form.is_valid():
            return self._form(form, 400)
        try:
            case = self.screens.save_new(form, request)
        except ValidationError as error:
            form.add_error(None, error)
            return self._form(form, 400)
        return redirect(self.screens.url("detail", case.public_id))

    def _form(self, form: Any, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "title": _("New: %(kind)s") % {"kind": self.screens.model._meta.verbose_name},
            "submit_label": _("Save"),
            "cancel_url": self.screens.url("list"),
        }
        return self.page("form", context, status)


class CaseUpdateView(ScreenView):
    """Edit a case while its status allows it."""

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Show the form with what is stored, or the case where it is no longer edited."""
        case = self._editable()
        if reason := workflow.why_not_editable(case, request.user):
            messages.error(request, reason)
            return redirect(self.screens.url("detail", case.public_id))
        form = self.screens.form_class(user=request.user, instance=case)
        return self._form(case, form)

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Save over the version that was read; a newer one is shown and nothing overwritten."""
        case = self._editable()
        form = self.screens.form_class(
            request.POST, request.FILES, user=request.user, instance=case
        )
        if not form.is_valid():
            return self._form(case, form, 400)
        version = request.POST.get("version", "")
        try:
            saved = workflow.edit(
                type(case)._default_manager.get(pk=case.pk),
                by=request.user,
                now=timezone.now(),
                version=int(version) if version.isdecimal() else 0,
                changes=form.changes(),
                children=getattr(form, "children", None),
                settled=tuple(form.fields),
            )
        except (workflow.StaleVersion, workflow.InvalidTransition) as error:
            form.add_error(None, str(error))
            return self._form(case, form, 409, conflict=self._conflict(case, form))
        except ValidationError as error:
            form.add_error(None, error)
            return self._form(case, form, 400)
        messages.success(request, _("Saved."))
        return redirect(self.screens.url("detail", saved.public_id))

    def _editable(self) -> Any:
        case = self.case()
        if not self.request.user.has_perm(workflow.permission_name(case, "change"), case):
            raise PermissionDenied
        return case

    def _conflict(self, case: Any, form: Any) -> list[dict[str, Any]]:
        """Return mine and theirs for each field that differs."""
        theirs = type(case)._default_manager.get(pk=case.pk)
        return [
            {
                "label": form[name].label,
                "mine": form.cleaned_data.get(name),
                "theirs": getattr(theirs, name),
            }
            for name in form.fields
            if hasattr(theirs, name) and form.cleaned_data.get(name) != getattr(theirs, name)
        ]

    def _form(
        self, case: Any, form: Any, status: int = 200, conflict: list | None = None
    ) -> HttpResponse:
        current = type(case)._default_manager.values_list("version", flat=True).get(pk=case.pk)
        version = current if conflict is not None else self.request.POST.get("version", current)
        context = {
            "form": form,
            "object": case,
            "title": str(case),
            "submit_label": _("Save"),
            "cancel_url": self.screens.url("detail", case.public_id),
            "version": version,
            "conflict": conflict or [],
        }
        return self.page("form", context, status)


class CaseTransitionView(CaseDetailView):
    """One act: GET asks what it needs, POST makes it."""

    def get(self, request: HttpRequest, public_id: Any, name: str) -> HttpResponse:  # type: ignore[override]
        """Show the act's form, or a plain confirmation."""
        case, row = self._found(name)
        if not workflow.allowed(case, row.verb, request.user):
            raise PermissionDenied
        form = row.form(None, case=case, by=request.user, now=timezone.now()) if row.form else None
        return self._page(case, row, form)

    def post(self, request: HttpRequest, public_id: Any, name: str) -> HttpResponse:
        """Make the act; a repeated submit leads to its receipt."""
        case, row = self._found(name)
        now = timezone.now()
        try:
            workflow.run(case, name, by=request.user, now=now, data=request.POST)
        except ValidationError as error:
            form = row.form(request.POST, case=case, by=request.user, now=now) if row.form else None
            if form and form.is_valid():
                show_on_fields(form, error)
            return self._page(case, row, form, 400, error)
        except (workflow.InvalidTransition, FileDamaged) as error:
            return self._refused(case, name, error)
        messages.success(request, _("“%(act)s” is done.") % {"act": row.label})
        return self._after(case, name)

    def _found(self, name: str) -> tuple[Any, Any]:
        case = self.case()
        try:
            rows = workflow.workflow_for(case).named(name)
        except LookupError as error:
            raise Http404 from error
        return case, next((row for row in rows if case.status in row.source), rows[0])

    def _after(self, case: Any, name: str) -> HttpResponse:
        receipt = receipts.for_case(case).last() if name == "submit" else None
        if receipt:
            return redirect("receipt", public_id=receipt.public_id)
        return redirect(self.screens.url("detail", case.public_id))

    def _refused(self, case: Any, name: str, error: Exception) -> HttpResponse:
        if name == "submit" and receipts.for_case(case).exists():
            return self._after(case, name)
        messages.error(self.request, str(error))
        return self.page("detail", self.context(self.case()), 409)

    def _page(
        self,
        case: Any,
        row: Any,
        form: Any,
        status: int = 200,
        error: ValidationError | None = None,
    ) -> HttpResponse:
        known = set(form.fields) if form else set()
        context = {
            "object": case,
            "title": row.label,
            "transition": row,
            "form": form,
            "errors": plain_messages(error, known) if error else [],
            "cancel_url": self.screens.url("detail", case.public_id),
            **self.screens.detail_context(case, self.request),
        }
        return self.page("transition", context, status)
