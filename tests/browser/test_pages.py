"""Every page, wide and narrow, light and dark: accessible, quiet, ours alone, never too wide."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import clean
from tests.journeys.portal import Portal

pytestmark = pytest.mark.browser

PUBLIC = {
    "front": "/",
    "plan": "/plan/2021/",
    "plan-of-no-year": "/plan/1999/",
    "calls": "/calls/",
    "statistics": "/statistics/",
    "money": "/results/money/",
    "verify": "/verify/",
    "verify-unknown": "/verify/ABCD-EFGH-JKLM-NPQR/",
    "contact": "/contact/",
    "privacy": "/privacy/",
    "accessibility": "/accessibility/",
    "login": "/account/login/",
    "reset": "/account/password/reset/",
    "reset-done": "/account/password/reset/done/",
    "mailbox": "/demo/mail/",
    "components": "/components/",
    "not-found": "/nothing/here/",
    "english": "/account/login/",
}
STATUSES = (
    *("draft", "submitted", "at_intermediary", "late", "received", "returned", "under_review"),
    *("recommended", "decided", "informally_notified", "announced", "not_accepted", "withdrawn"),
)
TOWN = {
    "home": "/home/",
    "applications": "/grants/applications/",
    "jobs": "/jobs/",
    "people": "/people/",
    "keys": "/account/keys/",
    "account": "/account/",
    "address": "/account/address/",
    "sessions": "/account/sessions/",
    "factors": "/account/2fa/",
    "totp": "/account/2fa/totp/activate/",
    "passkey": "/account/2fa/webauthn/add/",
    "password": "/account/password/change/",
    "logout": "/account/logout/",
    "forbidden": "/admin/",
}
DRAFT_PARTS = ("", "edit/", "budget/", "files/", "parties/", "submit/", "withdraw/")
OFFICER = {
    "admin": "/admin/",
    "admin-statistics": "/admin/grants/application/statistics/",
    "admin-search": "/admin/search/?q=大泉",
    "admin-application-add": "/admin/grants/application/add/",
    "admin-approval-add": "/admin/approvals/approval/add/",
    "admin-announce-nothing": "/grants/announce/",
    "approvals": "/approvals/",
    "approval-create": "/approvals/new/",
}
APPS = ("accounts", "approvals", "core", "correspondence", "finance", "grants", "programs")
ACTS = {
    "submitted": ("receive", "refuse"),
    "late": ("accept_late",),
    "received": ("return_for_correction", "start_review"),
    "under_review": ("recommend",),
    "recommended": ("send_back",),
}


def first(portal: Portal, who: str, path: str) -> dict[str, Any]:
    """Return the first row that the API lists for that person."""
    rows = portal.client(who).get(path)["results"]
    assert rows, f"the demo shows {who} nothing at {path}"
    return dict(rows[0])


@pytest.mark.parametrize("name", PUBLIC)
def test_public_page(look: Callable[..., Any], name: str) -> None:
    window = look()
    if name == "english":
        window.page.goto("/")
        window.follow(window.page.get_by_role("button", name="English"))
    clean(window.at(PUBLIC[name], f"public-{name}"))


def test_public_calls_and_mail(look: Callable[..., Any], portal: Portal) -> None:
    window, found = look(), []
    for index, call in enumerate(portal.client("partner").get("programs/calls/")["results"]):
        found += window.at(f"/calls/{call['id']}/", f"public-call-{index}")
    window.page.goto("/demo/mail/")
    window.follow(window.page.locator(".file-list a").first)
    clean(found, window.here("public-mail"))


@pytest.mark.parametrize("name", TOWN)
def test_page_of_a_town(look: Callable[..., Any], name: str) -> None:
    clean(look("town-a").at(TOWN[name], f"town-{name}"))


def test_people_of_a_town_change(look: Callable[..., Any]) -> None:
    window = look("town-a")
    for act, name in (
        ("代理を置く", "deputise"),
        ("職を終了する", "end"),
        ("引き継ぐ", "hand-over"),
    ):
        window.page.goto("/people/")
        window.follow(window.page.get_by_role("link", name=act).first)
        clean(window.here(f"town-{name}"))
    window.follow(window.page.get_by_role("button", name="引き継ぐ内容を確かめる"))
    found = window.here("town-hand-over-refused")
    window.page.get_by_label("または、後任の方のメールアドレス").fill("successor@example.jp")
    window.follow(window.page.get_by_role("button", name="引き継ぐ内容を確かめる"))
    clean(found, window.here("town-hand-over-check"))


def test_lost_second_factor_in_the_admin(look: Callable[..., Any]) -> None:
    window = look("administrator")
    window.page.goto("/admin/accounts/user/?q=demo-officer")
    window.follow(window.page.locator("#result_list tbody th a").first)
    window.follow(window.page.get_by_role("link", name="二段階認証を再設定させる"))
    found = window.here("admin-reset-factor")
    window.follow(window.page.get_by_role("button", name="二段階認証を再設定させる"))
    clean(found, window.here("admin-reset-factor-refused"))


def test_export_of_a_town(look: Callable[..., Any]) -> None:
    window = look("town-a")
    window.page.goto("/grants/applications/")
    window.follow(window.page.get_by_role("button", name="XLSX"))
    window.page.get_by_role("link", name="ダウンロード").wait_for()
    clean(window.here("town-job"), window.at("/jobs/", "town-jobs-with-one"))


def test_second_page_of_a_staff_list(look: Callable[..., Any]) -> None:
    window = look("officer")
    window.page.goto("/admin/accounts/organization/")
    window.follow(window.page.get_by_role("link", name="次のページ"))
    clean(window.here("admin-second-page"))


def test_begin_page_of_a_town_and_its_errors(look: Callable[..., Any], portal: Portal) -> None:
    call = first(portal, "town-a", "programs/calls/?status=open")
    window = look("town-a")
    found = window.at(f"/grants/applications/new/?call={call['id']}", "town-begin")
    window.follow(window.page.get_by_role("button", name="保存"))
    clean(found, window.here("town-begin-refused"))


@pytest.mark.parametrize("part", DRAFT_PARTS)
def test_part_of_a_draft(look: Callable[..., Any], portal: Portal, part: str) -> None:
    draft = first(portal, "town-a", "grants/applications/?status=draft")
    name = f"town-draft-{part.strip('/') or 'detail'}"
    clean(look("town-a").at(f"/grants/applications/{draft['id']}/{part}", name))


def test_refused_budget_of_a_draft(look: Callable[..., Any], portal: Portal) -> None:
    draft = first(portal, "town-a", "grants/applications/?status=draft")
    window = look("town-a")
    window.page.goto(f"/grants/applications/{draft['id']}/budget/")
    window.page.locator("[name=lines-0-amount]").fill("三百万とすこし")
    window.follow(window.page.get_by_role("button", name="保存して次へ"))
    clean(window.here("town-draft-budget-refused"))


@pytest.mark.parametrize("status", ["submitted", "returned", "at_intermediary", "announced"])
def test_status_page_and_receipt_of_a_town(
    look: Callable[..., Any], portal: Portal, status: str
) -> None:
    case = first(portal, "town-a", f"grants/applications/?status={status}")
    window = look("town-a")
    found = window.at(f"/grants/applications/{case['id']}/", f"town-{status}")
    if status == "returned":
        found += window.at(f"/grants/applications/{case['id']}/edit/", "town-returned-edit")
    else:
        receipt = portal.client("town-a").get(f"grants/applications/{case['id']}/receipts/")[-1]
        found += window.at(f"/receipts/{receipt['id']}/", f"town-{status}-receipt")
    clean(found)


def test_verification_page_of_a_letter(look: Callable[..., Any], portal: Portal) -> None:
    letter = first(portal, "town-a", "core/letters/")
    clean(look().at(f"/verify/{letter['code']}/", "public-verified"))


@pytest.mark.parametrize("name", OFFICER)
def test_page_of_an_officer(look: Callable[..., Any], name: str) -> None:
    who = "manager" if name == "admin-announce-nothing" else "officer"
    clean(look(who).at(OFFICER[name], f"officer-{name}"))


@pytest.mark.parametrize("status", STATUSES)
def test_application_in_the_admin(look: Callable[..., Any], status: str) -> None:
    window = look("manager" if status in {"late", "recommended"} else "officer")
    window.page.goto(f"/admin/grants/application/?status={status}")
    address = (
        window.page.locator("#result_list tbody th a").first.get_attribute("href").split("?")[0]
    )
    found = window.at(address, f"officer-application-{status}")
    for act in ACTS.get(status, ()):
        page = address.replace("/change/", f"/transitions/{act}/")
        found += window.at(page, f"officer-{status}-{act}")
    if status == "received":
        found += window.at(address.replace("/change/", "/history/"), "officer-history")
    clean(found)


def lists_of(window: Any) -> list[str]:
    """Return the addresses of the lists on the admin's first page."""
    window.page.goto("/admin/")
    links = window.page.locator("#content .model-link a, #content th a[href*='/admin/']")
    addresses = {link.get_attribute("href") for link in links.all()}
    return sorted(address for address in addresses if address.count("/") >= 4)


