"""What is left to do about the money of an award whose amount is fixed, in words (yen, days)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from core.fiscal import era_date_plain
from finance.models import Repayment
from finance.models.commitments import Settlement
from grants.models import Award


def open_orders(user: Any) -> Any:
    """Return the orders to pay back that are open and the user's to see, the nearest due first."""
    rows = Repayment.objects.visible_to(user).filter(status__in=Repayment.OPEN)
    return rows.select_related("commitment").order_by("due_on", "pk")


def money_left(award: Award, found: Settlement, orders: Iterable[Repayment] = ()) -> list[str]:
    """Return what the body does about its money: claims, pays back, or waits."""
    told = []
    if found.claimable > 0 and award.claim_due:
        words = {"yen": f"{found.claimable:,}", "day": era_date_plain(award.claim_due)}
        told.append(_("You can claim %(yen)s yen. Due: %(day)s") % words)
    if found.pending > 0:
        told.append(
            _("%(yen)s yen that you claimed are being paid.") % {"yen": f"{found.pending:,}"}
        )
    return told + [order_words(order) for order in orders]


def order_words(order: Repayment) -> str:
    """Return what is to be paid back and until when."""
    words = {"yen": f"{order.outstanding:,}", "day": era_date_plain(order.due_on)}
    return _("Pay back %(yen)s yen. Due: %(day)s") % words
