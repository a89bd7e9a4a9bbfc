"""What of the money waits for finance (core.today)."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import today
from core.fiscal import jst_date
from core.today import Row
from finance.models import BankAccount, Payment, Repayment

P = Payment.Status
SOON = timedelta(days=7)


def _is_finance(user: Any) -> bool:
    return user.has_perm("finance.pay_payment")


def claims(rows: Any, user: Any, now: datetime) -> Any:
    """Claims to look at, and approved ones to pay."""
    if not _is_finance(user):
        return rows.none()
    waiting = rows.filter(status__in=[P.REQUESTED, P.APPROVED])
    return waiting.select_related("commitment", "organization").order_by("updated_at", "pk")


def _claim(payment: Payment) -> Row:
    is_new = payment.status == P.REQUESTED
    return Row(
        number=payment.commitment.reference,
        body=payment.organization.name,
        program=payment.commitment.title,
        asked=_("Check the claim") if is_new else _("Pay it"),
        at=payment.updated_at,
        url=payment.get_staff_url(),
    )


def accounts(rows: Any, user: Any, now: datetime) -> Any:
    """Accounts that wait for their check."""
    if not user.has_perm("finance.check_bankaccount"):
        return rows.none()
    waiting = rows.filter(status=BankAccount.Status.PROPOSED)
    return waiting.select_related("organization", "section").order_by("updated_at", "pk")


def _account(account: BankAccount) -> Row:
    return Row(
        number="－",
        body=account.organization.name,
        program=account.section.name,
        asked=_("Check the bank account"),
        at=account.updated_at,
        url=account.get_staff_url(),
    )


def overdue(rows: Any, user: Any, now: datetime) -> Any:
    """Orders whose due day is over."""
    return _orders(rows, user).filter(due_on__lt=jst_date(now))


def due(rows: Any, user: Any, now: datetime) -> Any:
    """Orders that fall due within a week."""
    day = jst_date(now)
    return _orders(rows, user).filter(due_on__gte=day, due_on__lte=day + SOON)


def _orders(rows: Any, user: Any) -> Any:
    if not _is_finance(user):
        return rows.none()
    waiting = rows.filter(status__in=Repayment.OPEN)
    return waiting.select_related("commitment", "organization").order_by("due_on", "pk")


def _order(repayment: Repayment) -> Row:
    return Row(
        number=repayment.commitment.reference,
        body=repayment.organization.name,
        program=repayment.commitment.title,
        asked=_("Watch for the repayment"),
        at=repayment.due_on,
        url=repayment.get_staff_url(),
    )


today.register(Payment, "mine", rows=claims, row=_claim)
today.register(BankAccount, "new", rows=accounts, row=_account)
today.register(Repayment, "due", rows=due, row=_order)
today.register(Repayment, "overdue", rows=overdue, row=_order)