def app_of(address: str) -> str:
    """Return the app's label in the address of a list."""
    return address.split("/")[2]


@pytest.mark.parametrize("app", APPS)
def test_every_list_and_its_first_record_in_the_admin(look: Callable[..., Any], app: str) -> None:
    officer, administrator, found = look("officer"), look("administrator"), []
    hers = lists_of(officer)
    others = [address for address in lists_of(administrator) if address not in hers]
    assert {app_of(address) for address in [*hers, *others]} == set(APPS)
    for window, addresses in ((officer, hers), (administrator, others)):
        for address in (address for address in addresses if app_of(address) == app):
            name = address.removeprefix("/admin/").strip("/").replace("/", "-")
            found += window.at(address, f"staff-list-{name}", brief=True)
            rows = window.page.locator("#result_list tbody th a")
            if rows.count():
                record = rows.first.get_attribute("href").split("?")[0]
                found += window.at(record, f"staff-record-{name}", brief=True)
    clean(found)


def test_reviewers_list_and_sheets(look: Callable[..., Any], portal: Portal) -> None:
    window = look("reviewer")
    found = window.at("/grants/reviews/", "reviewer-list")
    for sheet in portal.client("reviewer").get("grants/reviews/")["results"]:
        name = f"reviewer-{sheet['status']}"
        found += window.at(f"/grants/reviews/{sheet['id']}/", name)
        if sheet["status"] == "assigned":
            found += window.at(f"/grants/reviews/{sheet['id']}/declare/", f"{name}-declare")
            window.page.get_by_label("この申請との利害関係はありません").check()
            window.follow(window.page.get_by_role("button", name="利害関係の申告"))
            found += window.here("reviewer-sheet")
            window.follow(window.page.get_by_role("button", name="採点を確認して提出へ"))
            found += window.here("reviewer-sheet-refused")
    clean(found)


