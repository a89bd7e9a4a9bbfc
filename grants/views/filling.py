"""Filling in: one page for each section, the budget's sheet, and saving while one types."""

from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core import workflow
from core.autosave import autosave
from core.fiscal import JST
from grants import sections
from grants.actions import drafting
from grants.forms import LineForm, expense_classes
from grants.judging import facts_of, rules_of
from grants.models import BudgetLine
from grants.views.part import PartView
from programs.rules import judge

EXTRA_LINES = 5


class SectionPage(PartView):
    """A section: compared with what was there when the page was opened, then saved."""

    template = "grants/application_section.html"

    @property
    def slug(self) -> str:  # type: ignore[override]
        """Return the section that the address names."""
        return self.kwargs["section"]

    @cached_property
    def section(self) -> sections.Section:
        """Return the section; 404 for one that the form does not have."""
        found = sections.sections_of(self.case())
        section = next((s for s in found if s.slug == self.slug), None)
        if section is None:
            raise Http404
        return section

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return the section's title."""
        return self.section.title

    def form(self, case: Any, data: Any = None) -> sections.SectionForm:
        """Return the section's form, empty or with what was sent."""
        return sections.SectionForm(
            data, user=self.request.user, instance=case, section=self.section
        )

    def theirs(self, case: Any) -> sections.Raw:
        """Return what stands in the section now, typed or stored, as texts."""
        return self.form(case).theirs()

    def mine(self, case: Any, data: Any) -> sections.Raw:
        """Return what the page sent, as texts."""
        return self.form(case).mine(data)

    def shown(self, case: Any) -> HttpResponse:
        """Show the section; what was typed and not saved stands there again."""
        return self.page(case, self.form(case))

    def post(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Save; where both changed a field, ask which of the two stays."""
        case = self.editable()
        theirs, mine = self.theirs(case), self.mine(case, request.POST)
        mine |= {n: theirs[n] for n in mine if request.POST.get(f"choose_{n}") == "theirs"}
        base = sections.read_base(case, request.POST.get("base", ""))
        if base is None and self.posted_version() == case.version:
            base = theirs
        merged, conflicts = sections.merge(base, mine, theirs)
        if conflicts and self.is_open(case):
            return self.ask(case, base or {}, mine, theirs, conflicts)
        return self.write(case, merged)

    def is_open(self, case: Any) -> bool:
        """Say whether the case may still be edited; else comparing helps nobody."""
        return case.status in workflow.workflow_for(case).editable

    def write(self, case: Any, merged: sections.Raw) -> HttpResponse:
        """Save what was merged over the version just read; keep what cannot be read as typed."""
        form = self.form(case, merged_data(merged))
        version = case.version
        if form.is_valid():
            done = self.save(
                case,
                form.children,
                changes=form.changes(),
                settled=tuple(form.fields),
                version=version,
            )
            return done or self.page(case, form, self.refusal)
        self.keep(case, merged)
        return self.page(case, form, 400)

    def keep(self, case: Any, raw: sections.Raw) -> None:
        """Keep with the draft what cannot be saved yet: the page may be left."""
        if self.is_behalf(case) or not self.is_open(case):
            return
        try:
            autosave(case, by=self.request.user, version=case.version, raw=self.unsaved(case, raw))
        except workflow.StaleVersion:
            return  # a colleague was quicker by a moment; the page still shows all that was typed

    def unsaved(self, case: Any, raw: sections.Raw) -> dict[str, Any]:
        """Return the typed input to keep: None for what is stored just so."""
        stored = self.stored(case)
        return {name: None if value == stored.get(name) else value for name, value in raw.items()}

    def stored(self, case: Any) -> sections.Raw:
        """Return what is stored in the section, as texts."""
        return self.form(case).stored

    def page(self, case: Any, form: Any, status: int = 200, **context: Any) -> HttpResponse:
        """Render the section's page with the base that saving will be compared with."""
        case.refresh_from_db()
        context = {"form": form, "rows": form.rows(), "restored": form.restored} | context
        context["base"] = sections.sign(case, context.pop("base_raw", None) or self.theirs(case))
        return self.show(case, status, **context)

    def ask(
        self,
        case: Any,
        base: sections.Raw,
        mine: sections.Raw,
        theirs: sections.Raw,
        names: list[str],
    ) -> HttpResponse:
        """Show base, mine and theirs of each field that both changed, to choose from."""
        self.template = "grants/application_conflict.html"
        agreed = {**theirs, **base, **{name: theirs[name] for name in names}}
        context = {
            "conflicts": [
                {
                    "name": name,
                    "label": self.label(case, name),
                    "base": self.words(case, name, base[name]) if name in base else None,
                    "mine": self.words(case, name, mine[name]),
                    "theirs": self.words(case, name, theirs[name]),
                }
                for name in names
            ],
            "inputs": [pair for name, value in mine.items() for pair in self.inputs(name, value)],
            "base": sections.sign(case, agreed),
        }
        return self.show(case, 409, **context)

    def label(self, case: Any, name: str) -> str:
        """Return the field's label."""
        return str(self.form(case)[name].label)

    def words(self, case: Any, name: str, value: Any) -> str:
        """Return raw input in words: the labels of choices, else what was typed."""
        field = self.form(case).fields.get(name)
        if isinstance(field, forms.BooleanField):
            return _("yes") if value else _("no")
        choices = dict(getattr(field, "choices", ()) or ())
        values = value if isinstance(value, list) else [value]
        return "、".join(str(choices.get(item, item)) for item in values)

    def inputs(self, name: str, value: Any) -> list[tuple[str, str]]:
        """Return the hidden inputs that carry mine through the choice."""
        return [(name, item) for item in (value if isinstance(value, list) else [value])]


def merged_data(raw: sections.Raw) -> Any:
    """Return texts as a form takes them."""
    data = QueryDict(mutable=True)
    for name, value in raw.items():
        data.setlist(name, value if isinstance(value, list) else [value] if value else [])
    return data


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
    """The sums and the verdict of what is typed, for budget.js; nothing is saved."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Judge the sheet as it was sent."""
        case = self.editable()
        form = self.form(case, request.POST)
        context = judged(case, sections.typed_lines(request.POST), form)
        html = render_to_string("grants/_judged.html", context, request)
        return JsonResponse({"html": html} | context["sums"])


class Autosave(SectionPage):
    """Saving while one types: raw texts, compared with the version; a conflict shows all three."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **named: Any) -> Any:
        """401 where the session is over: a script follows no redirect to a sign-in page."""
        if not request.user.is_authenticated:
            return JsonResponse({"error": _("Sign in again. What you typed is kept.")}, status=401)
        return super().dispatch(request, *args, **named)

    @property
    def slug(self) -> str:  # type: ignore[override]
        """Return the section that the form names."""
        return self.request.POST.get("section", "")

    @cached_property
    def face(self) -> SectionPage:
        """Return the page whose form was sent."""
        kind = ApplicationBudget if self.slug == "budget" else SectionPage
        face = kind()
        face.setup(self.request, **(self.kwargs | {"section": self.slug}))
        return face

    def post(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Keep what was typed, or say which fields a colleague changed too."""
        case = self.case()
        if not workflow.allowed(case, "change", request.user):
            raise PermissionDenied
        if not self.is_open(case):
            words = {"status": workflow.status_label(case, request.user)}
            text = _("The record can no longer be edited: its status is “%(status)s”.") % words
            return JsonResponse({"error": text}, status=409)
        self.face.section  # noqa: B018 - 404 for a section that the form does not have
        return self._keep(case)

    def _keep(self, case: Any) -> HttpResponse:
        face, data = self.face, self.request.POST
        theirs, mine = face.theirs(case), face.mine(case, data)
        base = sections.read_base(case, data.get("base", ""))
        if base is None:
            return JsonResponse({"error": _("Open the page again and save.")}, status=400)
        merged, conflicts = sections.merge(base, mine, theirs)
        if conflicts:
            return self._conflict(case, base, mine, theirs, conflicts)
        try:
            case = autosave(
                case,
                by=self.request.user,
                version=case.version,
                raw=face.unsaved(case, merged),
            )
        except workflow.StaleVersion:
            return JsonResponse({"error": _("Try again."), "again": True}, status=409)
        # What I did not touch keeps its old base: a colleague's entry stays theirs until I see it.
        known = base | {name: mine[name] for name in mine if mine[name] != base.get(name)}
        return JsonResponse(
            {
                "version": case.version,
                "base": sections.sign(case, known),
                "saved_at": f"{timezone.now().astimezone(JST):%-H:%M}",
            }
        )

    def _conflict(
        self,
        case: Any,
        base: sections.Raw,
        mine: sections.Raw,
        theirs: sections.Raw,
        names: list[str],
    ) -> HttpResponse:
        face = self.face
        fields = [
            {
                "name": name,
                "label": face.label(case, name),
                "base": face.words(case, name, base.get(name, "")),
                "mine": face.words(case, name, mine[name]),
                "theirs": face.words(case, name, theirs[name]),
            }
            for name in names
        ]
        text = _("A colleague changed the same entry. Save to compare and choose.")
        return JsonResponse({"error": text, "conflicts": fields}, status=409)
