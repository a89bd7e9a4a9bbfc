"""Boxes and rows in which a clerk writes rules: days of the year, shares, hours, lists."""

import re
from datetime import date
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Organization
from core.fields import BoxField, JapaneseDateField, NormalizedCharField, YenField
from core.japanese import normalize, read_number
from programs.rules.terms import PLACES, day_in
from programs.rules.words import PLACE_WORDS

PLACE_CHOICES = [(place, PLACE_WORDS[place]) for place in PLACES]
WHEN = [
    ("always", _("always")),
    ("joint", _("with a joint body or an implementer")),
    ("optional", _("if the applicant wishes")),
]
_MONTH_DAY = re.compile(r"(\d{1,2})(?:月|[-/.])(\d{1,2}|末|end)日?")
_ANY_YEAR = 2022


class MonthDayField(BoxField):
    """A day of every year: 4月1日, 04-01, 4/1, or 2月末 for the last of February; kept as 04-01."""

    box_attributes = {"autocomplete": "off"}

    def read(self, text: str) -> str:
        """Return MM-DD, or MM-end."""
        match = _MONTH_DAY.fullmatch(normalize(text).replace(" ", ""))
        if match is None:
            raise ValidationError(_("Write the day like 4月1日, or 2月末."), code="month_day")
        end = match[2] in ("末", "end")
        found = f"{int(match[1]):02}-{'end' if end else f'{int(match[2]):02}'}"
        try:
            day_in(found, _ANY_YEAR)
        except ValueError as error:
            raise ValidationError(_("There is no such day in the year."), code="no_day") from error
        return found

    def show(self, value: str) -> str:
        month, day = value.split("-")
        return f"{int(month)}月{'末' if day == 'end' else f'{int(day)}日'}"


class ShareField(BoxField):
    """A share of the cost: 1/2, 2分の1, 50% or 0.5; kept as 1/2."""

    box_attributes = {"autocomplete": "off"}
    empty_value = None

    def read(self, text: str) -> str:
        """Return the share as a fraction in its lowest terms."""
        typed = normalize(text).replace(" ", "")
        if match := re.fullmatch(r"(\d+)分の(\d+)", typed):
            typed = f"{match[2]}/{match[1]}"
        try:
            percent = typed.endswith("%")
            share = Fraction(typed.rstrip("%")) / (100 if percent else 1)
        except (ValueError, ZeroDivisionError) as error:
            raise ValidationError(_("Write the share like 1/2 or 50%."), code="share") from error
        if not 0 < share <= 1:
            raise ValidationError(_("A share is more than 0 and at most 1."), code="share_range")
        return str(share)


class HourField(BoxField):
    """An hour of the day in Japan: 17:00, 17時 or 17時30分; kept as 17:00."""

    box_attributes = {"autocomplete": "off"}
    empty_value = None

    def read(self, text: str) -> str:
        """Return HH:MM."""
        typed = normalize(text).replace(" ", "")
        match = re.fullmatch(r"([01]?\d|2[0-3])(?::|時)(?:([0-5]\d)分?)?", typed)
        if match is None:
            raise ValidationError(_("Write the hour like 17:00."), code="hour")
        return f"{int(match[1]):02}:{match[2] or '00'}"


class CountField(BoxField):
    """A whole number, 1 or more; empty where the rules set none."""

    box_attributes = {"inputmode": "numeric", "autocomplete": "off"}
    empty_value = None

    def read(self, text: str) -> int:
        """Return the number, typed in full or half width."""
        number = read_number(normalize(text))
        if number is None or not 1 <= number <= 9_999:
            raise ValidationError(_("Write a whole number of 1 or more."), code="count")
        return int(number)


class FactorField(BoxField):
    """Yen for one unit of a currency, to six places; kept as written."""

    box_attributes = {"inputmode": "decimal", "autocomplete": "off"}

    def read(self, text: str) -> str:
        """Return the factor without needless zeros."""
        typed = normalize(text).replace(",", "")
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", typed) or not float(typed):
            raise ValidationError(_("Write the yen for one unit, for example 110.5."), code="rate")
        return typed


class PercentField(BoxField):
    """Percent a year, 0 to 100: 10.95, 10.95% or 年10.95％; kept as written."""

    box_attributes = {"inputmode": "decimal", "autocomplete": "off"}
    empty_value = None

    def read(self, text: str) -> str:
        """Return the percent with at most three decimals."""
        typed = normalize(text).replace(" ", "").removeprefix("年").rstrip("%")
        if not re.fullmatch(r"\d{1,3}(\.\d{1,3})?", typed) or float(typed) > 100:
            raise ValidationError(_("Write the percent a year like 10.95."), code="percent")
        return typed


