"""What a page says, and in which language."""

import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

from django.db.models import CharField

from accounts.models import Office, Section
from programs.models import Area, Edition, Initiative, PlanLine, Program

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


def japanese_in(page: str) -> list[str]:
    """What an English page says in Japanese outside elements that are marked as Japanese."""
    return [text for lang, text in Words(page).said if lang != "ja" and JAPANESE.search(text)]


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


@cache
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


def is_page(key: str, response: Any) -> bool:
    """Say whether people read the answer."""
    kind = response.headers.get("Content-Type", "")
    return response.status_code == 200 and kind.startswith("text/html") and key not in NOT_PAGES
