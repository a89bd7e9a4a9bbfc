"""The pages of questions and answers, on both sides."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import clean
from tests.journeys.portal import Portal

pytestmark = pytest.mark.browser


def threads(portal: Portal, who: str) -> dict[str, Any]:
    """The demo's threads by status."""
    rows = portal.client(who).get("correspondence/threads/")["results"]
    return {row["status"]: row for row in rows}


def test_town_asks_and_reads(look: Callable[..., Any], portal: Portal) -> None:
    answered = threads(portal, "town-a")["answered"]
    case = f"/grants/applications/{answered['case']}/"
    window = look("town-a")
    found = window.at("/threads/", "town-threads")
    found += window.at(f"/threads/{answered['id']}/", "town-thread")
    found += window.at(case, "town-thread-case")
    window.follow(window.page.locator("section[aria-labelledby=threads] a").last)
    found += window.here("town-thread-new")
    window.follow(window.page.locator("form[novalidate] button"))
    found += window.here("town-thread-new-refused")
    found += window.at(f"/threads/{answered['id']}/ask/", "town-thread-ask")
    clean(found)


def test_officer_answers_and_notes(look: Callable[..., Any], portal: Portal) -> None:
    answered = threads(portal, "officer")["answered"]
    window = look("officer")
    found = window.at("/admin/correspondence/thread/", "admin-threads")
    window.follow(window.page.get_by_role("link", name=answered["subject"]))
    found += window.here("admin-thread")
    thread = window.page.url
    found += window.at(f"/threads/{answered['id']}/record/", "admin-thread-record")
    window.follow(window.page.locator("form[novalidate] button"))
    found += window.here("admin-thread-record-refused")
    act = thread.replace("/change/", "/transitions/answer/")
    found += window.at(act, "admin-thread-answer")
    window.page.goto("/admin/correspondence/thread/?status=open")
    waiting = threads(portal, "officer")["open"]
    window.follow(window.page.get_by_role("link", name=waiting["subject"]))
    window.follow(window.page.get_by_role("link", name=waiting["case_number"]))
    found += window.here("admin-thread-case")
    case = f"grants.application:{answered['case']}"
    found += window.at(f"/threads/new/?case={case}", "admin-thread-new")
    clean(found)
