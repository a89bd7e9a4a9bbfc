"""What the body types into the final report, part by part."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from core.fields import JapaneseDateField, NormalizedCharField, YenField
from grants import sections
from grants.actions.reporting import indicators_of, results_writer
from grants.amounts import ForeignAmountField
from grants.forms import DATE_HINT, LineForm
from grants.models import Award, AwardFile, BudgetLine

LINE = ("kind", "key", "category", "description", "basis", "amount")
PASSED = ("code", "amount", "paid_on")
TEXTS = (
    "summary",
    "outcome_text",
    "completed_on",
    "is_unfinished",
    "report_number",
    "report_date",
)


class ActualLineForm(LineForm):
    """One line of actual cost or income; it keeps the key of the decided line that it was."""

    key = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def __init__(self, *args: Any, decided: Mapping[str, int] | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["amount"].required = False
        self.order_fields(LINE)
        key = self["key"].value()
        if decided and key in decided:
            words = {"yen": f"{decided[key]:,}"}
            self.fields["amount"].help_text = _("Decided: %(yen)s yen") % words

    def clean(self) -> dict[str, Any]:
        """A line without an amount cost nothing."""
        if "amount" in self.cleaned_data and self.cleaned_data["amount"] is None:
            self.cleaned_data["amount"] = 0
        return super().clean()


class PassedOnForm(forms.Form):
    """What was handed on to one implementer."""

    code = NormalizedCharField(
        label=gettext_lazy("code or name of the body"),
        max_length=100,
        help_text=gettext_lazy("Six-digit code, corporate number or full name."),
    )
    amount = YenField(label=gettext_lazy("amount handed on (yen)"))
    paid_on = JapaneseDateField(label=gettext_lazy("day of payment"), help_text=DATE_HINT)

    def clean(self) -> dict[str, Any]:
        """Find the one body that is meant."""
        cleaned = super().clean() or {}
        code = cleaned.get("code", "")
        found = list(Organization.objects.matching(code)[:2]) if code else []
        if code and len(found) != 1:
            text = _("No single body is found. Enter its six-digit code or full name.")
            self.add_error("code", text)
        cleaned["organization"] = found[0] if len(found) == 1 else None
        return cleaned

    def row(self) -> dict[str, Any]:
        """Return the pass-through to write."""
        return {name: self.cleaned_data[name] for name in ("organization", "amount", "paid_on")}


class TypedForm(forms.Form):
    """What is typed and not saved yet stands before what is stored (sections.SectionForm)."""

    instance: Award
    stored: sections.Raw
    restored: list[str]

    def keep_typed(self) -> None:
        """Show typed input again."""
        self.stored = {
            name: sections.canonical(field.prepare_value(self.get_initial_for_field(field, name)))
            for name, field in self.fields.items()
        }
        typed = self.instance.draft_input
        self.restored = [n for n in self.fields if n in typed and typed[n] != self.stored[n]]
        self.initial.update({name: typed[name] for name in self.restored})

    def theirs(self) -> sections.Raw:
        """Return what stands there now: typed input, or what is stored."""
        typed = self.instance.draft_input
        return {name: typed.get(name, self.stored[name]) for name in self.fields}

    def mine(self, data: Any) -> sections.Raw:
        """Return what the page sent."""
        return {
            name: sections.canonical(field.widget.value_from_datadict(data, {}, name))
            for name, field in self.fields.items()
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return each field as the page shows it."""
        return [{"field": bound, "comments": []} for bound in self]


class ListForm(TypedForm):
    """A part of the report that is a list alone."""

    def __init__(self, data: Any = None, *, instance: Award):
        super().__init__(data)
        self.instance = instance
        self.keep_typed()

    def changes(self) -> dict[str, Any]:
        """A list writes no column."""
        return {}

    def children(self, award: Award) -> dict[str, Any]:
        """The list is written beside."""
        return {}


