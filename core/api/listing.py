"""Lists without model instances: a page's rows are read as values and made into the same JSON."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Cast
from rest_framework import serializers

_AS_THEY_ARE = (serializers.CharField, serializers.IntegerField, serializers.BooleanField)


class FlatListMixin:
    """Of a list serializer: only columns and `get_…` methods that read `method_columns`.

    The declaration stays DRF's own, for the schema and for details; a page of 50 costs a third.
    """

    method_columns: tuple[str, ...] = ()

    def flat_values(self, rows: Any, ordering: Iterable[str]) -> Any:
        """Select the fields' columns, the methods', and those of the order.

        Moments and UUIDs are selected as the text they become: Django reads each in Python.
        """
        plan = [(column, show) for _name, column, show in self._plan() if column]
        plain = [column for column, show in plan if not isinstance(show, AsText)]
        order = [name.lstrip("-") for name in ordering]
        texts = {
            _alias(column): show.expression(column)
            for column, show in plan
            if isinstance(show, AsText)
        }
        names = dict.fromkeys([*plain, *self.method_columns, *order, "pk"])
        return rows.values(*names, **texts)

    def flat_rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows as the serializer would have shown their records."""
        names = [name for name, _column, _show in self._plan()]
        shown = [
            (name, _alias(column) if isinstance(show, AsText) else column, show)
            for name, column, show in self._plan()
            if column
        ]
        told: dict[tuple, dict[str, Any]] = {}
        found = []
        for row in rows:
            key = tuple(row[column] for column in self.method_columns)
            if key not in told:
                told[key] = dict.fromkeys(names) | self._told(row)
            item = told[key].copy()
            for name, column, show in shown:
                value = row[column]
                item[name] = value if show is None or value is None else show(value)
            found.append(item)
        return self.as_known([row["pk"] for row in rows], found)

    def as_known(self, ids: list[int], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows as the caller may know them; a case's serializer takes steps out."""
        as_known = getattr(super(), "as_known", None)
        return as_known(ids, rows) if as_known else rows

    def _told(self, row: dict[str, Any]) -> dict[str, Any]:
        """Ask the methods about a record that has these columns only, so that none can query."""
        model = self.Meta.model  # type: ignore[attr-defined]
        record = model.__new__(model)
        record.__dict__.update(row)
        return {
            name: getattr(self, method)(record)
            for name, column, method in self._plan()
            if not column
        }

    @classmethod
    @cache
    def _plan(cls) -> list[tuple[str, str, Any]]:
        """Return (name, column, converter) of each field, or (name, "", method)."""
        return [_part(name, field) for name, field in cls().fields.items()]


class AsText:
    """A kind of value that PostgreSQL writes as the API shows it."""

    def __init__(self, expression: Callable[[str], Any], show: Callable[[str], str]):
        self.expression, self.show = expression, show

    def __call__(self, value: str) -> str:
        return self.show(value)


def _moment(text: str) -> str:
    """Return the moment (JST) as isoformat would: without a fraction that is none."""
    return f"{text.removesuffix('.000000')}+09:00"


MOMENT = AsText(
    lambda column: Func(
        Func(Value("Asia/Tokyo"), F(column), function="timezone"),
        Value('YYYY-MM-DD"T"HH24:MI:SS.US'),
        function="to_char",
        output_field=TextField(),
    ),
    _moment,
)
UUID = AsText(lambda column: Cast(column, TextField()), str)


def _alias(column: str) -> str:
    return f"{column}_as_text"


def _part(name: str, field: Any) -> tuple[str, str, Any]:
    if isinstance(field, serializers.SerializerMethodField):
        return name, "", field.method_name
    column = "__".join(field.source_attrs)
    if type(field) in _AS_THEY_ARE:
        return name, column, None
    if type(field) is serializers.DateTimeField:
        return name, column, MOMENT
    return name, column, UUID if type(field) is serializers.UUIDField else field.to_representation
