"""What is typed about claims, payments, receipts and accounts."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.fields import DateBoxesField, JapaneseDateField, NormalizedCharField, YenField
from core.fiscal import today
from core.forms import TransitionForm
from finance import numbers
from finance.models import BankAccount, Payment

_TEXT = {"rows": 4}


class PastDayField(JapaneseDateField):
    """A day that has come."""

    def validate(self, value: Any) -> None:
        """Refuse a day that is still to come."""
        super().validate(value)
        if value and value > today(timezone.now()):
            raise ValidationError(_("That day is still to come. Check the date."))


class PastDayBoxesField(DateBoxesField, PastDayField):
    """The same in three boxes, as a body types it."""


class AccountingYearForm(TransitionForm):
    """An act that books on a day; in April and May the old year may be meant (出納整理期間)."""

    accounting_fy = forms.IntegerField(
        label=gettext_lazy("accounting year"),
        help_text=gettext_lazy(
            "Leave empty for the fiscal year of the day. In April and May the year before is "
            "possible too."
        ),
        min_value=2000,
        max_value=2099,
        required=False,
    )


class PayForm(AccountingYearForm):
    """The day on which the bank paid; abroad also currency, amount, rate and the rate's day."""

    paid_on = PastDayField(label=gettext_lazy("paid on"))
    currency = NormalizedCharField(
        label=pgettext_lazy("payment", "currency"),
        help_text=gettext_lazy("Only for payments abroad, for example USD."),
        max_length=3,
        required=False,
    )
    foreign_amount = forms.DecimalField(
        label=gettext_lazy("amount in that currency"),
        max_digits=16,
        decimal_places=2,
        min_value=0,
        required=False,
    )
    rate = forms.DecimalField(
        label=gettext_lazy("rate (yen for one unit)"),
        max_digits=14,
        decimal_places=6,
        min_value=0,
        required=False,
    )
    rate_on = PastDayField(label=gettext_lazy("day of the rate"), required=False)
    field_order = ("paid_on", "accounting_fy")
    ABROAD = ("currency", "foreign_amount", "rate", "rate_on")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        account = self.case.account
        if account is None or account.kind == BankAccount.Kind.DOMESTIC:
            for name in self.ABROAD:
                del self.fields[name]

    def clean_currency(self) -> str:
        """Return the code in capitals; refuse what is none."""
        code = (self.cleaned_data["currency"] or "").upper()
        if code and not (len(code) == 3 and code.isascii() and code.isalpha()):
            raise ValidationError(_("Write the currency as its three letters, for example USD."))
        return code


class ReceiveForm(AccountingYearForm):
    """Money that came in: the day and the amount."""

    received_on = PastDayField(label=gettext_lazy("received on"))
    amount = YenField(label=gettext_lazy("amount (yen)"), min_value=1)
    field_order = ("received_on", "amount", "accounting_fy")


