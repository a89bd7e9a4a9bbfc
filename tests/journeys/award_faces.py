"""The acts that lead an award to its close by screens, and by admin for a body's paper.

Each face (award_api.py is the third) does the same under the same names, by its own pages or addresses alone, at the moment to
which the clock was moved.
"""

from datetime import datetime
from typing import Any

import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from approvals.forms import value_of
from approvals.models import Approval
from finance.models import Commitment, Payment, Repayment
from grants.models import Award, ChangeRequest
from tests.factories.approvals import post_of
from tests.factories.grants import upload
from tests.journeys.award_lines import FOREIGN_INCOME, Awarded

SUMMARY, OUTCOME = "講座を40回開いた。", "参加者が地域の活動に加わった。"
COMMENT, ANSWER = "領収書の宛名を確かめてください。", "宛名は本町です。写しを確かめました。"
REACHED = "120"
SIGNING = ("officer:submit", "manager:endorse", "finance:endorse", "director:decide")
BACKEND = "accounts.backends.RoleBackend"


def commitment_of(award: Award) -> Commitment:
    """Return the award's commitment."""
    return Commitment.objects.get(case_label="grants.Award", case_id=award.pk)


def key_of(category: str) -> str:
    """Return what a cost of the class is known by through the stages (tests.journeys.lines)."""
    return f"expense|{category}|{category}"


def browser(user: User) -> Client:
    """Return a browser in which the person has signed in just now."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def posted(user: User, path: str, data: Any = None, expect: int = 302) -> Any:
    """Send a page's form as the person; its answer leads on."""
    answer = browser(user).post(path, data or {})
    assert answer.status_code == expect, (path, answer.status_code, errors_of(answer))
    return answer


def opened(user: User, path: str) -> str:
    """Return what a page says."""
    answer = browser(user).get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.content.decode())


def errors_of(answer: Any) -> Any:
    """Return what a refused form says."""
    context = answer.context or {}
    found = context.get("errors") or context.get("missing")
    form = context.get("form") or getattr(context.get("adminform"), "form", None)
    return found or getattr(form, "errors", None) or answer.content.decode()[-1500:]


def sheet(rows: list[dict[str, Any]], prefix: str) -> dict[str, Any]:
    """Return rows as a page's list sends them."""
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


class Face:
    """What the three have in common: the award, its people, and the clock."""

    def __init__(self, awarded: Awarded, clock: time_machine.Traveller):
        self.awarded, self.clock = awarded, clock
        self.line, self.desk, self.clerk = awarded.line, awarded.desk, awarded.clerk

    @property
    def award(self) -> Award:
        """Return the award as it stands."""
        return Award.objects.get(pk=self.awarded.award.pk)

    def at(self, moment: datetime) -> None:
        """Go on at that moment."""
        self.clock.move_to(moment)

    def rows(self) -> list[dict[str, Any]]:
        """Return the reported lines, amounts as the budget's currency has them."""
        found = [
            {
                "kind": "expense",
                "key": key_of(spent.category),
                "category": spent.category,
                "description": spent.category,
                "basis": "",
                "amount": spent.foreign or spent.amount,
            }
            for spent in self.line.spent
        ]
        if self.line.income:
            income = FOREIGN_INCOME if self.line.currency else self.line.income
            found.append({"kind": "income", "key": "", "category": "", "description": "参加費",
                          "basis": "", "amount": income})  # fmt: skip
        return found

    def proved(self) -> list[str]:
        """Return the classes whose cost needs a receipt."""
        return [spent.category for spent in self.line.spent if spent.amount]

    def indicators(self) -> list[str]:
        """Return the keys of the indicators that the rules name."""
        return [row.key for row in self.award.rules.indicators]

    def accepted(self) -> dict[str, int]:
        """Return what is accepted of a line where it is less than all."""
        return {
            key_of(spent.category): spent.accepted
            for spent in self.line.spent
            if spent.accepted is not None
        }

    def changed_rows(self) -> list[dict[str, Any]]:
        """Return the lines as the line's change moves them (yen)."""
        return [
            {
                "kind": "expense",
                "key": key_of(category),
                "category": category,
                "description": category,
                "basis": "",
                "amount": amount,
            }
            for category, amount in self.line.change.costs.items()  # type: ignore[union-attr]
        ]

    def change_data(self) -> dict[str, Any]:
        """Return what a change says: another amount only where the story has one."""
        amount = self.line.change.amount  # type: ignore[union-attr]
        words = {
            "kind": "cost_allocation",
            "reason": "渡航の人数が減ったため",
            "content": "旅費を減らす",
        }
        return words | ({"new_amount": amount} if amount else {})

    def claim_data(self, kind: str, amount: int) -> dict[str, Any]:
        """Return what a claim says; an advance says why, and what for when."""
        data = {
            "kind": kind,
            "amount": amount,
            "invoice_number": f"国際第{amount}号",
            "invoice_date": "2022-06-01",
        }
        if kind == "advance":
            data |= {"reason": "会場費の前払いのため", "cash_plan": f"8月 会場費 {amount:,}円"}
        return data


