"""The acts of an award's life in a real browser: pages opened by their links, boxes filled, buttons pressed.

The server runs in threads of the test's own process, so that the journey's clock is the server's
too. Whoever acts has signed in just now; the words and sums are those of award_faces.py.
"""

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse

from accounts.models import User
from approvals.models import Approval
from finance.models import Payment
from grants.models import ChangeRequest
from tests.factories.approvals import post_of
from tests.journeys.award_faces import ANSWER, OUTCOME, REACHED, SIGNING, SUMMARY, Screens, browser
from tests.journeys.files import pdf
from tests.journeys.screens import main_text

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 800}
SCAN = {"name": "領収書_髙﨑商店.pdf", "mimeType": "application/pdf", "buffer": pdf()}
FORM = "main form[method=post], #content form[method=post]"
SUBMIT = "button:not([type=button]), input[type=submit]"


class Windows(Screens):
    """The town's clerk and CLAIR's people, each with a window of their own."""

    def __init__(self, awarded: Any, clock: Any, new_page: Callable[..., Any]):
        super().__init__(awarded, clock)
        self.new_page, self.seen = new_page, 0
        self.pages: dict[int, Any] = {}
        self.signed_in: set[int] = set()

    def at(self, moment: datetime) -> None:
        """Go on at that moment; by then everybody was signed out."""
        super().at(moment)
        self.signed_in = set()

    def window(self, user: User) -> Any:
        """Return the person's window, in which the person is signed in."""
        if user.pk not in self.pages:
            self.pages[user.pk] = page = self.new_page(viewport=WIDE)
            page.set_default_timeout(15_000)
            page.goto("/healthz")
        page = self.pages[user.pk]
        if user.pk not in self.signed_in:
            session = browser(user).cookies["sessionid"].value
            there = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
            page.context.add_cookies([{"name": "sessionid", "value": session, "url": there}])
            self.signed_in.add(user.pk)
        return page

    def open(self, user: User, path: str, link: str = "") -> Any:
        """Open a page, and the page that a link on it leads to, which must be there."""
        page = self.window(user)
        page.goto(path)
        if link:
            found = page.locator(f'a[href="{link}"], a[href^="{link}?"]')
            assert found.count(), f"{path} has no link to {link}"
            self.picture(page)
            with page.expect_navigation():
                found.first.click()
        return page

    def press(self, page: Any, values: Mapping[str, Any], button: str = "") -> None:
        """Fill in boxes by name and press the form's button; a refused form is told."""
        for name, value in values.items():
            fill(page.locator(FORM), name, value)
        self.picture(page)
        pressed = page.locator(FORM).locator(SUBMIT)
        if button:
            pressed = page.get_by_role("button", name=button, exact=True)
        with page.expect_navigation() as waiting:
            pressed.first.click()
        self.picture(page)
        told = page.locator(".error-summary, .errorlist, .errornote").all_inner_texts()
        assert waiting.value.status < 400, (page.url, waiting.value.status, told)

    def picture(self, page: Any) -> None:
        """Keep the page wide and narrow where CLAIR_SCREENSHOTS names a folder."""
        folder = os.environ.get("CLAIR_SCREENSHOTS")
        if not folder:
            return
        self.seen += 1
        words = re.sub(r"[0-9a-f-]{36}|\W+", "-", urlsplit(page.url).path).strip("-")
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            name = f"{self.line.code}-{self.seen:03}-{words}-{size['width']}.png"
            page.screenshot(path=Path(folder) / name, full_page=True)

    # The body's acts.

    def act(self, name: str, data: Any = None) -> Any:
        """Follow the act's link on the award's page, fill in, and confirm."""
        page = self.open(self.clerk, self.page("detail"), self.page("transition", name))
        self.press(page, data or {})
        return page

    def report_status(self, text: str) -> None:
        """Tell how the project stands, with a picture."""
        self.act("report_status", {"text": text, "uploads": SCAN | {"name": "写真.pdf"}})

    def part(self, name: str, data: dict[str, Any]) -> None:
        """Follow the task's link, fill in and save; rows are found by what they are known by."""
        path = self.page(f"report-{name}")
        page = self.open(self.clerk, self.page("detail"), path)
        self.press(page, known(page, data))

    def prove(self) -> None:
        """Add a receipt in each place that the page offers, except for other papers."""
        path = self.page("report-files")
        form = browser(self.clerk).get(path).context["form"]
        [box] = form.fields
        free = {spent.category for spent in self.line.spent if not spent.amount}
        for place, _label, purpose, line in form.places:
            if purpose != "result" and line.rpartition("|")[2] not in free:
                page = self.open(self.clerk, self.page("detail"), path)
                self.press(page, {box: place, "files": SCAN}, "保存")

    def send(self) -> None:
        """Send the report and stand on its receipt."""
        page = self.act("report")
        assert "/receipts/" in page.url, page.url
        assert SCAN["name"] in main_text(page)

    def report(self) -> None:
        """Write the report part by part and send it."""
        self.part("lines", {row["description"]: row for row in self.rows()})
        if self.awarded.npo:
            passed = {
                "code": self.awarded.npo.name,
                "amount": f"{self.line.passed_on:,}",
                "paid_on": "R5.2.20",
            }
            self.part("passed-on", {f"passed_on-0-{name}": v for name, v in passed.items()})
        self.prove()
        words = {"summary": SUMMARY, "outcome_text": OUTCOME, "completed_on": "令和5年2月28日"}
        self.part("results", words | {f"actual_{key}": REACHED for key in self.indicators()})
        self.send()

    def answer(self) -> None:
        """Answer every comment of CLAIR's, and send the report again."""
        path = self.page("report-comments")
        page = self.open(self.clerk, self.page("detail"), path)
        boxes = page.locator(FORM).locator("textarea").all()
        self.press(page, {box.get_attribute("name"): ANSWER for box in boxes})
        self.send()

    def change(self) -> ChangeRequest:
        """Ask for a change from the award's page, move the lines, read what the rules say, and send."""
        path = browser(self.clerk).get(self.page("detail")).context["change_url"]
        page = self.open(self.clerk, self.page("detail"), path.partition("?")[0])
        self.press(page, self.change_data())
        change = ChangeRequest.objects.latest("pk")
        detail = reverse("grants:changerequest-detail", args=[change.public_id])
        lines = reverse("grants:changerequest-lines", args=[change.public_id])
        page = self.open(self.clerk, detail, lines)
        self.press(page, known(page, {row["description"]: row for row in self.changed_rows()}))
        sending = reverse("grants:changerequest-transition", args=[change.public_id, "submit"])
        page = self.open(self.clerk, detail, sending)
        self.press(page, {})
        return change

    def claim(self, kind: str, amount: int) -> Payment:
        """Follow the button of the award's page, and claim."""
        path = browser(self.clerk).get(self.page("detail")).context["claim_url"]
        page = self.open(self.clerk, self.page("detail"), path.partition("?")[0])
        self.press(page, self.claim_data(kind, amount))
        return Payment.objects.latest("pk")

    # CLAIR's acts, in the admin.

    def staffed(self, case: Any, name: str, user: User, data: Mapping[str, Any]) -> None:
        """Follow an act's link on the record's page in the admin, fill in, and confirm."""
        app, model = case._meta.app_label, case._meta.model_name
        record = reverse(f"admin:{app}_{model}_change", args=[case.pk])
        path = reverse(f"admin:{app}_{model}_transition", args=[case.pk, name])
        self.press(self.open(user, record, path), data)

    def staff(self, name: str, data: Any = None, who: str = "officer", expect: int = 302) -> Any:
        """Make an act of CLAIR's on the award."""
        self.staffed(self.award, name, getattr(self.desk, who), data or {})

    def note(self, change: ChangeRequest) -> None:
        """Take notice of a change that needs no approval."""
        self.staffed(change, "note", self.desk.officer, {})

    def approve(self, act: str, case: Any, who: tuple[str, ...] = SIGNING) -> Approval:
        """Choose the case in its list, draft the approval there, and let each sign it."""
        app, model = case._meta.app_label, case._meta.model_name
        page = self.open(self.desk.officer, reverse(f"admin:{app}_{model}_changelist"))
        page.locator(f'.action-select[value="{case.pk}"]').check()
        action = "draft_fixing" if act == "fix_amount" else "draft_approval"
        page.locator("select[name=action]").select_option(action)
        self.picture(page)
        with page.expect_navigation():
            page.get_by_role("button", name="実行").click()
        route = {
            "subject": "額の確定・支払について",
            "reason": "書類を確かめたため",
            "step_1": f"review:{post_of(self.desk.manager).pk}",
            "step_2": f"consult:{post_of(self.desk.finance).pk}",
            "decide": post_of(self.desk.director).pk,
        }
        self.press(page, route, "保存")
        approval = Approval.objects.latest("pk")
        for name, step in (row.split(":") for row in who):
            self.staffed(approval, step, getattr(self.desk, name), {})
        return approval

    def pay(self, payment: Payment, day: str, **abroad: str) -> None:
        """Make the bank's file and book it; abroad, book the payment with its rate."""
        finance = self.desk.finance
        if abroad:
            self.staffed(payment, "pay", finance, {"paid_on": day, "rate_on": day} | abroad)
            return
        files = reverse("admin:finance_payment_transfers")
        page = self.open(finance, reverse("admin:finance_payment_changelist"), files)
        self.press(page, {"transfer_on": day})
        assert f"{payment.amount:,}" in page.locator("#content").inner_text()
        self.press(page, {"paid_on": day})

    def receive(self, repayment: Any, day: str, amount: int) -> None:
        """Book money that came back."""
        data = {"received_on": day, "amount": f"{amount:,}"}
        self.staffed(repayment, "receive", self.desk.finance, data)


