"""The API for readers: every operation drawn from the schema, and a page for each problem."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from core.api.catalogue import PROBLEMS
from core.api.problems import not_found

METHODS = ("get", "post", "put", "patch")


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show how to begin, then each operation with its fields and a curl line to copy."""
    context = {
        "title": _("API documentation"),
        "groups": groups(),
        "base_url": settings.BASE_URL,
        "problems": PROBLEMS.values(),
        "limit": settings.API_REQUESTS_PER_MINUTE,
        "public_limit": settings.API_PUBLIC_REQUESTS_PER_MINUTE,
    }
    return render(request, "core/api_docs.html", context)


@require_safe
def api_problem(request: HttpRequest, code: str) -> HttpResponse:
    """Show what one problem means and what to do about it."""
    if code not in PROBLEMS:
        return not_found(request)
    context = {
        "title": PROBLEMS[code].title,
        "problem": PROBLEMS[code],
        "crumbs": [{"label": _("API documentation"), "url": reverse("api-docs")}],
    }
    return render(request, "core/api_problem.html", context)


@lru_cache(maxsize=1)
def groups() -> list[dict[str, Any]]:
    """Return the operations by app; the schema does not change while the process lives."""
    schema = SchemaGenerator().get_schema(public=True)
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                row = _operation(schema, path, method, operation)
                found.setdefault(operation["tags"][0], []).append(row)
    return [{"name": name, "operations": rows} for name, rows in sorted(found.items())]


def _operation(schema: Any, path: str, method: str, operation: Any) -> dict[str, Any]:
    body = _content(operation.get("requestBody"))
    answers = {k: v for k, v in operation["responses"].items() if k.startswith("2")}
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "text": operation.get("description", ""),
        "is_public": not operation.get("security"),
        "parameters": operation.get("parameters", []),
        "body": list(_fields(schema, body)),
        "answer": [row for answer in answers.values() for row in _fields(schema, _content(answer))],
        "statuses": list(operation["responses"]),
        "curl": _curl(path, method, operation),
    }


def _content(holder: Any) -> dict[str, Any]:
    contents = (holder or {}).get("content", {})
    return next(iter(contents.values()), {}).get("schema", {})


def _fields(schema: Any, part: Any) -> Iterator[dict[str, Any]]:
    """Yield the fields of an object, or of the objects in its list, one level deep."""
    part = _resolved(schema, part)
    rows = part.get("properties", {}).get("results")
    part = _resolved(schema, (rows or part).get("items", part))
    for name, field in part.get("properties", {}).items():
        yield {
            "name": name,
            "type": _type(field),
            "required": name in part.get("required", ()),
            "text": _resolved(schema, field).get("description", ""),
        }


def _resolved(schema: Any, part: Any) -> Any:
    reference = part.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"].get(reference, part)


def _type(field: Any) -> str:
    """Return the type in one word or two: `string (date)`, `integer | null`, a component's name."""
    if "$ref" in field:
        return field["$ref"].rpartition("/")[2]
    if field.get("type") == "array":
        return f"[{_type(field.get('items', {}))}]"
    parts = [_type(p) for key in ("oneOf", "anyOf", "allOf") for p in field.get(key, ())]
    kinds = field.get("type", [])
    parts += kinds if isinstance(kinds, list) else [kinds]
    text = " | ".join(dict.fromkeys(parts)) or "any"
    return f"{text} ({field['format']})" if "format" in field else text


def _curl(path: str, method: str, operation: Any) -> str:
    lines = ["curl -s" + ("" if method == "get" else f" -X {method.upper()}")]
    if operation.get("security"):
        lines.append("-H 'Authorization: Bearer KEY'")
    if method in ("put", "patch"):
        lines.append("-H 'If-Match: \"1-body\"'")
    kinds = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in kinds:
        lines.append("-F 'file=@plan.pdf'")
    elif kinds:
        lines.append("-H 'Content-Type: application/json' -d '{}'")
    required = [p for p in operation.get("parameters", ()) if p["in"] == "query"]
    query = "&".join(f"{p['name']}=…" for p in required if p.get("required"))
    return " \\\n  ".join([*lines, f"'{settings.BASE_URL}{path}{'?' + query if query else ''}'"])
