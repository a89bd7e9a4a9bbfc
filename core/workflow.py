"""The one way a case is made, edited and moved: admin, screens and API all come here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core import audit, outbox, registry

FILE_FOR_BODY = "core.file_for_body"


class InvalidTransition(Exception):
    """The act is not possible in the case's present status (409)."""


class StaleVersion(Exception):
    """The case was changed since the caller read it (412; nothing was written)."""

    def __init__(self, case: models.Model):
        super().__init__(_("Someone else changed this record meanwhile. Compare and save again."))
        self.case = case


class Authority(Protocol):
    """What lets a 決 transition run: a decided approval that covers this case and act."""

    def covers(self, case: models.Model, name: str) -> bool:
        """Say whether the decision covers the act on the case."""


@dataclass(frozen=True)
class Behalf:
    """Staff filing a body's paper: whose, why, and when the paper arrived (JST)."""

    organization: str
    reason: str
    arrived_on: date


@dataclass
class Step:
    """One act being made; handed to prepare, guard, effect and notify."""

    case: Any
    name: str
    by: Any
    now: datetime
    data: dict[str, Any]
    prepared: Any = None
    behalf: Behalf | None = None
    before: str = ""
    batch: UUID | None = None


@dataclass(frozen=True)
class Transition:
    """One row of the table: from where to where, who, under what, with what effect.

    `grace` is how long its notices wait before they leave, so that a wrong click can be undone.
    `keeps_input` leaves what is typed and not saved yet: the act does not end the writing.
    `hold` locks what the act on many cases will write, before the first: each lock that an act takes
    after a letter's number could meet another batch that waits for the number (design.md, Locks).
    """

    name: str
    label: Any
    source: tuple[str, ...]
    target: "str | Callable[[Step], str]"
    targets: tuple[str, ...] = ()
    permission: str = ""
    form: type[forms.Form] | None = None
    prepare: Callable[[Step], Any] | None = None
    guard: Callable[[Step], None] | None = None
    effect: Callable[[Step], None] | None = None
    notify: Callable[[Step], list[outbox.Recipient]] | None = None
    grace: timedelta = timedelta(0)
    letter: str = ""
    hold: Callable[[Sequence[Any]], None] | None = None
    two_person: tuple[str, ...] = ()
    needs_authority: bool = False
    owner_act: bool = False
    system: bool = False
    keeps_input: bool = False

    @property
    def verb(self) -> str:
        """Return the permission's verb: the transition's own name unless the row says another."""
        return self.permission or self.name

    @property
    def possible_targets(self) -> tuple[str, ...]:
        """Return every status the row may lead to, for the house test and the diagrams."""
        return (self.target,) if isinstance(self.target, str) else self.targets


@dataclass(frozen=True)
class Workflow:
    """A case's table of transitions; `hidden` maps statuses owners may not see to what they see.

    `owner_writes`: bodies make and edit such cases though none of the acts is theirs.
    `turn(case, name, user)` says whether an act is this person's to make now: which buttons show.
    """

    model: type[models.Model]
    initial: str
    editable: tuple[str, ...]
    transitions: tuple[Transition, ...]
    hidden: dict[str, str] = field(default_factory=dict)
    owner_writes: bool = False
    turn: Callable[[Any, str, Any], bool] | None = None

    def named(self, name: str) -> list[Transition]:
        """Return the rows of that name; LookupError where there is none."""
        rows = [row for row in self.transitions if row.name == name]
        if not rows:
            raise LookupError(name)
        return rows


def register(flow: Workflow) -> Workflow:
    """Make the workflow known; called by each app's workflow.py."""
    registry.workflows[flow.model] = flow
    return flow


def workflow_for(case: Any) -> Workflow:
    """Return the workflow of a case or a case model."""
    return registry.workflows[case if isinstance(case, type) else type(case)]


def permission_name(model: Any, verb: str) -> str:
    """Return `<app>.<verb>_<model>`."""
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def allowed(case: Any, verb: str, user: Any, behalf: Behalf | None = None) -> bool:
    """Say whether user may, on this case, by own right or for the body whose paper arrived."""
    if user.has_perm(permission_name(case, verb), case):
        return True
    return behalf is not None and may_file_for(case, user)


def has_owner_acts(model: type) -> bool:
    """Say whether bodies act on cases of this kind at all, so that staff may act for them."""
    flow = registry.workflows.get(model)
    if flow is None:
        return False
    return flow.owner_writes or any(row.owner_act for row in flow.transitions)


def may_file_for(case: Any, user: Any) -> bool:
    """Say whether user is staff who may act for the body of a case, or of a kind of case (paper).

    Only where bodies act at all: nobody files a call or an approval on behalf of anyone.
    """
    model = case if isinstance(case, type) else type(case)
    if not has_owner_acts(model):
        return False
    return user.has_perm(FILE_FOR_BODY, None if model is case else case)


