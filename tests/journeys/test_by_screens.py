"""One application by screens in a real browser: a town, CLAIR's desk, and the other town."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.fiscal import JST, FiscalYear
from tests.journeys.files import ESTIMATE, PLAN, pdf, sha256, text_of
from tests.journeys.portal import Portal, eventually
from tests.journeys.screens import keep, main_text

pytestmark = pytest.mark.browser

TODAY = datetime.now(JST).date()
PROJECT_YEAR = int(FiscalYear.of(TODAY).next())
TEXTS = {
    "answer_purpose": "生活に必要な情報が届きにくい状況を改めます。",
    "answer_content": "やさしい日本語の講座と交流会を行います。",
    "answer_schedule": "6月から翌年2月まで、月1回実施します。",
    "answer_participants": "２４０",
    "answer_necessity": "転入直後の外国人住民に情報が届いていません。",
    "answer_model_value": "教材と運営手順を公開します。",
    "answer_indicator": "講座の修了者60人",
    "answer_partners": "自治会と連携します。",
    "requested_amount": "５００，０００",
    "document_number": "大国第34号",
    "representative_title": "町長",
    "representative_name": "見本　太郎",
    "contact_name": "見本　花子",
    "contact_phone": "０２７６（６３）３１１１",
    "contact_email": "contact-a@example.jp",
    "starts_on": f"令和{PROJECT_YEAR - 2018}年6月1日",
    "ends_on": f"{PROJECT_YEAR + 1}/1/31",
    "document_date": TODAY.isoformat(),
}
LINES = [
    ("honoraria", "講師謝金", "20,000円×10回", "200,000"),
    ("outsourcing", "教材の翻訳", "一式", "２５万円"),
    ("printing", "案内の印刷", "3,000部", "¥120,000"),
]


def begin(page: Any, title: str) -> str:
    """Begin from the public page of the open call; returns the application's address."""
    page.goto("/calls/")
    page.get_by_role("link", name=re.compile("多文化共生のまちづくり促進事業（二次募集）")).click()
    page.get_by_role("link", name="申請を始める").click()
    page.get_by_label("事業名").fill(title)
    page.get_by_role("button", name="保存").click()
    page.get_by_role("heading", name=title, level=1).wait_for()
    return str(page.url)


def fill(page: Any) -> None:
    """Fill in facts and questions, as a clerk types them."""
    page.get_by_role("link", name="編集する").click()
    for name, text in TEXTS.items():
        page.locator(f"[name={name}]").fill(text)
    for value in ("disaster", "language"):
        page.locator(f"[name=categories][value={value}]").check()
    page.locator("[name=answer_continues][value=no]").check()
    page.locator("[name=is_decided_internally]").check()
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name="収支予算").wait_for()


def fill_budget(page: Any) -> None:
    """Fill in the budget's sheet."""
    page.get_by_role("link", name="収支予算").click()
    for row, (category, item, basis, amount) in enumerate(LINES):
        page.locator(f"[name=lines-{row}-category]").select_option(category)
        page.locator(f"[name=lines-{row}-description]").fill(item)
        page.locator(f"[name=lines-{row}-basis]").fill(basis)
        page.locator(f"[name=lines-{row}-amount]").fill(amount)
    page.locator("[name=lines-3-kind]").select_option("income")
    page.locator("[name=lines-3-description]").fill("町負担")
    page.locator("[name=lines-3-amount]").fill("70,000")
    page.get_by_role("button", name="保存して次へ").click()
    page.get_by_role("heading", name="添付書類", level=1).wait_for()
    page.get_by_role("link", name="戻る").click()
    page.get_by_text("570,000円").first.wait_for()


def attach(page: Any, *papers: tuple[str, str, bytes]) -> None:
    """Upload papers, each under its question."""
    for question, name, content in papers:
        page.get_by_role("link", name="添付書類").click()
        page.locator("[name=question]").select_option(question)
        paper = {"name": name, "mimeType": "application/pdf", "buffer": content}
        page.locator("[name=files]").set_input_files(paper)
        page.get_by_role("button", name="保存", exact=True).click()
        page.get_by_role("link", name=name).wait_for()


def staff_page(page: Any, title: str) -> None:
    """Find an application by the search box of its list."""
    page.goto(f"/admin/grants/application/?q={title}")
    page.locator("#result_list tbody").get_by_role("link", name=title).click()


def act(page: Any, name: str) -> None:
    """Press an act's button, and confirm it on its page."""
    page.get_by_role("link", name=name, exact=True).first.click()


def confirm(page: Any, name: str) -> None:
    """Confirm the act and wait until the portal says that it is done."""
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_text(f"「{name}」").first.wait_for()


def status_of(page: Any, other: Any, address: str) -> int:
    """Return what another person's browser is answered at an address."""
    del page
    return int(other.request.get(address, max_redirects=0).status)


