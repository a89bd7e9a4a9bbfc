"""Form fields that take Japanese input as people type it and show it back in one form.

What cannot be read stays in the box as typed, beside a message that says what to do.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.fiscal import parse_date, today
from core.japanese import (
    InputError,
    bare,
    contains_my_number,
    is_corporate_number,
    is_katakana,
    is_municipality_code,
    is_my_number,
    normalize,
    normalize_code,
    normalize_email,
    normalize_phone,
    normalize_postal_code,
    to_katakana,
)
from core.money import MAX_YEN, format_yen, parse_yen

MY_NUMBER_MESSAGE = _(
    "This contains a 12-digit number that looks like a My Number. "
    "The portal must not hold it: delete it."
)


class BoxField(forms.Field):
    """Base of fields with one text box: reads what was typed, shows it again in one form."""

    widget: type[forms.Widget] | forms.Widget = forms.TextInput
    box_attributes: Mapping[str, str] = {}
    empty_value: str | None = ""

    def read(self, text: str) -> Any:
        """Return the value of a typed text; raise InputError or ValidationError."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """Return the one form in which a value stands in its box."""
        return str(value)

    def to_python(self, value: Any) -> Any:
        """Return the value that was typed; a value that was not typed passes as it is."""
        if value is None or (isinstance(value, str) and not normalize(value)):
            return self.empty_value
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except InputError as error:
            raise ValidationError(error.message, code=error.code, params=error.params) from error

    def prepare_value(self, value: Any) -> Any:
        """Show a value in its one form, and what cannot be read just as it was typed."""
        if value in self.empty_values:
            return value
        try:
            return self.show(self.to_python(value))
        except ValidationError:
            return value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        """Choose the keyboard and what the browser offers; nothing that cuts what one types."""
        return dict(self.box_attributes)


class YenField(BoxField):
    """Whole yen, 0 or more; also typed as ￥3,000,000, 300万円 or 1,234千円."""

    unit = pgettext_lazy("unit of money", "yen")
    box_attributes = {"inputmode": "numeric", "autocomplete": "off"}
    empty_value = None
    default_error_messages = {
        "required": _("Enter an amount."),
        "min_value": _("Enter %(limit)s or more."),
        "max_value": _("Enter %(limit)s or less."),
    }

    def __init__(self, *, min_value: int = 0, max_value: int = MAX_YEN, **kwargs: Any) -> None:
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def read(self, text: str) -> int:
        return parse_yen(text)

    def show(self, value: int) -> str:
        return f"{value:,}"

    def to_python(self, value: Any) -> int | None:
        """Return whole yen; what comes as a number but no whole one is read as it is written."""
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            value = str(value)
        amount: int | None = super().to_python(value)
        return amount

    def validate(self, value: Any) -> None:
        """Check the limits, which the message names in yen."""
        super().validate(value)
        if value is not None and value < self.min_value:
            self._refuse("min_value", self.min_value)
        if value is not None and value > self.max_value:
            self._refuse("max_value", self.max_value)

    def _refuse(self, code: str, limit: int) -> None:
        message = self.error_messages[code]
        raise ValidationError(message, code=code, params={"limit": format_yen(limit)})


class JapaneseDateField(BoxField):
    """A date in one box: 2021-08-02, 2021年8月2日, 令和3年8月2日, R3.8.2 and the like.

    `upcoming`, for a deadline: 9/30 without a year is the next such day, shown back in full.
    """

    box_attributes: Mapping[str, str] = {"autocomplete": "off"}
    empty_value = None
    default_error_messages = {"required": _("Enter a date.")}

    def __init__(self, *, upcoming: bool = False, **kwargs: Any) -> None:
        self.upcoming = upcoming
        super().__init__(**kwargs)

    def read(self, text: str) -> date:
        return parse_date(text, after=today(timezone.now()) if self.upcoming else None)

    def show(self, value: date) -> str:
        if (get_language() or "ja").startswith("ja"):
            return f"{value.year}年{value.month}月{value.day}日"
        return value.isoformat()[:10]


class DateBoxes(forms.MultiWidget):
    """Boxes for year, month and day; one whole date under the field's own name is taken too."""

    template_name = "core/widgets/date_boxes.html"
    words = (
        pgettext_lazy("date box", "year"),
        pgettext_lazy("date box", "month"),
        pgettext_lazy("date box", "day"),
    )

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        digits = {"inputmode": "numeric", "autocomplete": "off"}
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            "year": forms.TextInput({"autocomplete": "off"}),  # 令和3 is typed here, too
            "month": forms.TextInput(digits),
            "day": forms.TextInput(digits),
        }
        super().__init__(boxes, attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Put the word of each box beside it."""
        context = super().get_context(name, value, attrs)
        for box, word in zip(context["widget"]["subwidgets"], self.words, strict=True):
            box["word"] = word
        return context

    def decompress(self, value: Any) -> list[Any]:
        """Return what stands in the three boxes."""
        if isinstance(value, date):
            return [value.year, value.month, value.day]
        return [value or "", "", ""]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return the texts of the three boxes."""
        whole = data.get(name)
        return [whole, "", ""] if whole else super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Return whether neither the boxes nor the whole date were sent."""
        return name not in data and super().value_omitted_from_data(data, files, name)


class DateBoxesField(JapaneseDateField):
    """A date in three boxes (look.md, Forms); the year may be 2021, 令和3 or R3."""

    widget = DateBoxes
    box_attributes: Mapping[str, str] = {}
    default_error_messages = {"incomplete": _("Enter the year, the month and the day.")}

    def to_python(self, value: Any) -> date | None:
        """Return the date of the boxes; a whole date pasted into the first is taken."""
        if isinstance(value, list | tuple):
            value = self._joined(value)
        day: date | None = super().to_python(value)
        return day

    def _joined(self, boxes: Sequence[Any]) -> Any:
        if isinstance(boxes[0], date):
            return boxes[0]
        texts = [normalize(str(box or "")) for box in boxes]
        if not any(texts[1:]) and len(texts[0]) > len("令和30年"):
            return texts[0]
        if any(texts) and not all(texts):
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        if not any(texts):
            return ""
        return "".join(text.rstrip(mark) + mark for text, mark in zip(texts, "年月日", strict=True))

    def prepare_value(self, value: Any) -> Any:
        """Show the date in its boxes, and what cannot be read just as it was typed."""
        try:
            return self.to_python(value) or value
        except ValidationError:
            return value


class NormalizedCharField(forms.CharField):
    """Text stored in one form (`core.japanese.normalize`); refuses a My Number.

    One line, unless its widget is a Textarea. The length counts after normalising.
    """

    default_error_messages = {
        "required": _("Fill this in."),
        "my_number": MY_NUMBER_MESSAGE,
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)  # str.strip would take a paragraph's indent
        for validator in self.validators:
            if isinstance(validator, MaxLengthValidator):
                validator.message = _(
                    "Shorten this to %(limit_value)d characters or fewer: "
                    "it has %(show_value)d now."
                )

    def to_python(self, value: Any) -> str | None:
        """Return the text in its one form."""
        text = normalize(str(value)) if value not in self.empty_values else ""
        if not isinstance(self.widget, forms.Textarea):
            text = " ".join(text.split())
        return text or self.empty_value

    def validate(self, value: Any) -> None:
        """Refuse a My Number, which the portal must never hold (design.md §6)."""
        super().validate(value)
        if value and contains_my_number(value):
            raise ValidationError(self.error_messages["my_number"], code="my_number")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        """Leave out maxlength: it would cut a pasted text without a word."""
        return {}


class KatakanaField(NormalizedCharField):
    """A reading in full-width katakana; hiragana and half-width kana are turned into it."""

    default_error_messages = {
        "required": _("Enter the reading in katakana."),
        "katakana": _("Write the reading in katakana only, for example クレア タロウ."),
    }

    def to_python(self, value: Any) -> str | None:
        """Return the reading in katakana."""
        text = super().to_python(value)
        return to_katakana(text) if text else text

    def validate(self, value: Any) -> None:
        """Refuse what is not katakana."""
        super().validate(value)
        if value and not is_katakana(value):
            raise ValidationError(self.error_messages["katakana"], code="katakana")


class MunicipalityCodeField(BoxField):
    """A 全国地方公共団体コード of six digits, check digit included."""

    box_attributes = {"inputmode": "numeric", "autocomplete": "off"}
    default_error_messages = {
        "required": _("Enter the municipality code."),
        "length": _("Enter the municipality code in six digits, for example 131016."),
        "check_digit": _(
            "There is no municipality code %(code)s: its last digit does not fit the others. "
            "Check it in the list of municipality codes."
        ),
    }

    def read(self, text: str) -> str:
        code = normalize_code(text)
        if len(code) != 6 or not code.isdecimal():
            raise ValidationError(self.error_messages["length"], code="length")
        if not is_municipality_code(code):
            message = self.error_messages["check_digit"]
            raise ValidationError(message, code="check_digit", params={"code": code})
        return code


class CorporateNumberField(BoxField):
    """A 法人番号 of 13 digits, check digit included; a 12-digit My Number is named as such."""

    box_attributes = {"inputmode": "numeric", "autocomplete": "off"}
    default_error_messages = {
        "required": _("Enter the corporate number."),
        "my_number": MY_NUMBER_MESSAGE,
        "length": _("Enter the corporate number in 13 digits, for example 7000012050002."),
        "check_digit": _(
            "There is no corporate number %(number)s: its first digit does not fit the others. "
            "Check it on the National Tax Agency's site."
        ),
    }

    def read(self, text: str) -> str:
        number = bare(text).upper().removeprefix("T")  # as 適格請求書 write it
        if is_my_number(number):
            raise ValidationError(self.error_messages["my_number"], code="my_number")
        if len(number) != 13 or not number.isdecimal():
            raise ValidationError(self.error_messages["length"], code="length")
        if not is_corporate_number(number):
            message = self.error_messages["check_digit"]
            raise ValidationError(message, code="check_digit", params={"number": number})
        return number


class PhoneField(BoxField):
    """A telephone number with its area code, an extension if there is one."""

    box_attributes = {"inputmode": "tel", "autocomplete": "tel"}
    default_error_messages = {"required": _("Enter a telephone number.")}

    def read(self, text: str) -> str:
        return normalize_phone(text)


class MailField(BoxField):
    """A mail address: full width, capitals, spaces and <…> are taken, stored in lower case."""

    box_attributes = {"inputmode": "email", "autocomplete": "email"}
    default_error_messages = {
        "required": _("Enter a mail address."),
        "invalid": _("Enter a whole mail address, for example kokusai@town.example.jp."),
    }

    def read(self, text: str) -> str:
        address = normalize_email(text)
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        return address


class PostalCodeField(BoxField):
    """A postal code, stored as 102-0083."""

    box_attributes = {"inputmode": "numeric", "autocomplete": "postal-code"}
    default_error_messages = {"required": _("Enter the postal code.")}

    def read(self, text: str) -> str:
        return normalize_postal_code(text)
