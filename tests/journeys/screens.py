"""What people do on the screens again and again, in a real browser."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.portal import PASSWORD, Portal

STAFF = {
    *("officer", "manager", "director", "finance", "document-officer", "reviewer", "office"),
    *("administrator", "auditor"),
}


def address(who: str) -> str:
    """Return a demo account's mail address."""
    return f"demo-{who}@{'clair.example' if who in STAFF else 'example.jp'}"


def sign_in(page: Any, who: str) -> None:
    """Sign in by the form."""
    page.goto("/account/login/")
    page.get_by_label("メールアドレス").fill(address(who))
    page.get_by_label("パスワード", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(lambda url: "/account/login/" not in url)


def signed_in_state(browser: Any, portal: Portal, who: str) -> Any:
    """Return the cookies of a person who has signed in."""
    context = browser.new_context(base_url=portal.url, locale="ja-JP")
    sign_in(context.new_page(), who)
    state = context.storage_state()
    context.close()
    return state


def keep(page: Any, name: str) -> None:
    """Keep a picture of the page where CLAIR_SCREENSHOTS names a folder."""
    folder = os.environ.get("CLAIR_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture
def person(browser: Any, portal: Portal) -> Iterator[Callable[..., Any]]:
    """Open a window of a person's own: `person("town-a")` comes back signed in."""
    contexts = []

    def open_for(who: str = "", **options: Any) -> Any:
        usual = {"base_url": portal.url, "locale": "ja-JP", "timezone_id": "Asia/Tokyo"}
        contexts.append(browser.new_context(**usual | options))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        if who:
            sign_in(page, who)
        return page

    yield open_for
    for context in contexts:
        context.close()


def main_text(page: Any, part: str = "main") -> str:
    """Return what the page says, once all of it is there: a click only waits for its beginning."""
    page.wait_for_load_state("domcontentloaded")
    return page.locator(part).inner_text()
