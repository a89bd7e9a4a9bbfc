"""Base forms: of transitions, of rows in scope, and of staff filing for a body."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.fields import JapaneseDateField, NormalizedCharField
from core.workflow import Behalf


class TransitionForm(forms.Form):
    """What an act asks for; it knows the case, the actor and the clock."""

    def __init__(self, data: Any = None, *, case: Any, by: Any, now: datetime, **kwargs: Any):
        self.case, self.by, self.now = case, by, now
        super().__init__(data, **kwargs)


class ReasonForm(TransitionForm):
    """Asked for by acts that must say why."""

    reason = NormalizedCharField(
        label=_("reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000
    )


class PlainReasonForm(forms.Form):
    """A reason, outside any workflow."""

    reason = NormalizedCharField(
        label=_("reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=500
    )


class OptionalReasonForm(TransitionForm):
    """Asked for by acts that may say why."""

    reason = NormalizedCharField(
        label=_("reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000, required=False
    )


class BehalfForm(forms.Form):
    """Whose paper staff file, why, and when it arrived."""

    behalf_reason = NormalizedCharField(
        label=_("reason for filing on behalf"),
        max_length=500,
        help_text=_("For example: the application arrived on paper."),
    )
    paper_arrived_on = JapaneseDateField(label=_("arrival of the paper"))

    def behalf(self, case: Any) -> Behalf:
        """Return what the audit and the receipt name."""
        return Behalf(
            organization=str(case.organization),
            reason=self.cleaned_data["behalf_reason"],
            arrived_on=self.cleaned_data["paper_arrived_on"],
        )


def behalf_from(data: Any, case: Any) -> Behalf | None:
    """Return the Behalf that data asks for, error where half; None for none or a case of no body."""
    asked = isinstance(data, Mapping) and any(data.get(n) for n in BehalfForm.base_fields)
    if not (asked and hasattr(case, "organization")):
        return None
    form = BehalfForm(data)
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return form.behalf(case)


def show_on_fields(form: Any, error: ValidationError) -> None:
    """Put a guard's messages beside the fields that they name."""
    if hasattr(error, "error_dict"):
        for name in set(error.error_dict) & set(form.fields):
            form.add_error(name, error.error_dict[name])


def plain_messages(error: ValidationError, known: set[str]) -> list[str]:
    """Return the messages that no field of the form shows itself."""
    if not hasattr(error, "error_dict"):
        return error.messages
    return [m for name, found in error.message_dict.items() if name not in known for m in found]
