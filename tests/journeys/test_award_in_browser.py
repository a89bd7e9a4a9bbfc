"""The final report in a real browser: written by the town's clerk, checked by CLAIR's officer."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.files import pdf
from tests.journeys.portal import Portal
from tests.journeys.screens import keep, main_text
from tests.journeys.test_by_screens import TODAY

pytestmark = pytest.mark.browser
TITLE = "多言語の防災ラジオ"  # the demo's award whose report is due in five days
COSTS = ("300,500", "４００，０００円", "190,000")


def write_report(page: Any) -> None:
    """Fill in the costs, a receipt for each, and the results, as the page leads."""
    page.get_by_role("link", name="経費と収入の実績").first.click()
    for row, amount in enumerate(COSTS):
        page.locator(f"[name=lines-{row}-amount]").fill(amount)
    keep(page, "award-01-lines")
    page.get_by_role("button", name="保存").first.click()
    page.get_by_role("heading", name="領収書と書類", level=1).wait_for()
    files = page.url
    for row in range(len(COSTS)):
        page.goto(files)
        page.locator("select[name=question]").select_option(index=row)
        name = f"領収書（{row + 1}）.pdf"
        paper = {"name": name, "mimeType": "application/pdf", "buffer": pdf(row + 1)}
        page.locator("[name=files]").set_input_files(paper)
        page.get_by_role("button", name="保存", exact=True).click()
        page.get_by_role("link", name=name).first.wait_for()
    keep(page, "award-02-files")
    page.goto(files.replace("/files/", "/results/"))
    page.locator("[name=summary]").fill("防災の放送を10回行った。")
    page.locator("[name=outcome_text]").fill("聴取者が増え、翌年度は町の事業として続ける。")
    page.locator("[name=completed_on]").fill((TODAY - timedelta(days=26)).isoformat())
    for box in page.locator("input[name^=actual_]").all():
        box.fill("１２０")
    keep(page, "award-03-results")
    page.get_by_role("button", name="保存").first.click()
    page.get_by_role("heading", name=TITLE, level=1).wait_for()


def test_report_in_the_browser_and_its_check(person: Callable[..., Any], portal: Portal) -> None:
    town, other, officer = person("town-a"), person("town-b"), person("officer")
    town.goto("/grants/awards/")
    town.get_by_role("link", name=TITLE).click()
    town.get_by_role("heading", name=TITLE, level=1).wait_for()
    address = town.url
    write_report(town)

    # Sent: the receipt lists each file; the other town finds nothing.
    town.goto(address)
    assert "提出の前に" not in main_text(town)
    town.get_by_role("link", name="実績報告", exact=True).last.click()
    town.get_by_role("button", name="実績報告").click()
    town.wait_for_url(re.compile("receipts"))
    told = main_text(town)
    assert re.search(r"20\d\d-\d{7}-\d", told)
    assert "領収書（3）.pdf" in told
    keep(town, "award-04-receipt")
    for path in (address, f"{address}stages/", f"{address}stages.pdf", town.url):
        assert other.request.get(path).status == 404

    # 300,500 + 400,000 + 180,000 accepted of 190,000 = 880,500; at most the 800,000 yen decided.
    officer.goto(f"/admin/grants/award/?q={TITLE}")
    officer.locator("#result_list tbody").get_by_role("link", name=TITLE).click()
    officer.get_by_role("link", name="検査", exact=True).click()
    officer.locator("[name=record]").fill("帳簿と領収書を確かめた。")
    officer.locator("[name=line_3]").fill("180,000")
    keep(officer, "award-05-check")
    officer.get_by_role("button", name="検査").click()
    officer.get_by_role("heading", name=re.compile("検査済")).wait_for()
    shown = main_text(officer, "#content")
    keep(officer, "award-06-checked")
    assert "880,500" in shown
    assert "800,000" in shown
