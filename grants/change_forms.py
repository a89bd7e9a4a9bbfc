"""What the body types into a change of its award."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import JapaneseDateField, NormalizedCharField, YenField
from grants.forms import DATE_HINT
from grants.models import Award, ChangeRequest

FIELDS = (
    "kind",
    "reason",
    "content",
    "new_amount",
    "new_starts_on",
    "new_ends_on",
    "document_number",
    "document_date",
)


class ChangeForm(forms.ModelForm):
    """Kind, reason and content of a change, with a new amount or new days where it has them."""

    reason = NormalizedCharField(
        label=gettext_lazy("reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    content = NormalizedCharField(
        label=gettext_lazy("what is changed"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    new_amount = YenField(
        label=gettext_lazy("amount after the change (yen)"),
        required=False,
        help_text=gettext_lazy("Leave it empty where the amount decided stays."),
    )
    new_starts_on = JapaneseDateField(
        label=gettext_lazy("first day after the change"), required=False, help_text=DATE_HINT
    )
    new_ends_on = JapaneseDateField(
        label=gettext_lazy("last day after the change"), required=False, help_text=DATE_HINT
    )
    document_number = NormalizedCharField(
        label=gettext_lazy("body's document number"), max_length=60, required=False
    )
    document_date = JapaneseDateField(
        label=gettext_lazy("date of the body's document"), required=False, help_text=DATE_HINT
    )

    class Meta:
        model = ChangeRequest
        fields = FIELDS

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        self.award: Award | None = (kwargs.get("initial") or {}).get("award")
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """Ask for an amount and for days only where the kind has them."""
        return require_fitting(self, super().clean())

    def changes(self) -> dict[str, Any]:
        """Return the columns to write."""
        return {name: self.cleaned_data[name] for name in FIELDS}


def require_fitting(form: Any, cleaned: dict[str, Any] | None) -> dict[str, Any]:
    """Refuse an amount and days that the kind of the change does not have."""
    cleaned = cleaned or {}
    kind = cleaned.get("kind")
    if kind != ChangeRequest.Kind.COST_ALLOCATION and cleaned.get("new_amount") is not None:
        form.add_error(
            "new_amount", _("An amount is changed by a change of the cost allocation alone.")
        )
    if kind not in (ChangeRequest.Kind.SCHEDULE, ChangeRequest.Kind.ABOLISH):
        for name in ("new_starts_on", "new_ends_on"):
            if cleaned.get(name):
                text = _("Days are changed by a change of the period or an abolition alone.")
                form.add_error(name, text)
    return cleaned
