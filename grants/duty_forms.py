"""What is typed into assets, disposals and tax credit reports."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import JapaneseDateField, NormalizedCharField, YenField
from core.fiscal import today
from core.forms import TransitionForm
from grants.forms import DATE_HINT
from grants.models import Asset, DisposalRequest, TaxCreditReport

ASSET_FIELDS = ("name", "quantity", "unit_price", "acquired_on", "place")
DISPOSAL_FIELDS = ("manner", "reason", "planned_on", "proceeds")
TAX_FIELDS = ("tax_status", "input_tax")


class AssetForm(forms.ModelForm):
    """One asset of the register."""

    name = NormalizedCharField(label=gettext_lazy("asset"), max_length=200)
    quantity = forms.IntegerField(label=gettext_lazy("quantity"), min_value=1, initial=1)
    unit_price = YenField(label=gettext_lazy("unit price (yen)"), min_value=1)
    acquired_on = JapaneseDateField(label=gettext_lazy("acquired on"), help_text=DATE_HINT)
    place = NormalizedCharField(
        label=gettext_lazy("where it is kept"), max_length=200, required=False
    )

    class Meta:
        model = Asset
        fields = ASSET_FIELDS

    def clean_acquired_on(self) -> Any:
        """Refuse a day that is still to come."""
        day = self.cleaned_data["acquired_on"]
        if day > today(timezone.now()):
            raise ValidationError(_("The day lies in the future. Check the date."))
        return day


class DisposalForm(forms.ModelForm):
    """How, why and when an asset is to be disposed of."""

    reason = NormalizedCharField(
        label=gettext_lazy("reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    planned_on = JapaneseDateField(label=gettext_lazy("planned day"), help_text=DATE_HINT)
    proceeds = YenField(label=gettext_lazy("proceeds (yen)"), required=False)

    class Meta:
        model = DisposalRequest
        fields = DISPOSAL_FIELDS

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_proceeds(self) -> int:
        """Nothing typed is 0 yen."""
        return self.cleaned_data.get("proceeds") or 0

    def changes(self) -> dict[str, Any]:
        """Return the columns to write."""
        return {name: self.cleaned_data[name] for name in DISPOSAL_FIELDS}


class DisposalApprovalForm(TransitionForm):
    """What is to be paid back, and the conditions."""

    to_return = YenField(label=gettext_lazy("amount to be paid back (yen)"), required=False)
    conditions = NormalizedCharField(
        label=gettext_lazy("conditions"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_to_return(self) -> int:
        """Nothing typed is 0 yen; no more than was fixed."""
        amount = self.cleaned_data.get("to_return") or 0
        most = self.case.award.fixed_amount or self.case.award.decided_amount
        if amount > most:
            text = _("At most the %(most)s yen that were given.")
            raise ValidationError(text % {"most": f"{most:,}"})
        return amount


class TaxForm(forms.ModelForm):
    """The body's taxation and the input tax that it may credit."""

    input_tax = YenField(label=gettext_lazy("input tax that may be credited (yen)"), required=False)

    class Meta:
        model = TaxCreditReport
        fields = TAX_FIELDS

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_input_tax(self) -> int:
        """Nothing typed is 0 yen."""
        return self.cleaned_data.get("input_tax") or 0

    def changes(self) -> dict[str, Any]:
        """Return the columns to write."""
        return {name: self.cleaned_data[name] for name in TAX_FIELDS}


class TaxSubmitForm(TransitionForm):
    """The report itself: only general taxation credits anything."""

    tax_status = forms.ChoiceField(
        label=gettext_lazy("taxation of the body"), choices=TaxCreditReport.TaxStatus.choices
    )
    input_tax = YenField(label=gettext_lazy("input tax that may be credited (yen)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in TAX_FIELDS:
            self.initial.setdefault(name, getattr(self.case, name))

    def clean(self) -> dict[str, Any]:
        """Other bodies than those of general taxation credit nothing."""
        cleaned = super().clean() or {}
        cleaned["input_tax"] = cleaned.get("input_tax") or 0
        if cleaned["input_tax"] and cleaned.get("tax_status") != TaxCreditReport.TaxStatus.GENERAL:
            self.add_error("input_tax", _("Only a body of general taxation credits input tax."))
        return cleaned
