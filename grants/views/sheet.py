"""The budget's sheet, and what the rules say of it as it is typed."""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from grants import sections
from grants.actions import drafting
from grants.forms import LineForm, expense_classes
from grants.judging import facts_of, rules_of
from grants.models import BudgetLine
from grants.views.filling import SectionPage, merged_data
from programs.rules import judge

EXTRA_LINES = 5


class ApplicationBudget(SectionPage):
    """The budget as a sheet of lines beside the amount applied for; empty lines are left out."""

    template = "grants/application_budget.html"
    slug = "budget"

    def theirs(self, case: Any) -> sections.Raw:
        """Return the fields and the sheet, as texts."""
        lines = case.draft_input.get("lines", sections.stored_lines(case))
        return super().theirs(case) | {"lines": lines}

    def stored(self, case: Any) -> sections.Raw:
        """Return what is stored, the sheet included."""
        return super().stored(case) | {"lines": sections.stored_lines(case)}

    def mine(self, case: Any, data: Any) -> sections.Raw:
        """Return what was sent; a page that sends no amount leaves it as it is."""
        found = super().mine(case, data)
        if "requested_amount" not in data:
            found.pop("requested_amount", None)
        return found | {"lines": sections.typed_lines(data)}

    def label(self, case: Any, name: str) -> str:
        """Return the field's label."""
        return _("Budget") if name == "lines" else super().label(case, name)

    def words(self, case: Any, name: str, value: Any) -> str:
        """Return the sheet as lines of text."""
        if name != "lines":
            return super().words(case, name, value)
        classes, kinds = dict(expense_classes(case)), dict(BudgetLine.Kind.choices)
        return "\n".join(
            f"{classes.get(row[1]) or kinds.get(row[0], '')} {row[2]} {row[3]} {row[4]}円"
            for row in value
        )

    def inputs(self, name: str, value: Any) -> list[tuple[str, str]]:
        """Return the sheet's own inputs, or the field's."""
        return list(sheet_data(value).items()) if name == "lines" else super().inputs(name, value)

    def formset(self, case: Any, data: Any = None, lines: Any = None) -> Any:
        """Return the sheet with its lines and some empty ones."""
        initial = [dict(zip(sections.LINE, row, strict=True)) for row in lines or ()]
        sheet = forms.formset_factory(
            LineForm, extra=EXTRA_LINES, max_num=drafting.MAX_LINES, can_delete=True
        )
        return sheet(
            data, initial=initial, prefix="lines", form_kwargs={"classes": expense_classes(case)}
        )

    def write(self, case: Any, merged: sections.Raw) -> HttpResponse:
        """Replace the whole list together with the amount."""
        raw = {name: value for name, value in merged.items() if name != "lines"}
        if "requested_amount" not in raw:
            raw["requested_amount"] = self.form(case).theirs().get("requested_amount", "")
        form = self.form(case, merged_data(raw))
        typed = merged["lines"] == sections.typed_lines(self.request.POST)
        formset = self.formset(case, self.request.POST if typed else sheet_data(merged["lines"]))
        if form.is_valid() and formset.is_valid():
            write_lines = drafting.lines_writer(lines_of(formset))
            done = self.save(
                case,
                lambda application: form.children(application) | write_lines(application),
                changes=form.changes(),
                settled=(*form.fields, "lines"),
                version=case.version,
            )
            return done or self.page(case, form, self.refusal, formset=formset)
        self.keep(case, merged)
        return self.page(case, form, 400, formset=formset, errors=formset)

    def page(self, case: Any, form: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Show the sheet beside its sums and what the rules say."""
        case.refresh_from_db()
        lines = self.theirs(case)["lines"]
        context = {
            "formset": self.formset(case, lines=lines),
            "is_unsaved": "lines" in case.draft_input,
        } | context
        return super().page(case, form, status, **context, **judged(case, lines, form))


def lines_of(formset: Any) -> list[dict[str, Any]]:
    """Return the lines of a valid sheet, without empty and deleted ones."""
    return [
        {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
        for form in formset
        if form.cleaned_data.get("description") and not form.cleaned_data.get("DELETE")
    ]


def sheet_data(rows: list[list[str]]) -> dict[str, str]:
    """Return the rows as the browser would send them."""
    data = {"lines-TOTAL_FORMS": str(len(rows)), "lines-INITIAL_FORMS": "0"}
    for index, row in enumerate(rows):
        names = (f"lines-{index}-{name}" for name in sections.LINE)
        data |= dict(zip(names, row, strict=True))
    return data


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
