"""A paper application: staff file it in the admin for the body, in time and late."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.journeys.files import PLAN, pdf, sha256, text_of
from tests.journeys.portal import Portal
from tests.journeys.screens import keep, main_text
from tests.journeys.test_by_screens import (
    LINES,
    PROJECT_YEAR,
    TEXTS,
    TODAY,
    act,
    confirm,
    staff_page,
)

pytestmark = pytest.mark.browser

BODY = "群馬県地域国際化協会（例）"
REASON = "郵送で届いた申請書を代わりに登録"


def say_why(page: Any, arrived: date) -> None:
    """Fill in the two boxes that every act on behalf asks for."""
    page.locator("[name=behalf_reason]").fill(REASON)
    page.locator("[name=paper_arrived_on]").fill(arrived.isoformat())


def file_paper(
    officer: Any, title: str, call: str | re.Pattern[str], arrived: date, paper: bytes
) -> None:
    """Write a paper down in the admin, with its budget and its scan, and submit it."""
    officer.goto("/admin/grants/application/add/")
    choose(officer, "call", call)
    choose(officer, "section", f"{BODY} 事業係")
    officer.locator("[name=title]").fill(title)
    say_why(officer, arrived)
    keep(officer, "behalf-01-add")
    officer.get_by_role("button", name="保存", exact=True).click()
    officer.get_by_role("link", name="提出", exact=True).wait_for()

    keep(officer, "behalf-01b-begun")
    for name, text in TEXTS.items():
        officer.locator(f"[name={name}]").fill(text)
    for value in ("disaster", "language"):
        officer.locator(f"[name=categories][value={value}]").check()
    officer.locator("[name=answer_continues][value=no]").check()
    officer.locator("[name=is_decided_internally]").check()
    for row, (category, item, basis, amount) in enumerate(LINES):
        officer.get_by_role("button", name="予算の明細 の追加").click()
        officer.locator(f"[name=budget_lines-{row}-kind]").select_option("expense")
        officer.locator(f"[name=budget_lines-{row}-category]").select_option(category)
        officer.locator(f"[name=budget_lines-{row}-description]").fill(item)
        officer.locator(f"[name=budget_lines-{row}-basis]").fill(basis)
        officer.locator(f"[name=budget_lines-{row}-amount]").fill(amount)
    say_why(officer, arrived)
    keep(officer, "behalf-02-change")
    officer.get_by_role("button", name="保存", exact=True).click()
    officer.get_by_text("変更しました").first.wait_for()

    officer.get_by_role("link", name="書類を追加").click()
    say_why(officer, arrived)
    officer.locator("[name=question]").select_option("project_plan")
    scan = {"name": PLAN, "mimeType": "application/pdf", "buffer": paper}
    officer.locator("[name=files]").set_input_files(scan)
    keep(officer, "behalf-03-papers")
    officer.get_by_role("button", name="保存", exact=True).click()
    officer.get_by_role("link", name="提出", exact=True).click()
    say_why(officer, arrived)
    keep(officer, "behalf-04-submit")
    confirm(officer, "提出")
    keep(officer, "behalf-05-submitted")


def choose(page: Any, name: str, words: str | re.Pattern[str]) -> None:
    """Choose the one option that has the words."""
    select = page.locator(f"select[name={name}]")
    option = select.locator("option", has_text=words).first
    select.select_option(value=option.get_attribute("value"))


def test_paper_filed_on_behalf_and_its_receipt_names_both(
    person: Callable[..., Any], portal: Portal
) -> None:
    officer, body, other = person("officer"), person("association"), person("town-b")
    title, paper, arrived = "外国人住民向け生活相談会", pdf(4), TODAY - timedelta(days=2)
    file_paper(officer, title, "二次募集", arrived, paper)

    # The body itself finds its application and a receipt that names both.
    body.goto("/grants/applications/")
    body.get_by_role("link", name=title).click()
    case = body.url
    body.get_by_role("link", name=re.compile("受付番号")).click()
    told = main_text(body)
    keep(body, "behalf-06-receipt")
    number = re.search(r"20\d\d-\d{7}-\d", told)
    assert number, told
    assert "多文化共生課 主査" in told
    assert BODY in told
    assert sha256(paper) in told
    pdf_text = text_of(body.request.get(f"{body.url}pdf/").body())
    assert REASON in pdf_text
    assert number[0] in pdf_text
    assert other.request.get(case).status == 404
    assert other.request.get(body.url).status == 404

    # The audit names both, and the reason.
    staff_page(officer, title)
    officer.get_by_role("link", name="履歴").click()
    history = main_text(officer, "#change-history")
    assert BODY in history
    assert REASON in history
    keep(officer, "behalf-07-history")


def test_late_paper_is_accepted_late_by_the_manager(person: Callable[..., Any]) -> None:
    officer, manager, body = person("officer"), person("manager"), person("association")
    title = "多文化共生の担い手づくり講座"
    first_call = re.compile(f"^令和{PROJECT_YEAR - 2018}年度多文化共生のまちづくり促進事業$")
    file_paper(officer, title, first_call, TODAY, pdf())
    staff_page(officer, title)
    assert "期限後到達" in main_text(officer)
    assert officer.get_by_role("link", name="期限後受理", exact=True).count() == 0

    staff_page(manager, title)
    act(manager, "期限後受理")
    manager.get_by_label("収受番号").fill("収受第701号")
    manager.locator("[name=reason]").fill("災害により郵送が遅れたため")
    confirm(manager, "期限後受理")
    body.goto("/grants/applications/")
    body.get_by_role("link", name=title).click()
    assert "受理済" in main_text(body)