class ResultsForm(TypedForm, forms.ModelForm):
    """The report's words, and target and actual of each indicator."""

    completed_on = JapaneseDateField(
        label=gettext_lazy("day of completion"), required=False, help_text=DATE_HINT
    )
    report_date = JapaneseDateField(
        label=gettext_lazy("date of the body's document"), required=False, help_text=DATE_HINT
    )

    class Meta:
        model = Award
        fields = TEXTS

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in ("summary", "outcome_text"):
            label = self.fields[name].label
            area = forms.Textarea(attrs={"rows": 6})
            self.fields[name] = NormalizedCharField(
                label=label, required=False, max_length=4000, widget=area
            )
            self.fields[name].needed_to_submit = True  # type: ignore[attr-defined]
        self.indicators = indicators_of(self.instance)
        stored = {row.key: row for row in self.instance.results.all()}
        for indicator in self.indicators:
            row = stored.get(indicator.key)
            for part, word in (("target", _("target")), ("actual", _("actual result"))):
                name = f"{part}_{indicator.key}"
                label = f"{indicator.name}（{indicator.unit}） {word}"
                self.fields[name] = ForeignAmountField(label=label, required=False)
                self.initial[name] = getattr(row, part) if row else None
            self.fields[f"actual_{indicator.key}"].needed_to_submit = True  # type: ignore[attr-defined]
        self.keep_typed()

    def changes(self) -> dict[str, Any]:
        """Return the columns to write."""
        return {name: self.cleaned_data[name] for name in TEXTS}

    def children(self, award: Award) -> dict[str, Any]:
        """Write the results of the indicators with the edit."""
        return results_writer(self.results())(award)

    def results(self) -> dict[str, tuple[Any, Any]]:
        """Return target and actual by indicator."""
        given = self.cleaned_data
        return {
            row.key: (given[f"target_{row.key}"], given[f"actual_{row.key}"])
            for row in self.indicators
        }


class ReportFilesForm(forms.Form):
    """Which line or implementer the chosen files are the receipts of."""

    question = forms.ChoiceField(label=gettext_lazy("what the files prove"))

    def __init__(self, *args: Any, award: Award, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.places = places_of(award)
        self.fields["question"].choices = [(key, label) for key, label, *_rest in self.places]  # type: ignore[attr-defined]
        proved = set(award.files.values_list("purpose", "line"))
        open_ones = (
            key for key, _label, purpose, line in self.places if (purpose, line) not in proved
        )
        self.initial.setdefault("question", next(open_ones, "result"))

    def chosen(self) -> tuple[str, str]:
        """Return purpose and line of the chosen place."""
        key = self.cleaned_data["question"]
        return next((purpose, line) for found, _label, purpose, line in self.places if found == key)


def places_of(award: Award) -> list[tuple[str, str, str, str]]:
    """Return (key, label, purpose, line) of each place where a file of the report may stand."""
    lines = [
        x
        for x in award.application.budget_lines.all()
        if x.stage == BudgetLine.Stage.ACTUAL and x.kind == BudgetLine.Kind.EXPENSE
    ]
    lines.sort(key=lambda line: (line.order, line.pk))
    rows = [
        (
            f"line-{n}",
            _("Receipt: %(line)s") % {"line": x.description},
            AwardFile.Purpose.RECEIPT,
            x.match_key,
        )
        for n, x in enumerate(lines, start=1)
    ]
    for part in award.passed_on.select_related("organization").order_by("pk"):
        label = _("Receipt of what was handed on to %(body)s") % {"body": part.organization.name}
        line = str(part.organization.public_id)
        rows.append((f"passed-{part.pk}", label, AwardFile.Purpose.PASSED_ON, line))
    return [*rows, ("result", str(AwardFile.Purpose.RESULT.label), AwardFile.Purpose.RESULT, "")]


class RepliesForm(forms.Form):
    """The body's answers to CLAIR's comments on the report."""

    def __init__(self, *args: Any, award: Award, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.comments = list(award.comments.filter(resolved_at=None).order_by("pk"))
        for comment in self.comments:
            self.fields[f"reply_{comment.pk}"] = NormalizedCharField(
                label=_("Answer to the comment on “%(field)s”") % {"field": comment_label(comment)},
                help_text=comment.text,
                required=False,
                max_length=2000,
                initial=comment.answer,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def replies(self) -> dict[int, str]:
        """Return the answers by the comments' ids."""
        return {c.pk: self.cleaned_data[f"reply_{c.pk}"] for c in self.comments}


def comment_label(comment: Any) -> str:
    """Return what a comment is about: a line by its words, or the whole report."""
    return comment.line.rpartition("|")[2] or _("the whole report")
