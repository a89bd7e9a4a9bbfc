"""What finance's letters say: 返還命令, 返還の免除, 支払通知 (letters are Japanese)."""

from datetime import date
from typing import Any

from accounts.models import contact_of
from core import letters
from core.fiscal import era_date
from finance.interest import Interest, Moved, Terms, reckon
from finance.models import Payment, Repayment

_KINDS = {
    "cancellation": "交付決定の取消し",
    "overpaid_advance": "概算払の精算",
    "tax_credit": "消費税仕入控除税額の確定",
    "disposal": "取得財産の処分",
    "income": "事業による収入",
}
_PAYMENT_KINDS = {"advance": "概算払", "settlement": "精算払", "fee": "費用の支払"}


def interest_of(repayment: Repayment, on: date) -> Interest:
    """Return 加算金 and 延滞金 of an order up to and including a day, by its own terms."""
    receipts = repayment.receipts.order_by("received_on", "pk")
    return reckon(
        principal=repayment.principal,
        received=[
            Moved(date.fromisoformat(row["on"]), row["amount"]) for row in repayment.instalments
        ],
        due_on=repayment.due_on,
        paid=[Moved(row.received_on, row.amount) for row in receipts],
        on=on,
        with_surcharge=repayment.kind == Repayment.Kind.CANCELLATION,
        terms=Terms.of_data(repayment.terms),
    )


def order_letter(repayment: Repayment) -> dict[str, Any]:
    """Return what core.letters.prepare takes for the order to pay back (返還命令)."""
    with_surcharge = repayment.kind == Repayment.Kind.CANCELLATION
    terms = Terms.of_data(repayment.terms)
    content = _repayment_content(repayment) | {
        "due": era_date(repayment.due_on),
        "with_surcharge": with_surcharge,
        "surcharge_percent": _percent(terms.surcharge_percent),
        "arrears_percent": _percent(terms.arrears_percent),
        "instalments": [
            {"on": era_date(date.fromisoformat(row["on"])), "amount": row["amount"]}
            for row in repayment.instalments
        ],
    }
    return _letter(repayment, "repayment_order", "の返還について（命令）", content)


def waiver_letter(repayment: Repayment, on: date) -> dict[str, Any]:
    """Return what core.letters.prepare takes for the waiver (免除)."""
    found = interest_of(repayment, on)
    content = _repayment_content(repayment) | {
        "reason": repayment.waive_reason,
        "left": repayment.outstanding,
        "surcharge": found.surcharge,
        "arrears": found.arrears,
        "repaid_interest": repayment.repaid_interest,
    }
    return _letter(repayment, "repayment_waive", "の返還の免除について（通知）", content)


def payment_letter(payment: Payment) -> dict[str, Any]:
    """Return what core.letters.prepare takes for the notice of payment (支払通知)."""
    account = payment.account
    content = {
        "kind": _PAYMENT_KINDS[payment.kind],
        "amount": payment.amount,
        "paid_on": era_date(payment.paid_on) if payment.paid_on else "",
        "invoice": {
            "number": payment.invoice_number,
            "date": era_date(payment.invoice_date),
        },
        "account": str(account) if account else "",
        "abroad": _abroad(payment),
    }
    return _letter(payment, "payment_pay", "の支払について（通知）", content)


def _abroad(payment: Payment) -> str:
    amount, rate = payment.foreign_amount, payment.rate
    if rate is None or payment.rate_on is None:
        return ""
    day = era_date(payment.rate_on)
    return f"{payment.currency} {amount:,}（1{payment.currency}＝{rate.normalize():f}円、{day}）"


def _percent(value: Any) -> str:
    return f"{value.normalize():f}"


def _repayment_content(repayment: Repayment) -> dict[str, Any]:
    return {
        "kind": _KINDS[repayment.kind],
        "principal": repayment.principal,
        "reason": repayment.reason,
        "clause": repayment.clause,
    }


def _letter(case: Any, template: str, title: str, content: dict[str, Any]) -> dict[str, Any]:
    commitment = case.commitment
    section = case.edition.section
    grant = case.edition.grant_name
    return {
        "template": f"finance/letters/{template}.typ",
        "sign": section.sign if section else "",
        "subject": f"{grant}{title}",
        "addressee": case.organization.name,
        "context": {
            "addressee": {"organization": case.organization.name, "title": "", "name": ""},
            "sender": letters.sender(),
            "grant": grant,
            "title": commitment.title,
            "reference": commitment.reference,
            "contact": contact_of(section),
            **content,
        },
    }
