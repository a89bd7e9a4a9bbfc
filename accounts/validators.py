"""Check digits and characters of what identifies a body."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.japanese import is_corporate_number, is_municipality_code


def validate_municipality_code(value: str) -> None:
    """Refuse a 6-digit code whose check digit is wrong (全国地方公共団体コード)."""
    if value and not is_municipality_code(value):
        raise ValidationError(
            _("Check the 6-digit code: its last digit does not fit the first five."), code="code"
        )


def validate_corporate_number(value: str) -> None:
    """Refuse a 13-digit number whose check digit is wrong (法人番号)."""
    if value and not is_corporate_number(value):
        raise ValidationError(
            _("Check the 13-digit corporate number: its first digit does not fit the rest."),
            code="corporate_number",
        )


validate_full_width_kana = RegexValidator(
    r"^[\u30a0-\u30ff\u3000 ・（）]*\Z", _("Enter the reading in full-width katakana.")
)