def test_ranking_and_assignment_of_reviewers(look: Callable[..., Any], portal: Portal) -> None:
    window = look("officer")
    found = window.at("/admin/grants/application/ranking/", "officer-rankings")
    case = first(portal, "officer", "grants/applications/?status=under_review")
    ranking = f"/admin/grants/application/ranking/?edition={case['edition']}"
    found += window.at(f"{ranking}&budget=900000&fill=1", "officer-ranking")
    window.follow(window.page.get_by_role("button", name="この内容で採択案を起案"))
    found += window.here("officer-ranking-refused")
    assign = f"/admin/grants/application/reviewers/?items={case['id']}"
    clean(found, window.at(assign, "officer-assign"))


def test_mails_of_an_announcement(look: Callable[..., Any], portal: Portal) -> None:
    case = first(portal, "manager", "grants/applications/?status=announced")
    window = look("manager")
    window.page.goto(f"/admin/grants/application/?q={case['receipt_number']}")
    window.follow(window.page.locator("#result_list tbody th a").first)
    address = window.page.get_by_role("link", name="一括通知の状況").first.get_attribute("href")
    clean(window.at(address, "manager-announced"))


def test_announcement_preview(look: Callable[..., Any], portal: Portal) -> None:
    case = first(portal, "manager", "grants/applications/?status=decided")
    clean(look("manager").at(f"/grants/announce/preview/?items={case['id']}", "manager-announce"))
