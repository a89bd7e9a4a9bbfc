"""The search registry: each app's search.py says which of its rows one box finds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q

from core.japanese import search_key


@dataclass(frozen=True)
class Searchable:
    """A model, the columns that one word is looked for in, and where a hit leads."""

    model: type[models.Model]
    fields: tuple[str, ...]
    url: Callable[[Any], str]
    related: tuple[str, ...] = ()
    key_field: str = ""


_searchables: list[Searchable] = []


def register(
    model: type[models.Model],
    *,
    fields: tuple[str, ...],
    url: Callable[[Any], str],
    related: tuple[str, ...] = (),
    key_field: str = "",
) -> None:
    """Make a model findable; `key_field` is a stored, normalised column where there is one."""
    _searchables.append(Searchable(model, fields, url, related, key_field))


@dataclass(frozen=True)
class Hit:
    """One found row."""

    kind: str
    text: str
    url: str


def find(text: str, user: Any, limit: int = 20) -> list[Hit]:
    """Return what the user may see that contains the words, full and half width alike."""
    if not text.strip():
        return []
    hits: list[Hit] = []
    for entry in _searchables:
        rows = entry.model._default_manager.all().visible_to(user).filter(_condition(entry, text))  # type: ignore[attr-defined]
        hits += [
            Hit(str(entry.model._meta.verbose_name), str(row), entry.url(row))
            for row in rows.select_related(*entry.related).order_by("-pk")[:limit]
        ]
    return hits


def _condition(entry: Searchable, text: str) -> Q:
    condition = Q()
    for name in entry.fields:
        condition |= Q(**{f"{name}__icontains": text.strip()})
    if entry.key_field:
        condition |= Q(**{f"{entry.key_field}__contains": search_key(text)})
    return condition
