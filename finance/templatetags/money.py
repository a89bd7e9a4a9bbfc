"""The money of a case inside its own page: what was claimed and ordered back, and how to claim."""

from typing import Any

from django import template
from django.urls import reverse

from finance.models import Commitment, Payment, Repayment

register = template.Library()


@register.inclusion_tag("finance/_case_money.html")
def case_money(case: Any, user: Any) -> dict[str, Any]:
    """List the case's claims and orders that the reader may see, and lead to a new claim."""
    rows = Commitment.objects.visible_to(user).of_case(case).select_related("rule_set")
    commitment = rows.first()
    if commitment is None:
        return {"payments": [], "repayments": [], "claim_url": ""}
    return {
        "payments": _shown(Payment, commitment, user),
        "repayments": _shown(Repayment, commitment, user),
        "claim_url": claim_url(commitment, user),
    }


def claim_url(commitment: Commitment, user: Any) -> str:
    """Return where the reader claims, or files the body's paper; empty where nothing is claimable."""
    probe = Payment(
        commitment=commitment,
        edition_id=commitment.edition_id,
        organization_id=commitment.organization_id,
        section_id=commitment.section_id,
    )
    if commitment.claimable <= 0 or not user.has_perm("finance.add_payment", probe):
        return ""
    return f"{reverse('finance:payment-create')}?commitment={commitment.public_id}"


def _shown(model: Any, commitment: Commitment, user: Any) -> list[dict[str, Any]]:
    rows = model.objects.visible_to(user).filter(commitment=commitment)
    is_staff = user.access.is_headquarters
    return [
        {
            "label": row.get_kind_display(),
            "amount": row.amount if isinstance(row, Payment) else row.principal,
            "status": row.status_text,
            "url": row.get_staff_url() if is_staff else row.get_absolute_url(),
        }
        for row in rows.select_related("commitment").order_by("pk")
    ]
