"""Tags and filters of the portal's components (templates/components/)."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    MultiWidget,
    RadioSelect,
)
from django.utils import formats, timezone
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from core.fiscal import JST, days_left, deadline_text, due_day_text, era_date_plain, jst_date
from core.money import format_yen

register = template.Library()
SOON_DAYS = 7
_JAPANESE = re.compile(
    "[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff9f][0-9\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff9f]*"
)
GROUPS = (RadioSelect, CheckboxSelectMultiple, MultiWidget)


def _japanese() -> bool:
    return (get_language() or "ja").startswith("ja")


@register.filter
def yen(amount: int | None) -> str:
    """Write whole yen with commas and the unit; nothing for no amount."""
    return "" if amount is None else format_yen(amount)


@register.filter(name="era_date")
def era_date_filter(value: date | datetime | None) -> str:
    """Write a JST date in 和暦 (look.md, Letters), in other languages by their own format."""
    if value is None or value == "":
        return ""
    return era_date_plain(value) if _japanese() else formats.date_format(jst_date(value), "j F Y")


@register.filter
def due_day(value: date | None) -> str:
    """Show a day with its weekday: 令和4年3月31日（木）, as deadlines are written."""
    if value is None:
        return ""
    return due_day_text(value) if _japanese() else f"{value:%Y-%m-%d (%a)}"


@register.filter(expects_localtime=True)
def moment(value: datetime | None) -> str:
    """Write a date with its time of day in JST."""
    if not value:
        return ""
    local = value.astimezone(JST)
    return formats.date_format(local, "Y年n月j日 G:i" if _japanese() else "j F Y, H:i")


@register.filter
def named(value: Any) -> Any:
    """Mark an official Japanese name in a page of another language, for eyes and voices."""
    if value is None or _japanese() or not _JAPANESE.search(str(value)):
        return value
    return mark_safe(_JAPANESE.sub(r'<span lang="ja">\g<0></span>', conditional_escape(value)))  # noqa: S308 - escaped


@register.filter
def tongue(value: Any) -> str:
    """Return ` lang="ja"` for an element that holds nothing but such a name."""
    japanese = not _japanese() and _JAPANESE.search(str(value or ""))
    return mark_safe(' lang="ja"') if japanese else ""


@register.filter
def as_json(value: Any) -> str:
    """Serialise for a data attribute; the template escapes it, so no inline script is needed."""
    return json.dumps(value, separators=(",", ":"))


@register.inclusion_tag("components/deadline.html")
def deadline(until: datetime) -> dict[str, Any]:
    """Show a deadline in JST with weekday and hour, and how long is left."""
    local = until.astimezone(JST)
    english = formats.date_format(local, "j F Y (D) H:i") + " JST"
    left = days_left(until, timezone.now())
    return {
        "iso": local.isoformat(),
        "text": deadline_text(until) if _japanese() else english,
        "left": _left_words(left),
        "soon": left <= SOON_DAYS,
    }


def _left_words(left: int) -> str:
    if left < 0:
        return pgettext("deadline", "closed")
    if left == 0:
        return _("closes today")
    return _("%(days)d days left") % {"days": left}


@register.inclusion_tag("components/status_tag.html")
def status_tag(label: str, tone: str = "neutral") -> dict[str, str]:
    """Show a status word; tone is neutral, information, success, warning or error."""
    return {"label": label, "tone": tone or "neutral"}


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, label: str = "", hint: str | None = None, unit: str = "", size: str = ""
) -> dict[str, Any]:
    """Render a form field: label and ※必須/任意 above, hint, error, then the control."""
    widget = bound.field.widget
    unit = unit or getattr(bound.field, "unit", "")
    words = str(bound.help_text) if hint is None else hint
    return {
        "field": bound,
        "kind": _kind(bound),
        "hidden": widget.is_hidden,
        # A draft may lack what a submission needs: the word says so before anything is refused.
        "required": bound.field.required or getattr(bound.field, "needed_to_submit", False),
        "label": label or bound.label,
        "hint": words,
        "unit": unit,
        "size": size or ("amount" if unit else getattr(bound.field, "size", "")),
        "control": bound.as_widget(attrs=_control_attributes(bound, words)),
        "described_by": _described_by(bound, words),
        "options": _options(bound),
    }


def _kind(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput):
        return "checkbox"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    return "group" if isinstance(widget, MultiWidget) else "control"


def _described_by(bound: BoundField, hint: str) -> str:
    ids = [f"{bound.auto_id}_hint"] if hint else []
    return " ".join(ids + ([f"{bound.auto_id}_error"] if bound.errors else []))


def _control_attributes(bound: BoundField, hint: str) -> dict[str, Any]:
    """Tie the control to its hint and error; a placeholder would vanish when one types."""
    described_by = "" if isinstance(bound.field.widget, GROUPS) else _described_by(bound, hint)
    return {"placeholder": False, "aria-describedby": described_by or False}


def _options(bound: BoundField) -> list[Any]:
    return list(bound.subwidgets) if _kind(bound) == "choices" else []


@register.simple_tag
def error_list(*sources: Any) -> list[dict[str, str]]:
    """List every error of forms, formsets and lists of sentences, with the field's address."""
    return [error for source in sources if source for error in _errors(source)]


