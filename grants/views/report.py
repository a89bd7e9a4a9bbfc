"""The final report, part by part: costs, receipts, what was handed on, results, answers."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import workflow
from grants import stages
from grants.actions import drafting, reporting
from grants.amounts import foreign_text, rate_text
from grants.award_desk import files_shown
from grants.forms import expense_classes
from grants.models import BudgetLine
from grants.report_forms import (
    LINE,
    PASSED,
    ActualLineForm,
    ListForm,
    PassedOnForm,
    RepliesForm,
    ReportFilesForm,
    ResultsForm,
)
from grants.sections import canonical
from grants.views.awards import PARTS, AwardScreens, comments, part_url
from grants.views.files import FilesPart
from grants.views.filling import SectionPage
from grants.views.part import CasePart, PartView
from grants.views.saving import Autosave
from grants.views.sheet import EXTRA_LINES, RowsPage

EXTRA_BODIES, MAX_BODIES = 2, 30


class InReport:
    """What a part of a report does otherwise than a section of an application."""

    screens = AwardScreens()
    request: HttpRequest
    slug = ""
    template = "grants/report_part.html"

    @property
    def title(self) -> str:
        """Return the part's title."""
        return str(dict(PARTS).get(self.slug, _("Answers to CLAIR’s comments")))

    def editable(self) -> Any:
        """Return the award; no form of it is renewed."""
        return CasePart.editable(self)  # type: ignore[arg-type]

    def is_of_older_form(self, case: Any) -> bool:
        """Say no: a report asks no questions of a form."""
        return False

    def next_url(self, case: Any) -> str:
        """Return the next part after “save and go on”, else the award's page."""
        if self.request.POST.get("go") != "next":  # type: ignore[attr-defined]
            return self.screens.url("detail", case.public_id)
        return self.following(case)

    def following(self, case: Any) -> str:
        """Return the part after this one; after the last one the award's page."""
        slugs = [slug for slug, _label in PARTS]
        index = slugs.index(self.slug) + 1 if self.slug in slugs else len(slugs)
        if index < len(slugs):
            return part_url(case, slugs[index])
        return self.screens.url("detail", case.public_id)

    def show(self, case: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Add the part, what comes after it and CLAIR's comments."""
        context = {
            "section": self.slug,
            "following_url": self.following(case),
            "comments": comments(case),
            "autosave_url": reverse("grants:award-report-autosave", args=[case.public_id]),
            **context,
        }
        return CasePart.show(self, case, status, **context)  # type: ignore[arg-type]


class ReportResults(InReport, SectionPage):
    """The report's words, and target and actual of each indicator."""

    slug = "results"  # type: ignore[assignment]

    def form(self, case: Any, data: Any = None) -> Any:
        """Return the part's form."""
        return ResultsForm(data, instance=case)


class ReportLines(InReport, RowsPage):
    """Actual costs and income; it begins with the lines as last decided."""

    slug = rows_name = "lines"  # type: ignore[assignment]
    columns = LINE
    template = "grants/report_lines.html"

    def form(self, case: Any, data: Any = None) -> Any:
        """Return a form without fields of its own."""
        return ListForm(data, instance=case)

    def stored_rows(self, case: Any) -> list[list[str]]:
        """Return the stored lines; before the first save those decided, without amounts."""
        lines = [x for x in case.application.budget_lines.all() if x.stage == "actual"]
        lines.sort(key=lambda line: (line.order, line.pk))
        if lines:
            return [[*_words(line), _amount(line)] for line in lines]
        return [[*_words(line), ""] for line in stages.latest_lines(case)]

    def rows_title(self) -> str:
        """Return the list's name."""
        return self.title

    def row_words(self, case: Any, row: list[str]) -> str:
        """Return one line in words."""
        classes = dict(expense_classes(case.application))
        return f"{classes.get(row[2], row[2])} {row[3]} {row[4]} {row[5]}円"

    def formset(self, case: Any, data: Any = None, rows: Any = None) -> Any:
        """Return the sheet with its lines and some empty ones."""
        initial = [dict(zip(LINE, row, strict=True)) for row in rows or ()]
        sheet = forms.formset_factory(
            ActualLineForm, extra=EXTRA_LINES, max_num=drafting.MAX_LINES, can_delete=True
        )
        application = case.application
        choices = {
            "classes": expense_classes(application),
            "currency": application.budget_currency,
            "decided": {line.match_key: line.amount for line in stages.latest_lines(case)},
        }
        return sheet(data, initial=initial, prefix="lines", form_kwargs=choices)

    def writer(self, formset: Any) -> Any:
        """Return the writer of the lines."""
        return reporting.actual_writer(
            {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in formset
            if form.cleaned_data.get("description") and not form.cleaned_data.get("DELETE")
        )

    def page(self, case: Any, form: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Show the sheet beside what was decided."""
        decided = stages.latest_lines(case)
        return super().page(
            case,
            form,
            status,
            decided=[
                {"words": f"{x.description}", "amount": x.amount}
                for x in decided
                if x.kind == BudgetLine.Kind.EXPENSE
            ],
            rate=rate_text(case.application.budget_currency),
            sums=_sums(case, decided),
            **context,
        )


def _sums(case: Any, decided: list[Any]) -> list[dict[str, Any]]:
    """Return cost and income as saved beside those decided (yen)."""
    found = {"expense": case.actual_expense, "income": case.actual_income}
    rows = []
    for kind, actual in found.items():
        before = sum(line.amount for line in decided if line.kind == kind)
        label = BudgetLine.Kind(kind).label
        rows.append(
            {"label": label, "actual": actual, "decided": before, "more": (actual or 0) - before}
        )
    return rows


def _words(line: BudgetLine) -> list[str]:
    return [line.kind, line.match_key, line.category, line.description, line.basis]


def _amount(line: BudgetLine) -> str:
    if line.foreign_amount is not None:
        return foreign_text("-", line.foreign_amount).removeprefix("- ")
    return f"{line.amount:,}"


class ReportPassedOn(InReport, RowsPage):
    """What was handed on to implementers (NPO), each with its day of payment."""

    slug = rows_name = "passed_on"  # type: ignore[assignment]
    columns = PASSED
    template = "grants/report_passed_on.html"

    def form(self, case: Any, data: Any = None) -> Any:
        """Return a form without fields of its own."""
        return ListForm(data, instance=case)

    def stored_rows(self, case: Any) -> list[list[str]]:
        """Return what is stored; before the first save the implementers of the application."""
        fields = PassedOnForm.base_fields
        rows = list(case.passed_on.select_related("organization").order_by("pk"))
        if rows:
            return [
                [
                    row.organization.code or row.organization.name,
                    f"{row.amount:,}",
                    canonical(fields["paid_on"].prepare_value(row.paid_on)),
                ]
                for row in rows
            ]
        parties = case.application.parties.filter(kind="implementer").select_related("organization")
        return [
            [p.organization.code or p.organization.name, "", ""] for p in parties.order_by("pk")
        ]

    def rows_title(self) -> str:
        """Return the list's name."""
        return self.title

    def row_words(self, case: Any, row: list[str]) -> str:
        """Return one row in words."""
        return f"{row[0]} {row[1]}円 {row[2]}"

    def formset(self, case: Any, data: Any = None, rows: Any = None) -> Any:
        """Return the list with some empty rows."""
        initial = [dict(zip(PASSED, row, strict=True)) for row in rows or ()]
        bodies = forms.formset_factory(
            PassedOnForm, extra=EXTRA_BODIES, max_num=MAX_BODIES, can_delete=True
        )
        return bodies(data, initial=initial, prefix="passed_on")

    def writer(self, formset: Any) -> Any:
        """Return the writer of the rows."""
        return reporting.passed_on_writer(
            form.row()
            for form in formset
            if form.cleaned_data.get("organization") and not form.cleaned_data.get("DELETE")
        )


class ReportFiles(InReport, FilesPart, PartView):
    """Receipts by line and other papers."""

    slug = "files"
    template = FilesPart.template
    hint = gettext_lazy("Choose what they prove and add one or several files.")

    def files_form(self, case: Any, data: Any = None, **given: Any) -> ReportFilesForm:
        """Ask what the files prove."""
        return ReportFilesForm(data, award=case, **given)

    def adder(self, stored: list[Any], form: Any) -> Any:
        """Return the writer that adds the files to their line."""
        return reporting.add_files(stored, *form.chosen(), by=self.request.user)

    def remover(self, stored: Any) -> Any:
        """Return the writer that takes one out."""
        return reporting.remove_file(stored, by=self.request.user)

    def files_there(self, case: Any) -> list[dict[str, Any]]:
        """Return the files, each with the cost that it proves."""
        return files_shown(case, self.request.user)

    def read_version(self, case: Any) -> int:
        """A receipt is added to what stands there now."""
        return case.version

    def next_url(self, case: Any) -> str:
        """Stay with the files: receipts come line by line."""
        return part_url(case, "files")


class ReportComments(InReport, PartView):
    """The body's answers to CLAIR's comments."""

    slug = "comments"
    template = "grants/report_comments.html"

    def shown(self, case: Any) -> HttpResponse:
        """Show each comment with a box for the answer."""
        return self.show(case, form=RepliesForm(award=case))

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Save the answers."""
        case = self.editable()
        form = RepliesForm(request.POST, award=case)
        if not form.is_valid():
            return self.show(case, 400, form=form)
        done = self.save(case, drafting.replies_writer(form.replies()))
        return done or self.show(case, self.refusal, form=form)


_FACES = {"lines": ReportLines, "passed_on": ReportPassedOn, "results": ReportResults}


class ReportAutosave(InReport, Autosave):
    """Saving a part of the report while one types."""

    @property
    def slug(self) -> str:  # type: ignore[override]
        """Return the part that the form names."""
        return self.request.POST.get("section", "")

    @cached_property
    def face(self) -> Any:
        """Return the page whose form was sent."""
        face = _FACES.get(self.slug, ReportResults)()
        face.setup(self.request, **self.kwargs)
        return face

    def post(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Keep what was typed, or say which entries a colleague changed too."""
        case = self.case()
        if not workflow.allowed(case, "change", request.user):
            raise PermissionDenied
        if reason := workflow.why_not_editable(case, request.user):
            return JsonResponse({"error": reason}, status=409)
        return self._keep(case)
