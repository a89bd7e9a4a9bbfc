"""How a disposal and a tax credit report move (cases.md, grants)."""

from django.utils.translation import pgettext_lazy

from core.forms import ReasonForm
from core.workflow import Transition, Workflow, register
from grants.actions import duties, papers
from grants.duty_forms import DisposalApprovalForm, TaxSubmitForm
from grants.models import DisposalRequest, TaxCreditReport

D, T = DisposalRequest.Status, TaxCreditReport.Status

register(
    Workflow(
        model=DisposalRequest,
        initial=D.DRAFT,
        editable=(D.DRAFT,),
        transitions=(
            Transition(
                "submit",
                pgettext_lazy("disposal", "Send"),
                (D.DRAFT,),
                D.SUBMITTED,
                owner_act=True,
                prepare=papers.read_files_back,
                guard=duties.require_restricted,
                effect=duties.receive,
                notify=duties.to_owner,
            ),
            Transition(
                "approve",
                pgettext_lazy("disposal", "Approve"),
                (D.SUBMITTED,),
                D.APPROVED,
                form=DisposalApprovalForm,
                effect=duties.approve_disposal,
                notify=duties.to_owner,
                letter="disposalrequest_approve",
            ),
            Transition(
                "deny",
                pgettext_lazy("disposal", "Deny"),
                (D.SUBMITTED,),
                D.DENIED,
                form=ReasonForm,
                effect=duties.deny_disposal,
                notify=duties.to_owner,
                letter="disposalrequest_deny",
            ),
        ),
    )
)

register(
    Workflow(
        model=TaxCreditReport,
        initial=T.DUE,
        editable=(T.DUE,),
        transitions=(
            Transition(
                "submit",
                pgettext_lazy("tax credit", "Send"),
                (T.DUE,),
                T.SUBMITTED,
                owner_act=True,
                form=TaxSubmitForm,
                prepare=papers.read_files_back,
                effect=duties.receive,
                notify=duties.to_owner,
            ),
            Transition(
                "accept",
                pgettext_lazy("tax credit", "Accept"),
                (T.SUBMITTED,),
                T.ACCEPTED,
                guard=duties.require_nothing_to_return,
                effect=duties.accept_tax,
                notify=duties.to_owner,
            ),
            Transition(
                "return_money",
                pgettext_lazy("tax credit", "Order the money back"),
                (T.SUBMITTED,),
                T.RETURNED_MONEY,
                guard=duties.require_something_to_return,
                effect=duties.return_tax,
                notify=duties.to_owner,
                letter="taxcreditreport_return_money",
            ),
        ),
    )
)