class PaymentForm(forms.Form):
    """A claim (請求): kind, amount, the invoice; an advance says why and what for when."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("payment", "kind"),
        choices=[
            (kind.value, kind.label) for kind in (Payment.Kind.ADVANCE, Payment.Kind.SETTLEMENT)
        ],
        widget=forms.RadioSelect,
    )
    amount = YenField(label=gettext_lazy("claimed amount (yen)"), min_value=1)
    invoice_number = NormalizedCharField(
        label=gettext_lazy("number of the invoice"),
        help_text=gettext_lazy("The number under which your body issued the invoice (請求書)."),
        max_length=60,
    )
    invoice_date = PastDayBoxesField(label=gettext_lazy("date of the invoice"))
    reason = NormalizedCharField(
        label=gettext_lazy("reason of the advance payment"),
        widget=forms.Textarea(attrs=_TEXT),
        max_length=1000,
        required=False,
    )
    cash_plan = NormalizedCharField(
        label=gettext_lazy("cash plan"),
        help_text=gettext_lazy("Which costs fall due when, in yen: needed for an advance payment."),
        widget=forms.Textarea(attrs=_TEXT),
        max_length=2000,
        required=False,
    )

    def __init__(self, *args: Any, user: Any = None, instance: Any = None, **kwargs: Any):
        if instance is not None:
            names = ("amount", "invoice_number", "invoice_date", "reason", "cash_plan")
            kwargs["initial"] = {name: getattr(instance, name) for name in names}
        super().__init__(*args, **kwargs)
        self.instance = instance
        if user is not None:
            self._fit(instance.kind if instance else self.initial.get("kind"))
        if instance is not None:
            del self.fields["kind"]

    def _fit(self, kind: str | None) -> None:
        """Offer on the screen what can be claimed now, and ask what that kind needs."""
        if kind:
            known = self.fields["kind"].choices
            self.fields["kind"].choices = [(value, name) for value, name in known if value == kind]
        for name in ("reason", "cash_plan"):
            if kind == Payment.Kind.ADVANCE:
                self.fields[name].needed_to_submit = True
            elif kind:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Ask an advance for its reason and its plan."""
        cleaned = super().clean() or self.cleaned_data
        kind = self.instance.kind if self.instance else cleaned.get("kind")
        if kind == Payment.Kind.ADVANCE:
            for name in ("reason", "cash_plan"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("An advance payment needs this. Fill it in."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Return what to write."""
        return dict(self.cleaned_data)


IN_JAPAN = ("bank_code", "branch_code", "branch_name", "account_type")
ABROAD = ("bic", "country")


class AccountFields(forms.Form):
    """The boxes of a bank account, on each face: in Japan by codes, abroad by SWIFT/BIC."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("bank account", "place"),
        choices=BankAccount.Kind.choices,
        widget=forms.RadioSelect,
        initial=BankAccount.Kind.DOMESTIC,
    )
    bank_code = NormalizedCharField(
        label=gettext_lazy("bank code"),
        help_text=gettext_lazy("4 digits, in Japan only."),
        max_length=4,
        required=False,
    )
    bank_name = NormalizedCharField(
        label=gettext_lazy("bank's name"),
        help_text=gettext_lazy("In Japan in katakana, as in the passbook."),
        max_length=140,
    )
    branch_code = NormalizedCharField(
        label=gettext_lazy("branch code"),
        help_text=gettext_lazy("3 digits, in Japan only."),
        max_length=3,
        required=False,
    )
    branch_name = NormalizedCharField(
        label=gettext_lazy("branch's name"), max_length=140, required=False
    )
    account_type = forms.ChoiceField(
        label=gettext_lazy("type of account"),
        choices=[("", "－"), *BankAccount.Type.choices],
        required=False,
    )
    number = forms.CharField(
        label=gettext_lazy("account number"),
        help_text=gettext_lazy("7 digits in Japan, with zeros in front; abroad the IBAN."),
        max_length=42,
    )
    holder = NormalizedCharField(
        label=gettext_lazy("account holder"),
        help_text=gettext_lazy(
            "In Japan in katakana; it is turned into the banks' half-width form."
        ),
        max_length=140,
    )
    bic = NormalizedCharField(
        label="SWIFT/BIC",
        help_text=gettext_lazy("Abroad only: 8 or 11 characters."),
        max_length=11,
        required=False,
    )
    country = NormalizedCharField(
        label=gettext_lazy("country code"),
        help_text=gettext_lazy("Abroad only: two letters, for example US."),
        max_length=2,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Bring each part into the form that the bank reads; say beside the box what is wrong."""
        cleaned = super().clean() or self.cleaned_data
        for name, found in numbers.checked(cleaned).items():
            if name in self.errors:
                continue
            if isinstance(found, ValidationError):
                self.add_error(name, found)
            else:
                cleaned[name] = found
        return cleaned


class BankAccountForm(AccountFields):
    """An account of the user's own section."""

    section = forms.ModelChoiceField(
        label=gettext_lazy("section"), queryset=None, to_field_name="public_id"
    )
    field_order = ("section", "kind")

    def __init__(self, *args: Any, user: Any, instance: Any = None, **kwargs: Any):
        if instance is not None:
            kwargs["initial"] = {n: getattr(instance, n) for n in AccountFields.base_fields}
        super().__init__(*args, **kwargs)
        for name in (*IN_JAPAN, *ABROAD):
            self.fields[name].needed_to_submit = True
        self.fields["section"].queryset = numbers.own_sections(user)
        if instance is not None:
            del self.fields["section"]
        else:
            self.fields["section"].initial = numbers.own_sections(user).first()

    def in_japan(self) -> list[forms.BoundField]:
        """Return the boxes of an account in Japan alone."""
        return [self[name] for name in IN_JAPAN]

    def abroad(self) -> list[forms.BoundField]:
        """Return the boxes of an account abroad alone."""
        return [self[name] for name in ABROAD]

    def of_both(self) -> list[forms.BoundField]:
        """Return the boxes that each account needs."""
        return [self[name] for name in ("bank_name", "number", "holder")]

    def changes(self) -> dict[str, Any]:
        """Return what to write; the body follows from the section."""
        found = dict(self.cleaned_data)
        if section := found.get("section"):
            found["organization"] = section.organization
        return found


class TransferForm(forms.Form):
    """The day on which the bank is to transfer: a working day to come."""

    transfer_on = JapaneseDateField(label=gettext_lazy("transfer day"), upcoming=True)


class PaidOnForm(forms.Form):
    """The day on which the bank paid."""

    paid_on = PastDayField(label=gettext_lazy("paid on"))


class ClosingForm(forms.Form):
    """Which year to close, and a note."""

    accounting_fy = forms.IntegerField(widget=forms.HiddenInput)
    is_understood = forms.BooleanField(
        label=gettext_lazy("I checked what is open, and know that this cannot be undone."),
        error_messages={"required": gettext_lazy("Tick this before you close the year.")},
    )
    note = NormalizedCharField(label=gettext_lazy("note"), max_length=500, required=False)
