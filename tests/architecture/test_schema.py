"""The API's schema is valid OpenAPI 3.1 and is made without a warning."""

from pathlib import Path

import yaml
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from tests.architecture.test_permission_matrix import ROUTES


def test_schema_is_valid_and_made_without_warnings(tmp_path: Path):
    path = tmp_path / "schema.yml"

    call_command("spectacular", validate=True, fail_on_warn=True, file=str(path))

    schema = yaml.safe_load(path.read_text())
    assert schema["openapi"].startswith("3.1")
    apart = {"api-schema", "api-docs", "api-problem", "api/v1/^.*$"}
    documented = {key for key, r in ROUTES.items() if "api/v1/" in r.pattern} - apart
    assert len([p for p in schema["paths"] if p.startswith("/api/v1/")]) == len(documented)
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
