"""Sections that are lists: the budget with what the rules say as it is typed, and the bodies."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.fields import YenField
from grants import sections
from grants.actions import drafting
from grants.amounts import foreign_text, rate_text
from grants.forms import LineForm, PartyByCodeForm, expense_classes
from grants.judging import facts_of, verdict_of
from grants.models import ApplicationParty, BudgetLine
from grants.views.filling import SectionPage
from programs.rules import Currency, judge

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
        unit = self.currency.code if self.currency else "円"
        return f"{classes.get(row[1]) or kinds.get(row[0], '')} {row[2]} {row[3]} {row[4]}{unit}"

    @cached_property
    def currency(self) -> Currency | None:
        """Return the currency in which the page's amounts are: the one sent, or the one stored."""
        case = self.case()
        rules = case.rules
        if rules is None or not rules.currencies:
            return None
        code = self.request.POST.get("currency") or self.form(case).theirs()["currency"]
        return rules.currency(code)

    def mine(self, case: Any, data: Any) -> sections.Raw:
        """Return what was sent; a page that sends no amount leaves it as it is."""
        found = super().mine(case, data)
        for name in self.section.fields:
            if name not in data:
                found.pop(name, None)
        return found

    def completed(self, case: Any, raw: sections.Raw) -> sections.Raw:
        """Leave amount and currency as they are where the page sent none."""
        there = self.form(case).theirs()
        return {name: there.get(name, "") for name in self.section.fields} | raw

    def formset(self, case: Any, data: Any = None, rows: Any = None) -> Any:
        """Return the sheet with its lines and some empty ones."""
        initial = [dict(zip(sections.LINE, row, strict=True)) for row in rows or ()]
        sheet = forms.formset_factory(
            LineForm, extra=EXTRA_LINES, max_num=drafting.MAX_LINES, can_delete=True
        )
        choices = {"classes": expense_classes(case), "currency": self.currency}
        return sheet(data, initial=initial, prefix="lines", form_kwargs=choices)

    def writer(self, formset: Any) -> Any:
        """Return the writer of the lines."""
        return drafting.lines_writer(lines_of(formset))

    def page(self, case: Any, form: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Show the sheet beside its sums and what the rules say."""
        case.refresh_from_db()
        lines = self.theirs(case)["lines"]
        sums = judged(case, lines, form, self.currency)
        return super().page(case, form, status, **context, **sums)


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

    def page(self, case: Any, form: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Show the bodies, and where shares are asked, their sum beside the amount applied for."""
        case.refresh_from_db()
        return super().page(case, form, status, **context, **self._shares(case))

    def _shares(self, case: Any) -> dict[str, Any]:
        """Return the sum of the shares as typed and what the rules say of them (yen)."""
        theirs = self.theirs(case)
        if "lead_share" not in theirs:
            return {}
        typed = [theirs["lead_share"], *(row[2] for row in theirs["parties"] if row[0] == "joint")]
        total = sum(_yen(text) for text in typed)
        verdict = verdict_of(case)
        findings = [f for f in verdict.findings if f.field == "parties"] if verdict else []
        return {"shares": {"total": total, "requested": case.requested_amount}, "found": findings}

    def writer(self, formset: Any) -> Any:
        """Return the writer of the bodies."""
        return drafting.parties_writer(
            form.row()
            for form in formset
            if form.cleaned_data.get("organization") and not form.cleaned_data.get("DELETE")
        )


def _yen(text: str) -> int:
    """Return the typed yen, 0 for what cannot be read."""
    try:
        return YenField(required=False).clean(text) or 0
    except forms.ValidationError:
        return 0


def lines_of(formset: Any) -> list[dict[str, Any]]:
    """Return the lines of a valid sheet, without empty and deleted ones."""
    return [
        {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
        for form in formset
        if form.cleaned_data.get("description") and not form.cleaned_data.get("DELETE")
    ]


def judged(
    case: Any, rows: list[list[str]], form: Any, currency: Currency | None
) -> dict[str, Any]:
    """Return the sums and the verdict of the sheet as typed; lines that cannot be read are left out.

    The one function of the rules judges it, so that the page never says what a submission does not.
    """
    classes, expenses, income = expense_classes(case), {}, 0
    foreign = {kind: Decimal(0) for kind in BudgetLine.Kind}
    for row in rows:
        typed = dict(zip(sections.LINE, row, strict=True))
        line = LineForm(typed, classes=classes, currency=currency)
        amount = line.cleaned_data.get("amount") if line.is_valid() else None
        if amount is None:
            continue
        foreign[line.cleaned_data["kind"]] += line.cleaned_data["foreign_amount"] or 0
        if line.cleaned_data["kind"] == BudgetLine.Kind.INCOME:
            income += amount
        else:
            key = line.cleaned_data["category"]
            expenses[key] = expenses.get(key, 0) + amount
    requested = requested_of(form)
    cost = sum(expenses.values())
    sums = {"expense_total": cost, "income_total": income, "requested_amount": requested}
    if currency is not None:
        sums |= {
            "expense_foreign": foreign_text(currency.code, foreign[BudgetLine.Kind.EXPENSE]),
            "income_foreign": foreign_text(currency.code, foreign[BudgetLine.Kind.INCOME]),
            "rate": rate_text(currency),
        }
    rules = case.rules
    if rules is None:
        return {"sums": sums, "verdict": None}
    facts = replace(
        facts_of(case, rules),
        requested_amount=requested,
        eligible_cost=cost,
        income=income,
        expenses=expenses,
        currency=currency.code if currency else "",
    )
    return {"sums": sums, "verdict": judge(rules, facts)}


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
        context = judged(case, sections.typed_lines(request.POST), form, self.currency)
        html = render_to_string("grants/_judged.html", context, request)
        return JsonResponse({"html": html} | context["sums"])
