"""Filling in: one page for each section, compared with what was there when it was opened."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core import workflow
from core.autosave import autosave
from grants import sections
from grants.actions import moving
from grants.views.part import PartView


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
        if self.is_of_older_form(case):
            return self.moved_on(case)
        theirs, mine = self.theirs(case), self.mine(case, request.POST)
        mine |= {n: theirs[n] for n in mine if request.POST.get(f"choose_{n}") == "theirs"}
        base = sections.read_base(case, request.POST.get("base", ""))
        if base is None and self.posted_version() == case.version:
            base = theirs
        merged, conflicts = sections.merge(base, mine, theirs)
        if conflicts and self.is_open(case):
            return self.ask(case, base or {}, mine, theirs, conflicts)
        return self.write(case, merged)

    def is_of_older_form(self, case: Any) -> bool:
        """Say whether the page asked the questions of a version that the draft has left."""
        number = self.request.POST.get("form", "")
        present = case.form_version.number if case.form_version else 0
        is_asked = self.kwargs.get("section", "").startswith("questions-")
        return is_asked and number.isdecimal() and int(number) < present

    def moved_on(self, case: Any) -> HttpResponse:
        """Keep what was typed under the older version, and lead to what is new."""
        self.keep_older(case)
        messages.warning(
            self.request,
            _("The form was renewed meanwhile. What you typed is kept: check it and save."),
        )
        return redirect(self.screens.url("detail", case.public_id))

    def keep_older(self, case: Any) -> None:
        """Keep the answers of the posted page with the draft."""
        data = self.request.POST
        typed = {
            name: sections.canonical(texts if len(texts) > 1 else texts[0])
            for name, texts in data.lists()
            if name.startswith(moving.PREFIX)
        }
        base = sections.read_base(case, data.get("base", "")) or {}
        # one box that was ticked is a list in the base
        same = {n: t for n, t in typed.items() if base.get(n) in (t, [t])}
        moving.keep_typed(case, typed, base | same, number=int(data["form"]))

    def is_open(self, case: Any) -> bool:
        """Say whether the case may still be edited; else comparing helps nobody."""
        return case.status in workflow.workflow_for(case).editable

    def write(self, case: Any, merged: sections.Raw) -> HttpResponse:
        """Save what was merged over the version just read; keep what cannot be read as typed."""
        form = self.form(case, sections.merged_data(merged))
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
        version = case.version
        case.refresh_from_db()  # a form that is not valid has put its good entries into the case
        try:
            autosave(case, by=self.request.user, version=version, raw=self.unsaved(case, raw))
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
