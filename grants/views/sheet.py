"""Sections that are lists: the budget with what the rules say as it is typed, and the bodies."""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from grants import sections
from grants.actions import drafting
from grants.forms import LineForm, PartyByCodeForm, expense_classes
from grants.judging import facts_of, rules_of
from grants.models import ApplicationParty, BudgetLine
from grants.views.filling import SectionPage
from programs.rules import judge

EXTRA_LINES = 5
EXTRA_BODIES, MAX_BODIES = 3, 30


class RowsPage(SectionPage):
    """A section that is a whole list: its rows are typed, compared and saved together."""

    rows_name = ""
    columns: tuple[str, ...] = ()

    def stored_rows(self, case: Any) -> list[list[str]]:
        """Return what is stored, as texts."""
        raise NotImplementedError

    def rows_title(self) -> str:
        """Return what the whole list is called where it is compared."""
        return str(self.title)

    def row_words(self, case: Any, row: list[str]) -> str:
        """Return one row in words."""
        raise NotImplementedError

    def writer(self, formset: Any) -> Any:
        """Return what writes the rows of a valid list."""
        raise NotImplementedError

    def formset(self, case: Any, data: Any = None, rows: Any = None) -> Any:
        """Return the list with its rows and some empty ones."""
        raise NotImplementedError

    def theirs(self, case: Any) -> sections.Raw:
        """Return the fields and the rows, as texts."""
        rows = case.draft_input.get(self.rows_name)
        rows = self.stored_rows(case) if rows is None else rows
        return super().theirs(case) | {self.rows_name: rows}

    def stored(self, case: Any) -> sections.Raw:
        """Return what is stored, the rows included."""
        return super().stored(case) | {self.rows_name: self.stored_rows(case)}

    def mine(self, case: Any, data: Any) -> sections.Raw:
        """Return what was sent."""
        rows = sections.typed_rows(data, self.rows_name, self.columns)
        return super().mine(case, data) | {self.rows_name: rows}

    def label(self, case: Any, name: str) -> str:
        """Return the field's label."""
        return self.rows_title() if name == self.rows_name else super().label(case, name)

    def words(self, case: Any, name: str, value: Any) -> str:
        """Return the rows as lines of text."""
        if name != self.rows_name:
            return super().words(case, name, value)
        return "\n".join(self.row_words(case, row) for row in value)

    def inputs(self, name: str, value: Any) -> list[tuple[str, str]]:
        """Return the rows' own inputs, or the field's."""
        if name != self.rows_name:
            return super().inputs(name, value)
        return list(sections.rows_data(value, name, self.columns).items())

    def write(self, case: Any, merged: sections.Raw) -> HttpResponse:
        """Replace the whole list together with the section's fields."""
        raw, rows = dict(merged), merged[self.rows_name]
        del raw[self.rows_name]
        form = self.form(case, sections.merged_data(self.completed(case, raw)))
        typed = rows == sections.typed_rows(self.request.POST, self.rows_name, self.columns)
        data = sections.rows_data(rows, self.rows_name, self.columns)
        formset = self.formset(case, self.request.POST if typed else data)
        if form.is_valid() and formset.is_valid():
            write_rows = self.writer(formset)
            done = self.save(
                case,
                lambda application: form.children(application) | write_rows(application),
                changes=form.changes(),
                settled=(*form.fields, self.rows_name),
                version=case.version,
            )
            return done or self.page(case, form, self.refusal, formset=formset)
        self.keep(case, merged)
        return self.page(case, form, 400, formset=formset, errors=formset)

    def completed(self, case: Any, raw: sections.Raw) -> sections.Raw:
        """Return the fields to read, with what the page did not send."""
        return raw

    def page(self, case: Any, form: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Show the list, with what was typed and not saved."""
        case.refresh_from_db()
        context = {
            "formset": self.formset(case, rows=self.theirs(case)[self.rows_name]),
            "is_unsaved": self.rows_name in case.draft_input,
        } | context
        return super().page(case, form, status, **context)


class ApplicationBudget(RowsPage):
    """The budget as a sheet of lines beside the amount applied for; empty lines are left out."""

    template = "grants/application_budget.html"
    slug = "budget"
    rows_name = "lines"
    columns = sections.LINE

    def stored_rows(self, case: Any) -> list[list[str]]:
        """Return the stored lines."""
        return sections.stored_lines(case)

    def rows_title(self) -> str:
        """Return the sheet's name."""
        return _("Budget")

    def row_words(self, case: Any, row: list[str]) -> str:
        """Return one line in words."""
        classes, kinds = dict(expense_classes(case)), dict(BudgetLine.Kind.choices)
        return f"{classes.get(row[1]) or kinds.get(row[0], '')} {row[2]} {row[3]} {row[4]}円"

    def mine(self, case: Any, data: Any) -> sections.Raw:
        """Return what was sent; a page that sends no amount leaves it as it is."""
        found = super().mine(case, data)
        if "requested_amount" not in data:
            found.pop("requested_amount", None)
        return found

    def completed(self, case: Any, raw: sections.Raw) -> sections.Raw:
        """Leave the amount as it is where the page sent none."""
        return {"requested_amount": self.form(case).theirs().get("requested_amount", "")} | raw

    def formset(self, case: Any, data: Any = None, rows: Any = None) -> Any:
        """Return the sheet with its lines and some empty ones."""
        initial = [dict(zip(sections.LINE, row, strict=True)) for row in rows or ()]
        sheet = forms.formset_factory(
            LineForm, extra=EXTRA_LINES, max_num=drafting.MAX_LINES, can_delete=True
        )
        return sheet(
            data, initial=initial, prefix="lines", form_kwargs={"classes": expense_classes(case)}
        )

    def writer(self, formset: Any) -> Any:
        """Return the writer of the lines."""
        return drafting.lines_writer(lines_of(formset))

    def page(self, case: Any, form: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Show the sheet beside its sums and what the rules say."""
        case.refresh_from_db()
        lines = self.theirs(case)["lines"]
        return super().page(case, form, status, **context, **judged(case, lines, form))


class ApplicationParties(RowsPage):
    """Joint bodies and implementers."""

    template = "grants/application_parties.html"
    slug = rows_name = "parties"
    columns = sections.PARTY

    def stored_rows(self, case: Any) -> list[list[str]]:
        """Return the stored bodies."""
        return sections.stored_parties(case)

    def row_words(self, case: Any, row: list[str]) -> str:
        """Return one body in words."""
        kinds = dict(ApplicationParty.Kind.choices)
        share = f"{row[2]}円" if row[2] else ""
        return " ".join(
            text for text in (row[1], str(kinds.get(row[0], "")), share, row[3]) if text
        )

    def formset(self, case: Any, data: Any = None, rows: Any = None) -> Any:
        """Return the list with some empty rows."""
        initial = [dict(zip(sections.PARTY, row, strict=True)) for row in rows or ()]
        bodies = forms.formset_factory(
            PartyByCodeForm, extra=EXTRA_BODIES, max_num=MAX_BODIES, can_delete=True
        )
        return bodies(data, initial=initial, prefix="parties")

    def writer(self, formset: Any) -> Any:
        """Return the writer of the bodies."""
        return drafting.parties_writer(
            form.row()
            for form in formset
            if form.cleaned_data.get("organization") and not form.cleaned_data.get("DELETE")
        )


def lines_of(formset: Any) -> list[dict[str, Any]]:
    """Return the lines of a valid sheet, without empty and deleted ones."""
    return [
        {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
        for form in formset
        if form.cleaned_data.get("description") and not form.cleaned_data.get("DELETE")
    ]


def judged(case: Any, rows: list[list[str]], form: Any) -> dict[str, Any]:
    """Return the sums and the verdict of the sheet as typed; lines that cannot be read are left out.

    The one function of the rules judges it, so that the page never says what a submission does not.
    """
    classes, expenses, income = expense_classes(case), {}, 0
    for row in rows:
        line = LineForm(dict(zip(sections.LINE, row, strict=True)), classes=classes)
        amount = line.cleaned_data.get("amount") if line.is_valid() else None
        if amount is None:
            continue
        if line.cleaned_data["kind"] == BudgetLine.Kind.INCOME:
            income += amount
        else:
            key = line.cleaned_data["category"]
            expenses[key] = expenses.get(key, 0) + amount
    requested = requested_of(form)
    cost = sum(expenses.values())
    sums = {"expense_total": cost, "income_total": income, "requested_amount": requested}
    rule_set = rules_of(case)
    if rule_set is None:
        return {"sums": sums, "verdict": None}
    facts = replace(
        facts_of(case),
        requested_amount=requested,
        eligible_cost=cost,
        income=income,
        expenses=expenses,
    )
    return {"sums": sums, "verdict": judge(rule_set.rules, facts)}


def requested_of(form: Any) -> int:
    """Return the amount applied for as typed, 0 where it cannot be read (yen)."""
    name = "requested_amount"
    text = form.data.get(name, "") if form.is_bound else form.theirs()[name]
    try:
        return form.fields[name].clean(text) or 0
    except forms.ValidationError:
        return 0


class BudgetCheck(ApplicationBudget):
    """The sums and the verdict of what is typed, for budget-sheet.js; nothing is saved."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Judge the sheet as it was sent."""
        case = self.editable()
        form = self.form(case, request.POST)
        context = judged(case, sections.typed_lines(request.POST), form)
        html = render_to_string("grants/_judged.html", context, request)
        return JsonResponse({"html": html} | context["sums"])
