"""The body's pages of an award: where it stands, what comes next, its money, its report."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import deadlines, workflow
from core.fiscal import era_date_plain
from core.forms import TransitionForm
from core.views import CaseScreens
from core.views.screens import CaseTransitionView
from correspondence.forms import take_uploads
from finance.actions import commitments
from finance.models import Repayment
from grants import stages
from grants.actions import reporting
from grants.actions.changes import CHANGEABLE
from grants.award_desk import files_shown, results_shown, shows_report, status_reports
from grants.award_money import money_left
from grants.models import Award, TaxCreditReport
from grants.report_forms import comment_label

S = Award.Status
_STEPS = (
    (pgettext_lazy("step", "Project"), ("active", "suspended")),
    (pgettext_lazy("step", "Report"), ("reported", "report_returned", "correction_ordered")),
    (pgettext_lazy("step", "Fixed amount"), ("checked",)),
    (pgettext_lazy("step", "Payment"), ("amount_fixed",)),
    (pgettext_lazy("step", "Closed"), ("closed",)),
)
_NEXT = {
    "active": gettext_lazy("Carry the project out. Then fill in the final report and send it."),
    "suspended": gettext_lazy(
        "The project is stopped for the time being. Ask CLAIR when it may go on."
    ),
    "reported": gettext_lazy("CLAIR checks the report. You will be told of the fixed amount."),
    "report_returned": gettext_lazy("Correct the report as CLAIR asks and send it again."),
    "correction_ordered": gettext_lazy("Put right what CLAIR orders and send the report again."),
    "checked": gettext_lazy("The report is checked. The amount is being fixed."),
    "amount_fixed": gettext_lazy("The amount is fixed."),
    "closed": gettext_lazy("The award is closed. Keep the papers until the day below."),
    "withdrawn": gettext_lazy("The award was withdrawn. The decision counts as never made."),
    "cancelled": gettext_lazy("The decision was cancelled. Read the letter below."),
}
_TONES = {
    "suspended": "warning",
    "report_returned": "warning",
    "correction_ordered": "error",
    "amount_fixed": "success",
    "closed": "success",
    "withdrawn": "neutral",
    "cancelled": "error",
}
PARTS = (
    ("lines", gettext_lazy("Actual costs and income")),
    ("files", gettext_lazy("Receipts and papers")),
    ("passed_on", gettext_lazy("Handed on to implementers")),
    ("results", gettext_lazy("Results")),
)


class AwardTransition(CaseTransitionView):
    """An act on an award; files of a status report are stored first."""

    def post(self, request: HttpRequest, public_id: Any, name: str) -> Any:  # type: ignore[override]
        """Store the files first, so that a second try need not send them."""
        if name == "report_status" and workflow.available(self.case(), request.user):
            take_uploads(request)
        return super().post(request, public_id, name)

    def _after(self, case: Any, name: str) -> Any:
        """Lead to the receipt of a report that arrived."""
        return super()._after(case, "submit" if name == "report" else name)


class AwardScreens(CaseScreens):
    """The awards of the body's sections."""

    model = Award
    form_class = TransitionForm  # an award is made by the decision, and its report by its parts
    select_related = (
        "organization",
        "section",
        "edition__section",
        "edition__program",
        "application__rule_set",
        "application__edition__rules",
        "application__edition__section",
        "application__organization",
    )
    likely = ("report",)
    list_columns = tuple(
        (label, "")
        for label in (
            gettext_lazy("title of the project"),
            gettext_lazy("programme"),
            gettext_lazy("number of the decision"),
            gettext_lazy("amount decided (yen)"),
            gettext_lazy("due"),
            gettext_lazy("status"),
        )
    )

    def create_url(self) -> str:
        """An award is made by the announced decision."""
        return reverse("calls")

    def list_queryset(self, user: Any) -> Any:
        """Read what a row shows."""
        return super().list_queryset(user).select_related(None).select_related("edition")

    def list_row(self, case: Award, user: Any) -> list[Any]:
        """Return the cells of one row."""
        return [
            case.title,
            case.edition.name,
            case.award_number or "－",
            case.decided_amount,
            era_date_plain(case.due) if case.due else "－",
            workflow.status_label(case, user),
        ]

    def detail_context(self, case: Award, request: HttpRequest) -> dict[str, Any]:
        """Return the parts of the page (look.md, status page of the body)."""
        user = request.user
        may_edit = workflow.may_edit(case, user)
        return {
            "rows": facts_of(case),
            "steps": steps(case),
            "status_tone": _TONES.get(case.status, "information"),
            "what_next": self._what_next(case),
            "contact": case.edition.section,
            "may_edit": may_edit,
            "edit_url": "",
            "tasks": tasks(case) if may_edit else [],
            "missing": _missing(case) if may_edit else [],
            "comments": comments(case),
            **money_of(case, user),
            "stages": stages.stages_of(case, shows_report=shows_report(case, user)),
            "fixing": case.fixing if case.fixed_amount is not None else {},
            "status_reports": status_reports(case),
            "results": results_shown(case),
            "files": files_shown(case, user),
            "changes": [
                {
                    "label": change.get_kind_display(),
                    "url": change.get_absolute_url(),
                    "status": workflow.status_label(change, user),
                }
                for change in case.changes.order_by("-pk")
            ],
            "change_url": _change_url(case, user),
            "duties": [
                {
                    "label": str(duty),
                    "url": duty.get_absolute_url(),
                    "status": workflow.status_label(duty, user),
                }
                for duty in _duties(case)
            ],
            "application_url": case.application.get_absolute_url(),
            "warnings": _infected(case),
            "schedules": deadlines.schedule_of(case, now=timezone.now()),
        }

    def _what_next(self, case: Award) -> str:
        text = str(_NEXT[case.status])
        if case.fixed_amount is not None and case.is_under_way:
            return "\n".join([text, *_about_money(case)])
        if case.due:
            return f"{text}\n" + _("Due: %(day)s") % {"day": era_date_plain(case.due)}
        return text