def _errors(source: Any) -> Iterable[dict[str, str]]:
    if isinstance(source, list):
        return (item if isinstance(item, dict) else {"text": item, "url": ""} for item in source)
    return _form_errors(source)


def _form_errors(form: Any) -> Iterable[dict[str, str]]:
    if not isinstance(form, BaseForm):
        yield from ({"text": str(text), "url": ""} for text in form.non_form_errors())
        for member in form.forms:
            yield from _form_errors(member)
        return
    yield from ({"text": str(text), "url": ""} for text in form.non_field_errors())
    for bound in form:
        yield from ({"text": _named(bound, text), "url": _address(bound)} for text in bound.errors)


def _named(bound: BoundField, error: Any) -> str:
    """Say which field it is: many errors read alike."""
    return _("%(field)s: %(error)s") % {"field": bound.label, "error": error}


def _address(bound: BoundField) -> str:
    """Point at the first control, as a group of radio buttons has no single one."""
    if bound.is_hidden:
        return ""
    grouped = isinstance(bound.field.widget, GROUPS)
    return f"#{bound.auto_id}_0" if grouped else f"#{bound.id_for_label}"


@register.simple_tag
def table_data(
    columns: Sequence[Any], rows: Iterable[Any], foot: Sequence[Any] = ()
) -> dict[str, Any]:
    """Pair cells with their columns; a column is a label or {label, unit, numeric}.

    A row is a list of cells or {cells, url}: the first cell heads the row and links to it.
    """
    body = [row if isinstance(row, dict) else {"cells": row} for row in rows]
    heads = [_column(column, i, body) for i, column in enumerate(columns)]
    return {
        "columns": heads,
        "rows": [row | {"cells": _cells(heads, row["cells"])} for row in body],
        "foot": _cells(heads, foot) if foot else [],
    }


def _column(column: Any, index: int, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Describe a column; one of whole numbers only is numeric without being told."""
    if isinstance(column, dict):
        return column
    values = [value for row in rows for value in row["cells"][index : index + 1]]
    return {"label": column, "numeric": bool(values) and all(type(v) is int for v in values)}


def _cells(columns: Sequence[dict[str, Any]], values: Sequence[Any]) -> list[dict[str, Any]]:
    pairs = zip(columns, values, strict=True)
    return [{"column": column, "value": _cell(column, value)} for column, value in pairs]


def _cell(column: dict[str, Any], value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, int) and column.get("numeric"):
        return f"{value:,}"
    return value


@register.filter
def model_name(model: Any) -> str:
    """Return the words for a kind of record."""
    return str(model._meta.verbose_name)
