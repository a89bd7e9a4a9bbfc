"""A real browser for the tests marked `browser`: Debian's chromium driven by playwright.

Without one they are not run, and the closing lines of the suite say so in red; with
CLAIR_REQUIRE_BROWSER=1 (set in .ci/run) they fail.
"""

import importlib
import importlib.util
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

CHROMIUM = next(
    filter(
        None,
        (
            os.environ.get("CHROMIUM"),
            *map(shutil.which, ("chromium", "chromium-browser", "google-chrome")),
        ),
    ),
    None,
)
HAS_PLAYWRIGHT = importlib.util.find_spec("playwright") is not None
REQUIRED = os.environ.get("CLAIR_REQUIRE_BROWSER") == "1"
MISSING = "no playwright" if not HAS_PLAYWRIGHT else "no chromium" if not CHROMIUM else ""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run name the grant lines that are walked in the browser; one is enough for the suite."""
    parser.addoption(
        "--award-lines",
        default="exchange-grant",
        help="grant lines of the walk in chromium from the award to its close: codes, or all",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what cannot run here; the summary counts it."""
    for item in items:
        if MISSING and not REQUIRED and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=f"browser: {MISSING}"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Never pass over the browser tests in silence."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum("browser: " in str(report.longrepr) for report in skipped)
    if count:
        line = f"{count} browser tests not run: {MISSING} (see README.md)"
        terminalreporter.write_sep("!", line, red=True, bold=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One chromium per process; needs --no-sandbox as root and in containers."""
    if MISSING:
        pytest.fail(f"browser tests are required here, but there is {MISSING}")
    # playwright's loop lives in this thread, where Django would refuse every query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with importlib.import_module("playwright.sync_api").sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def portal_url(fresh_db: str) -> Iterator[str]:
    """The address of the portal, served from threads on this test's own database."""
    basehttp = importlib.import_module("django.core.servers.basehttp")
    wsgi = importlib.import_module("django.core.wsgi")
    server = basehttp.ThreadedWSGIServer(
        ("127.0.0.1", 0), importlib.import_module("django.test.testcases").QuietWSGIRequestHandler
    )
    server.set_app(wsgi.get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def new_page(browser: Any, portal_url: str) -> Iterator[Callable[..., Any]]:
    """Open a page with cookies of its own (one per person): `new_page(viewport=…)`."""
    contexts = []

    def open_page(**options: Any) -> Any:
        usual = {"base_url": portal_url, "locale": "ja-JP", "timezone_id": "Asia/Tokyo"}
        contexts.append(browser.new_context(**usual | options))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """A page of somebody who is not signed in."""
    return new_page()


@pytest.fixture
def axe() -> Callable[[Any], list[dict[str, Any]]]:
    """`axe(page)` lists the violations of WCAG 2.0 to 2.2, A and AA."""
    tool = importlib.import_module("axe_playwright_python.sync_playwright").Axe()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

    def violations(page: Any) -> list[dict[str, Any]]:
        result = tool.run(page, options={"runOnly": {"type": "tag", "values": tags}})
        return list(result.response["violations"])

    return violations