def download(page: Any, press: Callable[[], None]) -> bytes:
    """Return what a press downloads."""
    with page.expect_download() as waiting:
        press()
    return Path(waiting.value.path()).read_bytes()


def test_application_by_screens_from_call_to_letter(
    person: Callable[..., Any], portal: Portal
) -> None:
    """draft → submitted → received → returned → corrected → recommended → 決裁 → announced."""
    title = "災害時の多言語支援センター運営訓練"
    town, other, officer = person("town-a"), person("town-b"), person("officer")
    plan, estimate = pdf(2), pdf(3)

    # The town begins at the public page, fills in, attaches, and prints the draft for its 決裁.
    case = begin(town, title)
    fill(town)
    fill_budget(town)
    keep(town, "screens-01-filled")
    attach(town, ("project_plan", PLAN, plan), ("", ESTIMATE, estimate))
    printed = download(
        town, lambda: town.get_by_role("button", name=re.compile("申請書案（PDF）")).click()
    )
    assert title in text_of(printed)
    parts = ("", "edit/", "budget/", "files/", "parties/", "draft.pdf", "submit/", "withdraw/")
    assert {p: other.request.get(case + p).status for p in parts} == dict.fromkeys(parts, 404)

    # It submits and sees the receipt: number, arrival, and the digests of its own files.
    act(town, "提出")
    keep(town, "screens-02-submit")
    town.get_by_role("button", name="提出", exact=True).click()
    town.get_by_role("heading", name="受付票").wait_for()
    keep(town, "screens-03-receipt")
    receipt, shown = town.url, main_text(town)
    number = re.search(r"20\d\d-\d{7}-\d", shown)
    assert number, shown
    assert re.search(r"20\d\d年\d+月\d+日 \d+:\d\d", shown)
    assert sha256(plan) in shown
    assert sha256(estimate) in shown
    paper = text_of(download(town, lambda: town.get_by_role("link", name="受付票（PDF）").click()))
    assert number[0] in paper
    assert sha256(plan) in paper
    file_link = town.get_by_role("link", name=PLAN).get_attribute("href")
    for address in (receipt, f"{receipt}pdf/", file_link):
        assert other.request.get(address).status == 404
    assert town.request.get(file_link).body() == plan

    # The officer receives it and returns it with two comments and a due date.
    staff_page(officer, title)
    keep(officer, "screens-04-officer")
    act(officer, "受理")
    officer.get_by_label("収受番号").fill("収受第601号")
    confirm(officer, "受理")
    act(officer, "差戻し")
    officer.get_by_label("補正期限").fill((TODAY + timedelta(days=14)).isoformat())
    officer.locator("[name=comment_lines]").fill("翻訳の語数と単価を記入してください。")
    officer.get_by_label("成果の指標と目標値").fill("目標値の根拠を補ってください。")
    keep(officer, "screens-05-return")
    confirm(officer, "差戻し")

    # The town reads both, corrects one, answers the other, and submits under the same number.
    town.goto(case)
    town.get_by_text("翻訳の語数と単価を記入してください。").wait_for()
    keep(town, "screens-06-returned")
    town.get_by_role("link", name="収支予算").first.click()
    town.locator("[name=lines-1-basis]").fill("25,000語×10円")
    town.get_by_role("button", name="保存して次へ").click()
    town.wait_for_url(lambda url: "/sections/questions-" in url)  # the next comment is there
    town.get_by_label(re.compile("「成果の指標と目標値」の指摘への回答")).fill(
        "前年度の修了者50人の2割増です。"
    )
    town.get_by_role("button", name="保存して次へ").click()
    town.wait_for_url(lambda url: "/submit/" in url)  # nothing waits any more: check and submit
    town.get_by_role("button", name="再提出", exact=True).click()
    keep(town, "screens-06b-resubmitted")
    town.get_by_role("heading", name="受付票").wait_for()
    assert number[0] in main_text(town)

    # Review, draft of the decision, and the approval from the list's action.
    staff_page(officer, title)
    act(officer, "審査開始")
    confirm(officer, "審査開始")
    act(officer, "採択案起案")
    officer.get_by_label("採否").select_option("adopted")
    officer.locator("[name=amount]").fill("５００，０００円")
    officer.locator("[name=reason]").fill("必要性が認められ、他団体の模範となるため")
    keep(officer, "screens-07-recommend")
    confirm(officer, "採択案起案")
    town.goto(case)
    assert "審査中" in main_text(town)
    subject = sign_by_everybody(officer, person, title)

    # The manager announces through the preview; nothing is sent by looking at it.
    manager = person("manager")
    manager.goto(f"/admin/grants/application/?q={title}")
    manager.locator("#result_list .action-select").check()
    manager.locator("select[name=action]").select_option("announce_selected")
    manager.get_by_role("button", name="実行").click()
    keep(manager, "screens-10-preview")
    town.goto(case)
    assert "審査中" in main_text(town)
    manager.get_by_role("button", name="すべて通知する").click()
    manager.wait_for_url(re.compile(r"/grants/announce/[0-9a-f-]{36}/$"))
    assert subject

    # The town downloads the letter, verifies it, and reads the mail.
    letter = eventually(lambda: issued_letter(town, case), "the letter")
    content = text_of(town.request.get(letter).body())
    assert re.search(r"クレア多第\d+号", content)
    assert re.search(r"令和[０-９\d]+年[０-９\d]+月[０-９\d]+日", content)
    assert "大泉町" in content
    assert other.request.get(letter).status == 404
    keep(town, "screens-11-announced")
    code = re.search(r"(?:[2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}", content)
    assert code
    stranger = person()
    stranger.goto(f"/verify/{code[0]}/")
    told = main_text(stranger)
    assert re.search(r"クレア多第\d+号", told)
    assert "大泉町" not in told
    read_mail(stranger, "contact-a@example.jp", number[0], title)