class Screens(Face):
    """The town's own pages; CLAIR's people in the admin, approvals on their screens."""

    def page(self, name: str, *more: Any) -> str:
        """Return the address of one of the award's pages."""
        return reverse(f"grants:award-{name}", args=[self.award.public_id, *more])

    def act(self, name: str, data: Any = None) -> Any:
        """Make an act of the body's by its page."""
        return posted(self.clerk, self.page("transition", name), data)

    def report_status(self, text: str) -> None:
        """Tell how the project stands, with a picture."""
        self.act("report_status", {"text": text, "uploads": [upload("写真.pdf")]})

    def report(self) -> None:
        """Write the report part by part and send it."""
        self.part("lines", sheet(self.rows(), "lines"))
        if self.awarded.npo:
            passed = {
                "code": self.awarded.npo.name,
                "amount": f"{self.line.passed_on:,}",
                "paid_on": "R5.2.20",
            }
            self.part("passed-on", sheet([passed], "passed_on"))
        self.prove()
        words = {"summary": SUMMARY, "outcome_text": OUTCOME, "completed_on": "令和5年2月28日"}
        self.part("results", words | {f"actual_{key}": REACHED for key in self.indicators()})
        self.send()

    def part(self, name: str, data: dict[str, Any]) -> None:
        """Save one part over the version that was read."""
        posted(self.clerk, self.page(f"report-{name}"), data | {"version": self.award.version})

    def prove(self) -> None:
        """Add a receipt in each place that the page offers, except for other papers."""
        path = self.page("report-files")
        form = browser(self.clerk).get(path).context["form"]
        [box] = form.fields
        free = {spent.category for spent in self.line.spent if not spent.amount}
        for place, _label, purpose, line in form.places:
            if purpose != "result" and line.rpartition("|")[2] not in free:
                sent = {box: place, "files": [upload(f"領収書{place}.pdf")]}
                posted(self.clerk, path, sent)

    def send(self) -> None:
        """Send the report: the answer leads to its receipt."""
        answer = self.act("report")
        assert "receipts" in answer.url, answer.url

    def answer(self) -> None:
        """Answer every comment of CLAIR's, and send the report again."""
        path = self.page("report-comments")
        boxes = browser(self.clerk).get(path).context["form"].fields
        data = dict.fromkeys(boxes, ANSWER)
        posted(self.clerk, path, data | {"version": self.award.version})
        self.send()

    def change(self) -> ChangeRequest:
        """Follow the award's page to a change, move the lines, read what the rules say, and send."""
        page = browser(self.clerk).get(self.page("detail"))
        path = page.context["change_url"]
        assert path in page.content.decode()
        made = posted(self.clerk, path, self.change_data())
        change = ChangeRequest.objects.latest("pk")
        lines = sheet(self.changed_rows(), "lines") | {"version": change.version}
        address = reverse("grants:changerequest-lines", args=[change.public_id])
        posted(self.clerk, address, lines)
        page = browser(self.clerk).get(made.url)
        told = page.context["needs_approval"]
        assert told is self.line.change.needs_approval  # type: ignore[union-attr]
        sending = reverse("grants:changerequest-transition", args=[change.public_id, "submit"])
        posted(self.clerk, sending)
        return change

    def note(self, change: ChangeRequest) -> None:
        """Take notice of a change that needs no approval."""
        path = reverse("admin:grants_changerequest_transition", args=[change.pk, "note"])
        posted(self.desk.officer, path)

    def staff(self, name: str, data: Any = None, who: str = "officer", expect: int = 302) -> Any:
        """Make an act of CLAIR's on the award in the admin."""
        path = reverse("admin:grants_award_transition", args=[self.award.pk, name])
        return posted(getattr(self.desk, who), path, data, expect)

    def return_report(self) -> None:
        """Ask for a correction of the first line."""
        boxes = {"line_1": COMMENT, "due": "令和5年3月24日"}
        self.staff("return_for_correction", boxes)

    def check(self) -> None:
        """Inspect, and accept less of a line where the story says so."""
        data = {"checked_on": "2023-03-20", "record": "帳簿と領収書を確かめた。"}
        for number, spent in enumerate(self.line.spent, start=1):
            data[f"line_{number}"] = str(spent.amount if spent.accepted is None else spent.accepted)
        self.staff("check_report", data)

    def approve(self, act: str, case: Any, who: tuple[str, ...] = SIGNING) -> Approval:
        """Draft an approval on the screens and let each sign it."""
        data = {
            "subject": "額の確定・支払について",
            "cases": [value_of(act, case)],
            "step_1": f"review:{post_of(self.desk.manager).pk}",
            "step_2": f"consult:{post_of(self.desk.finance).pk}",
            "decide": post_of(self.desk.director).pk,
        }
        posted(self.desk.officer, reverse("approvals:approval-create"), data)
        approval = Approval.objects.latest("pk")
        for name, step in (row.split(":") for row in who):
            path = reverse("approvals:approval-transition", args=[approval.public_id, step])
            posted(getattr(self.desk, name), path)
        return approval

    def claim(self, kind: str, amount: int) -> Payment:
        """Follow the button of the award's page, and claim."""
        page = browser(self.clerk).get(self.page("detail"))
        path = page.context["claim_url"]
        assert path in page.content.decode()
        posted(self.clerk, path, self.claim_data(kind, amount))
        return Payment.objects.latest("pk")

    def pay(self, payment: Payment, day: str, **abroad: str) -> None:
        """Make the bank's file and book it; abroad, book the payment with its rate."""
        finance = self.desk.finance
        if abroad:
            path = reverse("admin:finance_payment_transition", args=[payment.pk, "pay"])
            posted(finance, path, {"paid_on": day, "rate_on": day} | abroad)
            return
        made = posted(finance, "/admin/finance/payment/transfers/", {"transfer_on": day})
        assert f"{payment.amount:,}" in opened(finance, made.url)
        posted(finance, made.url, {"paid_on": day})

    def receive(self, repayment: Repayment, day: str, amount: int) -> None:
        """Book money that came back."""
        path = reverse("admin:finance_repayment_transition", args=[repayment.pk, "receive"])
        posted(self.desk.finance, path, {"received_on": day, "amount": f"{amount:,}"})

    def close(self) -> None:
        """Close the award."""
        self.staff("close")

    def hidden(self) -> dict[str, int]:
        """Return what the other town gets at each address of the award."""
        other = browser(self.awarded.story.other)
        pages = ["detail", "stages", "stages-pdf", "report-lines", "report-files"]
        paths = [self.page(name) for name in pages]
        paths += [
            p.get_absolute_url()
            for p in Payment.objects.filter(commitment=commitment_of(self.award))
        ]
        return {path: other.get(path).status_code for path in paths}


