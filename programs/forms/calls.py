"""What the acts on a call ask for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import ReasonForm


class ExtendForm(ReasonForm):
    """A later deadline, and why; everybody with an application is told."""

    closes_at = forms.DateTimeField(
        label=_("new deadline (JST)"), help_text=_("For example 2021-10-15 17:00")
    )

    def clean_closes_at(self) -> Any:
        """Refuse a deadline that is over or not later than the present one."""
        value = self.cleaned_data["closes_at"]
        if value <= max(self.now, self.case.closes_at):
            raise ValidationError(
                _("Enter a time that is later than now and than the present deadline."),
                code="not_later",
            )
        return value
