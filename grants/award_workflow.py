"""How an award moves (cases.md, grants): one table for admin, screens and API.

`propose_cancel` is the draft of a cancellation, as `recommend` is that of a decision: an act that
runs from an approval takes no words of its own.
"""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import ReasonForm
from core.workflow import Transition, Workflow, register
from finance.actions import commitments
from grants.actions import closing, reporting
from grants.award_forms import (
    CheckForm,
    DueForm,
    IncomeRepaymentForm,
    ProposeCancelForm,
    ReportReturnForm,
    StatusReportForm,
)
from grants.models import Award
from grants.models.award import REPORTABLE

S = Award.Status
_STANDING = tuple(s for s in S if s not in (S.WITHDRAWN, S.CANCELLED))


def _in_place(
    name: str, label: object, sources: tuple[str, ...], **more: object
) -> list[Transition]:
    """Return one row for each status that the act leaves as it is."""
    return [Transition(name, label, (source,), source, **more) for source in sources]  # type: ignore[arg-type]


TRANSITIONS = (
    Transition(
        "withdraw_after_decision",
        _("Withdraw after the decision"),
        (S.ACTIVE,),
        S.WITHDRAWN,
        form=ReasonForm,
        owner_act=True,
        guard=closing.require_within_days,
        effect=closing.withdraw,
        notify=reporting.to_section,
    ),
    Transition(
        "report_status",
        _("Report how the project stands"),
        (S.ACTIVE,),
        S.ACTIVE,
        form=StatusReportForm,
        owner_act=True,
        keeps_input=True,
        effect=reporting.tell_status,
        notify=reporting.to_section,
    ),
    Transition(
        "suspend",
        _("Suspend the project"),
        (S.ACTIVE,),
        S.SUSPENDED,
        form=ReasonForm,
        keeps_input=True,
        effect=closing.suspend,
        notify=reporting.to_owner,
        letter="award_suspend",
    ),
    Transition(
        "interrupt",
        _("Interrupt the project"),
        (S.ACTIVE,),
        S.SUSPENDED,
        permission="suspend",
        form=ReasonForm,
        keeps_input=True,
        system=True,  # by an approved change alone: its own letter tells of it
    ),
    Transition(
        "resume",
        _("Let the project go on"),
        (S.SUSPENDED,),
        S.ACTIVE,
        form=ReasonForm,
        keeps_input=True,
        effect=closing.resume,
        notify=reporting.to_owner,
        letter="award_resume",
    ),
    Transition(
        "report",
        pgettext_lazy("award", "Send the final report"),
        tuple(S(name) for name in REPORTABLE),
        S.REPORTED,
        owner_act=True,
        prepare=reporting.read_files_back,
        guard=reporting.require_complete,
        effect=reporting.arrive,
        notify=reporting.to_owner,
    ),
    Transition(
        "return_for_correction",
        pgettext_lazy("award", "Ask for a correction"),
        (S.REPORTED,),
        S.REPORT_RETURNED,
        form=ReportReturnForm,
        effect=closing.return_report,
        notify=reporting.to_owner,
    ),
    Transition(
        "order_correction",
        _("Order a correction"),
        (S.REPORTED, S.CHECKED),
        S.CORRECTION_ORDERED,
        form=DueForm,
        effect=closing.order_correction,
        notify=reporting.to_owner,
        letter="award_order_correction",
    ),
    Transition(
        "check_report",
        _("Record the inspection"),
        (S.REPORTED,),
        S.CHECKED,
        form=CheckForm,
        effect=closing.check_report,
    ),
    Transition(
        "fix_amount",
        _("Fix the amount"),
        (S.CHECKED,),
        S.AMOUNT_FIXED,
        two_person=("check_report",),
        needs_authority=True,
        guard=closing.require_as_checked,
        effect=closing.fix,
        hold=commitments.hold,
        notify=reporting.to_owner,
        letter="award_fix_amount",
    ),
    Transition(
        "close",
        pgettext_lazy("award", "Close the award"),
        (S.AMOUNT_FIXED,),
        S.CLOSED,
        guard=closing.require_settled,
    ),
    *_in_place(
        "order_income_repayment",
        _("Order income to be paid back"),
        (S.AMOUNT_FIXED, S.CLOSED),
        two_person=("check_report",),
        form=IncomeRepaymentForm,
        guard=closing.require_still_paid,
        effect=closing.order_income_back,  # the order itself sends its letter and its mail
        keeps_input=True,
    ),
    *_in_place(
        "propose_cancel",
        _("Draft a cancellation"),
        _STANDING,
        form=ProposeCancelForm,
        effect=closing.propose_cancel,
        keeps_input=True,
    ),
    Transition(
        "cancel",
        _("Cancel the decision"),
        _STANDING,
        S.CANCELLED,
        two_person=("propose_cancel",),
        needs_authority=True,
        guard=closing.require_proposal,
        effect=closing.cancel,
        hold=commitments.hold,
        notify=reporting.to_owner,
        letter="award_cancel",
    ),
    *_in_place(
        "cancel_part",
        _("Cancel a part of the decision"),
        _STANDING,
        two_person=("propose_cancel",),
        needs_authority=True,
        guard=closing.require_proposal,
        effect=closing.cancel_part,
        hold=commitments.hold,
        notify=reporting.to_owner,
        letter="award_cancel_part",
        keeps_input=True,
    ),
)


def is_in_time(award: Award, name: str, user: Any) -> bool:
    """Say whether a decision can still be given back; a paper may have arrived in time (staff)."""
    if name != "withdraw_after_decision" or user.access.is_headquarters:
        return True
    return timezone.localdate() <= award.withdraw_by


register(
    Workflow(
        model=Award,
        initial=S.ACTIVE,
        editable=tuple(S(name) for name in REPORTABLE),
        transitions=TRANSITIONS,
        turn=is_in_time,
    )
)
