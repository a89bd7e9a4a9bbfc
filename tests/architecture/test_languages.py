"""English readers meet no Japanese but official names, and Japanese readers no English."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.db.models import CharField
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from accounts.models import Office, Section
from programs.models import Area, Edition, Initiative, PlanLine, Program
from tests.architecture.table import TABLE, rule
from tests.architecture.test_permission_matrix import ROUTES
from tests.architecture.world import World

JAPANESE = re.compile("[\u3005-\u30ff\u3400-\u9fff]+")
ENGLISH = re.compile("[A-Za-z][a-z]+ [A-Za-z]?[a-z]+")
# Proper names, and what is written to be copied.
KNOWN = re.compile("CLAIR portal|Google Chrome|Microsoft Edge")
SILENT = {"script", "style", "code", "pre", "textarea"}
VOID = {"meta", "link", "input", "br", "hr", "img", "rect", "circle", "line", "path"}
SPOKEN = ("alt", "aria-label", "title", "placeholder", "value", "data-label")
# For the developers; a demo's own mails; the audit names acts by their code.
NOT_PAGES = {"demo-mail", "demo-mailbox", "components", "admin:core_auditevent_change"}
NOT_PAGES |= {"admin:core_auditevent_history", "account_logout"}


class Words(HTMLParser):
    """What a page says, each piece with the language that its element is in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.said: list[tuple[str, str]] = []
        self.feed(page)

    @property
    def language(self) -> str:
        """The nearest lang of the elements that are open."""
        return next((lang for _tag, lang in reversed(self.open) if lang), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.open.append((tag, given.get("lang") or ""))
        for name in SPOKEN:
            hidden = tag == "input" and given.get("type") == "hidden"
            if given.get(name) and not hidden:
                self.said.append((self.language, given[name] or ""))
        if tag in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(tag in SILENT for tag, _lang in self.open):
            self.said.append((self.language, " ".join(data.split())))


def public_pages(world: World) -> Iterator[tuple[str, str]]:
    """The addresses that everybody may read."""
    for key in sorted(ROUTES):
        if "GET" not in TABLE[key]:
            continue
        allowed = rule(TABLE[key]["GET"]).get("anonymous", frozenset())
        if allowed <= {200, 302, 404, 410} and key not in NOT_PAGES and "admin" not in key:
            yield key, ROUTES[key].path(world.arguments(ROUTES[key]))


def japanese_in(page: str) -> list[str]:
    """What an English page says in Japanese outside elements that are marked as Japanese."""
    return [text for lang, text in Words(page).said if lang != "ja" and JAPANESE.search(text)]


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


def english_in(page: str, names: frozenset[str] = frozenset()) -> list[str]:
    """What a Japanese page says in two or more English words, outside marks and official names."""
    return [
        text
        for lang, text in Words(page).said
        if lang in ("", "ja")
        and not text.startswith("{")  # rules as they are stored
        and ENGLISH.search(KNOWN.sub("", text))
        and not any(name in text for name in names)
    ]


def official_names() -> frozenset[str]:
    """The names in the plan and of the offices that are in English, or partly so."""
    return frozenset(
        value
        for model in (Area, Edition, Initiative, Office, PlanLine, Program, Section)
        for field in model._meta.concrete_fields
        if isinstance(field, CharField)
        for value in model._default_manager.values_list(field.name, flat=True)
        if value and ENGLISH.search(value)
    )


@pytest.mark.parametrize("who", ["town-a", "officer", "administrator"])
def test_pages_in_japanese_have_no_english_sentences(world: World, who: str):
    wrong, asked, names = [], 0, official_names()
    for key, route in sorted(ROUTES.items()):
        if key in NOT_PAGES or key.startswith("api") or "/api/" in f"/{route.pattern}":
            continue
        path = route.path(world.arguments(route))
        answer = world.ask(who, "GET", path)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            asked += 1
            wrong += [
                f"{key} {path}: {text}" for text in english_in(answer.content.decode(), names)
            ]

    assert wrong == []
    assert asked > 20