def available(case: Any, user: Any) -> list[Transition]:
    """Return the rows that user may run now; those that need a decided approval are not buttons."""
    behalf = Behalf("", "", date.min) if may_file_for(case, user) else None
    flow = workflow_for(case)
    return [
        row
        for row in flow.transitions
        if case.status in row.source
        and not (row.system or row.needs_authority)
        and (flow.turn is None or flow.turn(case, row.name, user))
        and allowed(case, row.verb, user, behalf if row.owner_act else None)
        and not _barred(case, row, user)
    ]


def may_edit(case: Any, user: Any, behalf: Behalf | None = None) -> bool:
    """Say whether user may change the case's own fields in its present status."""
    return case.status in workflow_for(case).editable and allowed(case, "change", user, behalf)


def shown_status(case: Any, user: Any) -> str:
    """Return the status as this user may know it (design.md: until announced)."""
    if user.access.is_headquarters:
        return case.status
    return workflow_for(case).hidden.get(case.status, case.status)


def status_label(case: Any, user: Any) -> str:
    """Return the Japanese label of the status as this user may know it."""
    return str(type(case).Status(shown_status(case, user)).label)


def _barred(case: Any, row: Transition, user: Any) -> bool:
    if user.pk is None:  # the system has no id; nor has an act that nobody made yet
        return False
    return any(audit.latest_actor(case, name) == user.pk for name in row.two_person)


def _require_staff_for_paper(case: Any, by: Any, behalf: Behalf | None) -> None:
    """Only staff may say that a paper arrived, and when: its day decides what is late."""
    if behalf is not None and not may_file_for(case, by):
        raise PermissionDenied


def lock(case: models.Model) -> Any:
    """Return the row locked for update (NO KEY, so that children may still point at it)."""
    rows = type(case)._default_manager.select_for_update(of=("self",), no_key=True)
    return rows.get(pk=case.pk)


def hold(cases: Sequence[Any], name: str) -> None:
    """Lock what the act on these locked cases of one kind will write; before the first of them."""
    rows = workflow_for(cases[0]).named(name)
    for take in dict.fromkeys(row.hold for row in rows if row.hold):
        take(cases)


def run(
    case: Any,
    name: str,
    *,
    by: Any,
    now: datetime,
    data: Any = None,
    behalf: Behalf | None = None,
    authority: Authority | None = None,
    version: int | None = None,
    batch: UUID | None = None,
) -> Any:
    """Make one transition: check, act, save, record, notify; or raise and change nothing.

    `batch` names what is done together, so that its notices can be stopped together.
    Raises PermissionDenied, InvalidTransition, StaleVersion or ValidationError.
    """
    step = Step(case, name, by, now, {}, behalf=behalf, batch=batch)
    rows = workflow_for(case).named(name)
    _prepare(rows, step)
    with transaction.atomic():
        step.case = case = lock(case)
        row = _permitted_row(rows, step)
        if version is not None and version != case.version:
            raise StaleVersion(case)
        before = audit.snapshot(case)
        if row.needs_authority and not (authority and authority.covers(case, name)):
            raise InvalidTransition(
                _("“%(act)s” runs only from a decided approval. Put it into an approval.")
                % {"act": row.label}
            )
        step.data = _clean(row, step, data)
        if row.guard:
            row.guard(step)
        _move(row, step, before)
    return case


def _prepare(rows: list[Transition], step: Step) -> None:
    """Do the row's slow work before the lock, for those who may run it at all."""
    row = next((row for row in rows if step.case.status in row.source), None)
    if row and row.prepare and _may_run(row, step):
        step.prepared = row.prepare(step)


def _may_run(row: Transition, step: Step) -> bool:
    return allowed(step.case, row.verb, step.by, step.behalf if row.owner_act else None)


def _permitted_row(rows: list[Transition], step: Step) -> Transition:
    """Return the row for the present status; 403 before 409."""
    case, by = step.case, step.by
    _require_staff_for_paper(case, by, step.behalf)
    permitted = [row for row in rows if _may_run(row, step)]
    if not permitted:
        raise PermissionDenied
    row = next((row for row in permitted if case.status in row.source), None)
    if row is None:
        raise InvalidTransition(
            _("“%(act)s” is not possible while the status is “%(status)s”.")
            % {"act": rows[0].label, "status": status_label(case, by)}
        )
    if _barred(case, row, by):
        raise PermissionDenied(_("The person who prepared this may not also decide it."))
    if step.behalf and not row.owner_act:
        raise PermissionDenied(_("Only the body's own acts can be filed on its behalf."))
    return row


def _clean(row: Transition, step: Step, data: Any) -> dict[str, Any]:
    if row.form is None:
        return {}
    form = row.form(data if data is not None else {}, case=step.case, by=step.by, now=step.now)  # type: ignore[call-arg]
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return form.cleaned_data


