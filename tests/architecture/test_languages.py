"""English readers meet no Japanese but official names; of pages in Japanese see the matrix."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from tests.architecture.table import TABLE, rule
from tests.architecture.test_permission_matrix import ROUTES
from tests.architecture.words import JAPANESE, NOT_PAGES, english_in, japanese_in
from tests.architecture.world import World


def public_pages(world: World) -> Iterator[tuple[str, str]]:
    """The addresses that everybody may read."""
    for key in sorted(ROUTES):
        if "GET" not in TABLE[key]:
            continue
        allowed = rule(TABLE[key]["GET"]).get("anonymous", frozenset())
        if allowed <= {200, 302, 404, 410} and key not in NOT_PAGES and "admin" not in key:
            yield key, ROUTES[key].path(world.arguments(ROUTES[key]))


def test_public_pages_in_english_have_no_unmarked_japanese(world: World):
    client = world.browsers["anonymous"]
    wrong, asked = [], 0
    for key, path in public_pages(world):
        response = client.get(path, headers={"Accept-Language": "en"}, follow=True)
        if response.status_code == 405 or not response.headers["Content-Type"].startswith(
            "text/html"
        ):
            continue
        page = response.content.decode()
        asked += 1
        if '<html lang="en' not in page:
            wrong.append(f"{key} {path}: not said to be in English")
        wrong += [f"{key} {path}: {text}" for text in japanese_in(page)]

    assert wrong == []
    assert asked > 20


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/account/login/", {"login": "nobody@example.jp", "password": "wrong"}),
        ("/account/login/", {}),
        ("/account/password/reset/", {"email": "no address"}),
        ("/nothing/here/", None),
        ("/verify/?code=ABCD-EFGH-JKLM-NPQR", None),
        ("/home/", None),
    ],
)
def test_refusals_in_english_have_no_japanese(world: World, path: str, data: dict | None):
    client = world.browsers["anonymous"]
    asked = {"headers": {"Accept-Language": "en"}, "follow": True}
    with transaction.atomic():
        answer = client.get(path, **asked) if data is None else client.post(path, data, **asked)
        transaction.set_rollback(True)

    assert '<html lang="en' in answer.content.decode()
    assert japanese_in(answer.content.decode()) == []


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "409", "413", "429", "500"])
def test_error_pages_are_in_the_readers_language(world: World, name: str):
    request = RequestFactory().get("/")
    with translation.override("en"):
        english = render_to_string(f"{name}.html", request=request)
    with translation.override("ja"):
        japanese = render_to_string(f"{name}.html", request=request)

    assert japanese_in(english) == []
    assert english_in(japanese) == []


def test_problems_of_the_api_are_in_english_for_english_readers(world: World):
    asked = {"headers": {"Accept-Language": "en"}}
    answers = [
        world.browsers["anonymous"].get(path, **asked)
        for path in ("/api/v1/grants/applications/", "/api/v1/nothing/")
    ]

    assert [answer.status_code for answer in answers] == [401, 404]
    assert [
        answer.content.decode() for answer in answers if JAPANESE.search(answer.content.decode())
    ] == []


def test_switch_of_language_holds_on_the_next_page(world: World):
    client = Client(headers={"Accept-Language": "ja"})
    client.post("/i18n/setlang/", {"language": "en", "next": "/calls/"})
    english = client.get("/calls/").content.decode()
    client.post("/i18n/setlang/", {"language": "ja", "next": "/calls/"})

    assert '<html lang="en"' in english
    assert japanese_in(english) == []
    assert '<html lang="ja"' in client.get("/calls/").content.decode()
