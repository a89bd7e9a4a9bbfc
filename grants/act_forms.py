"""What the acts on an application ask for."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Post
from core.fields import JapaneseDateField, NormalizedCharField, YenField
from core.fiscal import jst_date
from core.forms import ReasonForm, TransitionForm
from grants.actions import submission
from grants.forms import clean_lines, expense_classes
from grants.models import Application
from grants.models.application import CORRECTION_DAYS

_TEXT = {"rows": 4}


class IncomingForm(TransitionForm):
    """The 収受番号 of the incoming paper and the post in charge (default: the receiver's own)."""

    incoming_number = NormalizedCharField(
        label=gettext_lazy("incoming document number"), max_length=60
    )
    post_in_charge = forms.ModelChoiceField(
        label=gettext_lazy("post in charge"),
        queryset=Post.objects.none(),
        to_field_name="public_id",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        staff = Post.objects.filter(section__office__code="HQ", valid_to=None)
        self.fields["post_in_charge"].queryset = staff.select_related(  # type: ignore[attr-defined]
            "section__office"
        )


class AcceptLateForm(IncomingForm, ReasonForm):
    """Why a late paper is taken, and its number."""


class ReturnForm(TransitionForm):
    """A comment for each field, and the day the correction is due."""

    due = JapaneseDateField(label=gettext_lazy("correction due"), upcoming=True)
    comments = forms.JSONField(
        label=gettext_lazy("comments by field"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        days = self.case.days("correction", CORRECTION_DAYS)
        self.initial.setdefault("due", jst_date(self.now) + timedelta(days=days))
        self.commentable = submission.commentable(self.case)
        for name, label in self.commentable:
            self.fields[f"comment_{name}"] = NormalizedCharField(
                label=label,
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean_due(self) -> Any:
        """Refuse a day that has passed."""
        due = self.cleaned_data["due"]
        if due < jst_date(self.now):
            raise ValidationError(_("The day has passed. Name today or a later day."))
        return due

    def clean(self) -> dict[str, Any]:
        """Gather the comments; at least one says what to correct."""
        cleaned = super().clean() or {}
        typed = [
            {"field": name, "text": cleaned[f"comment_{name}"]}
            for name, _label in self.commentable
            if cleaned.get(f"comment_{name}")
        ]
        cleaned["comments"] = self._checked(cleaned.get("comments")) + typed
        if not cleaned["comments"] and not self.errors:
            self.add_error("comments", _("Write at least one comment that says what to correct."))
        return cleaned

    def _checked(self, given: Any) -> list[dict[str, str]]:
        known = dict(self.commentable)
        rows = given or []
        if not isinstance(rows, list):
            self.add_error("comments", _("Send a list of {field, text}."))
            return []
        for row in rows:
            if (
                not isinstance(row, dict)
                or row.get("field") not in known
                or not str(row.get("text") or "").strip()
            ):
                self.add_error(
                    "comments",
                    _("Each comment needs a field (one of %(fields)s) and a text.")
                    % {"fields": ", ".join(known)},
                )
                return []
        return [{"field": row["field"], "text": str(row["text"]).strip()[:2000]} for row in rows]


class RecommendForm(TransitionForm):
    """Outcome, amount, reason and conditions of the draft decision (採択案)."""

    outcome = forms.ChoiceField(label=gettext_lazy("outcome"), choices=Application.Outcome.choices)
    amount = YenField(label=gettext_lazy("amount (yen)"), required=False)
    reason = NormalizedCharField(
        label=gettext_lazy("reason"), widget=forms.Textarea(attrs=_TEXT), max_length=2000
    )
    conditions = NormalizedCharField(
        label=gettext_lazy("conditions"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=gettext_lazy("One condition a line."),
    )
    lines = forms.JSONField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """An adopted application has an amount; one not adopted has none."""
        cleaned = super().clean() or {}
        is_adopted = cleaned.get("outcome") != Application.Outcome.REJECTED
        if is_adopted and not cleaned.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Enter the amount."))
        if not is_adopted:
            cleaned["amount"] = None
        classes = expense_classes(self.case)
        cleaned["lines"] = clean_lines(self, cleaned.get("lines") or [], classes)
        return cleaned


class WithdrawForm(ReasonForm):
    """Why the body withdraws."""
