"""The search registry: each app's search.py says which of its rows one box finds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q


@dataclass(frozen=True)
class Searchable:
    """A model, the columns that words are looked for in, and where a hit leads.

    `keys` are paths of search columns (core.models.SearchKeyField); `fields` serve models without.
    """

    model: type[models.Model]
    url: Callable[[Any], str]
    fields: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


_searchables: dict[type[models.Model], Searchable] = {}


def register(
    model: type[models.Model],
    *,
    url: Callable[[Any], str],
    fields: tuple[str, ...] = (),
    keys: tuple[str, ...] = (),
    related: tuple[str, ...] = (),
) -> None:
    """Make a model findable."""
    _searchables[model] = Searchable(model, url, fields, keys, related)


@dataclass(frozen=True)
class Hit:
    """One found row."""

    kind: str
    text: str
    url: str


def find(text: str, user: Any, limit: int = 20) -> list[Hit]:
    """Return what the user may see that contains every word, full and half width alike."""
    hits: list[Hit] = []
    text = text.replace("\0", " ")  # PostgreSQL refuses it
    for entry in _searchables.values() if text.strip() else ():
        rows = entry.model._default_manager.all().visible_to(user)  # type: ignore[attr-defined]
        found = rows.filter(_condition(entry, text)).select_related(*entry.related)
        kind = str(entry.model._meta.verbose_name)
        hits += [Hit(kind, _said(row), entry.url(row)) for row in found.order_by("-pk")[:limit]]
    return hits


def _said(row: Any) -> str:
    """Return number, body and title, as far as the row has them."""
    number = getattr(row, "receipt_number", None) or getattr(row, "code", "")
    body = getattr(row, "organization", "")
    return " ".join(str(part) for part in (number, body, row) if part)


def matching(rows: models.QuerySet, text: str) -> models.QuerySet | None:
    """Narrow a list to what contains every word; None for a model without a search column."""
    entry = _searchables.get(rows.model)
    return rows.filter(_condition(entry, text)) if entry and entry.keys else None


def _condition(entry: Searchable, text: str) -> Q:
    condition = Q()
    for word in text.split():
        anywhere = Q()
        for path in entry.keys:
            anywhere |= _has(entry.model, path, word)
        for name in entry.fields:
            anywhere |= Q(**{f"{name}__icontains": word})
        condition &= anywhere
    return condition


def _has(model: type[models.Model], path: str, word: str) -> Q:
    """Ask a related row's column by its ids, read first: an OR with a subquery would use no index."""
    relation, _sep, column = path.rpartition("__")
    if not relation:
        return Q(**{f"{column}__has": word})
    related: Any = model._meta.get_field(relation).related_model
    found = related._default_manager.filter(**{f"{column}__has": word})
    return Q(**{f"{relation}__in": list(found.order_by().values_list("pk", flat=True))})
