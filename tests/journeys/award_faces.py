"""The acts that lead an award to its close, by screens, by API, and by admin for a body's paper.

Each face does the same under the same names, by its own pages or addresses alone, at the moment to
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
from grants.models import Award
from tests.factories.approvals import Desk, post_of
from tests.factories.grants import upload
from tests.factories.rest import Caller
from tests.journeys.award_lines import FOREIGN_INCOME, Awarded

SUMMARY, OUTCOME = "講座を40回開いた。", "参加者が地域の活動に加わった。"
COMMENT, ANSWER = "領収書の宛名を確かめてください。", "宛名は本町です。写しを確かめました。"
REACHED = "120"
SIGNING = ("officer:submit", "manager:endorse", "finance:endorse", "director:decide")
BACKEND = "accounts.backends.RoleBackend"
API = "/api/v1/"


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

    @property
    def desk_people(self) -> Desk:
        """Return CLAIR's people."""
        return self.desk

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
        places = browser(self.clerk).get(path).context["form"].places
        free = {spent.category for spent in self.line.spent if not spent.amount}
        for place, _label, purpose, line in places:
            if purpose != "result" and line.rpartition("|")[2] not in free:
                sent = {"place": place, "files": [upload(f"領収書{place}.pdf")]}
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
        places = browser(self.desk.officer).get(path).context["form"].places
        free = {spent.category for spent in self.line.spent if not spent.amount}
        for place, _label, purpose, line in places:
            if purpose != "result" and line.rpartition("|")[2] not in free:
                sent = {"place": place, "files": [upload(f"領収書{place}.pdf")]} | self.behalf()
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
        posted(self.desk.finance, reverse("admin:finance_payment_add"), data)
        return Payment.objects.latest("pk")


