"""Claims, orders, accounts, ledgers and closed years of town A, for the tests that walk every address."""

from datetime import date, datetime

from accounts.models import User
from core import workflow
from finance.actions import commitments, years
from finance.actions.payments import request_payment
from finance.models import BankAccount
from grants.models import Application
from programs.models import Edition
from tests.factories.finance import ACCOUNT

ROWS = 3


def load_money(now: datetime) -> None:
    """Give town A three of everything, each under an edition of its own."""
    found = {user.email.partition("@")[0]: user for user in User.objects.all()}
    town, manager, finance = (found[f"demo-{name}"] for name in ("town-a", "manager", "finance"))
    section = town.access.posts[0].section
    own = {"organization": section.organization, "section": section}
    cases = Application.objects.filter(section=section).order_by("pk")[:ROWS]
    editions = Edition.objects.exclude(rules=None).order_by("pk")[:ROWS]
    for number, (case, edition) in enumerate(zip(cases, editions, strict=True)):
        case.edition = edition
        commitment = commitments.commit(
            case,
            decided=1_000_000,
            reference=f"クレア多第{900 + number}号",
            title=f"例{number}",
            by=manager,
            now=now,
        )
        commitments.fix(case, 1_000_000, by=manager, now=now)
        workflow.create(BankAccount, by=town, now=now, changes={**ACCOUNT, **own})
        request_payment(commitment, by=town, now=now, changes=_claim(number))
        commitments.order_repayment(
            case, kind="income", principal=1_000, reason="収入", clause="", by=manager, now=now
        )
        years.close_year(2010 + number, by=finance, now=now)


def _claim(number: int) -> dict:
    return {
        "kind": "settlement",
        "amount": 10_000,
        "invoice_number": f"第{number}号",
        "invoice_date": date(2022, 4, 1),
    }
