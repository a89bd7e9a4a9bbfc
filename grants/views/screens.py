"""The five screens of an application."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import workflow
from core.fiscal import era_date_plain
from core.views import CaseScreens
from grants.actions import drafting, submission
from grants.forms import ApplicationForm, BeginForm, answers_shown, expense_classes
from grants.judging import stored_verdict, verdict_of
from grants.models import Application, BudgetLine
from grants.printing import differs_from_print, facts_shown
from programs.models import Call

S = Application.Status

_STEPS = (
    (gettext_lazy("Submission"), ("draft",)),
    (gettext_lazy("Reception"), ("submitted", "at_intermediary", "late", "returned")),
    (gettext_lazy("Review"), ("received", "under_review")),
    (gettext_lazy("Decision"), ("informally_notified",)),
    (gettext_lazy("Announced"), ("announced",)),
)
_NEXT = {
    "draft": gettext_lazy("Fill in the sections below and submit before the deadline."),
    "submitted": gettext_lazy(
        "CLAIR checks that the papers are complete and receives the application."
    ),
    "at_intermediary": gettext_lazy("The branch checks the application and forwards it to CLAIR."),
    "late": gettext_lazy("It arrived after the deadline. CLAIR decides whether it is accepted."),
    "received": gettext_lazy("CLAIR has received the application and will begin the review."),
    "returned": gettext_lazy("Answer the comments below or correct the entries, and submit again."),
    "under_review": gettext_lazy(
        "The application is under review. You will be told of the result by letter."
    ),
    "informally_notified": gettext_lazy(
        "You were told informally. The letter of decision follows."
    ),
    "announced": gettext_lazy("The decision is announced. Read the letter below."),
    "not_accepted": gettext_lazy("The application was not accepted. Read the letter below."),
    "withdrawn": gettext_lazy("The application was withdrawn. Nothing more is to be done."),
}
_TONES = {
    "draft": "neutral",
    "returned": "warning",
    "late": "warning",
    "announced": "success",
    "not_accepted": "error",
    "withdrawn": "neutral",
}


class ApplicationScreens(CaseScreens):
    """Applications of the body's sections."""

    model = Application
    form_class = ApplicationForm
    select_related = (
        "organization",
        "section",
        "edition__section",
        "call__edition",
        "edition__rules",
        "form_version",
        "rule_set",
    )
    list_columns = tuple(
        (label, "")
        for label in (
            gettext_lazy("title of the project"),
            gettext_lazy("programme"),
            gettext_lazy("receipt number"),
            gettext_lazy("amount applied for (yen)"),
            gettext_lazy("status"),
        )
    )

    def list_row(self, case: Application, user: Any) -> list[Any]:
        """Return the cells of one row."""
        return [
            case.title,
            case.edition.name,
            case.receipt_number or "－",
            case.requested_amount,
            workflow.status_label(case, user),
        ]

    def detail_context(self, case: Application, request: HttpRequest) -> dict[str, Any]:
        """Add what the page of the body shows (look.md, status page of the body)."""
        user = request.user
        shown = workflow.shown_status(case, user)
        is_editable = case.status in (S.DRAFT, S.RETURNED)
        verdict = verdict_of(case) if is_editable else stored_verdict(case)
        may_edit = workflow.may_edit(case, user)
        return {
            "steps": steps(shown),
            "status_tone": _TONES.get(shown, "information"),
            "what_next": self._what_next(case, shown),
            "deadline": case.call.closes_at if case.status == S.DRAFT else None,
            "rows": [
                {"label": row["label"], "value": row["answer"], "anchor": row["name"]}
                for row in facts_shown(case)
            ]
            + [
                {"label": label, "value": text, "anchor": f"answer_{key}"}
                for key, label, text in answers_shown(case)
            ],
            "comments": comments(case),
            "files": file_rows(case),
            "budget": budget_rows(case),
            "parties": case.parties.select_related("organization").order_by("pk"),
            "verdict": verdict,
            "missing": self._missing(case) if is_editable else [],
            "may_edit": may_edit,
            "part_urls": {
                part: self.url(part, case.public_id)
                for part in ("budget", "files", "parties", "draft")
            },
            "outcome": case.get_outcome_display()
            if case.shows_outcome_to(user) and case.outcome
            else "",
            "decided_amount": case.decided_amount if case.shows_outcome_to(user) else None,
            "warnings": self._warnings(case) if is_editable else [],
        }

    def _what_next(self, case: Application, shown: str) -> str:
        text = str(_NEXT[shown])
        if shown == S.RETURNED and case.return_due:
            due = _("Correction due: %(day)s") % {"day": era_date_plain(case.return_due)}
            return f"{text}\n{due}"
        return text

    def _missing(self, case: Application) -> list[str]:
        """Return what is still to be done before it can be submitted."""
        found = submission.missing_errors(case)
        for name, messages in submission.rule_errors(case).items():
            found.setdefault(name, []).extend(messages)
        return [message for messages in found.values() for message in messages]

    def _warnings(self, case: Application) -> list[str]:
        if differs_from_print(case):
            return [_("The text was changed after the draft was printed for internal approval.")]
        return []

    def call(self, request: HttpRequest) -> Call:
        """Return the call that the address names."""
        value = request.GET.get("call", "")
        try:
            calls = Call.objects.visible_to(request.user).select_related("edition__rules", "form")
            return get_object_or_404(calls, public_id=value)
        except (ValueError, ValidationError) as error:
            raise Http404 from error