def _about_money(case: Award) -> list[str]:
    """Return what is left to do about the money; nothing left is said too, until it is closed."""
    commitment = commitments.commitment_of(case)
    orders = commitment.repayments.filter(status__in=Repayment.OPEN).order_by("due_on", "pk")
    told = money_left(case, commitment.settlement(), orders)
    if told or case.status == S.CLOSED:
        return told
    return [_("Nothing is left for you to do about the money. CLAIR closes the award.")]


def money_of(case: Award, user: Any) -> dict[str, Any]:
    """Return how the award's money stands, its payments and orders, and where to claim."""
    commitment = commitments.commitment_of(case)
    found = commitment.settlement()
    may = user.has_perm("finance.add_payment", commitment) and found.claimable > 0
    claim = f"{reverse('finance:payment-create')}?commitment={commitment.public_id}"
    return {
        "settlement": found,
        "claim_url": claim if may and case.is_under_way else "",
        "movements": [
            {
                "label": row.get_kind_display(),
                "amount": amount,
                "url": url,
                "status": row.status_text,
            }
            for row, amount, url in _movements(commitment)
        ],
    }


def _movements(commitment: Any) -> Iterator[tuple[Any, int, str]]:
    for payment in commitment.payments.order_by("pk"):
        yield payment, payment.amount, reverse("finance:payment-detail", args=[payment.public_id])
    for order in commitment.repayments.order_by("pk"):
        yield order, order.principal, reverse("finance:repayment-detail", args=[order.public_id])


def _duties(case: Award) -> Iterator[Any]:
    yield from TaxCreditReport.objects.filter(award=case).select_related("award")
    yield from case.disposals.select_related("asset").order_by("pk")


def _change_url(case: Award, user: Any) -> str:
    """Return where a change of the award is begun; empty where none can be."""
    may = user.has_perm("grants.change_award", case) and case.status in CHANGEABLE
    return f"{reverse('grants:changerequest-create')}?award={case.public_id}" if may else ""


