"""Submission: what must be there, the receipt, and what a return asks for."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import files, receipts
from core.fiscal import JST, jst_date
from core.models import StoredFile
from core.outbox import Recipient
from core.workflow import Step
from grants.actions import drafting, moving
from grants.judging import hold_cap, verdict_of
from grants.models import Application, ReturnComment
from grants.models.application import DOCUMENT_FIELDS
from programs.answers import questions_of, validate
from programs.models import Edition

REQUIRED = (
    "title",
    "starts_on",
    "ends_on",
    "requested_amount",
    *DOCUMENT_FIELDS,
)
_FIELDS = {
    "applicant_kind": "organization",
    "other_grant": "has_other_grant",
}


def stored_files(application: Application) -> list[StoredFile]:
    """Return the application's files in their order."""
    links = application.files.select_related("file").order_by("order", "pk")
    return [link.file for link in links]


def read_files_back(step: Step) -> dict[int, str]:
    """Read every file back from storage before the lock: the receipt proves what lies there."""
    return files.verified(stored_files(step.case))


def follow_form_and_read_files(step: Step) -> dict[int, str]:
    """Move the draft to its form's new version first: what is new is seen before it is sent."""
    if moving.follow_form(step.case, by=step.by, now=step.now):
        raise ValidationError(
            _("The form was renewed meanwhile. Look at what is new, then submit again.")
        )
    return read_files_back(step)


def arrival(step: Step) -> datetime:
    """Return what counts as arrival: the first one, the server's clock, or the paper's day (JST).

    A paper has a day without an hour, so one that comes on the last day is in time.
    """
    arrived = receipts.arrivals([step.case]).get(step.case.pk)
    if arrived is None and step.behalf:
        arrived = datetime.combine(step.behalf.arrived_on, time(0), JST)
    return arrived or step.now


def is_late(step: Step) -> bool:
    """Say whether it arrives after the deadline."""
    return arrival(step) > step.case.call.closes_at


def submit_target(step: Step) -> str:
    """Return where a first submission goes: late, to the branch, or to CLAIR."""
    if is_late(step):
        return Application.Status.LATE
    if step.case.edition.routes_through_branch:
        return Application.Status.AT_INTERMEDIARY
    return Application.Status.SUBMITTED


def resubmit_target(step: Step) -> str:
    """Return where a corrected application goes: back to the branch if the branch returned it."""
    if step.case.returned_by_branch:
        return Application.Status.AT_INTERMEDIARY
    return Application.Status.RECEIVED


def forward_target(step: Step) -> str:
    """Return where a forwarded application goes; CLAIR's clock counts where the edition says so."""
    clock = step.case.edition.branch_clock
    is_first = step.case.forwarded_at is None
    if is_first and clock == Edition.BranchClock.CLAIR and step.now > step.case.call.closes_at:
        return Application.Status.LATE
    return Application.Status.SUBMITTED


def require_complete(step: Step, unread: Mapping[str, list[str]]) -> None:
    """Refuse what is missing, unreadable or against the rules, each with field and clause."""
    application = step.case
    hold_cap(application)
    errors = _window_errors(step) | errors_of(application, arrived_at=arrival(step)) | dict(unread)
    if application.status == Application.Status.RETURNED:
        errors |= unanswered(application)
    if errors:
        raise ValidationError(errors)


def _window_errors(step: Step) -> dict[str, list[str]]:
    call = step.case.call
    if step.behalf and step.behalf.arrived_on > jst_date(step.now):
        return {"paper_arrived_on": [_("The paper's day of arrival lies in the future.")]}
    if step.case.status != Application.Status.DRAFT:
        return {}
    if step.now < call.opens_at:
        return {"call": [_("This call is not open yet.")]}
    if call.status == call.Status.DECIDED:
        return {"call": [_("This call is decided; nothing more can be submitted.")]}
    return {}


def errors_of(
    application: Application, *, arrived_at: datetime | None = None
) -> dict[str, list[str]]:
    """Return all that stops a submission, by field; what is missing is told once."""
    missing = missing_errors(application)
    return rule_errors(application, arrived_at=arrived_at) | missing


def missing_errors(application: Application) -> dict[str, list[str]]:
    """Return what is still to be filled in, by field; answers as `answers.<key>`."""
    errors: dict[str, list[str]] = {}
    for name in REQUIRED:
        if not getattr(application, name):
            label = _verbose_name(name)
            errors[name] = [_("Enter “%(label)s”.") % {"label": label}]
    if not application.is_decided_internally:
        errors["is_decided_internally"] = [
            _("Confirm that the application is decided within the body.")
        ]
    if application.is_joint and not application.parties.filter(kind="joint").exists():
        errors["parties"] = [_("Name the bodies that carry out the project jointly.")]
    if application.form_version:
        answered = {link.question for link in application.files.all() if link.question}
        _cleaned, found = validate(
            application.form_version, application.answers, final=True, files=answered
        )
        errors |= {f"answers.{key}": messages for key, messages in found.items()}
    return errors


def rule_errors(
    application: Application, *, arrived_at: datetime | None = None
) -> dict[str, list[str]]:
    """Return the rules' violations by field, each citing its clause."""
    verdict = verdict_of(application, arrived_at=arrived_at)
    errors: dict[str, list[str]] = {}
    for finding in verdict.violations if verdict else ():
        name = _field_of(finding)
        errors.setdefault(name, []).append(cited(finding))
    return errors


def _field_of(finding: Any) -> str:
    """Return the field of the form that a finding is about; a paper is a file question's answer."""
    if finding.code == "missing_document":
        return f"answers.{finding.field}"
    return _FIELDS.get(finding.field, finding.field) or "__all__"


