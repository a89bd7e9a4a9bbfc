"""The floors, read from the one contract in pyproject.toml and held against relations and text.

The import linter sees imports alone. A string foreign key, a dotted name in a string and a
migration's dependency are dependencies too; the functions here take data, so that each can be
shown to fail.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

ROOT = Path(__file__).resolve().parent.parent.parent
_DOTTED = re.compile(r"[a-z]+(\.\w+)+\Z")
_PATHS = re.compile(r"\.(html|txt|typ|css|js|po|ya?ml|csv|pdf)\Z|mail/")


def contract(name: str, root: Path = ROOT) -> dict[str, Any]:
    """The contract of that id in pyproject.toml."""
    linter = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    return next(found for found in linter["contracts"] if found["id"] == name)


def floors(layers: Iterable[str]) -> dict[str, int]:
    """The floor of each app, the lowest 0; apps of one layer share it."""
    names = [re.findall(r"\w+", layer) for layer in layers]
    return {app: floor for floor, layer in enumerate(reversed(names)) for app in layer}


def local_apps(installed: Iterable[str], root: Path = ROOT) -> set[str]:
    """The apps of this project among the installed ones."""
    packages = {name.partition(".")[0] for name in installed}
    return {name for name in packages if (root / name / "__init__.py").exists()}


@dataclass(frozen=True)
class Relation:
    """A field that points from one app's model to another's."""

    field: str
    source: str
    target: str
    target_model: str


def relations(models_of_project: Iterable[type[models.Model]]) -> Iterator[Relation]:
    """Every foreign key, one-to-one and many-to-many, as the app registry resolved them."""
    for model in models_of_project:
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
            target: Any = field.related_model
            if target is not None:
                meta = target._meta
                name = f"{model._meta.label}.{field.name}"
                yield Relation(name, model._meta.app_label, meta.app_label, meta.label)


def points_up(found: Iterable[Relation], floor: dict[str, int]) -> list[str]:
    """The relations to a higher floor or a neighbour; the user model alone may be pointed at."""
    return [
        f"{r.field} -> {r.target_model}"
        for r in found
        if r.source in floor
        and r.target in floor
        and r.target_model != settings.AUTH_USER_MODEL
        and is_upward(r.source, r.target, floor)
    ]


def is_upward(source: str, target: str, floor: dict[str, int]) -> bool:
    """Say whether target is no lower floor; neighbours of one floor do not know each other."""
    return source != target and floor[target] >= floor[source]


def named_upward(app: str, text: str, floor: dict[str, int]) -> list[str]:
    """The strings of a module that name something on a higher floor by its dotted path."""
    strings = {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {s for s in strings if _DOTTED.match(s) and not _PATHS.search(s)}
    return sorted(
        name
        for name in named
        if name.partition(".")[0] in floor
        and name != settings.AUTH_USER_MODEL
        and is_upward(app, name.partition(".")[0], floor)
    )


def migrations_upward(app: str, dependencies: Iterable[Any], floor: dict[str, int]) -> list[str]:
    """A migration's dependencies on a higher floor; the swappable user model is no name."""
    return [
        f"{dependency[0]}.{dependency[1]}"
        for dependency in dependencies
        if not hasattr(dependency, "setting")
        and dependency[0] in floor
        and is_upward(app, dependency[0], floor)
    ]
