"""Bank accounts: the one in use is replaced only once a second person checked its successor."""

from datetime import datetime
from typing import Any

from core import workflow
from core.workflow import Behalf, Step
from finance.actions.receiving import receive_new
from finance.models import BankAccount

S = BankAccount.Status


def propose_account(
    *, by: Any, now: datetime, changes: dict[str, Any], behalf: Behalf | None = None
) -> BankAccount:
    """Propose an account of a section, by the body or from its paper; it gets a receipt (受付票)."""

    def receipted(account: BankAccount) -> dict[str, Any]:
        receive_new(Step(account, "add", by, now, {}, behalf=behalf))
        return {}

    account: BankAccount = workflow.create(
        BankAccount, by=by, now=now, changes=changes, behalf=behalf, children=receipted
    )
    return account


def put_in_use(step: Step) -> None:
    """Replace the account that was in use; the proposed one is used from now on."""
    rows = BankAccount.objects.filter(section=step.case.section_id, status=S.IN_USE)
    for former in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        workflow.run(former, "replace", by=step.by, now=step.now)


def keep_answer(step: Step) -> None:
    """Keep why the account was not accepted."""
    step.case.answer = step.data["reason"][:500]
