"""The acts that lead an award to its close by API alone, each with a key of their own."""

from typing import Any

from django.test import Client

from accounts.models import User
from approvals.models import Approval
from finance.models import Payment, Repayment
from grants.models import ChangeRequest
from tests.factories.approvals import post_of
from tests.factories.rest import Caller
from tests.journeys.award_faces import (
    ANSWER,
    COMMENT,
    OUTCOME,
    REACHED,
    SIGNING,
    SUMMARY,
    Face,
    commitment_of,
    key_of,
)

API = "/api/v1/"


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

    def change(self) -> ChangeRequest:
        """Begin a change, move the lines, read what the rules say, and send it."""
        data = self.change_data() | {"award": str(self.award.public_id)}
        made = self.call(self.clerk, "post", "grants/change-requests/", data, 201)
        path = f"grants/change-requests/{made['id']}/"
        found = self.call(self.clerk, "put", f"{path}lines/", self.changed_rows())
        told = any(row["needs_approval"] for row in found["findings"])
        assert told is self.line.change.needs_approval  # type: ignore[union-attr]
        self.call(self.clerk, "post", f"{path}transitions/submit/")
        return ChangeRequest.objects.get(public_id=made["id"])

    def note(self, change: ChangeRequest) -> None:
        """Take notice of a change that needs no approval."""
        path = f"grants/change-requests/{change.public_id}/transitions/note/"
        self.call(self.desk.officer, "post", path)

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
