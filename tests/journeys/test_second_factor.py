"""Staff must have a second factor: set up with an authenticator app, then asked for at sign-in."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.journeys.portal import PASSWORD, Portal
from tests.journeys.screens import address, keep, sign_in

pytestmark = pytest.mark.browser
PERIOD = 30


def code_of(secret: str) -> str:
    """Return what an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD))


def enter_code(page: Any, secret: str, button: str, done: str) -> None:
    """Enter the code; once more where its half minute ended meanwhile."""
    for _attempt in range(2):
        page.locator("[name=code]").fill(code_of(secret))
        page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_load_state()
        if re.search(done, page.url):
            return
    pytest.fail(f"the code was not taken: {page.locator('main').inner_text()}")


def test_staff_set_up_an_app_and_sign_in_with_its_code(
    person: Callable[..., Any], portal: Portal
) -> None:
    with portal.served("strict", CLAIR_STAFF_MFA="required") as strict:
        page = person(base_url=strict)
        sign_in(page, "document-officer")

        # Nothing of the staff's side opens before the second factor is there.
        for path in ("/admin/", "/admin/core/letter/", "/approvals/"):
            page.goto(path)
            assert page.url == f"{strict}/account/2fa/"
        keep(page, "factor-01-asked")
        page.get_by_role("link", name="認証アプリを設定する").click()
        page.locator("[name=password]").fill(PASSWORD)  # it is you: asked before any change
        page.get_by_role("button", name="確認する").click()
        secret = page.locator("main code").inner_text()
        keep(page, "factor-02-totp")
        enter_code(page, secret, "認証アプリを使う", "recovery-codes|/2fa/$")
        page.goto("/admin/")
        page.get_by_role("heading", name="記録").wait_for()

        # Password alone is no sign-in any more.
        again = person(base_url=strict)
        again.goto("/account/login/")
        again.get_by_label("メールアドレス").fill(address("document-officer"))
        again.get_by_label("パスワード").first.fill(PASSWORD)
        again.get_by_role("button", name="ログイン", exact=True).click()
        again.locator("[name=code]").wait_for()
        keep(again, "factor-03-code")
        assert again.request.get("/admin/", max_redirects=0).status == 302
        again.locator("[name=code]").fill("000000")
        again.get_by_role("button", name="ログイン", exact=True).click()
        again.get_by_text("コードが正しくありません").first.wait_for()
        enter_code(again, secret, "ログイン", "/admin/|/home/")
        again.goto("/admin/core/letter/")
        again.get_by_role("heading", name=re.compile("文書")).first.wait_for()
