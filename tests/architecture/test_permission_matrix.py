"""Every address of the portal, asked by everybody: the table says who gets what."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from core import registry
from core.models import Letter, Receipt
from grants.models import Application
from tests.architecture.table import TABLE, rule
from tests.architecture.words import english_in, is_page, official_names
from tests.architecture.world import PEOPLE, SIGN_IN, Route, World, routes

ROUTES = {route.key: route for route in routes()}
JAPANESE_READERS = ("town-a", "officer", "administrator")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
OF_A_BODY = ("application", "file", "letter", "receipt")


def status(response: Any) -> int:
    """The status, where a redirect to the sign-in is 401 and Django's "there is none" is 404."""
    target = response.headers.get("Location", "")
    if SIGN_IN in target or target.startswith("/admin/login/"):
        return 401
    if target == "/admin/" and response.request["PATH_INFO"].endswith("/change/"):
        return 404
    return response.status_code


def test_every_address_is_in_the_table_and_no_other():
    assert (set(ROUTES) - set(TABLE), set(TABLE) - set(ROUTES)) == (set(), set())


def test_every_rule_names_everybody():
    rules = {(key, text) for key, row in TABLE.items() for text in row.values()}

    assert {(key, text) for key, text in rules if set(rule(text)) != set(PEOPLE)} == set()


@pytest.mark.parametrize("key", sorted(ROUTES))
def test_everybody_gets_what_the_table_says(world: World, key: str):
    path = ROUTES[key].path(world.arguments(ROUTES[key]))
    wrong, english = [], set()
    for method, text in TABLE[key].items():
        for who, allowed in rule(text).items():
            response = world.ask(who, method, path)
            got = status(response)
            if got not in allowed:
                wrong.append(f"{who} {method} {path}: {got}, not {sorted(allowed)}")
            if method == "GET" and who in JAPANESE_READERS and is_page(key, response):
                english |= set(english_in(response.content.decode(), official_names()))

    assert wrong == []
    assert english == set(), "Japanese readers meet no English sentences"


@pytest.mark.parametrize("key", sorted(k for k, r in ROUTES.items() if "api/v1/" in r.pattern))
def test_api_refuses_every_other_method(world: World, key: str):
    path = ROUTES[key].path(world.arguments(ROUTES[key]))
    others = [method for method in METHODS if method not in TABLE[key]]

    answers = {method: world.ask("manager", method, path).status_code for method in others}

    assert answers == dict.fromkeys(others, 404 if key.endswith("$") else 405)


def record_routes() -> Iterator[tuple[Route, str]]:
    """The addresses of one application, file, letter or receipt, with the kind of the record."""
    for route in ROUTES.values():
        if route.kind in OF_A_BODY and route.parameters & {"id", "public_id"}:
            yield route, route.kind


def records(case: Application) -> dict[str, list[Any]]:
    """The public ids of the case and of all that belongs to it."""
    named = {"case_label": "grants.Application", "case_id": case.pk}
    return {
        "application": [case.public_id],
        "file": list(case.files.values_list("file__public_id", flat=True)),
        "letter": list(Letter.objects.filter(**named).values_list("public_id", flat=True)),
        "receipt": list(Receipt.objects.filter(**named).values_list("public_id", flat=True)),
    }


def paths(route: Route, public_id: Any) -> list[str]:
    """The addresses of the record at a route: one for each act where it names one."""
    acts = [""]
    if "name" in route.parameters:
        acts = sorted({row.name for row in registry.workflows[Application].transitions})
    named = {"id": public_id, "public_id": public_id, "section": "basics"}
    return [route.path(named | {"name": act}) for act in acts]


def without_request(response: Any) -> bytes:
    """The body without what differs from request to request."""
    identity = response.headers["X-Request-Id"].encode()
    return _TOKEN.sub(b"", response.content.replace(identity, b""))


@pytest.mark.parametrize("status_of_case", ["draft", "submitted", "returned", "announced"])
def test_other_town_finds_nothing_of_the_first_towns_case(world: World, status_of_case: str):
    case = next(c for c in world.cases_of("town-a") if c.status == status_of_case)
    found = records(case)
    wrong = []
    for route, kind in record_routes():
        for path in (path for public_id in found[kind] for path in paths(route, public_id)):
            for method in METHODS[:4] if path.startswith("/api/") else METHODS[:2]:
                got = world.ask("town-b", method, path).status_code
                unknown = got == 405 and world.ask("town-a", method, path).status_code == 405
                if got != 404 and not unknown:
                    wrong.append(f"{method} {path}: {got}")

    assert wrong == []
    assert len(found["file"]) >= 1


def test_other_town_cannot_tell_a_record_from_none(world: World):
    none = uuid.uuid4()
    wrong = []
    for route, kind in record_routes():
        for public_id in records(world.cases_of("town-a")[-1])[kind]:
            path, empty = paths(route, public_id)[0], paths(route, none)[0]
            theirs, nothing = (world.ask("town-b", "GET", p) for p in (path, empty))
            same = without_request(theirs).replace(str(public_id).encode(), str(none).encode())
            if (theirs.status_code, same) != (nothing.status_code, without_request(nothing)):
                wrong.append(path)

    assert wrong == []


# Not for a town, or public on purpose: what is announced and adopted stands in the results.
NOT_READ = ("admin:", "demo-", "account_", "mfa_", "results")


def _read(response: Any) -> str:
    return b"".join(response).decode()  # a streamed answer too


def test_other_towns_lists_and_search_are_silent_about_the_first(world: World):
    cases = world.cases_of("town-a")
    secrets = [case.title for case in cases] + [str(case.public_id) for case in cases]
    lists = [
        route.path({})
        for key, route in ROUTES.items()
        if not route.parameters and not key.startswith(NOT_READ)
    ]
    pages = {path: _read(world.ask("town-b", "GET", path)) for path in lists}

    assert [(p, s) for p, page in pages.items() for s in secrets if s in page] == []


def test_branch_sees_what_went_through_it_and_nothing_else(world: World):
    seen = {
        case.status: status(world.ask("prefecture", "GET", case.get_absolute_url()))
        for case in world.cases_of("town-a")
    }

    assert seen == {
        "draft": 404,
        "submitted": 404,
        "at_intermediary": 200,
        "returned": 404,
        "under_review": 404,
        "announced": 404,
    }


@pytest.mark.parametrize("who", ["officer", "manager"])
def test_nobody_files_a_call_on_behalf_of_a_body(world: World, who: str):
    paper = {"behalf_reason": "紙で届いたため", "paper_arrived_on": "2021-08-02"}
    path = ROUTES["programs-call-list"].path({})

    assert world.ask(who, "POST", path, paper).status_code == (400 if who == "manager" else 403)
