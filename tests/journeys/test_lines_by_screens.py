"""Two lines by screens in a real browser: a second round abroad, and a budget in US dollars."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.journeys.files import PLAN, pdf, text_of
from tests.journeys.portal import Portal, eventually
from tests.journeys.screens import keep, main_text
from tests.journeys.test_by_screens import (
    PROJECT_YEAR,
    SIGNERS,
    TEXTS,
    act,
    attach,
    confirm,
    issued_letter,
    sign_by_everybody,
    staff_page,
)

pytestmark = pytest.mark.browser

PAPER = {name: text for name, text in TEXTS.items() if not name.startswith("answer_")}
EXCHANGE = PAPER | {
    "requested_amount": "３００，０００",
    "starts_on": f"{PROJECT_YEAR}/6/1",
    "answer_partner": "フランス共和国 見本市",
    "answer_purpose": "青少年の往来を再び始めます。",
    "answer_content": "高校生が互いの家庭に滞在します。",
    "answer_schedule": "7月に派遣し、10月に受け入れます。",
    "answer_residents": "１２０人",
    "answer_importance": "受入れ家庭とNPOが加わります。",
    "answer_necessity": "4年間止まっていた往来を再開します。",
    "answer_indicator": "参加者の9割が続けたいと答えること",
}
JETAA = PAPER | {
    "requested_amount": "106,000",
    "representative_title": "会長",
    "answer_country": "United States",
    "answer_members": "420",
    "answer_purpose": "To help returning participants find work.",
    "answer_content": "A career day with talks and mock interviews.",
    "answer_participants": "90",
    "answer_indicator": "30 interviews",
    "answer_next": "The day is held every year.",
}


def begin(page: Any, call: str, title: str) -> str:
    """Begin from the public page of an open call; returns the application's address."""
    page.goto("/calls/")
    page.get_by_role("link", name=call).first.click()
    page.get_by_role("link", name="申請を始める").click()
    page.get_by_label("事業名").fill(title)
    page.get_by_role("button", name="保存").click()
    page.get_by_role("heading", name=title, level=1).wait_for()
    return str(page.url)


def fill(page: Any, texts: Mapping[str, str], ticks: tuple[tuple[str, str], ...]) -> None:
    """Fill in facts and questions."""
    page.get_by_role("link", name="編集する").click()
    for name, text in texts.items():
        page.locator(f"[name={name}]").fill(text)
    for name, value in ticks:
        page.locator(f'[name={name}][value="{value}"]').check()
    page.locator("[name=is_decided_internally]").check()
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name="収支予算").wait_for()


def fill_budget(page: Any, rows: list[tuple[str, str, str]]) -> None:
    """Fill in the sheet: class, item and amount of each line; the last without class is income."""
    page.get_by_role("link", name="収支予算").click()
    for row, (category, item, amount) in enumerate(rows):
        if category:
            page.locator(f"[name=lines-{row}-category]").select_option(category)
        else:
            page.locator(f"[name=lines-{row}-kind]").select_option("income")
        page.locator(f"[name=lines-{row}-description]").fill(item)
        page.locator(f"[name=lines-{row}-amount]").fill(amount)
    page.get_by_role("button", name="保存して次へ").click()
    page.get_by_role("heading", name="添付書類", level=1).wait_for()
    page.get_by_role("link", name="戻る").click()


def submit(page: Any) -> str:
    """Submit, and return what the receipt says."""
    act(page, "提出")
    page.get_by_role("button", name="提出", exact=True).click()
    page.get_by_role("heading", name="受付票").wait_for()
    return main_text(page)


@dataclass(frozen=True)
class Decision:
    """What CLAIR enters: its incoming number, the amount as typed, and who signs."""

    number: str
    yen: str
    signers: tuple[tuple[str, str], ...] = SIGNERS


