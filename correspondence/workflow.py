"""The table of a thread: asked, answered, closed, taken up again."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.outbox import Recipient
from core.workflow import Step, Transition, Workflow, register
from correspondence import actions
from correspondence.forms import MessageForm
from correspondence.models import Side, Thread, side_of

S = Thread.Status


def tell_other_side(step: Step) -> list[Recipient]:
    """Write to whoever has the next word; staff's own notes come here never."""
    return step.case.mailboxes(side_of(step.by).other)


def turn(thread: Thread, name: str, user: Any) -> bool:
    """Say which buttons show: answers to those who were asked, no words where none may be."""
    if name == "close":
        return True
    if thread.is_internal or (side_of(user) == Side.BODY and thread.is_shut):
        return False
    return name != "answer" or thread.asked_by != side_of(user)


THREAD = register(
    Workflow(
        model=Thread,
        initial=S.OPEN,
        editable=(),
        turn=turn,
        transitions=(
            Transition(
                "answer",
                pgettext_lazy("thread", "Answer"),
                source=(S.OPEN, S.ANSWERED),
                target=S.ANSWERED,
                form=MessageForm,
                guard=actions.require_question_of_other,
                effect=actions.answer,
                notify=tell_other_side,
            ),
            Transition(
                "ask",
                pgettext_lazy("thread", "Ask"),
                source=(S.OPEN, S.ANSWERED),
                target=S.OPEN,
                form=MessageForm,
                guard=actions.require_writable,
                effect=actions.question,
                notify=tell_other_side,
            ),
            Transition(
                "close",
                pgettext_lazy("thread", "Close"),
                source=(S.OPEN, S.ANSWERED),
                target=S.CLOSED,
                effect=actions.close,
            ),
            Transition(
                "reopen",
                _("Take up again"),
                source=(S.CLOSED,),
                target=S.OPEN,
                form=MessageForm,
                guard=actions.require_writable,
                effect=actions.question,
                notify=tell_other_side,
            ),
        ),
    )
)
