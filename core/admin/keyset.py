"""Pages by the values of the order: page 2,000 costs what page 1 does, and nothing is counted."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import OrderBy


class BadCursor(Exception):
    """The cursor belongs to another order, or to nothing."""


@dataclass(frozen=True)
class Key:
    """One part of the order: where its value is, and which way it runs."""

    name: str
    field: Any
    is_descending: bool
    nulls_last: bool
    is_nullable: bool

    def reversed(self) -> "Key":
        """Return the same for the way back."""
        return Key(
            self.name, self.field, not self.is_descending, not self.nulls_last, self.is_nullable
        )

    def same(self, value: Any) -> Q:
        """Match rows that are equal so far."""
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def beyond(self, value: Any) -> Q | None:
        """Match rows that come later; None where none can."""
        if value is None:
            return None if self.nulls_last else Q(**{f"{self.name}__isnull": False})
        found = Q(**{f"{self.name}__{'lt' if self.is_descending else 'gt'}": value})
        if self.is_nullable and self.nulls_last:
            found |= Q(**{f"{self.name}__isnull": True})
        return found


class Keyset:
    """The rows in their order, which must end in something unique, read a page at a time."""

    def __init__(self, rows: models.QuerySet):
        self.rows = rows
        self.keys: list[Key] = []
        for index, part in enumerate(rows.query.order_by or ("-pk",)):
            key = self._key(index, part)
            self.keys.append(key)
            if key.field.unique and not key.is_nullable:
                break  # what follows orders nothing any more

    def _key(self, index: int, part: Any) -> Key:
        if isinstance(part, str):
            path, is_descending = part.lstrip("-"), part.startswith("-")
            ordered = F(path).desc() if is_descending else F(path).asc()
        else:
            ordered = part if isinstance(part, OrderBy) else part.asc()
        down = ordered.descending
        last = bool(ordered.nulls_last) or (not down and not ordered.nulls_first)
        field = self._column(ordered.expression)
        if field is not None:
            return Key(field.attname, field, down, last, field.null)
        name = f"keyset_{index}"
        self.rows = self.rows.annotate(**{name: ordered.expression})
        return Key(name, self.rows.query.annotations[name].output_field, down, last, True)

    def _column(self, expression: Any) -> Any:
        """Return the model's own column of the expression, where it is one."""
        name = expression.name if isinstance(expression, F) else ""
        meta = self.rows.model._meta
        try:
            field = meta.pk if name == "pk" else meta.get_field(name)
        except FieldDoesNotExist:
            return None
        return field if getattr(field, "column", None) else None

    def page(self, size: int, cursor: str = "", *, backwards: bool = False) -> tuple[list, bool]:
        """Return a page after (or before) the cursor's row, and whether more lies beyond it."""
        rows = self.rows.reverse() if backwards else self.rows
        if cursor:
            rows = rows.filter(self._beyond(self._read(cursor), backwards=backwards))
        found = list(rows[: size + 1])
        page = found[:size]
        return (page[::-1] if backwards else page), len(found) > size

    def _beyond(self, values: Sequence[Any], *, backwards: bool) -> Q:
        found, equal = Q(pk__in=[]), Q()
        for key, value in zip(self.keys, values, strict=True):
            way = key.reversed() if backwards else key
            beyond = way.beyond(value)
            if beyond is not None:
                found |= equal & beyond
            equal &= way.same(value)
        return found

    def cursor(self, row: Any) -> str:
        """Return what names the row's place in the order."""
        values = [getattr(row, key.name) for key in self.keys]
        plain = [v if v is None or isinstance(v, int | str) else str(v) for v in values]
        return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")

    def _read(self, cursor: str) -> list[Any]:
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            values = json.loads(base64.urlsafe_b64decode(padded.encode()))
            pairs = zip(self.keys, values, strict=True)
            return [None if value is None else key.field.to_python(value) for key, value in pairs]
        except (ValueError, TypeError, binascii.Error, ValidationError) as error:
            raise BadCursor from error
