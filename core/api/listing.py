"""Lists without model instances: PostgreSQL writes a page's rows as JSON, by a prepared statement.

The serializer stays DRF's own, for the schema, details and writing; its list is compiled once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from json import dumps, loads
from typing import Any

from django.db import connection, models
from django.db.models import F, Func, TextField
from django.db.models.expressions import Combinable
from psycopg import Cursor
from rest_framework import serializers
from rest_framework.relations import SlugRelatedField
from rest_framework.renderers import JSONRenderer

from core.api.serializers import CaseSerializer, ScopedSerializer

# Fields that show a column of these kinds just as PostgreSQL does.
_SHOWN_ALIKE: dict[type, tuple[type, ...]] = {
    serializers.CharField: (models.CharField, models.TextField),
    serializers.ChoiceField: (models.CharField,),
    serializers.EmailField: (models.EmailField,),
    serializers.IntegerField: (models.IntegerField,),
    serializers.BigIntegerField: (models.BigIntegerField,),
    serializers.BooleanField: (models.BooleanField,),
    serializers.DateField: (models.DateField,),
    serializers.DateTimeField: (models.DateTimeField,),
    serializers.UUIDField: (models.UUIDField,),
}
_STOCK = (serializers.Serializer.to_representation, CaseSerializer.to_representation)


class Moment(Func):
    """A moment (JST) as isoformat writes it: without a fraction that is none."""

    output_field = TextField()
    template = (
        "replace(to_char(timezone('Asia/Tokyo', %(expressions)s),"
        """ 'YYYY-MM-DD"T"HH24:MI:SS.US"+09:00"'), '.000000+', '+')"""
    )


class JsonRows:
    """A list's rows that are JSON already; who reads them as dictionaries parses them."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(loads(self.text))


class RowsRenderer(JSONRenderer):
    """DRF's JSON, into which rows that are JSON already go as they are."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Render as DRF does; an asked-for indent has the rows parsed and written anew."""
        rows = data.get("results") if isinstance(data, dict) else None
        if not isinstance(rows, JsonRows) or self.get_indent(
            accepted_media_type or "", renderer_context or {}
        ):
            return super().render(data, accepted_media_type, renderer_context)
        told = {name: value for name, value in data.items() if name != "results"}
        head = super().render({**told, "results": []}, accepted_media_type, renderer_context)
        text = rows.text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        return head[:-3] + text.encode() + b"}"


@dataclass(frozen=True)
class Statement:
    """The SQL of one serializer's rows by their keys, and what its methods read of each.

    The keys are its one parameter, so that it is planned once, whoever asks for whichever page.
    """

    sql: str
    columns: tuple[str, ...]
    methods: tuple[tuple[str, str], ...]

    def rows(self, serializer: Any, ids: list[int]) -> JsonRows:
        """Return the rows in the keys' order as the serializer would show their records."""
        told: dict[tuple, str] = {}
        found = {}
        for pk, text, *values in self._fetch(ids) if ids else ():
            key = tuple(values)
            if key not in told:
                told[key] = self._told(serializer, values)
            found[pk] = told[key] + text[1:]
        return JsonRows(f"[{','.join(found[pk] for pk in ids if pk in found)}]")

    def _fetch(self, ids: list[int]) -> list[tuple]:
        """Run it with the keys bound by the server, which alone lets it be prepared."""
        connection.ensure_connection()
        made = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
        with made(Cursor(connection.connection)) as cursor:
            cursor.execute(self.sql, [f"{{{','.join(map(str, ids))}}}"])
            return cursor.fetchall()

    def _told(self, serializer: Any, values: list[Any]) -> str:
        """Ask the methods about a record that has these columns only, so that none can query."""
        if not self.methods:
            return "{"
        model = serializer.Meta.model
        record = model.__new__(model)
        record.__dict__.update(zip(self.columns, values, strict=True))
        said = {name: getattr(serializer, method)(record) for name, method in self.methods}
        return dumps(said, ensure_ascii=False, separators=(",", ":"))[:-1] + ","


@cache
def statement_for(kind: type[Any]) -> Statement | None:
    """Compile a serializer class; None where a field is neither a column nor a declared method.

    Methods are compiled where the class names the `method_columns` that they read.
    """
    if not issubclass(kind, ScopedSerializer) or kind.to_representation not in _STOCK:
        return None
    if kind.get_fields is not ScopedSerializer.get_fields:  # they may depend on who asks
        return None
    shown: dict[str, Combinable] = {}
    methods = []
    for name, field in kind().fields.items():
        if isinstance(field, serializers.SerializerMethodField) and kind.method_columns:
            methods.append((name, str(field.method_name)))
        elif not field.write_only:
            column = _column(kind.Meta.model, field)
            if column is None:
                return None
            shown[name] = column
    columns = kind.method_columns if methods else ()
    return Statement(_sql(kind.Meta.model, shown, columns), columns, tuple(methods))


def _sql(model: type[models.Model], shown: Mapping[str, Any], columns: tuple[str, ...]) -> str:
    aliases = {f"shown_{place}": value for place, value in enumerate(shown.values())}
    rows = model._base_manager.annotate(**aliases).values_list("pk", *columns, *aliases)
    inner, params = rows.order_by().query.sql_with_params()
    if params or "%" in inner:
        raise ValueError(f"{model._meta.label}: no columns alone: {inner}")
    key = f'"{model._meta.db_table}"."{model._meta.pk.column}"'  # type: ignore[union-attr]
    told = ", ".join(f'r."{alias}" AS "{name}"' for alias, name in zip(aliases, shown, strict=True))
    read = "".join(f', r."{name}"' for name in columns)
    return (
        f'SELECT r."pk", (SELECT row_to_json(j)::text FROM (SELECT {told}) j){read}'  # noqa: S608 - our own columns
        f" FROM ({inner} WHERE {key} = ANY(%s)) r"
    )


def _column(model: Any, field: Any) -> Any:
    """Return the column that a field shows, or None where it shows anything else."""
    path, wanted = list(field.source_attrs), _SHOWN_ALIKE.get(type(field))
    if isinstance(field, SlugRelatedField) and field.slug_field == "public_id":
        path, wanted = [*path, "public_id"], (models.UUIDField,)
    if wanted is None:
        return None
    *steps, last = path
    for step in steps:
        relation = _concrete(model, step)
        if relation is None or not (relation.many_to_one or relation.one_to_one):
            return None
        if relation.null and not (field.allow_null or isinstance(field, SlugRelatedField)):
            return None  # DRF leaves such a field out
        model = relation.related_model
    column, value = _concrete(model, last), F("__".join(path))
    if not isinstance(column, wanted) or hasattr(column, "from_db_value"):
        return None
    if isinstance(column, models.DateTimeField):
        return Moment(value) if type(field) is serializers.DateTimeField else None
    return value


def _concrete(model: Any, name: str) -> Any:
    return next((f for f in model._meta.concrete_fields if f.name == name), None)
