"""How a change of an award moves (cases.md, grants)."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import ReasonForm
from core.workflow import Transition, Workflow, register
from grants.actions import changes, papers
from grants.award_forms import DueForm
from grants.models import ChangeRequest

S = ChangeRequest.Status

TRANSITIONS = (
    Transition(
        "submit",
        pgettext_lazy("change", "Send"),
        (S.DRAFT, S.RETURNED),
        S.SUBMITTED,
        owner_act=True,
        prepare=papers.read_files_back,
        guard=changes.require_complete,
        effect=changes.receive_submission,
        notify=changes.to_owner,
    ),
    Transition(
        "return_for_correction",
        _("Return for correction"),
        (S.SUBMITTED,),
        S.RETURNED,
        form=DueForm,
        effect=changes.return_to_body,
        notify=changes.to_owner,
    ),
    Transition(
        "approve",
        pgettext_lazy("change", "Approve"),
        (S.SUBMITTED,),
        S.APPROVED,
        needs_authority=True,
        guard=changes.require_approvable,
        effect=changes.approve,
        hold=changes.hold,
        notify=changes.to_owner,
        letter="changerequest_approve",
    ),
    Transition(
        "deny",
        pgettext_lazy("change", "Deny"),
        (S.SUBMITTED,),
        S.DENIED,
        form=ReasonForm,
        effect=changes.deny,
        notify=changes.to_owner,
        letter="changerequest_deny",
    ),
    Transition(
        "note",
        _("Take notice"),
        (S.SUBMITTED,),
        S.NOTED,
        guard=changes.require_notice_enough,
        effect=changes.note,
        notify=changes.to_owner,
    ),
    Transition(
        "instruct",
        _("Instruct"),
        (S.SUBMITTED,),
        S.INSTRUCTED,
        form=ReasonForm,
        guard=changes.require_delay,
        effect=changes.instruct,
        notify=changes.to_owner,
        letter="changerequest_instruct",
    ),
    Transition(
        "withdraw",
        pgettext_lazy("change", "Withdraw"),
        (S.DRAFT, S.SUBMITTED, S.RETURNED),
        S.WITHDRAWN,
        form=ReasonForm,
        owner_act=True,
    ),
)


def answered_by(change: ChangeRequest, name: str, user: Any) -> bool:
    """Say whether the act answers this change: notice, or an instruction on a delay (cases.md)."""
    if name == "note":
        return not change.needs_approval and change.kind != ChangeRequest.Kind.DELAY
    return name != "instruct" or change.kind == ChangeRequest.Kind.DELAY


register(
    Workflow(
        model=ChangeRequest,
        initial=S.DRAFT,
        editable=(S.DRAFT, S.RETURNED),
        transitions=TRANSITIONS,
        turn=answered_by,
    )
)