SIGNERS = (("manager", "承認"), ("finance", "承認"), ("director", "決裁"))


def sign_by_everybody(
    officer: Any,
    person: Callable[..., Any],
    title: str,
    signers: tuple[tuple[str, str], ...] = SIGNERS,
) -> str:
    """Draft the approval from the list of applications, and sign it down its proposed route."""
    subject = f"助成事業の採択について（{title}）"
    officer.goto(f"/admin/grants/application/?q={title}")
    officer.locator("#result_list .action-select").check()
    officer.locator("select[name=action]").select_option("draft_approval")
    officer.get_by_role("button", name="実行").click()
    officer.locator("[name=subject]").fill(subject)
    assert officer.get_by_role("checkbox", name=title).is_checked()
    keep(officer, "screens-08-approval")
    officer.get_by_role("button", name="保存", exact=True).click()
    officer.get_by_role("link", name="回付", exact=True).wait_for()
    keep(officer, "screens-08b-approval-saved")
    act(officer, "回付")
    confirm(officer, "回付")
    for who, name in signers:
        signer = person(who)
        signer.goto("/admin/approvals/approval/?mine=sign")
        signer.locator("#result_list tr", has_text=subject).get_by_role("link").first.click()
        keep(signer, f"screens-09-{who}")
        act(signer, name)
        confirm(signer, name)
    return subject


def issued_letter(town: Any, case: str) -> str:
    """Return the letter's address once it can be downloaded."""
    town.goto(case)
    link = town.get_by_role("link", name=re.compile("クレア.第"))
    address = link.first.get_attribute("href") if link.count() else ""
    return address if address and town.request.get(address).status == 200 else ""


def read_mail(page: Any, recipient: str, number: str, title: str) -> None:
    """Read the mails to the town: what happened, until when, one link, and no amounts."""

    mail = page.get_by_role("link", name=re.compile(f"審査結果のお知らせ {number}"))

    def announced() -> bool:
        page.goto(f"/demo/mail/?to={recipient}")
        return bool(mail.count())

    eventually(announced, "the mail")
    keep(page, "screens-12-mailbox")
    mail.first.click()
    text = main_text(page)
    keep(page, "screens-13-mail")
    assert number in text
    assert title in text
    assert "500,000" not in text


def test_town_applies_without_javascript(person: Callable[..., Any]) -> None:
    """Everything the town does works with scripts switched off."""
    title = "外国人住民との地域づくり座談会"
    town = person("town-a", java_script_enabled=False)
    begin(town, title)
    fill(town)
    fill_budget(town)
    attach(town, ("project_plan", PLAN, pdf()))
    act(town, "提出")
    town.get_by_role("button", name="提出", exact=True).click()
    town.get_by_role("heading", name="受付票").wait_for()
    assert re.search(r"20\d\d-\d{7}-\d", main_text(town))


def tab_to(page: Any, name: str, limit: int = 120) -> None:
    """Press Tab until the named link or button has the focus, and see that the focus shows."""
    for _press in range(limit):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => [document.activeElement.innerText.trim(),"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        if found[0] == name:
            assert found[1] != "none"
            return
    pytest.fail(f"Tab never reached {name!r}")


def test_town_submits_by_keyboard_alone(person: Callable[..., Any], portal: Portal) -> None:
    """From the list to the receipt by Tab and Enter."""
    town = person("association")
    title = "日本語学習支援者の養成"
    case = begin(town, title)
    fill(town)
    fill_budget(town)
    attach(town, ("project_plan", PLAN, pdf()))
    town.goto("/grants/applications/")
    tab_to(town, title)
    town.keyboard.press("Enter")
    town.wait_for_url(case)
    tab_to(town, "提出")
    town.keyboard.press("Enter")
    town.wait_for_url(f"{case}submit/")
    tab_to(town, "提出")
    town.keyboard.press("Enter")
    town.wait_for_url("**/receipts/**")
    assert "受付票" in town.locator("h1").inner_text()
