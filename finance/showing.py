"""What the pages of payments, repayments and accounts say, the same in admin and screens."""

from datetime import date
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from core.fiscal import FiscalYear, deadline_text, era_date_plain
from core.money import format_yen
from finance.interest import ARREARS, SURCHARGE
from finance.models import BankAccount, Commitment, Payment, Repayment
from finance.papers import interest_of

P, R = Payment.Status, Repayment.Status
TONES = {
    "requested": "info",
    "claim_returned": "warning",
    "approved": "info",
    "paid": "success",
    "failed": "error",
    "refused": "error",
    "ordered": "warning",
    "partly_repaid": "warning",
    "repaid": "success",
    "waived": "neutral",
    "proposed": "warning",
    "in_use": "success",
    "rejected": "error",
    "replaced": "neutral",
}

INTEREST = {
    SURCHARGE: pgettext_lazy("interest", "surcharge"),
    ARREARS: pgettext_lazy("interest", "arrears"),
}

Rows = list[dict[str, Any]]


def _rows(*found: tuple[str, Any]) -> Rows:
    return [{"label": label, "value": value} for label, value in found if value not in ("", None)]


def day(moment: date | None) -> str:
    """Return a day with its era, or nothing."""
    return f"{era_date_plain(moment)}（{moment.isoformat()}）" if moment else ""


def _received(case: Payment | BankAccount) -> tuple[tuple[str, Any], ...]:
    """Return number and first arrival of what a body sent."""
    arrived = deadline_text(case.arrived_at) if case.arrived_at else ""
    return ((_("receipt number"), case.receipt_number), (_("arrived at"), arrived))


def payment_rows(payment: Payment, user: Any) -> Rows:
    """Return what a claim says; the account's number is masked."""
    commitment = payment.commitment
    abroad = ""
    if payment.currency:
        abroad = (
            f"{payment.currency} {payment.foreign_amount:,} × {payment.rate} ({payment.rate_on})"
        )
    return _rows(
        (_("reference number"), commitment.reference),
        (_("title"), commitment.title),
        *_received(payment),
        (pgettext("payment", "kind"), payment.get_kind_display()),
        (_("claimed amount (yen)"), format_yen(payment.amount)),
        (_("number of the invoice"), payment.invoice_number),
        (_("date of the invoice"), day(payment.invoice_date)),
        (_("reason of the advance payment"), payment.reason),
        (_("cash plan"), payment.cash_plan),
        (pgettext("finance", "bank account"), str(payment.account) if payment.account else "－"),
        (_("reason given"), payment.answer),
        (_("paid on"), day(payment.paid_on)),
        (
            _("accounting year"),
            FiscalYear(payment.accounting_fy).label if payment.accounting_fy else "",
        ),
        (_("in foreign currency"), abroad),
    )


def payment_steps(payment: Payment) -> list[dict[str, Any]]:
    """Return the line of steps: claimed, approved, paid."""
    order = [P.REQUESTED, P.APPROVED, P.PAID]
    if payment.status not in order:
        return []
    at = order.index(P(payment.status))
    states = ["done"] * at + ["current"] + ["todo"] * (len(order) - at - 1)
    if payment.status == P.PAID:
        states[-1] = "done"
    return [
        {"label": status.label, "state": state, "note": ""}
        for status, state in zip(order, states, strict=True)
    ]


def standing(commitment: Commitment) -> Rows:
    """Return how the money of a commitment stands, for whoever claims under it."""
    fixed = commitment.fixed
    return _rows(
        (_("reference number"), commitment.reference),
        (_("title"), commitment.title),
        (_("decided amount (yen)"), format_yen(commitment.decided)),
        (_("fixed amount (yen)"), _("not fixed yet") if fixed is None else format_yen(fixed)),
        (_("paid (yen)"), format_yen(commitment.paid)),
        (_("claimed, not yet paid (yen)"), format_yen(commitment.pending)),
        (_("can be claimed now"), format_yen(commitment.claimable)),
    )


def payment_next(payment: Payment) -> str:
    """Say what happens next."""
    return {
        P.REQUESTED: _("CLAIR checks the claim and decides on the payment."),
        P.CLAIM_RETURNED: _("Correct the claim as the reason says, then claim again."),
        P.APPROVED: _("The payment is approved. The transfer follows."),
        P.FAILED: _("The bank could not pay. Propose another account if needed, then claim again."),
    }.get(P(payment.status), "")


