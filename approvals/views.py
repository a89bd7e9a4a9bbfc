"""Approvals on the screens, for staff; everybody else finds nothing here."""

from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from approvals import actions
from approvals.forms import ApprovalForm
from approvals.models import Approval, ApprovalStep
from approvals.workflow import may_revise
from core.fiscal import JST
from core.money import format_yen
from core.views import CaseScreens


class ApprovalScreens(CaseScreens):
    """List, detail, draft, correct, sign."""

    model = Approval
    form_class = ApprovalForm
    list_columns = (
        (gettext_lazy("Approval number"), "8rem"),
        (pgettext_lazy("approval", "Subject"), ""),
        (gettext_lazy("Status"), "6rem"),
        (gettext_lazy("Waits for"), "12rem"),
        (gettext_lazy("Drafting section"), "10rem"),
    )
    likely = ("submit", "endorse", "decide")

    def queryset(self, user: Any) -> Any:
        """Return the approvals to headquarters; 404 to everybody else."""
        if not user.access.is_headquarters:
            raise Http404
        rows: Any = Approval.objects.visible_to(user)
        return rows.with_route()

    def list_row(self, case: Approval, user: Any) -> list[Any]:
        """Return number, subject, status, whose turn it is, and the section."""
        current = case.current_step
        return [
            case.number,
            case.subject,
            Approval.Status(case.status).label,
            current.label if current else "",
            case.section.name,
        ]

    def save_new(self, form: ApprovalForm, request: HttpRequest) -> Approval:
        """Draft the approval from the form."""
        act, cases = form.chosen()
        return actions.draft_approval(
            act=act,
            cases=cases,
            steps=form.route(),
            by=request.user,
            now=timezone.now(),
            **form.changes(),
        )

    def detail_context(self, case: Approval, request: HttpRequest) -> dict[str, Any]:
        """Return the content, the route, and the acts that are this person's turn."""
        user, current = request.user, case.current_step
        waits = _("Waits for: %(step)s") % {"step": current.label} if current else ""
        editable = may_revise(case, user)
        return {
            "what_next": waits,
            "steps": [self._line(step, current) for step in case.route],
            "rows": self._rows(case),
            "edit_url": self.url("update", case.public_id) if editable else "",
        }

    def _rows(self, case: Approval) -> list[dict[str, Any]]:
        found = [
            (_("Approval number"), case.number),
            (pgettext("approval", "Subject"), case.subject),
            (_("Proposed act"), case.act_label),
            (
                pgettext("approval", "Records"),
                "\n".join(item.proposal(case.act) for item in case.cases()),
            ),
            (_("Total"), format_yen(case.total_yen) if case.total_yen is not None else "－"),
            (
                _("Rule of the route"),
                case.rule.words if case.rule else _("No rule: the usual route."),
            ),
            (pgettext("approval", "Reason"), case.reason),
            (_("Drafted by"), drafter_of(case)),
        ]
        return [{"label": label, "value": value} for label, value in found]

    def _line(self, step: ApprovalStep, current: ApprovalStep | None) -> dict[str, Any]:
        state = "done" if step.acted_at else "current" if step == current else "todo"
        return {"label": step.label, "state": state, "note": signature(step)}


def drafter_of(approval: Approval) -> str:
    """Return post and name of the drafter."""
    post = approval.drafted_post.label if approval.drafted_post else ""
    return f"{post} {approval.drafted_by}".strip()


def signature(step: ApprovalStep) -> str:
    """Return who signed, when (JST), whether as acting person, and what they said."""
    if step.acted_at is None:
        return ""
    said = [str(step.acted_by), step.acted_at.astimezone(JST).strftime("%Y-%m-%d %H:%M")]
    if step.is_acting:
        said.append(_("as acting person"))
        said.append(_("to be read later") if step.is_unread else _("read later"))
    return "・".join([*said, step.comment] if step.comment else said)
