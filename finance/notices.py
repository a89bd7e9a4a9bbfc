"""What finance's mails say: the case, one link, whom to ask; neither amounts nor accounts."""

from typing import Any

from django.conf import settings

from accounts.models import Post
from core.outbox import Recipient

FINANCE = "finance"


def notice_context(case: Any, reference: str, kind: str) -> dict[str, Any]:
    """Return the context of every mail about a payment, a repayment or an account."""
    return {
        "case": {
            "reference": reference,
            "kind": kind,
            "organization": case.organization.name,
            "status_label": case.status_text,
            "receipt_number": getattr(case, "receipt_number", "") or "",
        },
        "link": settings.BASE_URL + case.get_absolute_url(),
        "staff_link": settings.BASE_URL + case.get_staff_url(),
        "contact": contact_of_finance(),
    }


def contact_of_finance() -> dict[str, str]:
    """Return section, telephone and mailbox of the finance post."""
    post = finance_posts().first()
    if post is None:
        return {"section": "", "phone": "", "mail": ""}
    section = post.section
    return {
        "section": section.name,
        "phone": section.phone,
        "mail": post.mailbox or section.mailbox,
    }


def finance_posts() -> Any:
    """Return the standing finance posts of headquarters."""
    posts = Post.objects.filter(role=FINANCE, valid_to=None, section__office__isnull=False)
    return posts.select_related("section").order_by("pk")


def to_finance(_step: Any = None) -> list[Recipient]:
    """Return the mailboxes of the finance posts, else those of their sections."""
    found = ((post.mailbox or post.section.mailbox, post.name) for post in finance_posts())
    return [Recipient(address, name) for address, name in found if address]


def to_owner(step: Any) -> list[Recipient]:
    """Return the mailbox of the body's owning section."""
    section = step.case.section
    return [Recipient(section.mailbox, section.name)]