class KindsField(forms.MultipleChoiceField):
    """Kinds of bodies as boxes to tick."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Organization.Kind.choices, **kwargs)


class KeyField(forms.SlugField):
    """The key under which answers and budgets name a row; given by the portal where empty."""

    def __init__(self) -> None:
        super().__init__(
            label=pgettext_lazy("row of the rules", "key"), required=False, max_length=40
        )


class CapRow(forms.Form):
    """A ceiling: for whom, where, how much."""

    kinds = KindsField(label=_("kinds of bodies"))
    place = forms.ChoiceField(
        label=_("Place of the project"), choices=[("", _("any")), *PLACE_CHOICES], required=False
    )
    cap = YenField(label=_("ceiling (yen)"))

    def row(self) -> dict[str, Any]:
        """Return the row as the rules hold it."""
        data = self.cleaned_data
        return {"kinds": data["kinds"], "cap": data["cap"]} | _kept({"place": data["place"]})


class CategoryRow(forms.Form):
    """A kind of project."""

    name = NormalizedCharField(label=_("name"), max_length=100)
    name_en = NormalizedCharField(label=_("English name"), max_length=200, required=False)
    key = KeyField()

    def row(self) -> dict[str, Any]:
        """Return the row as the rules hold it."""
        data = self.cleaned_data
        return {"key": data["key"], "name": data["name"]} | _kept({"name_en": data["name_en"]})


class ExpenseRow(forms.Form):
    """A class of cost with its ceilings."""

    name = NormalizedCharField(label=_("name"), max_length=100)
    limit = YenField(label=_("ceiling (yen)"), required=False)
    share = ShareField(label=_("at most this share of all cost"), required=False)
    key = KeyField()

    def row(self) -> dict[str, Any]:
        """Return the row as the rules hold it."""
        data = self.cleaned_data
        limits = _kept({"limit": data["limit"], "share": data["share"]})
        return {"key": data["key"], "name": data["name"]} | limits


class DocumentRow(forms.Form):
    """A paper that belongs to an application."""

    name = NormalizedCharField(label=_("name"), max_length=100)
    when = forms.ChoiceField(label=_("asked"), choices=WHEN, initial="always")
    key = KeyField()

    def row(self) -> dict[str, Any]:
        """Return the row as the rules hold it."""
        data = self.cleaned_data
        return {"key": data["key"], "name": data["name"], "when": data["when"]}


class CurrencyRow(forms.Form):
    """A currency in which a budget may be written."""

    code = forms.RegexField(
        r"^[A-Z]{3}$", label=_("code, for example USD"),
        error_messages={"invalid": _("Write three capital letters, for example USD.")},
    )  # fmt: skip
    rate = FactorField(label=_("yen for one unit"))
    as_of = JapaneseDateField(label=_("rate of the day"))

    def row(self) -> dict[str, Any]:
        """Return the row as the rules hold it."""
        data = self.cleaned_data
        return {**data, "as_of": date.isoformat(data["as_of"])}


class IndicatorRow(forms.Form):
    """A figure that the final report tells as target and actual."""

    name = NormalizedCharField(label=_("name"), max_length=100)
    unit = NormalizedCharField(label=pgettext_lazy("of a figure", "unit"), max_length=20)
    key = KeyField()

    def row(self) -> dict[str, Any]:
        """Return the row as the rules hold it."""
        data = self.cleaned_data
        return {"key": data["key"], "name": data["name"], "unit": data["unit"]}


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


class RowSet(forms.BaseFormSet):
    """Rows in their order; an empty row is none, so that emptying a row takes it out."""

    extra = 1

    def initial_form_count(self) -> int:
        """Take every row as new: one that was emptied is then no fault."""
        return 0

    def total_form_count(self) -> int:
        """Show what there is and one row more."""
        if self.is_bound:
            return super().total_form_count()
        return len(self.initial or ()) + self.extra

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows that are filled in; a key that was left empty is given."""
        found = [form.row() for form in self.forms if form.has_changed()]
        used = {row["key"] for row in found if row.get("key")}
        numbers = (f"item-{number}" for number in range(1, len(found) + len(used) + 1))
        free = (key for key in numbers if key not in used)
        for row in found:
            if "key" in row and not row["key"]:
                row["key"] = next(free)
        return found


def rows_of(form: type[forms.Form]) -> type[RowSet]:
    """Return the set of rows of a kind."""
    made: Any = forms.formset_factory(form, formset=RowSet, extra=1, max_num=100)
    return made