def facts_of(case: Award) -> list[dict[str, Any]]:
    """Return the award's own fields in words."""
    values = {
        "award_number": case.award_number,
        "decided_amount": f"{case.decided_amount:,}円",
        "starts_on": era_date_plain(case.starts_on),
        "ends_on": era_date_plain(case.ends_on),
        "withdraw_by": era_date_plain(case.withdraw_by),
        "report_due": era_date_plain(case.report_due),
        "receipt_number": case.receipt_number,
        "fixed_amount": "" if case.fixed_amount is None else f"{case.fixed_amount:,}円",
        "retention_until": era_date_plain(case.retention_until) if case.retention_until else "",
        "closing_reason": case.closing_reason,
    }
    label = case._meta.get_field
    return [
        {"label": str(label(name).verbose_name), "value": text, "anchor": name}  # type: ignore[union-attr]
        for name, text in values.items()
        if text
    ]


def steps(case: Award) -> list[dict[str, Any]]:
    """Return the line of steps with the present one."""
    if not case.is_under_way:
        return []
    present = next(i for i, (_label, statuses) in enumerate(_STEPS) if case.status in statuses)
    is_over = case.status == S.CLOSED
    return [
        {
            "label": label,
            "state": "done"
            if index < present or is_over
            else "current"
            if index == present
            else "todo",
        }
        for index, (label, _statuses) in enumerate(_STEPS)
    ]


def part_url(case: Award, part: str) -> str:
    """Return the page of a part of the report."""
    return reverse(f"grants:award-report-{part.replace('_', '-')}", args=[case.public_id])


def tasks(case: Award) -> list[dict[str, Any]]:
    """Return the parts of the report with how far each is (look.md, task list)."""
    errors = reporting.missing(case)
    begun = {
        "lines": case.actual_expense or case.actual_income,
        "files": case.files.exclude(purpose="status").exists(),
        "passed_on": case.passed_on.exists(),
        "results": case.summary or case.outcome_text or case.results.exists(),
    }
    rows = []
    for part, label in PARTS:
        if part == "passed_on" and not begun[part] and part not in errors:
            word, tone = _("optional section"), "neutral"
        elif not begun[part] or (part == "files" and not begun["lines"]):
            word, tone = _("not begun"), "neutral"
        elif part in errors:
            word, tone = _("being filled in"), "information"
        else:
            word, tone = _("complete"), "success"
        rows.append({"label": label, "url": part_url(case, part), "status": word, "tone": tone})
    if "comments" in errors or case.comments.filter(resolved_at=None).exists():
        is_open = "comments" in errors
        rows.append(
            {
                "label": _("Answers to CLAIR’s comments"),
                "url": part_url(case, "comments"),
                "status": _("to correct") if is_open else _("complete"),
                "tone": "error" if is_open else "success",
            }
        )
    return rows


def _missing(case: Award) -> list[dict[str, str]]:
    return [
        {"text": text, "url": "#changes" if part == "changes" else part_url(case, part)}
        for part, texts in reporting.missing(case).items()
        for text in texts
    ]


def comments(case: Award) -> list[dict[str, Any]]:
    """Return CLAIR's open comments with where to answer them."""
    return [
        {
            "url": f"{part_url(case, 'comments')}#id_reply_{comment.pk}",
            "label": comment_label(comment),
            "text": comment.text if not comment.answer else f"{comment.text}\n→ {comment.answer}",
            "at": comment.created_at,
            "status": _("answered") if comment.answer else _("to answer"),
            "tone": "success" if comment.answer else "warning",
        }
        for comment in case.comments.filter(resolved_at=None).order_by("pk")
    ]


def _infected(case: Award) -> list[str]:
    links = case.files.filter(file__scan_state="infected").select_related("file")
    text = _("A virus was found in “%(name)s”. Take it out and add a clean file.")
    return [text % {"name": link.file.name} for link in links]