def steps(shown: str) -> list[dict[str, Any]]:
    """Return the line of steps with the present one."""
    if shown in (S.NOT_ACCEPTED, S.WITHDRAWN):
        return []
    present = next((i for i, (_label, statuses) in enumerate(_STEPS) if shown in statuses), 0)
    is_over = shown == S.ANNOUNCED
    return [
        {
            "label": label,
            "state": "done"
            if index < present or (is_over and index == present)
            else "current"
            if index == present
            else "todo",
        }
        for index, (label, _statuses) in enumerate(_STEPS)
    ]


def comments(case: Application) -> list[dict[str, Any]]:
    """Return the open comments with where to answer them."""
    return [
        {
            "label": submission.field_label(case, comment.field),
            "text": comment.text if not comment.answer else f"{comment.text}\n→ {comment.answer}",
            "at": comment.created_at,
            "status": _("answered") if comment.answer else _("to answer"),
            "tone": "success" if comment.answer else "warning",
        }
        for comment in submission.open_comments(case)
    ]


def file_rows(case: Application) -> list[dict[str, Any]]:
    """Return the files with their links."""
    labels = dict(document_labels(case))
    return [
        {
            "name": link.file.name,
            "size": link.file.size,
            "sha256": link.file.sha256,
            "kind": labels.get(link.question, ""),
            "note": link.file.get_scan_state_display(),
            "url": f"/files/{link.file.public_id}/",
            "id": link.file.public_id,
        }
        for link in case.files.select_related("file").order_by("order", "pk")
    ]


def document_labels(case: Application) -> list[tuple[str, str]]:
    """Return the document questions of the application's form."""
    version = case.form_version
    questions = version.questions.filter(kind="file").order_by("order") if version else ()
    return [(question.key, question.label) for question in questions]


def budget_rows(case: Application) -> dict[str, Any]:
    """Return the budget as the page's table shows it (yen)."""
    classes = dict(expense_classes(case))
    lines = case.budget_lines.filter(stage=BudgetLine.Stage.APPLIED).order_by("order", "pk")
    return {
        "lines": [
            {
                "kind": line.get_kind_display(),
                "category": classes.get(line.category, line.category),
                "description": line.description,
                "basis": line.basis,
                "amount": line.amount,
            }
            for line in lines
        ],
        "expense_total": case.expense_total,
        "income_total": case.income_total,
        "requested_amount": case.requested_amount,
    }


class BeginScreens(ApplicationScreens):
    """The first page of an application: call, section, title."""

    form_class = BeginForm

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """404 without a call."""
        self.call(request)
        return {}

    def save_new(self, form: Any, request: HttpRequest) -> Any:
        """Begin under the call that the address names."""
        return drafting.begin(
            call=self.call(request),
            section=form.cleaned_data["section"],
            by=request.user,
            now=timezone.now(),
            changes={"title": form.cleaned_data["title"]},
        )