def cited(finding: Any) -> str:
    """Return a finding's sentence with the clause it rests on."""
    return f"{finding.text}（{finding.clause}）" if finding.clause else finding.text


def _verbose_name(name: str) -> str:
    return str(getattr(Application._meta.get_field(name), "verbose_name", name))


def unanswered(application: Application) -> dict[str, list[str]]:
    """A returned application: each comment answered, or its field changed."""
    errors: dict[str, list[str]] = {}
    for comment in open_comments(application):
        if not comment.answer and field_value(application, comment.field) == comment.found:
            errors[f"comments.{comment.pk}"] = [
                _("Answer the comment on “%(field)s” or change the entry.")
                % {"field": field_label(application, comment.field)}
            ]
    return errors


def open_comments(application: Application) -> Any:
    """Return the comments that wait for an answer."""
    return application.comments.filter(resolved_at=None).order_by("pk")


def field_value(application: Application, field: str) -> Any:
    """Return a field's present content as plain JSON, to see whether it was changed."""
    if field == "lines":
        return drafting.lines_told(application, "applied")
    if field == "files":
        return drafting.files_told(application)
    if field.startswith("answers."):
        key = field.removeprefix("answers.")
        papers = [row for row in drafting.files_told(application) if row[0] == key]
        return papers or application.answers.get(key)
    snapshot = drafting.content_snapshot(application)
    value: Any = snapshot.get(field)
    return value.isoformat() if hasattr(value, "isoformat") else value


def field_label(application: Application, field: str) -> str:
    """Return the words for a commentable field."""
    return dict(commentable(application)).get(field, field)


def commentable(application: Application) -> list[tuple[str, str]]:
    """Return the fields that a return may comment on, with their labels, in page order."""
    names: tuple[str, ...] = (
        "title",
        "categories",
        "starts_on",
        "ends_on",
        "requested_amount",
        "document_number",
        "document_date",
        "representative_title",
        "representative_name",
    )
    rules = application.rules
    by_rules = [("place", rules and rules.places), ("currency", rules and rules.currencies)]
    names = (*names[:2], *(name for name, is_asked in by_rules if is_asked), *names[2:])
    rows = [(name, _verbose_name(name)) for name in names]
    version = application.form_version
    questions = questions_of(version) if version else ()
    rows += [(f"answers.{q.key}", q.label) for q in questions]
    return [
        *rows,
        ("lines", _("budget")),
        ("parties", _("parties")),
        ("files", pgettext("application", "files")),
        ("other", _("other")),
    ]


def receive_submission(step: Step) -> None:
    """Number it once, keep the first arrival, store rules and verdict, give the receipt."""
    application = step.case
    verdict = verdict_of(application, arrived_at=arrival(step))
    application.receipt_number = application.receipt_number or receipts.new_number(step.now)
    application.arrived_at = application.arrived_at or step.now
    application.rule_set = application.rule_set or application.edition.rules
    application.verdict = verdict.to_dict() if verdict else {}
    application.return_due = None
    application.form_news = {}
    open_comments(application).update(resolved_at=step.now)
    stored = stored_files(application)
    digests = dict(step.prepared or {})
    digests |= files.verified(f for f in stored if f.pk not in digests)
    receipts.give(
        step,
        number=application.receipt_number,
        stored=stored,
        digests=digests,
        snapshot=drafting.content_snapshot(application),
    )


def forward(step: Step) -> None:
    """The branch passes the paper on (進達)."""
    step.case.forwarded_at = step.now
    step.case.returned_by_branch = False


def receive(step: Step) -> None:
    """Give the incoming number and put a post in charge (受理)."""
    step.case.incoming_number = step.data["incoming_number"]
    step.case.post_in_charge = step.data.get("post_in_charge") or _own_post(step.by)


def accept_late(step: Step) -> None:
    """Receive what came after the deadline, for a reason (期限後受理)."""
    step.case.incoming_number = step.data["incoming_number"]
    step.case.post_in_charge = step.data.get("post_in_charge") or _own_post(step.by)


def _own_post(user: Any) -> Any:
    return next((post for post in user.access.posts if post.section.office_id), None)


def return_to_body(step: Step) -> None:
    """Write the comments with what stood there, and the day the correction is due (差戻し)."""
    application = step.case
    application.return_due = step.data["due"]
    application.returned_by_branch = step.before == Application.Status.AT_INTERMEDIARY
    last = application.comments.order_by("-round").values_list("round", flat=True).first() or 0
    ReturnComment.objects.bulk_create(
        ReturnComment(
            application=application,
            round=last + 1,
            field=comment["field"],
            text=comment["text"],
            found=field_value(application, comment["field"]),
            created_at=step.now,
        )
        for comment in step.data["comments"]
    )


def require_overdue(step: Step) -> None:
    """A correction lapses only after its due date (補正期限経過)."""
    due = step.case.return_due
    if due is None or jst_date(step.now) <= due:
        raise ValidationError(_("The correction is not overdue yet."))


def refuse(step: Step) -> None:
    """Keep the reason of not accepting (不受理)."""
    step.case.closing_reason = step.data["reason"]


def to_owner(step: Step) -> list[Recipient]:
    """Return the body's mailboxes."""
    return step.case.owner_mailboxes()


def to_manager(step: Step) -> list[Recipient]:
    """Return the mailbox of the section in charge; nobody is told of a withdrawn draft."""
    section = step.case.edition.section
    if step.before == Application.Status.DRAFT or section is None:
        return []
    return [Recipient(section.mailbox, section.name)]
