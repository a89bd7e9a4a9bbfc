"""Queries that each request asks: their SQL is written once, only the values change.

Django writes the SQL of a query anew each time, which costs more than PostgreSQL's answer; what is
read is read each time. For a few fixed queries, such as who is signed in and with which posts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import get_related_populators


class Asked:
    """Stands in a query for the value of that place; it is filled in when the query runs."""

    def __init__(self, place: int):
        self.place = place

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        """Stand for itself in a filter."""
        return models.Value(self)


@dataclass(frozen=True)
class _Written:
    """The SQL, the order of its values, and how a row becomes a record with its related ones."""

    sql: str
    places: Sequence[Any]
    model: type[models.Model]
    names: Sequence[str]
    columns: slice
    populators: Sequence[Any]
    converters: dict[int, tuple[Any, Any]]


class Compiled:
    """A query of model instances, `select_related` included; `build` gets an Asked for each value."""

    def __init__(self, build: Callable[..., models.QuerySet], values: int):
        self._build, self._values = build, values

    def __call__(self, *values: Any) -> list[Any]:
        """Ask the database with these values."""
        found = self._written
        given = [values[p.place] if isinstance(p, Asked) else p for p in found.places]
        with connection.cursor() as cursor:
            cursor.execute(found.sql, given)
            return list(self._records(cursor.fetchall()))

    @cached_property
    def _written(self) -> _Written:
        query = self._build(*map(Asked, range(self._values))).query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, places = compiler.as_sql()
        select, shape = compiler.select, compiler.klass_info
        assert select is not None
        first, last = shape["select_fields"][0], shape["select_fields"][-1] + 1
        return _Written(
            sql=sql,
            places=places,
            model=shape["model"],
            names=[part.target.attname for part, _sql, _alias in select[first:last]],
            columns=slice(first, last),
            populators=get_related_populators(shape, select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]
            converters=compiler.get_converters([part for part, _sql, _alias in select]),
        )

    def _records(self, rows: list[Any]) -> Iterator[Any]:
        found = self._written
        for row in map(self._converted, rows):
            record = found.model.from_db(DEFAULT_DB_ALIAS, found.names, row[found.columns])
            for populator in found.populators:
                populator.populate(row, record)
            yield record

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        """Return the row with those columns converted whose fields read them in their own way."""
        if not self._written.converters:
            return row
        values = list(row)
        for place, (steps, part) in self._written.converters.items():
            for convert in steps:
                values[place] = convert(values[place], part, connection)
        return values
