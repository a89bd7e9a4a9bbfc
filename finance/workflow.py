"""How payments, repayments and bank accounts move (cases.md, finance)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import ReasonForm
from core.workflow import Transition, Workflow, register
from finance.actions import accounts, payments, repayments
from finance.forms import PayForm, ReceiveForm
from finance.models import BankAccount, Payment, Repayment
from finance.notices import to_finance, to_owner

P = Payment.Status

register(
    Workflow(
        model=Payment,
        initial=P.REQUESTED,
        editable=(P.CLAIM_RETURNED, P.FAILED),
        transitions=(
            Transition(
                "request",
                pgettext_lazy("payment", "Claim again"),
                (P.CLAIM_RETURNED, P.FAILED),
                P.REQUESTED,
                owner_act=True,
                effect=payments.request_again,
                notify=to_finance,
            ),
            Transition(
                "return_claim",
                pgettext_lazy("payment", "Return the claim"),
                (P.REQUESTED,),
                P.CLAIM_RETURNED,
                form=ReasonForm,
                effect=payments.answer_and_free,
                notify=to_owner,
            ),
            Transition(
                "approve",
                pgettext_lazy("payment", "Approve the payment"),
                (P.REQUESTED,),
                P.APPROVED,
                needs_authority=True,
            ),
            Transition(
                "pay",
                pgettext_lazy("payment", "Pay"),
                (P.APPROVED,),
                P.PAID,
                form=PayForm,
                guard=payments.require_other_person,
                effect=payments.pay,
                notify=to_owner,
                letter="payment_pay",
                two_person=("approve",),
            ),
            Transition(
                "refuse",
                pgettext_lazy("payment", "Refuse the payment"),
                (P.REQUESTED,),
                P.REFUSED,
                form=ReasonForm,
                effect=payments.answer_and_free,
                notify=to_owner,
            ),
            Transition(
                "fail",
                pgettext_lazy("payment", "Transfer failed"),
                (P.APPROVED, P.PAID),
                P.FAILED,
                form=ReasonForm,
                effect=payments.fail,
                notify=to_owner,
            ),
        ),
    )
)

R = Repayment.Status

register(
    Workflow(
        model=Repayment,
        initial=R.ORDERED,
        editable=(),
        transitions=(
            Transition(
                "receive",
                pgettext_lazy("repayment", "Book a receipt"),
                (R.ORDERED, R.PARTLY_REPAID),
                repayments.received_target,
                targets=(R.PARTLY_REPAID, R.REPAID),
                form=ReceiveForm,
                guard=repayments.require_bookable,
                effect=repayments.receive,
                notify=to_owner,
            ),
            Transition(
                "propose_waiver",
                pgettext_lazy("repayment", "Propose a waiver"),
                (R.ORDERED,),
                R.ORDERED,
                form=ReasonForm,
                effect=repayments.propose_waiver,
            ),
            Transition(
                "propose_waiver",
                pgettext_lazy("repayment", "Propose a waiver"),
                (R.PARTLY_REPAID,),
                R.PARTLY_REPAID,
                form=ReasonForm,
                effect=repayments.propose_waiver,
            ),
            Transition(
                "waive",
                pgettext_lazy("repayment", "Waive"),
                (R.ORDERED, R.PARTLY_REPAID),
                R.WAIVED,
                needs_authority=True,
                guard=repayments.require_proposed,
                effect=repayments.waive,
                hold=repayments.hold,
                notify=to_owner,
                letter="repayment_waive",
            ),
        ),
    )
)

A = BankAccount.Status

register(
    Workflow(
        model=BankAccount,
        initial=A.PROPOSED,
        editable=(A.PROPOSED,),
        owner_writes=True,
        transitions=(
            Transition(
                "check",
                pgettext_lazy("bank account", "Check and use"),
                (A.PROPOSED,),
                A.IN_USE,
                effect=accounts.put_in_use,
                notify=to_owner,
                two_person=("add", "change"),
            ),
            Transition(
                "reject",
                pgettext_lazy("bank account", "Reject"),
                (A.PROPOSED,),
                A.REJECTED,
                form=ReasonForm,
                effect=accounts.keep_answer,
                notify=to_owner,
            ),
            Transition(
                "replace",
                _("Replace"),
                (A.IN_USE,),
                A.REPLACED,
                permission="check",
                system=True,
            ),
        ),
    )
)
