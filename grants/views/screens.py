"""The five screens of an application."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import deadlines, workflow
from core.fiscal import era_date_plain
from core.views import CaseScreens
from grants import sections, typed
from grants.actions import copying, drafting, moving, submission
from grants.beginning import BeginForm
from grants.forms import ApplicationForm, answers_shown
from grants.judging import stored_verdict, verdict_of
from grants.models import Application, Award
from grants.printing import budget_shown, differs_from_print, facts_shown, files_shown
from programs.models import Call

S = Application.Status

_STEPS = (
    (gettext_lazy("Submission"), ("draft",)),
    (gettext_lazy("Reception"), ("submitted", "at_intermediary", "late", "returned")),
    (gettext_lazy("Review"), ("received", "under_review")),
    (gettext_lazy("Decision"), ("informally_notified",)),
    (pgettext_lazy("step", "Project"), ("announced",)),
    (pgettext_lazy("step", "Report"), ()),
    (pgettext_lazy("step", "Fixed amount"), ()),
    (pgettext_lazy("step", "Payment"), ()),
)
_DECIDED = 4  # steps of an application that ends with the decision
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
        "post_in_charge",
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

    def create_url(self) -> str:
        """Begin at the calls: an application is always under one of them."""
        return reverse("calls")

    def list_queryset(self, user: Any) -> Any:
        """Leave out answers, verdicts and rules: most of a row's bytes, and in no cell."""
        rows = super().list_queryset(user).select_related(None).select_related("edition")
        return rows.only(
            *("public_id", "status", "title", "receipt_number", "requested_amount", "edition__name")
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
        """Add what the page of the body shows, with typed input as a submission would read it."""
        if not workflow.may_edit(case, request.user):
            return self._context(case, request.user, {})
        moving.follow_form(case, by=request.user, now=timezone.now())
        with typed.as_typed(case, request.user) as unread:
            return self._context(case, request.user, unread)

    def _context(self, case: Application, user: Any, unread: typed.Errors) -> dict[str, Any]:
        """Return the parts of the page (look.md, status page of the body)."""
        shown = workflow.shown_status(case, user)
        is_editable = case.status in (S.DRAFT, S.RETURNED)
        verdict = verdict_of(case) if is_editable else stored_verdict(case)
        may_edit = workflow.may_edit(case, user)
        change_urls = _change_urls(case) if may_edit else {}
        may_submit = may_edit and user.has_perm("grants.submit_application", case)
        return {
            "tasks": sections.tasks(case) if may_edit else [],
            "submit_url": self.url("transition", case.public_id, "submit") if may_submit else "",
            "papers_url": self.url("papers", case.public_id) if case.receipt_number else "",
            "contact": case.edition.section,
            "post_in_charge": case.post_in_charge,
            "steps": steps(shown, is_adopted=case.is_adopted),
            "status_tone": _TONES.get(shown, "information"),
            "what_next": self._what_next(case, shown),
            "deadline": case.call.closes_at if case.status == S.DRAFT else None,
            "rows": [
                {"label": label, "value": text, "anchor": name, "change_url": change_urls.get(name)}
                for name, label, text in _facts_and_answers(case)
            ],
            "comments": comments(case),
            "files": files_shown(case),
            "budget": budget_shown(case),
            "parties": list(case.parties.select_related("organization").order_by("pk")),
            "verdict": verdict,
            "missing": self._missing(case, unread, change_urls) if is_editable else [],
            "schedules": deadlines.schedule_of(case, now=timezone.now()) if is_editable else [],
            "award": self._award(case),
            "may_edit": may_edit,
            "is_draft": is_editable,
            "part_urls": {
                part: self.url(part, case.public_id)
                for part in ("budget", "files", "parties", "draft", "word")
            },
            "saved_at": case.updated_at,
            "news": moving.shown_news(case) if may_edit else {},
            "aside": moving.shown_aside(case) if may_edit else [],
            "outcome": case.get_outcome_display()
            if case.shows_outcome_to(user) and case.outcome
            else "",
            "decided_amount": case.decided_amount if case.shows_outcome_to(user) else None,
            "warnings": self._warnings(case) if is_editable else [],
        }

    def _award(self, case: Application) -> dict[str, str]:
        """Return where the award of an announced application goes on; empty without one."""
        award = Award.objects.filter(application=case).first() if case.announced_at else None
        if award is None:
            return {}
        return {"url": award.get_absolute_url(), "status": award.status_text}

    def _what_next(self, case: Application, shown: str) -> str:
        text = str(_NEXT[shown])
        if shown == S.RETURNED and case.return_due:
            due = _("Correction due: %(day)s") % {"day": era_date_plain(case.return_due)}
            return f"{text}\n{due}"
        return text

    def _missing(
        self, case: Application, unread: typed.Errors, urls: dict[str, str]
    ) -> list[dict[str, str]]:
        """Return what is still to be done before it can be submitted, with where, in page order."""
        errors = submission.errors_of(case) | unread
        found, places = sections.sections_of(case), list(urls)
        rows = []
        for field, texts in errors.items():
            name = field.replace("answers.", "answer_", 1)
            section = sections.section_holding(found, field)
            page = section.url(case) if section and urls else ""
            order = (
                found.index(section) if section else len(found),
                places.index(name) if name in urls else len(places),
            )
            rows += [(order, {"text": text, "url": urls.get(name, page)}) for text in texts]
        return [row for _order, row in sorted(rows, key=lambda row: row[0])]

    def _warnings(self, case: Application) -> list[str]:
        warnings = []
        if differs_from_print(case):
            warnings.append(
                _("The text was changed after the draft was printed for internal approval.")
            )
        for link in case.files.select_related("file").filter(file__scan_state="infected"):
            words = {"name": link.file.name}
            warnings.append(
                _("A virus was found in “%(name)s”. Take it out and add a clean file.") % words
            )
        for section in sections.sections_of(case):
            if any(name in case.draft_input for name in section.names):
                words = {"section": section.title}
                warnings.append(
                    _(
                        "“%(section)s” holds typed entries that are not saved yet. "
                        "They are submitted with the rest."
                    )
                    % words
                )
        return warnings

    def call(self, request: HttpRequest) -> Call:
        """Return the call that the address names."""
        value = request.GET.get("call", "")
        try:
            calls = Call.objects.visible_to(request.user).select_related("edition__rules", "form")
            return get_object_or_404(calls, public_id=value)
        except (ValueError, ValidationError) as error:
            raise Http404 from error


def _facts_and_answers(case: Application) -> list[tuple[str, str, str]]:
    """Return (name of the control, label, text) of all that is asked, in page order."""
    facts = [(row["name"], row["label"], row["answer"]) for row in facts_shown(case)]
    return facts + [(f"answer_{key}", label, text) for key, label, text in answers_shown(case)]


def _change_urls(case: Application) -> dict[str, str]:
    """Return where each field is changed: its section's page, at the field."""
    return {
        name: f"{section.url(case)}#id_{name}"
        for section in sections.sections_of(case)
        for name in section.fields
    }


def steps(shown: str, *, is_adopted: bool) -> list[dict[str, Any]]:
    """Return the line of steps with the present one; it ends with a decision against it."""
    if shown in (S.NOT_ACCEPTED, S.WITHDRAWN):
        return []
    is_over = shown in (S.ANNOUNCED, S.INFORMALLY_NOTIFIED) and not is_adopted
    line = _STEPS[:_DECIDED] if is_over else _STEPS
    present = next((i for i, (_label, statuses) in enumerate(line) if shown in statuses), 0)
    present = len(line) - 1 if is_over else present
    return [
        {
            "label": label,
            "state": "done"
            if index < present or (is_over and index == present)
            else "current"
            if index == present
            else "todo",
        }
        for index, (label, _statuses) in enumerate(line)
    ]


def comments(case: Application) -> list[dict[str, Any]]:
    """Return the open comments with where to answer them."""
    found = sections.sections_of(case)
    holding = {
        c.pk: sections.section_holding(found, c.field) for c in submission.open_comments(case)
    }
    return [
        {
            "section": section.slug if (section := holding[comment.pk]) else "",
            "url": reply_url(case, comment) if section else "",
            "label": submission.field_label(case, comment.field),
            "text": comment.text if not comment.answer else f"{comment.text}\n→ {comment.answer}",
            "at": comment.created_at,
            "status": _("answered") if comment.answer else _("to answer"),
            "tone": "success" if comment.answer else "warning",
        }
        for comment in submission.open_comments(case)
    ]


def reply_url(case: Application, comment: Any) -> str:
    """Return where the comment is answered: beside its field."""
    section = sections.section_holding(sections.sections_of(case), comment.field)
    slug = section.slug if section else "basics"
    if section and slug in ("budget", "parties"):
        return f"{section.url(case)}#id_reply_{comment.pk}"
    address = reverse("grants:application-section", args=[case.public_id, slug])
    return f"{address}#id_reply_{comment.pk}"


class BeginScreens(ApplicationScreens):
    """The first page of an application: call, section, title."""

    form_class = BeginForm

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """404 without a call."""
        return {"call": self.call(request)}

    def save_new(self, form: Any, request: HttpRequest) -> Any:
        """Begin under the call that the address names; a refusal is the whole form's."""
        call, now = self.call(request), timezone.now()
        source = form.cleaned_data.get("copy_of")
        try:
            with transaction.atomic():
                case = drafting.begin(
                    call=call,
                    section=form.cleaned_data["section"],
                    by=request.user,
                    now=now,
                    changes={"title": form.cleaned_data["title"]},
                )
                aside = copying.copy_into(case, source, by=request.user, now=now) if source else []
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        if aside:
            words = {"questions": "、".join(aside)}
            messages.warning(
                request, _("These answers have no place in this year's form: %(questions)s") % words
            )
        return case
