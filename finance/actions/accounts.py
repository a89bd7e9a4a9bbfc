"""Bank accounts: the one in use is replaced only once a second person checked its successor."""

from core import workflow
from core.workflow import Step
from finance.models import BankAccount

S = BankAccount.Status


def put_in_use(step: Step) -> None:
    """Replace the account that was in use; the proposed one is used from now on."""
    rows = BankAccount.objects.filter(section=step.case.section_id, status=S.IN_USE)
    for former in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        workflow.run(former, "replace", by=step.by, now=step.now)


def keep_answer(step: Step) -> None:
    """Keep why the account was not accepted."""
    step.case.answer = step.data["reason"][:500]
