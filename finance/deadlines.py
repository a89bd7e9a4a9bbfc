"""What is due of orders to pay back: told before and after the day (core.deadlines)."""

from collections.abc import Iterator
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from core.deadlines import Deadline, register
from core.outbox import Recipient
from finance.models import Repayment
from finance.notices import contact_of_finance, to_finance

REPAYMENT = _("payment of what was ordered back")


def repayments(*, now: datetime, case: models.Model | None = None) -> Iterator[Deadline]:
    """Yield the open orders; with a constant number of queries."""
    rows = Repayment.objects.filter(status__in=Repayment.OPEN)
    if case is not None:
        if not isinstance(case, Repayment):
            return
        rows = rows.filter(pk=case.pk)
    related = ("commitment", "organization", "section", "edition__section")
    found = list(rows.select_related(*related).order_by("due_on", "pk"))
    if not found:
        return
    managers, contact, finance = _managers(found), contact_of_finance(), tuple(to_finance())
    for repayment in found:
        desk = repayment.edition.section
        section = repayment.section
        yield Deadline(
            case_label=repayment._meta.label,
            case_id=repayment.pk,
            kind="repayment",
            due=repayment.due_on,
            label=str(REPAYMENT),
            url_for_owner=repayment.get_absolute_url(),
            url_for_staff=repayment.get_staff_url(),
            owner_recipients=(Recipient(section.mailbox, section.name),) if section.mailbox else (),
            escalate_to=tuple(managers.get(desk.pk, ())) if desk else (),
            staff_recipients=finance,
            section=contact["section"],
            body=repayment.organization.name,
            number=repayment.commitment.reference,
            program=repayment.edition.name,
            context={"contact": contact},
            since=repayment.ordered_on,
        )


def _managers(found: list[Repayment]) -> dict[int, list[Recipient]]:
    """Return the managers' mailboxes, else their sections', by section in charge."""
    sections = {repayment.edition.section_id for repayment in found}
    posts = Post.objects.filter(section__in=sections - {None}, role="manager", valid_to=None)
    told: dict[int, list[Recipient]] = {}
    for post in posts.select_related("section").order_by("pk"):
        if address := post.mailbox or post.section.mailbox:
            told.setdefault(post.section_id, []).append(Recipient(address, post.name))
    return told


register("repayment", repayments, label=REPAYMENT, in_today=False)