def fill(form: Any, name: str, value: Any) -> None:
    """Give the boxes of a name their value, whatever kind they are; a date may have three."""
    box = form.locator(f'[name="{name}"]')
    if form.locator(f'[name="{name}_year"]').count():
        dated = re.match(r"(\D*\d+)\D+(\d+)\D+(\d+)", value)
        assert dated, value
        for part, text in zip(("year", "month", "day"), dated.groups(), strict=True):
            form.locator(f'[name="{name}_{part}"]').fill(text)
        return
    kind = box.first.evaluate("box => box.type")
    if kind == "file":
        box.set_input_files(value)
    elif kind.startswith("select"):
        box.select_option(str(value))
    elif kind in {"radio", "checkbox"}:
        form.locator(f'[name="{name}"][value="{value}"]').check()
    else:
        box.fill(str(value))


def typed(amount: int | str) -> str:
    """Return an amount as clerks type it: whole yen with commas and the word for yen."""
    return f"{amount:,}円" if isinstance(amount, int) else amount


def known(page: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the boxes of rows: an item has the line that names it, or the first empty one."""
    found: dict[str, Any] = {}
    items = [box.input_value() for box in page.locator("[name^=lines-][name$=-description]").all()]
    for name, value in data.items():
        if not isinstance(value, Mapping):
            found[name] = value
        elif value["description"] in items:
            line = items.index(value["description"])
            found[f"lines-{line}-amount"] = typed(value["amount"])
        else:
            line = items.index("")
            items[line] = value["description"]
            shown = {box: value[box] for box in ("kind", "category", "description") if value[box]}
            shown["amount"] = typed(value["amount"])
            found |= {f"lines-{line}-{box}": content for box, content in shown.items()}
    return found
