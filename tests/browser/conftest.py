"""What the page checks share: one sign-in per person, and one look at a page in four ways."""

import importlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.portal import Portal
from tests.journeys.screens import signed_in_state

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 800}
TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
RULES = {"runOnly": TAGS}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}  # all that dark changes
SHAPES = {"runOnly": TAGS, "rules": {"color-contrast": {"enabled": False}}}
AXE = """options => axe.run(document, {...options, resultTypes: ["violations"], preload: false}).then(found =>
    found.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target + " " + n.html.slice(0, 160)
        + " " + (n.any[0]?.message ?? ""))))"""
SIDEWAYS = """() => { const d = document.documentElement;
    if (d.scrollWidth <= d.clientWidth) return [];
    return [...document.querySelectorAll("body *")]
        .filter(e => e.getBoundingClientRect().right > d.clientWidth + 1)
        .slice(0, 5).map(e => e.outerHTML.slice(0, 160)); }"""


def clean(*found: list[str]) -> None:
    """Fail with everything that was found, one finding a line."""
    told = [line for lines in found for line in lines]
    if told:
        pytest.fail("\n".join(told), pytrace=False)


@pytest.fixture(scope="session")
def states(browser: Any, portal: Portal) -> dict[str, Any]:
    """The cookies of everybody who signed in so far, by name."""
    return {"": None}


@pytest.fixture(scope="session")
def state_of(browser: Any, portal: Portal, states: dict[str, Any]) -> Callable[[str], Any]:
    """Sign a person in once per session; nobody for the empty name."""

    def state(who: str) -> Any:
        if who not in states:
            states[who] = signed_in_state(browser, portal, who)
        return states[who]

    return state


class Look:
    """One page looked at wide and narrow, light and dark; everything found is listed."""

    def __init__(self, page: Any, portal: Portal, axe_script: str) -> None:
        self.page, self.portal, self.axe_script = page, portal, axe_script
        self.found: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"script error: {error}"))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        is_page = message.location.get("url") == self.page.url  # an error page's own status
        if message.type in {"error", "warning"} and not is_page:
            where = message.location
            self.found.append(f"console: {message.text} {where['url']}:{where['lineNumber']}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.portal.url, "data:", "chrome")):  # its own PDF viewer
            self.found.append(f"request to another host: {request.url}")

    def at(self, address: str, name: str, *, brief: bool = False) -> list[str]:
        """Open an address and return what is wrong with the page."""
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="light")
        answer = self.page.goto(address)
        assert answer.status < 500, f"{address}: {answer.status}"
        return self.here(name, brief=brief)

    def follow(self, pressed: Any) -> None:
        """Press a link or button and stand on the page it leads to: a click alone waits for nothing."""
        with self.page.expect_navigation():
            pressed.click()

    def here(self, name: str, *, brief: bool = False) -> list[str]:
        """Return what is wrong with the page as it stands.

        Its colours are the same at both widths, so they are looked at in one. Brief: stock pages of
        the admin share one style sheet, whose dark colours are looked at once for all.
        """
        self.page.evaluate(self.axe_script)
        self.found += self._axe(name, WIDE, "light", RULES)
        if not brief:
            self.found += self._axe(name, WIDE, "dark", COLOURS)
        self.found += self._axe(name, NARROW, "light", SHAPES)
        self.found += [f"wider than 320 px: {line}" for line in self.page.evaluate(SIDEWAYS)]
        found, self.found = self.found, []
        return [f"{self.page.url} {line}" for line in found]

    def _axe(self, name: str, size: Any, scheme: str, options: dict[str, Any]) -> list[str]:
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme=scheme)
        told = self.page.evaluate(AXE, options)
        self._keep(f"{name}-{size['width']}-{scheme}")
        return [f"{size['width']} px, {scheme}: {line}" for line in told]

    def _keep(self, name: str) -> None:
        folder = os.environ.get("CLAIR_SCREENSHOTS")
        if folder:
            path = Path(folder) / f"{name.replace('/', '_')}.png"
            self.page.screenshot(path=path, full_page=True)


@pytest.fixture(scope="session")
def axe_script() -> str:
    """Return axe itself, to be put into each page."""
    package = importlib.import_module("axe_playwright_python.base")
    return str(package.AXE_SCRIPT)


@pytest.fixture
def look(
    browser: Any, portal: Portal, state_of: Callable[[str], Any], axe_script: str
) -> Iterator[Callable[[str], Look]]:
    """Open a browser window for a person: `look("town-a").at("/home/", "home")`."""
    contexts = []

    def open_for(who: str = "") -> Look:
        context = browser.new_context(
            base_url=portal.url,
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            storage_state=state_of(who),
            reduced_motion="reduce",
        )
        contexts.append(context)
        return Look(context.new_page(), portal, axe_script)

    yield open_for
    for context in contexts:
        context.close()