class Rest(Face):
    """Everything by API, each with a key of their own."""

    def call(self, user: User, method: str, path: str, data: Any = None, expect: int = 200) -> Any:
        """Make one request; a write of a record is sent over what was read just before."""
        caller, headers = Caller(Client(), user), {}
        if method in ("put", "patch"):
            record = "/".join(path.split("/")[:3]) + "/"
            headers["If_Match"] = caller.get(f"{API}{record}")["ETag"]
        answer = caller.send(method, f"{API}{path}", data, **headers)
        assert answer.status_code == expect, (path, answer.status_code, answer.content.decode())
        return answer.json()

    def read(self, user: User, path: str, **query: Any) -> Any:
        """Read an address."""
        answer = Caller(Client(), user).get(f"{API}{path}", **query)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.json()

    @property
    def path(self) -> str:
        """Return the award's address."""
        return f"grants/awards/{self.award.public_id}/"

    def act(self, name: str, data: Any = None, who: User | None = None, expect: int = 200) -> Any:
        """Make an act on the award."""
        path = f"{self.path}transitions/{name}/"
        return self.call(who or self.clerk, "post", path, data, expect)

    def upload(self, name: str) -> str:
        """Send one file; its id is named where it belongs."""
        answer = Caller(Client(), self.clerk).upload(name=name)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    def report_status(self, text: str) -> None:
        """Tell how the project stands, with a picture."""
        self.act("report_status", {"text": text, "files": [self.upload("写真.pdf")]})

    def report(self) -> None:
        """Write the report's lists and words, and send it."""
        self.call(
            self.clerk, "put", f"{self.path}actual-lines/", [self.json_row(r) for r in self.rows()]
        )
        files = [
            {"file": self.upload(f"{name}.pdf"), "purpose": "receipt", "line": key_of(name)}
            for name in self.proved()
        ]
        if self.awarded.npo:
            body = str(self.awarded.npo.public_id)
            passed = {"organization": body, "amount": self.line.passed_on, "paid_on": "2023-02-20"}
            self.call(self.clerk, "put", f"{self.path}passed-on/", [passed])
            files.append({"file": self.upload("npo.pdf"), "purpose": "passed_on", "line": body})
        self.call(self.clerk, "put", f"{self.path}files/", files)
        results = [{"key": key, "target": "100", "actual": REACHED} for key in self.indicators()]
        self.call(self.clerk, "put", f"{self.path}results/", results)
        words = {"summary": SUMMARY, "outcome_text": OUTCOME, "completed_on": "令和5年2月28日"}
        self.call(self.clerk, "patch", self.path, words)
        assert self.act("report")["status"] == "reported"

    def json_row(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a line as the API takes it: an amount in the currency has a field of its own."""
        if not self.line.currency:
            return row
        named = {name: value for name, value in row.items() if name != "amount"}
        return named | {"foreign_amount": row["amount"]}

    def return_report(self) -> None:
        """Ask for a correction of the first line."""
        comments = [{"line": key_of(self.line.spent[0].category), "text": COMMENT}]
        data = {"due": "2023-03-24", "comments": comments}
        self.act("return_for_correction", data, self.desk.officer)

    def answer(self) -> None:
        """Answer every comment of CLAIR's, and send the report again."""
        comments = self.read(self.clerk, self.path)["comments"]
        replies = [{"id": row["id"], "answer": ANSWER} for row in comments]
        self.call(self.clerk, "put", f"{self.path}replies/", replies)
        self.act("report")

    def check(self) -> None:
        """Inspect, and accept less of a line where the story says so."""
        data = {"checked_on": "2023-03-20", "record": "帳簿と領収書を確かめた。"}
        self.act("check_report", data | {"accepted": self.accepted()}, self.desk.officer)

    def approve(self, act: str, case: Any, who: tuple[str, ...] = SIGNING) -> Approval:
        """Draft an approval and let each sign it."""
        posts = (("review", "manager"), ("consult", "finance"), ("decide", "director"))
        data = {
            "subject": "額の確定・支払について（API）",
            "act": act,
            "case_label": case._meta.label_lower,
            "items": [str(case.public_id)],
            "steps": [
                {"kind": kind, "post": str(post_of(getattr(self.desk, name)).public_id)}
                for kind, name in posts
            ],
        }
        made = self.call(self.desk.officer, "post", "approvals/approvals/", data, 201)
        for name, step in (row.split(":") for row in who):
            path = f"approvals/approvals/{made['id']}/transitions/{step}/"
            self.call(getattr(self.desk, name), "post", path)
        return Approval.objects.get(public_id=made["id"])

    def claim(self, kind: str, amount: int) -> Payment:
        """Find the commitment by the award's number, and claim under it."""
        rows = self.read(self.clerk, "finance/commitments/")["results"]
        assert len(rows) == 1, rows
        data = self.claim_data(kind, amount) | {"commitment": rows[0]["id"]}
        made = self.call(self.clerk, "post", "finance/payments/", data, 201)
        return Payment.objects.get(public_id=made["id"])

    def pay(self, payment: Payment, day: str, **abroad: str) -> None:
        """Book the payment."""
        path = f"finance/payments/{payment.public_id}/transitions/pay/"
        more = {"rate_on": day} | abroad if abroad else {}
        self.call(self.desk.finance, "post", path, {"paid_on": day} | more)

    def receive(self, repayment: Repayment, day: str, amount: int) -> None:
        """Book money that came back."""
        path = f"finance/repayments/{repayment.public_id}/transitions/receive/"
        self.call(self.desk.finance, "post", path, {"received_on": day, "amount": amount})

    def close(self) -> None:
        """Close the award."""
        assert self.act("close", who=self.desk.officer)["status"] == "closed"

    def hidden(self) -> dict[str, int]:
        """Return what the other town gets at each address of the award."""
        other = Caller(Client(), self.awarded.story.other)
        paths = [self.path, f"{self.path}stages/", f"{self.path}available/"]
        paths += [
            f"finance/payments/{payment.public_id}/"
            for payment in Payment.objects.filter(commitment=commitment_of(self.award))
        ]
        return {path: other.get(f"{API}{path}").status_code for path in paths}


FACES: dict[str, type[Any]] = {"screens": Screens, "api": Rest, "admin": Admin}
