"""What every case, model and template of the house must have, as functions over data."""

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib import admin
from django.db import models
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver

from core.api.views import MadeByActsViewSet
from core.models import Case
from core.workflow import Workflow, permission_name

AREA_ROOMS = (
    "apps.py",
    "models",
    "actions",
    "workflow",
    "forms",
    "reports",
    "admin",
    "views",
    "urls.py",
    "api/serializers",
    "api/views",
    "api/urls.py",
    "migrations",
)
SCREENS = ("list", "detail", "create", "update", "transition")


def missing_rooms(app: Path) -> list[str]:
    """The rooms that an area lacks; a room is a module or a package of that name."""
    return [
        room
        for room in AREA_ROOMS
        if not any((app / found).exists() for found in (room, f"{room}.py"))
    ]


def case_models(found: Iterable[type[models.Model]]) -> list[type[models.Model]]:
    """The concrete cases among the models."""
    return [model for model in found if issubclass(model, Case)]


def endpoints() -> Iterator[tuple[str, Any]]:
    """Every address of the resolver: its full name, and its view or viewset class."""
    yield from _endpoints(get_resolver(), "")


def _endpoints(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            view = entry.callback
            found = getattr(view, "cls", getattr(view, "view_class", view))
            yield f"{prefix}{entry.name or ''}", found
        else:
            yield from _endpoints(
                entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            )


def faces_missing(model: type[models.Model], names: Iterable[tuple[str, Any]]) -> list[str]:
    """The faces on which the case cannot be reached: admin, api, screens."""
    known = list(names)
    meta = model._meta
    screens = {f"{meta.app_label}:{meta.model_name}-{screen}" for screen in SCREENS}
    viewsets = {v for _name, v in known if isinstance(v, type) and issubclass(v, MadeByActsViewSet)}
    missing = []
    if model not in admin.site._registry:
        missing.append("admin")
    if not any(viewset.queryset.model is model for viewset in viewsets):
        missing.append("api")
    if screens - {name for name, _view in known}:
        missing.append("screens")
    return missing


def status_problems(flow: Workflow) -> list[str]:
    """Statuses that are declared and never reached, or used and never declared."""
    declared = set(flow.model.Status.values)  # type: ignore[attr-defined]
    targets = {str(t) for row in flow.transitions for t in row.possible_targets}
    reached = {str(flow.initial)} | targets
    sources = {str(s) for row in flow.transitions for s in row.source}
    shown = {str(s) for pair in flow.hidden.items() for s in pair}
    used = reached | sources | shown | {str(s) for s in flow.editable}
    return [f"never reached: {status}" for status in sorted(declared - reached)] + [
        f"not declared: {status}" for status in sorted(used - declared)
    ]


def same_name_overlaps(flow: Workflow) -> list[str]:
    """Names whose rows share a source, so that it would be left to chance which one runs."""
    seen: set[tuple[str, str]] = set()
    twice = []
    for row in flow.transitions:
        for source in row.source:
            if (row.name, str(source)) in seen:
                twice.append(f"{row.name} from {source}")
            seen.add((row.name, str(source)))
    return twice


def nobody_may(flow: Workflow, granted: frozenset[str]) -> list[str]:
    """Transitions that no role permits and the system does not make."""
    return [
        row.name
        for row in flow.transitions
        if not row.system and permission_name(flow.model, row.verb) not in granted
    ]


def templates_missing(flow: Workflow, letters: Path) -> list[str]:
    """Mail and letter templates that the table promises and nobody wrote."""
    app, model = flow.model._meta.app_label, flow.model._meta.model_name
    promised = [
        f"{app}/mail/{model}_{row.name}.{part}.txt"
        for row in flow.transitions
        if row.notify
        for part in ("subject", "body")
    ]
    missing = [name for name in dict.fromkeys(promised) if not _loads(name)]
    typ = [
        letters / app / "letters" / f"{row.letter}.typ" for row in flow.transitions if row.letter
    ]
    return missing + [str(path.relative_to(letters)) for path in typ if not path.exists()]


def _loads(name: str) -> bool:
    try:
        get_template(name)
    except Exception:  # noqa: BLE001 - missing or broken, the template is of no use
        return False
    return True


def model_problems(model: type[models.Model]) -> list[str]:
    """What a model lacks of what style.md asks of each."""
    given = model._meta.original_attrs  # type: ignore[attr-defined]
    problems = []
    if not (model.__doc__ or "").strip() or (model.__doc__ or "").startswith(f"{model.__name__}("):
        problems.append("docstring")
    problems += [name for name in ("verbose_name", "verbose_name_plural") if name not in given]
    if "ordering" in given:
        problems.append("Meta.ordering")
    if model.__str__ is models.Model.__str__:
        problems.append("__str__")
    prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
    named = [*model._meta.constraints, *model._meta.indexes]
    problems += [x.name for x in named if not x.name.startswith(prefix)]
    return problems


_PERSONAL = re.compile(r"(email|kana|phone|mailbox|recipient|submitted_by|contact_|representative)")


def personal_fields(model: type[models.Model]) -> list[str]:
    """Fields that hold what is about a person: names, addresses, telephones."""
    return [field.name for field in model._meta.local_fields if _PERSONAL.search(field.name)]


_INLINE = {
    "script": re.compile(r"<script(?![^>]*\b(src|type=\"application/json\"))[^>]*>", re.IGNORECASE),
    "style": re.compile(r"<style\b", re.IGNORECASE),
    "style=": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "on…=": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "javascript:": re.compile(r"javascript:", re.IGNORECASE),
}


def inline_code(text: str) -> list[str]:
    """What a strict content security policy would refuse to run."""
    without_comments = re.sub(r"{#.*?#}|{% comment.*?endcomment %}", "", text, flags=re.DOTALL)
    return [name for name, pattern in _INLINE.items() if pattern.search(without_comments)]


def signals(text: str) -> list[str]:
    """The signal modules that a module imports."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name for name in found if re.search(r"\bsignals\b|django\.dispatch", name)]


def code_lines(path: Path) -> int:
    """How many lines of the file hold code: no blank line, comment or docstring."""
    with path.open("rb") as source:
        spans = {
            line
            for token in tokenize.tokenize(source.readline)
            if token.type not in _NO_CODE
            for line in range(token.start[0], token.end[0] + 1)
        }
    return len(spans - set(_docstring_lines(ast.parse(path.read_text()))))


_NO_CODE = {
    tokenize.ENCODING,
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def _docstring_lines(tree: ast.Module) -> Iterator[int]:
    named = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, named) and ast.get_docstring(node) is not None:
            text = node.body[0]
            yield from range(text.lineno, (text.end_lineno or text.lineno) + 1)
