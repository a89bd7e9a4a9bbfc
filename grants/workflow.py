"""How an application moves (cases.md, grants): the table that admin, screens and API share."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import ReasonForm
from core.workflow import Transition, Workflow, register
from grants import award_workflow, change_workflow, duty_workflow, typed
from grants.act_forms import (
    AcceptLateForm,
    IncomingForm,
    RecommendForm,
    ReturnForm,
    WithdrawForm,
)
from grants.actions import decision, review, submission
from grants.models import Application, Review
from grants.reviewing_forms import DeclareForm, ScoreForm

__all__ = ["award_workflow", "change_workflow", "duty_workflow"]  # registered beside these

S = Application.Status

_WITHDRAWABLE = (
    S.DRAFT,
    S.SUBMITTED,
    S.AT_INTERMEDIARY,
    S.LATE,
    S.RECEIVED,
    S.RETURNED,
    S.UNDER_REVIEW,
    S.RECOMMENDED,
    S.DECIDED,
    S.INFORMALLY_NOTIFIED,
)

TRANSITIONS = (
    Transition(
        "submit",
        _("Submit"),
        (S.DRAFT,),
        submission.submit_target,
        targets=(S.SUBMITTED, S.LATE, S.AT_INTERMEDIARY),
        owner_act=True,
        prepare=submission.follow_form_and_read_files,
        guard=typed.settle_and_require_complete,
        effect=submission.receive_submission,
        notify=submission.to_owner,
    ),
    Transition(
        "submit",
        _("Submit again"),
        (S.RETURNED,),
        submission.resubmit_target,
        targets=(S.AT_INTERMEDIARY, S.RECEIVED),
        owner_act=True,
        prepare=submission.read_files_back,
        guard=typed.settle_and_require_complete,
        effect=submission.receive_submission,
        notify=submission.to_owner,
    ),
    Transition(
        "forward",
        _("Forward"),
        (S.AT_INTERMEDIARY,),
        submission.forward_target,
        targets=(S.SUBMITTED, S.LATE),
        effect=submission.forward,
        notify=submission.to_owner,
    ),
    Transition(
        "return_for_correction",
        _("Return for correction"),
        (S.AT_INTERMEDIARY,),
        S.RETURNED,
        permission="forward",
        form=ReturnForm,
        effect=submission.return_to_body,
        notify=submission.to_owner,
    ),
    Transition(
        "return_for_correction",
        _("Return for correction"),
        (S.RECEIVED, S.UNDER_REVIEW),
        S.RETURNED,
        form=ReturnForm,
        effect=submission.return_to_body,
        notify=submission.to_owner,
    ),
    Transition(
        "accept_late",
        _("Accept late"),
        (S.LATE,),
        S.RECEIVED,
        form=AcceptLateForm,
        effect=submission.accept_late,
        notify=submission.to_owner,
    ),
    Transition(
        "refuse",
        _("Refuse"),
        (S.LATE, S.SUBMITTED),
        S.NOT_ACCEPTED,
        form=ReasonForm,
        effect=decision.letter_of_refusal,
        notify=submission.to_owner,
        letter="application_refuse",
    ),
    Transition(
        "receive",
        _("Receive"),
        (S.SUBMITTED,),
        S.RECEIVED,
        form=IncomingForm,
        effect=submission.receive,
        notify=submission.to_owner,
    ),
    Transition(
        "lapse",
        _("Close uncorrected"),
        (S.RETURNED,),
        S.NOT_ACCEPTED,
        form=ReasonForm,
        guard=submission.require_overdue,
        effect=decision.letter_of_lapse,
        notify=submission.to_owner,
        letter="application_lapse",
    ),
    Transition("start_review", _("Start the review"), (S.RECEIVED,), S.UNDER_REVIEW),
    Transition(
        "recommend",
        _("Draft the decision"),
        (S.UNDER_REVIEW,),
        S.RECOMMENDED,
        form=RecommendForm,
        guard=decision.require_within_rules,
        effect=decision.recommend,
    ),
    Transition(
        "send_back", _("Send the draft back"), (S.RECOMMENDED,), S.UNDER_REVIEW, form=ReasonForm
    ),
    Transition(
        "decide",
        pgettext_lazy("application", "Decide"),
        (S.RECOMMENDED,),
        S.DECIDED,
        two_person=("recommend",),
        needs_authority=True,
        effect=decision.decide,
        hold=decision.hold,
    ),
    Transition(
        "notify_informally",
        _("Notify informally"),
        (S.DECIDED,),
        S.INFORMALLY_NOTIFIED,
        guard=decision.require_adopted,
        effect=decision.notify_informally,
        notify=submission.to_owner,
        grace=timedelta(seconds=settings.NOTICE_GRACE),
        letter="application_notify_informally",
    ),
    Transition(
        "announce",
        _("Announce the decision"),
        (S.DECIDED, S.INFORMALLY_NOTIFIED),
        S.ANNOUNCED,
        effect=decision.announce,
        notify=submission.to_owner,
        grace=timedelta(seconds=settings.NOTICE_GRACE),
        letter="application_announce",
    ),
    Transition(
        "withdraw",
        pgettext_lazy("application", "Withdraw"),
        _WITHDRAWABLE,
        S.WITHDRAWN,
        form=WithdrawForm,
        owner_act=True,
        effect=decision.withdraw,
        notify=submission.to_manager,
    ),
)

register(
    Workflow(
        model=Application,
        initial=S.DRAFT,
        editable=(S.DRAFT, S.RETURNED),
        transitions=TRANSITIONS,
        hidden={S.RECOMMENDED: S.UNDER_REVIEW, S.DECIDED: S.UNDER_REVIEW},
    )
)

R = Review.Status

REVIEW_TRANSITIONS = (
    Transition(
        "declare",
        _("Declare conflict of interest"),
        (R.ASSIGNED, R.DECLARED, R.SCORED),
        review.declared_target,
        targets=(R.DECLARED, R.SCORED, R.CONFLICTED),
        form=DeclareForm,
        effect=review.declare,
    ),
    Transition(
        "score",
        _("Score"),
        (R.DECLARED, R.SCORED),
        R.SCORED,
        form=ScoreForm,
        guard=review.require_reviewed_now,
        effect=review.score,
    ),
    Transition(
        "submit",
        pgettext_lazy("review", "Submit the sheet"),
        (R.SCORED,),
        R.SUBMITTED,
        guard=review.require_all_scored,
        effect=review.submit,
    ),
    Transition(
        "reopen",
        pgettext_lazy("review", "Reopen the sheet"),
        (R.SUBMITTED,),
        R.SCORED,
        form=ReasonForm,
        guard=review.require_reviewed_now,
        effect=review.reopen,
    ),
)

register(
    Workflow(
        model=Review,
        initial=R.ASSIGNED,
        editable=(R.DECLARED, R.SCORED),
        transitions=REVIEW_TRANSITIONS,
    )
)
