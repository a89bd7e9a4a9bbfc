"""Fields of the API that read input as the screens' forms do."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers

from core.fields import JapaneseDateField, MailField, NormalizedCharField, PhoneField, YenField
from grants.amounts import ForeignAmountField


class FormFieldMixin:
    """Reads input by the form's field, so that screens and API refuse and accept alike."""

    form_field: Any = None

    def run_form_field(self, value: Any) -> Any:
        """Return the cleaned value; the form's message becomes the problem's."""
        try:
            return self.form_field.clean("" if value is None else value)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from error


class YenInput(FormFieldMixin, serializers.IntegerField):
    """Yen as an integer; commas, full width and ￥ are taken too."""

    form_field = YenField(required=False)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | float | list | dict):
            raise serializers.ValidationError(
                [_("Write the amount as whole yen, for example 3000000.")]
            )
        return self.run_form_field(data) or 0


class ForeignInput(FormFieldMixin, serializers.DecimalField):
    """An amount in a currency, as a text with at most two decimals."""

    form_field = ForeignAmountField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool | list | dict):
            raise serializers.ValidationError(
                [_("Write the amount in digits, for example 1,234.50.")]
            )
        return self.run_form_field(str(data))


class DateInput(FormFieldMixin, serializers.DateField):
    """A date in ISO 8601; 和暦 is taken too."""

    form_field = JapaneseDateField(required=False)

    def to_internal_value(self, value: Any) -> Any:
        return self.run_form_field(value if isinstance(value, str) else str(value))


class TextInput(FormFieldMixin, serializers.CharField):
    """A line of text in the one form that the screens write too."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        self.form_field = NormalizedCharField(required=False, max_length=self.max_length)
        return self.run_form_field(text)


class LongTextInput(FormFieldMixin, serializers.CharField):
    """A text of several lines in the one form that the screens write too."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        self.form_field = NormalizedCharField(
            required=False, max_length=self.max_length, widget=forms.Textarea
        )
        return self.run_form_field(text)


class PhoneInput(TextInput):
    """A telephone number."""

    def to_internal_value(self, data: Any) -> str:
        text = serializers.CharField.to_internal_value(self, data)
        self.form_field = PhoneField(required=False)
        return self.run_form_field(text)


class MailInput(FormFieldMixin, serializers.EmailField):
    """A mail address."""

    def to_internal_value(self, data: Any) -> str:
        self.form_field = MailField(required=False)
        return self.run_form_field(data if isinstance(data, str) else str(data))

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Read it before DRF's own validators look at the raw text."""
        return super().run_validation(data.strip() if isinstance(data, str) else data)
