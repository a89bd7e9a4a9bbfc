"""The pages of rules and of opening a year as staff meet them: axe-clean, at 1280 and 320 px."""

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import clean


def test_rules_are_edited_refused_and_tried(look: Callable[..., Any]) -> None:
    window = look("manager")
    found = window.at("/admin/programs/ruleset/add/", "rules-choose")
    window.follow(window.page.locator("#content li a").first)
    found += window.here("rules-edit")
    window.page.get_by_label("対象経費に対する助成率").fill("半分")
    window.follow(window.page.locator("button.default[value=try]"))
    found += window.here("rules-refused")
    window.page.get_by_label("対象経費に対する助成率").fill("1/2")
    window.follow(window.page.locator("button.default[value=try]"))
    found += window.here("rules-try")
    window.follow(window.page.locator("button[value=save]"))
    clean(found, window.here("rules-without-reason"))


def test_next_year_is_opened_and_confirmed(look: Callable[..., Any]) -> None:
    window = look("manager")
    found = window.at("/admin/programs/edition/opening/", "year-opening")
    window.follow(window.page.locator("#content table a").first)
    found += window.here("year-checklist")
    window.follow(window.page.locator("#content").get_by_role("button", name="確認する").first)
    found += window.here("year-checklist-ticked")
    window.follow(window.page.locator(".breadcrumbs a").last)
    window.follow(window.page.get_by_role("link", name="次の年度を開く"))
    found += window.here("year-copy")
    window.page.get_by_label("開く年度").fill("去年")
    window.follow(window.page.get_by_role("button", name="年度を開く"))
    clean(found, window.here("year-copy-refused"))
