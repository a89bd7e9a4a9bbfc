"""What the acts on a call ask for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.fields import JapaneseDateField
from core.fiscal import jst_date
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


class MoveDecisionForm(ReasonForm):
    """Another day planned for the notice of the decision, and why."""

    decides_on = JapaneseDateField(
        label=_("new day planned for the notice of the decision"),
        help_text=_("For example 2022-03-15 or 令和4年3月15日"),
    )

    def clean_decides_on(self) -> Any:
        """Refuse a day that is over, lies before the deadline, or is the planned one already."""
        value, case = self.cleaned_data["decides_on"], self.case
        if value <= max(jst_date(self.now), jst_date(case.closes_at)):
            raise ValidationError(
                _("Enter a day after today and after the deadline of the call."), code="too_early"
            )
        if value == case.decides_on:
            raise ValidationError(_("This day is planned already."), code="unchanged")
        return value
