"""How a call moves (docs/cases.md): opened and closed by its dates, extended by a manager."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from core.outbox import Recipient
from core.workflow import Step, Transition, Workflow, register
from programs import carriers
from programs.forms import ExtendForm, MoveDecisionForm
from programs.models import Call

S = Call.Status


def _ready(step: Step) -> None:
    """A call opens only with something to answer and rules to be judged by."""
    call = step.case
    if not call.is_ready or call.form.current is None:
        raise ValidationError(
            _("Give the call a published form and its edition rules before it opens."),
            code="not_ready",
        )


def _over(step: Step) -> None:
    """A call closes by its own date; another date is an extension, said to everybody."""
    if not step.case.is_over(step.now):
        raise ValidationError(_("The call is open until its deadline."), code="not_over")


def _extend(step: Step) -> None:
    step.case.closes_at = step.data["closes_at"]


def _open(step: Step) -> None:
    """Open by hand, check-list or not: it waits for nothing any more."""
    step.case.awaits_check = False


def _move_decision(step: Step) -> None:
    step.case.decides_on = step.data["decides_on"]


def _followers(step: Step) -> list[Recipient]:
    return carriers.followers(step.case)


register(
    Workflow(
        model=Call,
        initial=S.DRAFT,
        editable=(S.DRAFT,),
        transitions=(
            Transition(
                "open",
                pgettext_lazy("call", "Open"),
                (S.DRAFT,),
                S.OPEN,
                guard=_ready,
                effect=_open,
            ),
            Transition(
                "close",
                pgettext_lazy("call", "Close"),
                (S.OPEN,),
                S.CLOSED,
                guard=_over,
                system=True,
            ),
            Transition("decide", pgettext_lazy("call", "Mark decided"), (S.CLOSED,), S.DECIDED),
            Transition(
                "extend",
                pgettext_lazy("call", "Extend the deadline"),
                (S.OPEN, S.CLOSED),
                S.OPEN,
                form=ExtendForm,
                effect=_extend,
                notify=_followers,
            ),
            *(
                Transition(
                    "move_decision",
                    pgettext_lazy("call", "Move the planned day of the decision"),
                    (status,),
                    status,
                    form=MoveDecisionForm,
                    effect=_move_decision,
                    notify=_followers,
                )
                for status in (S.OPEN, S.CLOSED)
            ),
        ),
    )
)
