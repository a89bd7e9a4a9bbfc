"""Nothing typed is lost: each mishap really happens, in a real browser."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from clair.embedded.processes import free_port
from grants.models import Application
from tests.factories.core import pdf, wait_until
from tests.factories.grants import Story, make_draft, town_story
from tests.journeys.portal import PASSWORD, Portal
from tests.journeys.screens import main_text

pytestmark = pytest.mark.browser


# Against the whole portal: its sign-in, its processes


@pytest.fixture
def draft(portal: Portal) -> str:
    """A draft of town B."""
    town = portal.client("town-b")
    call = town.get("programs/calls/?status=open")["results"][0]
    case = town.post("grants/applications/", {"call": call["id"], "title": "下書き"}, expect=201)
    return f"/grants/applications/{case['id']}/"


def type_in(page: Any, name: str, text: str) -> None:
    """Type and wait until the portal says that it has it."""
    with page.expect_response("**/autosave/"):
        page.locator(f"[name={name}]").fill(text)
    page.locator("[data-saved]", has_text="保存済み").wait_for()


def test_ended_session_leads_back_to_the_field_with_its_text(
    browser: Any, portal: Portal, draft: str, state_of: Callable[[str], Any]
) -> None:
    context = browser.new_context(
        base_url=portal.url, locale="ja-JP", storage_state=state_of("town-b")
    )
    page = context.new_page()
    page.goto(f"{draft}sections/document/")
    context.clear_cookies()
    with page.expect_response("**/autosave/") as answer:
        page.locator("[name=document_number]").fill("国際第77号")
    assert answer.value.status in (401, 403)

    page.get_by_role("link", name=re.compile("ログインして、この項目に戻る")).click()
    page.get_by_label("メールアドレス").fill("demo-town-b@example.jp")
    page.get_by_label("パスワード", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()

    page.locator("[data-saved]", has_text="保存済み").wait_for()
    assert page.evaluate("document.activeElement.name") == "document_number"
    assert page.locator("[name=document_number]").input_value() == "国際第77号"
    page.reload()
    assert page.locator("[name=document_number]").input_value() == "国際第77号"
    context.close()


def test_restarted_server_gets_what_was_typed_meanwhile(
    browser: Any, portal: Portal, draft: str, state_of: Callable[[str], Any]
) -> None:
    port = free_port()
    with portal.served("short-lived", port) as url:
        context = browser.new_context(
            base_url=url, locale="ja-JP", storage_state=state_of("town-b")
        )
        page = context.new_page()
        page.goto(f"{draft}sections/basics/")
        type_in(page, "title", "停止の前")
    page.locator("[name=title]").fill("停止の間に入力")
    page.locator("[data-saved]", has_text="通信できません").wait_for()

    with portal.served("short-lived", port):
        page.locator("[data-saved]", has_text="保存済み").wait_for()
        page.goto(f"{draft}sections/basics/")
        assert page.locator("[name=title]").input_value() == "停止の間に入力"
        context.close()


# Against this test's own people


@pytest.fixture
def story(fresh_db: str) -> Story:
    """A town with a submitter and a drafter, and a browser for each."""
    return town_story()


@pytest.fixture
def window(new_page: Callable[..., Any]) -> Callable[..., Any]:
    """Open a window of a person who is signed in: `window(user, java_script_enabled=False)`."""

    def open_for(user: Any, **options: Any) -> Any:
        client = Client()
        client.force_login(user)
        page = new_page(**options)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": cookie.value,
                    "domain": "127.0.0.1",
                    "path": "/",
                }
            ]
        )
        page.set_default_timeout(15_000)
        return page

    return open_for


def page_of(case: Application, part: str = "") -> str:
    return case.get_absolute_url() + part


def test_killed_tab_keeps_the_bodies_that_take_part(
    story: Story, window: Callable[..., Any]
) -> None:
    case = make_draft(story)
    page = window(story.clerk)
    page.goto(page_of(case, "parties/"))
    type_in(page, "parties-0-code", "１０２０１")
    page.close(run_before_unload=False)

    again = window(story.clerk)
    again.goto(page_of(case, "parties/"))

    assert again.locator("[name=parties-0-code]").input_value() == "１０２０１"


def test_two_colleagues_see_base_mine_and_theirs(story: Story, window: Callable[..., Any]) -> None:
    case = make_draft(story, title="最初の題名")
    mine, theirs = window(story.clerk), window(story.drafter)
    for page in (mine, theirs):
        page.goto(page_of(case, "sections/basics/"))
    type_in(theirs, "title", "同僚の題名")
    type_in(mine, "ends_on", "2023/1/31")  # another field: both stay

    with mine.expect_response("**/autosave/") as answer:
        mine.locator("[name=title]").fill("自分の題名")
    assert answer.value.status == 409
    mine.locator("[data-conflicts]", has_text="同僚の題名").wait_for()
    mine.get_by_role("button", name="保存して次へ").click()
    mine.get_by_role("heading", name="同じ項目が").wait_for()
    told = main_text(mine)
    assert all(words in told for words in ("最初の題名", "同僚の題名", "自分の題名"))
    mine.get_by_role("button", name="この内容で保存").click()
    mine.wait_for_url("**/sections/questions-1/")

    saved = Application.objects.get(pk=case.pk)
    assert (saved.title, str(saved.ends_on)) == ("自分の題名", "2023-01-31")


def test_interrupted_upload_is_told_and_sent_again(
    story: Story, window: Callable[..., Any]
) -> None:
    case = make_draft(story)
    page = window(story.clerk)
    page.goto(page_of(case, "files/"))
    breaks = iter((False, True))

    def meet(route: Any) -> None:
        is_upload = route.request.method == "POST"
        route.abort("connectionreset") if is_upload and next(breaks, False) else route.continue_()

    page.route("**/files/", meet)
    files = [
        {"name": name, "mimeType": "application/pdf", "buffer": pdf()}
        for name in ("一つ目.pdf", "二つ目.pdf", "三つ目.pdf")
    ]
    page.locator("[name=files]").set_input_files(files)
    page.get_by_role("button", name="保存", exact=True).click()
    page.locator("[data-progress]", has_text="通信が切れました").wait_for()
    page.get_by_role("link", name="追加済みの書類を表示する").click()
    page.get_by_role("link", name="三つ目.pdf").wait_for()
    assert page.get_by_role("link", name="一つ目.pdf").count() == 1
    assert page.get_by_role("link", name="二つ目.pdf").count() == 0

    page.locator("[name=files]").set_input_files(files[1])
    page.get_by_role("button", name="保存", exact=True).click()
    wait_until(lambda: case.files.filter(file__name="二つ目.pdf").exists(), "the second file")
    assert case.files.count() == 4


def test_without_javascript_a_refusal_shows_all_again_and_keeps_the_files(
    story: Story, window: Callable[..., Any]
) -> None:
    case = make_draft(story)
    page = window(story.clerk, java_script_enabled=False)
    page.goto(page_of(case, "sections/basics/"))
    page.locator("[name=title]").fill("新しい題名")
    page.locator("[name=starts_on]").fill("２０２２年１３月１日")
    page.get_by_role("button", name="保存して次へ").click()
    assert "12" in page.locator(".field--error").inner_text()
    for _turn in range(2):  # as refused, and opened anew
        assert page.locator("[name=title]").input_value() == "新しい題名"
        assert page.locator("[name=starts_on]").input_value() == "２０２２年１３月１日"
        page.goto(page_of(case, "sections/basics/"))

    page.goto(page_of(case, "parties/"))
    page.locator("[name=parties-0-code]").fill("どこにもない町")
    page.locator("[name=parties-0-share]").fill("５０万")
    page.get_by_role("button", name="保存して次へ").click()
    for _turn in range(2):
        assert page.locator("[name=parties-0-code]").input_value() == "どこにもない町"
        assert page.locator("[name=parties-0-share]").input_value() == "500,000"
        page.goto(page_of(case, "parties/"))

    page.goto(page_of(case, "files/"))
    chosen = [
        {"name": "計画.pdf", "mimeType": "application/pdf", "buffer": pdf()},
        {"name": "名簿.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"},
    ]
    page.locator("[name=files]").set_input_files(chosen)
    page.get_by_role("button", name="保存", exact=True).click()
    assert "「名簿.exe」" in main_text(page)
    assert page.get_by_role("link", name="計画.pdf").count() >= 1
