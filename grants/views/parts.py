"""Parts of an application on pages of their own: budget, files, parties, printable draft."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit, files, workflow
from core.forms import BehalfForm
from core.views.screens import ScreenView
from grants.actions import drafting
from grants.forms import FilesForm, LineForm, PartyByCodeForm, expense_classes
from grants.judging import verdict_of
from grants.models import BudgetLine
from grants.printing import budget_shown, draft_pdf, files_shown, remember_print
from grants.views.screens import ApplicationScreens

EXTRA_LINES = 5


class PartView(ScreenView):
    """A part of an application that may be edited, saved over the version that was read."""

    screens = ApplicationScreens()
    template = ""
    title: Any = ""
    refusal = 400

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Show the part's form, or lead back where the status allows no change any more."""
        case = self.editable()
        if case.status in workflow.workflow_for(case).editable:
            return self.shown(case)
        words = {"status": workflow.status_label(case, request.user)}
        messages.warning(
            request, _("The record can no longer be edited: its status is “%(status)s”.") % words
        )
        return redirect(self.screens.url("detail", case.public_id))

    def shown(self, case: Any) -> HttpResponse:
        """Show the form with what is stored."""
        raise NotImplementedError

    def editable(self) -> Any:
        """Return the case; 403 unless the user may change it, by own right or for the body."""
        case, user = self.case(), self.request.user
        may = workflow.allowed(case, "change", user) or workflow.may_file_for(case, user)
        if not may:
            raise PermissionDenied
        return case

    def is_behalf(self, case: Any) -> bool:
        """Say whether the user acts for the body (a paper application)."""
        return not workflow.allowed(case, "change", self.request.user)

    def save(self, case: Any, children: Any) -> HttpResponse | None:
        """Write the whole list; None where it was refused and the page must be shown again."""
        version = self.request.POST.get("version", "")
        self.refusal, behalf = 400, None
        if self.is_behalf(case):
            form = BehalfForm(self.request.POST)
            if not form.is_valid():
                messages.error(
                    self.request, _("Say why you file on behalf and when the paper arrived.")
                )
                return None
            behalf = form.behalf(case)
        try:
            workflow.edit(
                case,
                by=self.request.user,
                now=timezone.now(),
                changes={},
                children=children,
                version=int(version) if version.isdecimal() else 0,
                behalf=behalf,
            )
        except (workflow.StaleVersion, workflow.InvalidTransition) as error:
            messages.error(self.request, str(error))
            self.refusal = 409
            return None
        except ValidationError as error:
            messages.error(self.request, " ".join(error.messages))
            return None
        messages.success(self.request, _("Saved."))
        if behalf:
            return redirect("admin:grants_application_change", case.pk)
        return redirect(self.screens.url("detail", case.public_id))

    def show(self, case: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Render the part's page; after a conflict, what is typed may be saved over what is there."""
        case.refresh_from_db()
        context |= {
            "object": case,
            "title": self.title,
            "version": case.version,
            "cancel_url": self.screens.url("detail", case.public_id),
            "behalf_form": BehalfForm(self.request.POST or None) if self.is_behalf(case) else None,
        }
        return render(self.request, self.template, context, status=status)


class ApplicationBudget(PartView):
    """The budget as a sheet of lines; empty lines are left out."""

    template = "grants/application_budget.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return the page's title."""
        return _("Budget")

    def formset(self, case: Any, data: Any = None) -> Any:
        """Return the sheet with the stored lines and some empty ones."""
        initial = [
            {
                "kind": x.kind,
                "category": x.category,
                "description": x.description,
                "basis": x.basis,
                "amount": x.amount,
            }
            for x in case.budget_lines.filter(stage=BudgetLine.Stage.APPLIED).order_by(
                "order", "pk"
            )
        ]
        sheet = forms.formset_factory(
            LineForm, extra=EXTRA_LINES, max_num=drafting.MAX_LINES, can_delete=True
        )
        return sheet(
            data, initial=initial, prefix="lines", form_kwargs={"classes": expense_classes(case)}
        )

    def shown(self, case: Any) -> HttpResponse:
        """Show the sheet."""
        return self.show(case, formset=self.formset(case), verdict=verdict_of(case))

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Replace the whole list."""
        case = self.editable()
        formset = self.formset(case, request.POST)
        if formset.is_valid():
            rows = [
                {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
                for form in formset
                if form.cleaned_data.get("description") and not form.cleaned_data.get("DELETE")
            ]
            done = self.save(case, drafting.lines_writer(rows))
            if done:
                return done
        stored = budget_shown(case) if self.refusal == 409 else None
        return self.show(
            case,
            self.refusal,
            formset=formset,
            errors=formset,
            stored=stored,
            verdict=verdict_of(case),
        )


class ApplicationFiles(PartView):
    """Add files, many at once, or take one out; each refusal says why."""

    template = "grants/application_files.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return the page's title."""
        return _("Papers")

    def shown(self, case: Any) -> HttpResponse:
        """Show what is there and a box for more."""
        return self._page(case)

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Keep the good files, and say of each other one why not."""
        case = self.editable()
        if request.POST.get("remove"):
            return self._remove(case, request.POST["remove"])
        form = FilesForm(request.POST, application=case)
        uploads = request.FILES.getlist("files")
        if not form.is_valid() or not uploads:
            return self._page(case, [_("Choose at least one file.")], 400)
        stored, refused = self._store(uploads)
        if stored:
            done = self.save(
                case, drafting.add_files(stored, form.cleaned_data["question"], by=request.user)
            )
            if done and not refused:
                return done
        return self._page(self.editable(), refused, self.refusal)

    def _store(self, uploads: list[Any]) -> tuple[list[Any], list[str]]:
        stored, refused = [], []
        for upload in uploads:
            try:
                stored.append(files.store(upload, by=self.request.user))
            except ValidationError as error:
                refused += error.messages
        return stored, refused

    def _remove(self, case: Any, public_id: str) -> HttpResponse:
        link = next(
            (x for x in case.files.select_related("file") if str(x.file.public_id) == public_id),
            None,
        )
        done = (
            self.save(case, drafting.remove_file(link.file, by=self.request.user)) if link else None
        )
        return done or self._page(case, status=self.refusal)

    def _page(self, case: Any, refused: list[str] | None = None, status: int = 200) -> HttpResponse:
        return self.show(
            case,
            status,
            form=FilesForm(application=case),
            files=files_shown(case),
            refused=refused or [],
        )


class ApplicationParties(PartView):
    """Joint bodies and implementers."""

    template = "grants/application_parties.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return the page's title."""
        return _("Bodies that take part")

    def formset(self, case: Any, data: Any = None) -> Any:
        """Return the list with some empty rows."""
        parties = case.parties.exclude(kind="lead").select_related("organization").order_by("pk")
        initial = [
            {
                "code": p.organization.code or p.organization.name,
                "kind": p.kind,
                "share": p.share,
                "consented_on": p.consented_on,
            }
            for p in parties
        ]
        rows = forms.formset_factory(PartyByCodeForm, extra=3, max_num=30, can_delete=True)
        return rows(data, initial=initial, prefix="parties")

    def shown(self, case: Any) -> HttpResponse:
        """Show the list."""
        return self.show(case, formset=self.formset(case))

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Replace the whole list."""
        case = self.editable()
        formset = self.formset(case, request.POST)
        if formset.is_valid():
            rows = [
                form.row()
                for form in formset
                if form.cleaned_data.get("organization") and not form.cleaned_data.get("DELETE")
            ]
            done = self.save(case, drafting.parties_writer(rows))
            if done:
                return done
        stored = case.parties.select_related("organization") if self.refusal == 409 else None
        return self.show(case, self.refusal, formset=formset, errors=formset, stored=stored)


class _DraftView(ScreenView):
    """The draft as PDF, to circulate in the body before it is submitted."""

    screens = ApplicationScreens()

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Download the draft, which changes nothing."""
        return self._pdf(self.case())

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Download it to circulate: a later change of the text is told before the submission."""
        case = self.case()
        if not workflow.may_edit(case, request.user):
            raise PermissionDenied
        remember_print(case)
        return self._pdf(case)

    def _pdf(self, case: Any) -> HttpResponse:
        pdf = draft_pdf(case, now=timezone.now())
        audit.record("print_draft", case, by=self.request.user)
        response = HttpResponse(pdf, content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="draft-{case.public_id}.pdf"'
        response["Cache-Control"] = "private, no-store"
        return response


draft = _DraftView.as_view()
