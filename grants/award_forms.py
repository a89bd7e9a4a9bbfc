"""What the acts on an award ask for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import JapaneseDateField, NormalizedCharField, YenField
from core.fiscal import jst_date
from core.forms import ReasonForm, TransitionForm
from core.models import StoredFile
from correspondence.forms import ManyFiles
from grants.actions.closing import actual_lines
from grants.models import BudgetLine

MAX_STATUS_FILES = 20
_TEXT = {"rows": 4}


class StatusReportForm(TransitionForm):
    """How the project stands, with papers: uploads of one's own that no record has yet, by id."""

    text = NormalizedCharField(
        label=gettext_lazy("how the project stands"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
    )
    uploads = forms.FileField(label=gettext_lazy("files to send"), widget=ManyFiles, required=False)
    files = forms.ModelMultipleChoiceField(  # type: ignore[assignment]
        queryset=StoredFile.objects.none(),
        to_field_name="public_id",
        widget=forms.MultipleHiddenInput,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        mine = StoredFile.objects.filter(uploaded_by=self.by.pk, is_linked=False)
        self.fields["files"].queryset = mine  # type: ignore[attr-defined]

    def clean_files(self) -> Any:
        """Refuse more than a report carries."""
        found = self.cleaned_data["files"]
        if len(found) > MAX_STATUS_FILES:
            raise ValidationError(_("At most %(limit)s files.") % {"limit": MAX_STATUS_FILES})
        return found

    def clean(self) -> dict[str, Any]:
        """Say beside the box which uploads were refused, and why."""
        for message in getattr(self.data, "refused", ()):
            self.add_error("uploads", message)
        return super().clean() or self.cleaned_data


class DueForm(ReasonForm):
    """A reason, and the day by which the body puts it right."""

    due = JapaneseDateField(label=gettext_lazy("correction due"), upcoming=True)

    def clean_due(self) -> Any:
        """Refuse a day that has passed."""
        due = self.cleaned_data["due"]
        if due < jst_date(self.now):
            raise ValidationError(_("The day has passed. Name today or a later day."))
        return due


class LinesForm(TransitionForm):
    """An act with a box for each reported line."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.lines = [
            (f"line_{number}", line)
            for number, line in enumerate(actual_lines(self.case), start=1)
            if self.takes(line)
        ]
        for name, line in self.lines:
            self.fields[name] = self.box(line)

    def takes(self, line: BudgetLine) -> bool:
        """Say whether the line gets a box."""
        return True

    def box(self, line: BudgetLine) -> forms.Field:
        """Return the line's box."""
        raise NotImplementedError


def _line_label(line: BudgetLine) -> str:
    return f"{line.description}（{line.amount:,}円）"


class ReportReturnForm(LinesForm):
    """A comment for each line, one on the whole, and the day the correction is due."""

    due = DueForm.base_fields["due"]
    comments = forms.JSONField(required=False, widget=forms.HiddenInput)
    text = NormalizedCharField(
        label=gettext_lazy("comment on the whole report"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs=_TEXT),
    )
    clean_due = DueForm.clean_due

    def box(self, line: BudgetLine) -> forms.Field:
        """Ask for a comment."""
        area = forms.Textarea(attrs={"rows": 2})
        label = _line_label(line)
        return NormalizedCharField(label=label, required=False, max_length=2000, widget=area)

    def clean(self) -> dict[str, Any]:
        """Gather the comments; at least one says what to correct."""
        cleaned = super().clean() or {}
        known = {line.match_key for _name, line in self.lines}
        found = [
            {"line": line.match_key, "text": cleaned[name]}
            for name, line in self.lines
            if cleaned.get(name)
        ]
        if cleaned.get("text"):
            found.append({"line": "", "text": cleaned["text"]})
        for row in cleaned.get("comments") or []:
            is_good = isinstance(row, dict) and row.get("line", "") in {"", *known}
            text = str(row.get("text") or "").strip()[:2000] if is_good else ""
            if not text:
                self.add_error(
                    "comments", _("Each comment needs a text, and a line’s key or none.")
                )
                break
            found.append({"line": row.get("line", ""), "text": text})
        if not found and not self.errors:
            self.add_error("text", _("Write at least one comment that says what to correct."))
        cleaned["comments"] = found
        return cleaned


class CheckForm(LinesForm):
    """The record of the inspection (検査調書), and what is accepted of each reported cost."""

    checked_on = JapaneseDateField(label=gettext_lazy("day of the inspection"))
    record = NormalizedCharField(
        label=gettext_lazy("record of the inspection"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
    )
    accepted = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("checked_on", jst_date(self.now))

    def takes(self, line: BudgetLine) -> bool:
        """Costs alone are accepted or not."""
        return line.kind == BudgetLine.Kind.EXPENSE

    def box(self, line: BudgetLine) -> forms.Field:
        """Ask for the yen accepted; left empty, all of it."""
        label = _("accepted of %(line)s") % {"line": _line_label(line)}
        return YenField(label=label, required=False, initial=line.amount)

    def clean_checked_on(self) -> Any:
        """Refuse a day that is still to come."""
        day = self.cleaned_data["checked_on"]
        if day > jst_date(self.now):
            raise ValidationError(_("The day lies in the future. Check the date."))
        return day

    def clean(self) -> dict[str, Any]:
        """Take no more of a line than was reported."""
        cleaned = super().clean() or {}
        given = cleaned.get("accepted") or {}
        known = {line.match_key: (name, line) for name, line in self.lines}
        if not isinstance(given, dict) or set(given) - set(known):
            self.add_error("accepted", _("Send yen by the keys of the reported costs."))
            given = {}
        accepted = {}
        for key, (name, line) in known.items():
            yen = given.get(key, cleaned.get(name))
            if yen is None:
                continue
            if not isinstance(yen, int) or isinstance(yen, bool) or not 0 <= yen <= line.amount:
                words = {"most": f"{line.amount:,}"}
                self.add_error(name, _("Accept 0 to %(most)s yen of this line.") % words)
            elif yen < line.amount:
                accepted[key] = yen
        cleaned["accepted"] = accepted
        return cleaned


class ProposeCancelForm(ReasonForm):
    """Why the decision is to be cancelled, by which clause, and what is left of it."""

    clause = NormalizedCharField(label=gettext_lazy("clause"), max_length=200)
    amount = YenField(
        label=gettext_lazy("amount that is left (yen)"),
        required=False,
        help_text=gettext_lazy("Leave it empty or 0 to cancel the whole decision."),
    )

    def clean_amount(self) -> int:
        """Nothing typed is a whole cancellation; a part leaves less than was decided."""
        amount = self.cleaned_data.get("amount") or 0
        if amount >= self.case.decided_amount:
            words = {"decided": f"{self.case.decided_amount:,}"}
            raise ValidationError(_("Leave less than the %(decided)s yen decided.") % words)
        return amount


class IncomeRepaymentForm(ReasonForm):
    """What of the project's income is paid back, why and by which clause."""

    amount = YenField(label=gettext_lazy("amount to be paid back (yen)"), min_value=1)
    clause = NormalizedCharField(
        label=gettext_lazy("clause"), max_length=200, initial="補助金適正化法第7条第2項の例による"
    )
