"""The clerk types in a real browser: nothing is lost, whatever happens to tab, session or network."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import clean
from tests.journeys.files import pdf
from tests.journeys.portal import Portal
from tests.journeys.screens import main_text

pytestmark = pytest.mark.browser
SECTIONS = ("basics", "questions-1", "document")


def grant_call(portal: Portal) -> dict[str, Any]:
    """The open call that a town may apply to, and whose classes of cost are known here."""
    calls = portal.client("town-b").get("programs/calls/?status=open")["results"]
    return next(call for call in calls if "多文化共生のまちづくり" in call["title"])


@pytest.fixture
def draft(portal: Portal) -> str:
    """A draft of town B's own, so that no other test is disturbed."""
    town = portal.client("town-b")
    call = grant_call(portal)
    case = town.post("grants/applications/", {"call": call["id"], "title": "下書き"}, expect=201)
    return f"/grants/applications/{case['id']}/"


def typed(page: Any, name: str, text: str) -> None:
    """Type into a field and wait until the portal has it."""
    with page.expect_response("**/autosave/"):
        page.locator(f"[name={name}]").fill(text)
    page.locator("[data-saved]", has_text="保存済み").wait_for()


@pytest.mark.parametrize(
    "part", [*(f"sections/{s}/" for s in SECTIONS), "", "budget/", "files/", "parties/"]
)
def test_pages_of_filling_in(look: Callable[..., Any], draft: str, part: str) -> None:
    clean(look("town-b").at(draft + part, f"clerk-{part.strip('/').replace('/', '-') or 'tasks'}"))


def test_eligibility_page(look: Callable[..., Any], portal: Portal) -> None:
    call = grant_call(portal)
    window = look()
    found = window.at(f"/calls/{call['id']}/check/", "clerk-check")
    window.page.get_by_label("団体の種類").select_option("town")
    window.page.get_by_label("団体の所在地").select_option("10")
    window.page.get_by_role("button", name="申請できるか確かめる").click()
    window.page.get_by_text("申請できます").wait_for()
    clean(found, window.here("clerk-check-answer"))


def test_typing_survives_a_killed_tab(look: Callable[..., Any], draft: str) -> None:
    window = look("town-b")
    page = window.page
    page.goto(f"{draft}sections/basics/")
    typed(page, "starts_on", "来年の６月ごろ")
    page.close(run_before_unload=False)

    again = window.page.context.new_page()
    again.goto(f"{draft}sections/basics/")

    assert again.locator("[name=starts_on]").input_value() == "来年の６月ごろ"
    again.goto(draft)
    row = again.locator(".task-list__item", has_text="基本情報")
    assert "入力中" in row.inner_text()


def test_typing_survives_a_lost_network(look: Callable[..., Any], draft: str) -> None:
    window = look("town-b")
    page = window.page
    page.goto(f"{draft}sections/basics/")
    page.context.set_offline(True)
    page.locator("[name=title]").fill("通信のない題名")
    page.locator("[data-saved]", has_text="通信できません").wait_for()
    page.context.set_offline(False)
    page.locator("[data-saved]", has_text="保存済み").wait_for()

    other = page.context.new_page()
    other.goto(f"{draft}sections/basics/")
    assert other.locator("[name=title]").input_value() == "通信のない題名"


def test_two_tabs_are_compared(look: Callable[..., Any], draft: str) -> None:
    window = look("town-b")
    second = window.page
    page = second.context.new_page()
    page.goto(f"{draft}sections/basics/")
    second.goto(f"{draft}sections/basics/")
    typed(page, "title", "一枚目の題名")

    with second.expect_response("**/autosave/") as answer:
        second.locator("[name=title]").fill("二枚目の題名")
    assert answer.value.status == 409
    second.locator("[data-conflicts]", has_text="一枚目の題名").wait_for()
    second.get_by_role("button", name="保存して次へ").click()
    second.get_by_role("heading", name="同じ項目が").wait_for()
    main = main_text(second)
    assert all(words in main for words in ("下書き", "一枚目の題名", "二枚目の題名"))
    clean([line for line in window.here("clerk-conflict") if "409" not in line])
    second.get_by_role("button", name="この内容で保存").click()
    second.goto(draft)
    second.get_by_role("heading", name="二枚目の題名", level=1).wait_for()


def test_sheet_adds_lines_and_is_judged_as_typed(look: Callable[..., Any], draft: str) -> None:
    window = look("town-b")
    page = window.page
    page.goto(f"{draft}budget/")
    count = page.locator("[data-lines] fieldset").count()
    page.get_by_role("button", name="行を追加").click()
    last = f"lines-{count}"
    page.locator(f"[name={last}-category]").select_option("honoraria")
    page.locator(f"[name={last}-description]").fill("講師謝金")
    page.locator(f"[name={last}-amount]").fill("８０万円")
    page.locator("[data-judged]", has_text="800,000円").wait_for()
    page.locator("[data-saved]", has_text="保存済み").wait_for()
    clean(window.here("clerk-budget-typed"))
    page.get_by_role("button", name="保存して次へ").click()
    page.wait_for_url("**/files/")
    page.goto(draft)
    page.locator(".task-list__hint", has_text="対象経費 800,000円").wait_for()


def test_files_are_sent_one_by_one_with_a_reason_for_each_refusal(
    look: Callable[..., Any], draft: str
) -> None:
    page = look("town-b").page
    page.goto(f"{draft}files/")
    files = [
        {"name": "事業計画.pdf", "mimeType": "application/pdf", "buffer": pdf()},
        {"name": "名簿.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"},
        {"name": "見積書.pdf", "mimeType": "application/pdf", "buffer": pdf(2)},
    ]
    page.locator("[name=files]").set_input_files(files)
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("link", name="追加済みの書類を表示する").wait_for()
    told = page.locator("[data-progress]").inner_text()
    assert told.count("追加しました") == 2
    assert "名簿.exe" in told
    page.locator("[data-there]", has_text="見積書.pdf").wait_for()
    assert page.locator("[data-out] button").count() == 2
    page.get_by_role("link", name="追加済みの書類を表示する").click()
    assert page.get_by_role("link", name="見積書.pdf").count() == 1


def test_returned_sections_show_each_comment_at_its_field(
    look: Callable[..., Any], portal: Portal
) -> None:
    case = portal.client("town-a").get("grants/applications/?status=returned")["results"][0]
    window = look("town-a")
    found = window.at(f"/grants/applications/{case['id']}/", "clerk-returned")
    links = [link.get_attribute("href") for link in window.page.locator(".comments a").all()]
    assert links
    for number, link in enumerate(links):
        found += window.at(link, f"clerk-returned-{number}")
        assert window.page.locator(f"[id={link.partition('#')[2]}]").is_visible()
    clean(found)
