"""The API's schema is valid OpenAPI 3.1 and is made without a warning."""

import re
import uuid
from pathlib import Path

import yaml
from django.core.management import call_command
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from tests.architecture.test_permission_matrix import ROUTES

SAMPLES = {"name": "submit"}
METHODS = {"get", "post", "put", "patch", "delete"}


def offered(path: str) -> set[str] | None:
    """The methods that the router gave an address of ours; None where no viewset answers."""
    address = re.sub(r"\{(\w+)\}", lambda part: SAMPLES.get(part[1], str(uuid.UUID(int=0))), path)
    view = resolve(address).func
    mapped = getattr(view, "actions", None)
    return METHODS & set(mapped) & set(view.cls.http_method_names) if mapped else None


def test_schema_is_valid_and_made_without_warnings(tmp_path: Path):
    path = tmp_path / "schema.yml"

    call_command("spectacular", validate=True, fail_on_warn=True, file=str(path))

    schema = yaml.safe_load(path.read_text())
    assert schema["openapi"].startswith("3.1")
    apart = {"api-schema", "api-docs", "api-problem", "api/v1/^.*$"}
    documented = {key for key, r in ROUTES.items() if "api/v1/" in r.pattern} - apart
    assert len([p for p in schema["paths"] if p.startswith("/api/v1/")]) == len(documented)
    told = {p: METHODS & set(found) for p, found in schema["paths"].items() if "/api/v1/" in p}
    answered = {path: offered(path) for path in told}
    assert {p: found for p, found in answered.items() if found not in (None, told[p])} == {}
    assert all(
        "description" in operation or "summary" in operation
        for methods in schema["paths"].values()
        for name, operation in methods.items()
        if name != "parameters"
    )


def test_beginning_a_thread_in_anothers_case_is_documented_as_404():
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    threads = paths["/api/v1/correspondence/threads/"]

    assert "404" in threads["post"]["responses"]
    assert "404" not in threads["get"]["responses"]
