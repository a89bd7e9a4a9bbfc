"""How an approval moves: 回付, 承認 by post, 決裁, 差戻し, 引上げ, 後閲 (cases.md, approvals)."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from accounts.models import Membership
from approvals import actions
from approvals.forms import ReturnForm, SignForm
from approvals.models import Approval, ApprovalStep
from core import workflow
from core.fiscal import today
from core.forms import OptionalReasonForm
from core.outbox import Recipient
from core.workflow import InvalidTransition, Step, Transition, Workflow

Status = Approval.Status
Kind = ApprovalStep.Kind

# The kinds of step that each act signs; 差戻し is open to every step whose turn it is.
SIGNS = {
    "endorse": frozenset({Kind.REVIEW, Kind.CONSULT}),
    "decide": frozenset({Kind.DECIDE}),
    "return_for_correction": frozenset(Kind),
}


def _own_steps(approval: Approval, name: str, user: Any) -> list[ApprovalStep]:
    return [s for s in approval.route if s.kind in SIGNS[name] and s.may_sign(user)]


def is_turn(approval: Approval, name: str, user: Any) -> bool:
    """Say whether the act is this person's to make now; decides which buttons are shown."""
    if name in {"submit", "recall"}:
        return approval.is_drafter(user)
    if name == "read_later":
        return bool(approval.unread_steps(user))
    return approval.current_step in _own_steps(approval, name, user)


def may_revise(approval: Approval, user: Any) -> bool:
    """Say whether the person may change subject, cases and route: the drafter, before 回付."""
    return approval.is_drafter(user) and workflow.may_edit(approval, user)


def ready(step: Step) -> None:
    """The drafter circulates what can be decided: cases in the right status, a whole route."""
    actions.require_drafter(step.case, step.by)
    actions.check_ready(step.case, step.now)


def in_turn(step: Step) -> None:
    """Signatures come in the order of the route: 403 for a stranger, 409 out of turn."""
    own = _own_steps(step.case, step.name, step.by)
    if not own:
        raise PermissionDenied(_("This step belongs to another post."))
    current, shown = step.case.current_step, step.data.get("step")
    if current in own and shown in (None, current.order):
        return
    if current in own or all(row.acted_at for row in own):
        raise InvalidTransition(_("This step is already signed. Look at the approval again."))
    raise InvalidTransition(
        _("It is not your turn yet. The approval waits for: %(step)s.") % {"step": current}
    )


def by_drafter(step: Step) -> None:
    """Only the drafter takes an approval back."""
    actions.require_drafter(step.case, step.by)


def something_unread(step: Step) -> None:
    """Only the post for which an acting person signed reads later, once."""
    if any(row.is_acting and row.is_held_by(step.by) for row in step.case.route):
        if step.case.unread_steps(step.by):
            return
        raise InvalidTransition(_("You have already read what was signed for you."))
    raise PermissionDenied(_("Nothing was signed for your post by an acting person."))


def sign(step: Step) -> None:
    """Sign the step whose turn it is."""
    actions.sign(step)


def mailboxes(step: Step, post: Any) -> Iterable[Recipient]:
    """Return the post's mailbox, else its section's, else those of its holders today."""
    address = post.mailbox or post.section.mailbox
    if address:
        return [Recipient(address, post.label)]
    held = Membership.objects.current(today(step.now)).filter(post=post)
    return [Recipient(email, post.label) for email in held.values_list("user__email", flat=True)]


def next_post(step: Step) -> list[Recipient]:
    """Tell the post whose turn it is now."""
    current = step.case.current_step
    return list(mailboxes(step, current.post)) if current else []


def drafter(step: Step) -> list[Recipient]:
    """Tell the drafting post, or the drafter where it has no mailbox of its own."""
    approval = step.case
    mailbox = approval.drafted_post.mailbox if approval.drafted_post else ""
    return [Recipient(mailbox or approval.drafted_by.email)]


def _row(name: str, label: Any, source: tuple[str, ...], target: str, **more: Any) -> Transition:
    return Transition(name, label, source=source, target=target, **more)


_READ_LATER = {
    "label": pgettext_lazy("approval", "read later"),
    "guard": something_unread,
    "effect": actions.read_later,
}

flow = workflow.register(
    Workflow(
        model=Approval,
        turn=is_turn,
        initial=Status.DRAFT,
        editable=(Status.DRAFT, Status.RETURNED, Status.RECALLED),
        transitions=(
            _row(
                "submit",
                pgettext_lazy("approval", "circulate"),
                (Status.DRAFT, Status.RETURNED, Status.RECALLED),
                Status.CIRCULATING,
                guard=ready,
                effect=actions.begin_round,
                notify=next_post,
            ),
            _row(
                "endorse",
                pgettext_lazy("approval", "endorse"),
                (Status.CIRCULATING,),
                Status.CIRCULATING,
                form=SignForm,
                guard=in_turn,
                effect=sign,
                notify=next_post,
            ),
            _row(
                "decide",
                pgettext_lazy("approval", "decide"),
                (Status.CIRCULATING,),
                Status.DECIDED,
                form=SignForm,
                guard=in_turn,
                effect=actions.decide,
                notify=drafter,
                two_person=("add", "submit"),
            ),
            _row(
                "return_for_correction",
                pgettext_lazy("approval", "return for correction"),
                (Status.CIRCULATING,),
                Status.RETURNED,
                form=ReturnForm,
                guard=in_turn,
                notify=drafter,
            ),
            _row(
                "recall",
                pgettext_lazy("approval", "recall"),
                (Status.DRAFT, Status.CIRCULATING, Status.RETURNED),
                Status.RECALLED,
                form=OptionalReasonForm,
                guard=by_drafter,
            ),
            _row(
                "read_later",
                source=(Status.CIRCULATING,),
                target=Status.CIRCULATING,
                **_READ_LATER,
            ),
            _row("read_later", source=(Status.DECIDED,), target=Status.DECIDED, **_READ_LATER),
        ),
    )
)