def repayment_rows(repayment: Repayment, on: date) -> Rows:
    """Return the order, what came in, and what is owed today."""
    interest = interest_of(repayment, on)
    is_open = repayment.status in Repayment.OPEN
    left = max(interest.total - repayment.repaid_interest, 0)
    return _rows(
        (_("reference number"), repayment.commitment.reference),
        (_("title"), repayment.commitment.title),
        (pgettext("repayment", "kind"), repayment.get_kind_display()),
        (_("ordered amount (yen)"), format_yen(repayment.principal)),
        (_("reason of the order"), repayment.reason),
        (_("clause"), repayment.clause),
        (_("ordered on"), day(repayment.ordered_on)),
        (_("due on"), day(repayment.due_on)),
        (_("principal repaid (yen)"), format_yen(repayment.repaid_principal)),
        (_("interest repaid (yen)"), format_yen(repayment.repaid_interest)),
        (_("principal still open"), format_yen(repayment.outstanding) if is_open else ""),
        (_("interest up to today"), format_yen(interest.total) if is_open else ""),
        (_("to be paid today in all"), format_yen(repayment.outstanding + left) if is_open else ""),
        (pgettext("repayment", "reason of the waiver"), repayment.waive_reason),
    )


def reckoning_day(repayment: Repayment, on: date) -> date:
    """Return up to which day interest runs: today while open, else the last receipt's day."""
    if repayment.status in Repayment.OPEN:
        return on
    last = repayment.receipts.order_by("-received_on").first()
    return last.received_on if last else on


def reckoning(repayment: Repayment, on: date) -> dict[str, Any]:
    """Return every step of the interest as a table, and the two totals."""
    until = reckoning_day(repayment, on)
    interest = interest_of(repayment, until)
    yen = _("yen")
    columns = [
        pgettext("interest", "kind"),
        _("from"),
        _("until"),
        {"label": _("days"), "numeric": True},
        {"label": pgettext("interest", "base"), "unit": yen, "numeric": True},
        {"label": pgettext("interest", "rate"), "unit": "%", "numeric": True},
        {"label": _("before dropping fractions"), "unit": yen, "numeric": True},
    ]
    rows = [
        [
            INTEREST[segment.kind],
            era_date_plain(segment.first),
            era_date_plain(segment.last),
            segment.days,
            segment.base,
            f"{segment.percent.normalize():f}",
            f"{float(segment.exact):,.4f}",
        ]
        for segment in interest.segments
    ]
    totals = _rows(
        (_("reckoned until"), day(until)),
        (str(INTEREST[SURCHARGE]), format_yen(interest.surcharge)),
        (str(INTEREST[ARREARS]), format_yen(interest.arrears)),
        (_("interest in all"), format_yen(interest.total)),
    )
    return {"table": {"columns": columns, "rows": rows} if rows else None, "totals": totals}


def received(repayment: Repayment) -> dict[str, Any] | None:
    """Return what came in as a table, the oldest first; None where nothing did."""
    yen = _("yen")
    heads = (_("amount"), pgettext("interest", "principal"), pgettext("interest", "interest"))
    rows = [
        [
            era_date_plain(row.received_on),
            row.amount,
            row.principal_part,
            row.amount - row.principal_part,
        ]
        for row in repayment.receipts.order_by("received_on", "pk")
    ]
    numbers = ({"label": head, "unit": yen, "numeric": True} for head in heads)
    return {"columns": [_("received on"), *numbers], "rows": rows} if rows else None


def account_rows(account: BankAccount, user: Any) -> Rows:
    """Return the account, the number as the reader may know it."""
    return _rows(
        *_received(account),
        (_("body"), account.organization.name),
        (_("section"), account.section.name),
        (pgettext("bank account", "place"), account.get_kind_display()),
        (_("bank's name"), " ".join(filter(None, (account.bank_code, account.bank_name)))),
        (_("branch's name"), " ".join(filter(None, (account.branch_code, account.branch_name)))),
        (_("type of account"), account.get_account_type_display()),
        (_("account number"), account.number_for(user)),
        (_("account holder"), account.holder),
        ("SWIFT/BIC", account.bic),
        (_("country code"), account.country),
        (_("reason given"), account.answer),
    )


def account_next(account: BankAccount) -> str:
    """Say what happens next."""
    S = BankAccount.Status  # noqa: N806 - short beside two names
    return {
        S.PROPOSED: _("CLAIR's finance checks the account. Until then the one in use stays."),
        S.IN_USE: _("Payments go to this account. To change it, propose another one."),
    }.get(S(account.status), "")


def sum_of(rows: Any) -> str:
    """Return how much a filtered list of payments comes to (yen)."""
    return format_yen(rows.order_by().aggregate(total=Sum("amount"))["total"] or 0)