def _move(row: Transition, step: Step, before: dict[str, Any]) -> None:
    """Act, and write what differs from `before`: a whole row costs each of its indexes."""
    case = step.case
    step.before = case.status
    case.status = row.target if isinstance(row.target, str) else row.target(step)
    if row.effect:
        row.effect(step)
    case.version += 1
    case.draft_input = case.draft_input if row.keeps_input else {}
    changes = audit.changes_between(before, case)
    case.save(update_fields=[*changes, "version", "draft_input", "updated_at"])
    audit.record(
        row.name,
        case,
        by=step.by,
        at=step.now,
        changes=changes,
        note=_note(step),
        on_behalf_of=step.behalf.organization if step.behalf else "",
    )
    if row.notify:
        _notify(row, step)


def _note(step: Step) -> str:
    """Return the reason for the audit; a personal case keeps its words on the case."""
    if getattr(step.case, "personal_data", False):
        return ""
    reasons = [str(step.data.get("reason") or ""), step.behalf.reason if step.behalf else ""]
    return " / ".join(text for text in reasons if text)


def _notify(row: Transition, step: Step) -> None:
    """Queue the notices, in the readers' language whatever the actor's screen speaks."""
    assert row.notify is not None
    meta = step.case._meta
    with translation.override(settings.LANGUAGE_CODE):
        outbox.enqueue(
            f"{meta.app_label}/mail/{meta.model_name}_{row.name}",
            recipients=row.notify(step),
            context=step.case.notice_context(step),
            case=step.case,
            now=step.now,
            not_before=step.now + row.grace,
            batch=step.batch or (uuid4() if row.grace else None),
        )


def create(
    model: type[models.Model],
    *,
    by: Any,
    now: datetime,
    changes: dict[str, Any],
    behalf: Behalf | None = None,
    children: Callable[[Any], dict[str, Any]] | None = None,
) -> Any:
    """Make a case in its initial status; raises PermissionDenied outside the user's sections."""
    case: Any = model(status=workflow_for(model).initial, **changes)
    _require_staff_for_paper(case, by, behalf)
    if not allowed(case, "add", by, behalf):
        raise PermissionDenied
    with transaction.atomic():
        case.save(force_insert=True)
        if children:
            children(case)
        audit.record(
            "add",
            case,
            by=by,
            at=now,
            note=behalf.reason if behalf else "",
            on_behalf_of=behalf.organization if behalf else "",
        )
    return case


def edit(
    case: Any,
    *,
    by: Any,
    now: datetime,
    version: int | None,
    changes: dict[str, Any],
    behalf: Behalf | None = None,
    children: Callable[[Any], dict[str, Any]] | None = None,
    settled: Collection[str] | None = None,
) -> Any:
    """Change fields of a case whose version the caller read; `children` writes whole lists.

    `settled` names the typed input that this edit has read (None: all); the rest is kept.
    Raises PermissionDenied, InvalidTransition (no longer editable) or StaleVersion.
    """
    with transaction.atomic():
        case = lock_to_edit(case, by=by, version=version, behalf=behalf)
        before, typed = audit.snapshot(case), case.draft_input
        for name, value in changes.items():
            setattr(case, _editable(case, name), value)
        told = (children(case) if children else {}) | audit.changes_between(before, case)
        case.draft_input = {
            n: v for n, v in typed.items() if n not in (typed if settled is None else settled)
        }
        if told or case.draft_input != typed:
            case.version += 1
            case.save(update_fields=[*changes, "version", "draft_input", "updated_at"])
        if told:
            audit.record(
                "change",
                case,
                by=by,
                at=now,
                changes=told,
                note=behalf.reason if behalf else "",
                on_behalf_of=behalf.organization if behalf else "",
            )
    return case


def lock_to_edit(case: Any, *, by: Any, version: int | None, behalf: Behalf | None = None) -> Any:
    """Return the case locked, if this person may edit it now and read its present version."""
    case = lock(case)
    _require_staff_for_paper(case, by, behalf)
    if not allowed(case, "change", by, behalf):
        raise PermissionDenied
    if version is not None and version != case.version:
        raise StaleVersion(case)
    if reason := why_not_editable(case, by):
        raise InvalidTransition(reason)
    return case


def why_not_editable(case: Any, user: Any) -> str:
    """Return why the case's status allows no edit any more, in words; empty while it does."""
    if case.status in workflow_for(case).editable:
        return ""
    text = _("The record can no longer be edited: its status is “%(status)s”.")
    return text % {"status": status_label(case, user)}


def _editable(case: Any, name: str) -> str:
    if not case._meta.get_field(name).editable:
        raise ValueError(f"{name} is not edited by hand")
    return name
