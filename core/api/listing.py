"""Lists without model instances: a page's rows are read as values and made into the same JSON."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone
from rest_framework import serializers

_AS_THEY_ARE = (serializers.CharField, serializers.IntegerField, serializers.BooleanField)


class FlatListMixin:
    """Of a list serializer: only columns and `get_…` methods that read `method_columns`.

    The declaration stays DRF's own, for the schema and for details; a page of 50 costs a third.
    """

    method_columns: tuple[str, ...] = ()

    def flat_columns(self, ordering: Iterable[str]) -> list[str]:
        """Return the columns to select: the fields', the methods', and those of the order."""
        found = [column for _name, column, _show in self._plan()]
        order = [name.lstrip("-") for name in ordering]
        return list(dict.fromkeys([*filter(None, found), *self.method_columns, *order, "pk"]))

    def flat_rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows as the serializer would have shown their records."""
        zone = timezone.get_current_timezone()
        names = [name for name, _column, _show in self._plan()]
        shown = [part for part in self._plan() if part[1]]
        told: dict[tuple, dict[str, Any]] = {}
        found = []
        for row in rows:
            key = tuple(row[column] for column in self.method_columns)
            if key not in told:
                told[key] = self._told(row)
            item = dict.fromkeys(names)
            item.update(told[key])
            for name, column, show in shown:
                value = row[column]
                if isinstance(value, datetime):
                    item[name] = value.astimezone(zone).isoformat()
                else:
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


def _part(name: str, field: Any) -> tuple[str, str, Any]:
    if isinstance(field, serializers.SerializerMethodField):
        return name, "", field.method_name
    column = "__".join(field.source_attrs)
    if type(field) in _AS_THEY_ARE:
        return name, column, None
    show = str if type(field) is serializers.UUIDField else field.to_representation
    return name, column, show  # moments are shown in the portal's zone, the same for all
