"""The API for readers: the page drawn from the schema, and the page of each problem."""

import pytest

from accounts.models import ApiKey
from core.api.catalogue import PROBLEMS
from core.views.api_docs import groups
from tests.factories.accounts import bearer, make_body, make_staff, make_user

pytestmark = pytest.mark.django_db


def test_docs_name_every_operation_with_a_line_to_copy(client):
    page = client.get("/api/v1/docs/").content.decode()

    operations = [o for group in groups() for o in group["operations"]]
    assert len(operations) >= 57
    assert all(f'id="{o["id"]}"' in page and o["curl"].startswith("curl") for o in operations)
    assert page.count("<script") == page.count('src="/static/')


def test_docs_show_fields_of_body_and_answer():
    found = {o["id"]: o for group in groups() for o in group["operations"]}

    create = found["grants_applications_create"]
    assert {"call", "title"} <= {f["name"] for f in create["body"] if f["required"]}
    assert "receipt_number" in {f["name"] for f in create["answer"]}
    listed = found["grants_applications_list"]
    assert "title" in {f["name"] for f in listed["answer"]}


@pytest.mark.parametrize("code", sorted(PROBLEMS))
@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_problem_has_a_page(client, code, language):
    answer = client.get(f"/api/v1/problems/{code}/", headers={"Accept-Language": language})

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


def test_type_of_a_problem_leads_to_its_page_in_both_languages(client):
    found = {}
    for language in ("ja", "en"):
        headers = {**bearer(make_user())["headers"], "Accept-Language": language}
        problem = client.get("/api/v1/accounts/organizations/?limit=x", headers=headers).json()
        found[language] = problem["title"]
        page = client.get(problem["type"], headers={"Accept-Language": language})
        assert problem["title"] in page.content.decode()

    assert found["en"] == "Entries to correct"
    assert found["ja"] != found["en"]


def test_unknown_problem_is_404(client):
    assert client.get("/api/v1/problems/no-such/").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["accounts/me/", "accounts/organizations/{body}/", "accounts/keys/{key}/"],
)
def test_details_without_a_version_have_a_tag_of_their_content(client, path):
    headers = bearer(make_user())
    client.get("/api/v1/accounts/me/", **headers)  # the last use is part of a key's content
    ids = {"body": make_body().public_id, "key": ApiKey.objects.get().public_id}
    path = "/api/v1/" + path.format(**ids)

    tag = client.get(path, **headers)["ETag"]
    again = client.get(path, headers={**headers["headers"], "If-None-Match": f"W/{tag}"})

    assert (again.status_code, again["ETag"], again.content) == (304, tag, b"")


@pytest.mark.parametrize(
    "query",
    [
        "programs/calls/?fiscal_year=2027.5",
        "programs/editions/?is_example=perhaps",
        "programs/editions/?fiscal_year=",
        "grants/applications/?organization=",
        "grants/applications/?updated_since=",
    ],
)
def test_filter_that_would_be_ignored_is_refused(client, query):
    answer = client.get(f"/api/v1/{query}", **bearer(make_staff()))

    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == [query.split("?")[1].split("=")[0]]