class Admin(Screens):
    """CLAIR's people file the body's papers: its acts in the admin, its report on its pages."""

    paper = "2022-08-01"

    def behalf(self) -> dict[str, str]:
        """Return why it is filed for the body, and when the paper arrived."""
        return {"behalf_reason": "紙で届いたため", "paper_arrived_on": self.paper}

    def act(self, name: str, data: Any = None) -> Any:
        """Make an act of the body's in the admin."""
        return self.staff(name, (data or {}) | self.behalf())

    def part(self, name: str, data: dict[str, Any]) -> None:
        """Write a part of the report for the body: the page leads back into the admin."""
        sent = data | {"version": self.award.version} | self.behalf()
        answer = posted(self.desk.officer, self.page(f"report-{name}"), sent)
        assert answer.url.startswith("/admin/"), answer.url

    def prove(self) -> None:
        """Add the scans of the receipts."""
        path = self.page("report-files")
        form = browser(self.desk.officer).get(path).context["form"]
        [box] = form.fields
        free = {spent.category for spent in self.line.spent if not spent.amount}
        for place, _label, purpose, line in form.places:
            if purpose != "result" and line.rpartition("|")[2] not in free:
                sent = {box: place, "files": [upload(f"領収書{place}.pdf")]} | self.behalf()
                posted(self.desk.officer, path, sent)

    def send(self) -> None:
        """Send the report for the body."""
        self.act("report")

    def answer(self) -> None:
        """Write down the body's answers, and send the report again."""
        path = self.page("report-comments")
        boxes = browser(self.desk.officer).get(path).context["form"].fields
        data = dict.fromkeys(boxes, ANSWER) | self.behalf()
        posted(self.desk.officer, path, data | {"version": self.award.version})
        self.send()

    def approve(self, act: str, case: Any, who: tuple[str, ...] = SIGNING) -> Approval:
        """Choose the case in its list, draft the approval there, and let each sign it."""
        app, model = case._meta.app_label, case._meta.model_name
        action = "draft_fixing" if act == "fix_amount" else "draft_approval"
        chosen = {"action": action, "_selected_action": [case.pk]}
        led = posted(self.desk.officer, reverse(f"admin:{app}_{model}_changelist"), chosen)
        assert f"act={act}" in led.url, led.url
        data = {
            "subject": "額の確定・支払について",
            "reason": "書類を確かめたため",
            "cases": [value_of(act, case)],
            "step_1": f"review:{post_of(self.desk.manager).pk}",
            "step_2": f"consult:{post_of(self.desk.finance).pk}",
            "decide": post_of(self.desk.director).pk,
            "steps-TOTAL_FORMS": 0,
            "steps-INITIAL_FORMS": 0,
        }
        posted(self.desk.officer, reverse("admin:approvals_approval_add"), data)
        approval = Approval.objects.latest("pk")
        for name, step in (row.split(":") for row in who):
            path = reverse("admin:approvals_approval_transition", args=[approval.pk, step])
            posted(getattr(self.desk, name), path, {"comment": ""})
        return approval

    def claim(self, kind: str, amount: int) -> Payment:
        """File the body's paper invoice."""
        data = self.claim_data(kind, amount) | self.behalf()
        data["commitment"] = commitment_of(self.award).pk
        posted(self.desk.officer, reverse("admin:finance_payment_add"), data)
        return Payment.objects.latest("pk")