def decided(person: Callable[..., Any], body: Any, case: str, title: str, as_: Decision) -> str:
    """Take what was submitted through CLAIR to the letter, and return the letter's text."""
    officer, manager = person("officer"), person("manager")
    staff_page(officer, title)
    act(officer, "受理")
    officer.get_by_label("収受番号").fill(as_.number)
    confirm(officer, "受理")
    act(officer, "審査開始")
    confirm(officer, "審査開始")
    act(officer, "採択案起案")
    officer.get_by_label("採否").select_option("adopted")
    officer.locator("[name=amount]").fill(as_.yen)
    officer.locator("[name=reason]").fill("必要性が認められるため")
    confirm(officer, "採択案起案")
    sign_by_everybody(officer, person, title, as_.signers)
    manager.goto(f"/admin/grants/application/?q={title}")
    manager.locator("#result_list .action-select").check()
    manager.locator("select[name=action]").select_option("announce_selected")
    manager.get_by_role("button", name="実行").click()
    manager.get_by_role("button", name="すべて通知する").click()
    manager.wait_for_url(re.compile(r"/grants/announce/[0-9a-f-]{36}/$"))
    letter = eventually(lambda: issued_letter(body, case), "the letter")
    return text_of(body.request.get(letter).body())


def test_second_round_of_exchange_by_screens(person: Callable[..., Any], portal: Portal) -> None:
    """Refused while it starts before the planned decision; then from the draft to the letter.

    By hand: min(300,000 asked, 5,000,000 abroad, 700,000 × 1/2 = 350,000) = 300,000 yen.
    """
    title, town, other = "見本市との高校生の往来", person("town-a"), person("town-b")
    case = begin(town, "国際交流支援事業（2次募集）", title)
    ticks = (
        ("categories", "youth"),
        ("place", "overseas"),
        ("answer_tie", "sister"),
        ("answer_continues", "no"),
        ("answer_sdgs", "4"),
        ("answer_sdgs", "17"),
    )
    fill(town, EXCHANGE, ticks)
    fill_budget(town, [("travel", "航空券", "500,000"), ("interpreting", "通訳", "200,000")])
    attach(town, ("project_plan", PLAN, pdf()))
    keep(town, "lines-01-exchange")
    assert "交付決定通知後に着手" in main_text(town)
    assert other.request.get(case).status == 404

    town.get_by_role("link", name="編集する").click()
    town.locator("[name=starts_on]").fill(f"{PROJECT_YEAR}/7/1")
    town.get_by_role("button", name="保存").click()
    town.get_by_role("link", name="収支予算").wait_for()
    assert "300,000円" in main_text(town)
    assert re.search(r"20\d\d-\d{7}-\d", submit(town))
    told = decided(person, town, case, title, Decision("収受第801号", "300,000"))
    assert "300,000" in told
    assert "大泉町" in told
    assert re.search(r"クレア交第\d+号", told)


def test_budget_in_dollars_of_a_chapter_by_screens(
    person: Callable[..., Any], portal: Portal
) -> None:
    """USD 1,500.00 = 159,000 yen, less USD 500 = 53,000 of income: 106,000 yen are possible."""
    title, chapter, town = "帰国者のための就職の日", person("jetaa"), person("town-a")
    case = begin(chapter, "JETAA活動支援", title)
    ticks = (
        ("categories", "career"),
        ("answer_recognized", "yes"),
        ("answer_audience", "alumni"),
    )
    fill(chapter, JETAA, ticks)
    fill_budget(
        chapter,
        [("venue", "Hall", "1,000.00"), ("speakers", "Speakers", "500"), ("", "Fees", "500.00")],
    )
    attach(chapter, ("project_plan", PLAN, pdf()))
    keep(chapter, "lines-02-jetaa")
    shown = main_text(chapter)
    assert "159,000円" in shown
    assert "106,000円" in shown
    assert town.request.get(case).status == 404
    assert re.search(r"20\d\d-\d{7}-\d", submit(chapter))
    # Below 300,000 yen the manager decides (the demo's route rules).
    signers = (("finance", "承認"), ("manager", "決裁"))
    told = decided(person, chapter, case, title, Decision("収受第802号", "106,000", signers))
    assert "106,000" in told
