"""Deadlines: apps say what is due, core reminds 14, 7, 3 and 1 days before and every week after.

An app registers for each kind a provider that yields what is due and not done; whatever it no
longer yields is told of no more. Each reminder is a unique row, so that the task runs safely twice
and by two workers at once. Mails go to posts and sections, so they follow hand-overs and deputies.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import translation

from core import audit, outbox, registry
from core.fiscal import due_day_text, jst_date, next_working_day, previous_working_day
from core.models import OutboxMessage, Reminder
from core.outbox import Recipient

DAYS_BEFORE = (14, 7, 3, 1)
EVERY = 7  # days after the deadline, until it is done
CATCH_UP = timedelta(days=3)  # a planned day that nobody could work on is made up for so long
TOLD_FOR = timedelta(days=14)  # refused mails of older reminders were told of already
REMIND, ESCALATE, UNDELIVERED = (
    f"core/mail/deadline_{name}" for name in ("remind", "escalate", "undelivered")
)


@dataclass(frozen=True)
class Deadline:
    """What is due and not done: of which case, when, who must act, and who hears if they do not.

    `context` is given to the mails beside what core says itself: `contact` (section, phone, mail)
    for the foot, and `facts`, pairs of words; no amounts, nothing of persons (look.md, Mail).
    `since` is the day from which the duty stands: nothing planned up to it is told.
    """

    case_label: str
    case_id: int
    kind: str
    due: date
    label: str
    url_for_owner: str
    url_for_staff: str
    owner_recipients: tuple[Recipient, ...] = ()
    escalate_to: tuple[Recipient, ...] = ()
    context: dict[str, Any] = field(default_factory=dict)
    staff_recipients: tuple[Recipient, ...] = ()
    section: str = ""
    body: str = ""
    number: str = ""
    program: str = ""
    since: date | None = None

    @property
    def key(self) -> tuple[str, int, str, date]:
        """Return what its reminders have in common."""
        return self.case_label, self.case_id, self.kind, self.due


class Provider(Protocol):
    """Yields what is due of a kind; with `case`, of that record alone. Constant queries."""

    def __call__(self, *, now: datetime, case: models.Model | None = None) -> Iterable[Deadline]:
        """Yield the deadlines of what is not done yet."""


@dataclass(frozen=True)
class Kind:
    """A kind of deadline: its words, its provider, and whether today's work lists it."""

    name: str
    label: Any
    provider: Provider
    in_today: bool = True


@dataclass(frozen=True)
class Planned:
    """One reminder: on which day, how many days after the deadline (before: negative), to whom."""

    day: date
    offset: int
    to: tuple[str, ...]
    sent_at: datetime | None = None

    @property
    def days_before(self) -> int:
        """Return how many days before the deadline it is told."""
        return max(-self.offset, 0)


@dataclass(frozen=True)
class Schedule:
    """A deadline with its days left and its reminders, as the page of its case shows it."""

    deadline: Deadline
    days_left: int
    reminders: tuple[Planned, ...]

    @property
    def is_over(self) -> bool:
        """Say whether the day has passed."""
        return self.days_left < 0

    @property
    def days_over(self) -> int:
        """Return how many days ago it was due."""
        return max(-self.days_left, 0)

    @property
    def next(self) -> Planned | None:
        """Return the reminder that comes next."""
        return next((r for r in self.reminders if r.sent_at is None), None)

    @property
    def last(self) -> Planned | None:
        """Return the reminder that was sent last."""
        return next((r for r in reversed(self.reminders) if r.sent_at), None)


kinds: dict[str, Kind] = {}


def register(kind: str, provider: Provider, *, label: Any = "", in_today: bool = True) -> None:
    """Name the provider of a kind; `in_today` where no list of today's work has its cases yet."""
    kinds[kind] = Kind(kind, label or kind, provider, in_today)


def upcoming(
    *, now: datetime, case: models.Model | None = None, kind: str = ""
) -> Iterator[Deadline]:
    """Yield what is due and not done, of one record or kind where it is given."""
    for known in [kinds[kind]] if kind else list(kinds.values()):
        for deadline in known.provider(now=now, case=case):
            if case is None or (deadline.case_label, deadline.case_id) == (
                case._meta.label,
                case.pk,
            ):
                yield deadline


def reminder_days(due: date, *, until: date) -> list[tuple[date, int]]:
    """Return (day, days after the deadline) of each reminder that is told up to `until`.

    A day that is no working day moves to the working day before; where that would be the day of
    the deadline or before it, a word about lateness moves to the next one. Of two that meet on one
    day the nearer to the deadline stays.
    """
    found = {previous_working_day(due - timedelta(days=n)): -n for n in DAYS_BEFORE}
    late = due + timedelta(days=EVERY)
    while (day := _after(due, late)) <= until:
        found.setdefault(day, (late - due).days)
        late += timedelta(days=EVERY)
    return sorted((day, offset) for day, offset in found.items() if day <= until)


def _after(due: date, day: date) -> date:
    moved = previous_working_day(day)
    return moved if moved > due else next_working_day(day)


def _planned(deadline: Deadline, *, until: date) -> list[tuple[date, int]]:
    since = deadline.since or date.min
    return [pair for pair in reminder_days(deadline.due, until=until) if pair[0] > since]


def remind(*, by: Any, now: datetime) -> int:
    """Tell what today asks for, each once; returns how many reminders. Safe at once with another."""
    count = 0
    with translation.override(settings.LANGUAGE_CODE):
        for deadline in list(upcoming(now=now)):
            offset = _asked_today(deadline, now=now)
            if offset is not None and not _rows(deadline, offset).exclude(sent_at=None).exists():
                count += _told(deadline, offset, by=by, now=now)
        _report_refused(now=now)
    return count


def _asked_today(deadline: Deadline, *, now: datetime) -> int | None:
    """Return the offset of the latest planned reminder, if its day is today or just missed."""
    today = jst_date(now)
    planned = _planned(deadline, until=today)
    return planned[-1][1] if planned and today - planned[-1][0] <= CATCH_UP else None


def _rows(deadline: Deadline, offset: int) -> models.QuerySet[Reminder]:
    names = ("case_label", "case_id", "kind", "due")
    return Reminder.objects.filter(**dict(zip(names, deadline.key, strict=True)), offset=offset)


def _told(deadline: Deadline, offset: int, *, by: Any, now: datetime) -> bool:
    """Lock the case, look once more whether it is due, claim the row and write the mails."""
    with transaction.atomic():
        model = registry.model_by_label(deadline.case_label)
        locked = model._default_manager.select_for_update(of=("self",), no_key=True)
        case = locked.filter(pk=deadline.case_id).first()
        still = upcoming(now=now, case=case, kind=deadline.kind) if case else ()
        found = next((d for d in still if d.key == deadline.key), None)
        if found is None:
            return False
        Reminder.objects.bulk_create([_row(found, offset)], ignore_conflicts=True)
        row = _rows(found, offset).select_for_update().get()
        if row.sent_at:
            return False
        _write(row, found, case, by=by, now=now)
    return True


def _row(deadline: Deadline, offset: int) -> Reminder:
    label, case_id, kind, due = deadline.key
    return Reminder(
        case_label=label,
        case_id=case_id,
        kind=kind,
        due=due,
        offset=offset,
        label=str(deadline.label)[:100],
        number=deadline.number[:40],
        body=deadline.body[:200],
        section=deadline.section[:100],
        url=deadline.url_for_staff[:300],
    )


def _write(row: Reminder, deadline: Deadline, case: Any, *, by: Any, now: datetime) -> None:
    """Queue the mails: to whoever must act, to the manager where it is late, or to the officer."""
    tell = partial(outbox.enqueue, now=now, case=case, batch=row.public_id)
    context = _context(deadline, now=now)
    mailboxes = [r for r in deadline.owner_recipients if r.email]
    tell(REMIND, recipients=mailboxes, context=context | {"link": _link(deadline.url_for_owner)})
    if row.offset > 0:
        staff = context | {"link": _link(deadline.url_for_staff)}
        staff["has_owner_mailbox"] = bool(mailboxes)
        tell(ESCALATE, recipients=deadline.escalate_to, context=staff)
        row.is_escalated = any(r.email for r in deadline.escalate_to)
    if not mailboxes:
        row.problem = Reminder.Problem.NO_MAILBOX
        _tell_officer(row, deadline, case, now=now)
    row.sent_at = now
    row.save(update_fields=["sent_at", "problem", "is_escalated"])
    audit.record(
        "remind", case, by=by, at=now, note=f"{deadline.label} {deadline.due} {row.offset:+}"
    )


def _tell_officer(row: Reminder, deadline: Deadline, case: Any, *, now: datetime) -> None:
    """Write to the officer in charge, or to the manager, that nobody was reached."""
    context = _context(deadline, now=now)
    context |= {"link": _link(deadline.url_for_staff), "problem": row.get_problem_display()}
    recipients = deadline.staff_recipients or deadline.escalate_to
    outbox.enqueue(UNDELIVERED, recipients=recipients, context=context, now=now, case=case)


def _report_refused(*, now: datetime) -> None:
    """Tell the officer of reminders that a mail server refused for good (outbox: given up)."""
    given_up = OutboxMessage.objects.filter(
        batch=OuterRef("public_id"), template=REMIND, failed_at__isnull=False
    )
    recent = Reminder.objects.filter(problem="", sent_at__gt=now - TOLD_FOR)
    for pk in recent.filter(Exists(given_up)).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Reminder.objects.select_for_update().filter(pk=pk, problem="").first()
            if row is None:
                continue
            row.problem = Reminder.Problem.UNDELIVERED
            row.save(update_fields=["problem"])
            case = registry.model_by_label(row.case_label)._default_manager.get(pk=row.case_id)
            for deadline in upcoming(now=now, case=case, kind=row.kind):
                if deadline.due == row.due:
                    _tell_officer(row, deadline, case, now=now)


def handle(row: Reminder, *, by: Any, now: datetime) -> None:
    """Note that the officer reached the body by another way or mended the mailbox."""
    with transaction.atomic():
        found = Reminder.objects.select_for_update().get(pk=row.pk)
        if found.problem and found.handled_at is None:
            found.handled_at = now
            found.save(update_fields=["handled_at"])
            audit.record("handle", found, by=by, at=now)


def _link(url: str) -> str:
    return settings.BASE_URL + url


def _context(deadline: Deadline, *, now: datetime) -> dict[str, Any]:
    days = (deadline.due - jst_date(now)).days
    own = {
        "label": deadline.label,
        "body": deadline.body,
        "program": deadline.program,
        "number": deadline.number,
        "due": due_day_text(deadline.due),
        "days": days,
        "days_over": -days,
        "is_over": days < 0,
    }
    return own | deadline.context


def schedule_of(case: models.Model, *, now: datetime) -> list[Schedule]:
    """Return the case's deadlines, nearest first, with the reminders told and still to be told."""
    return schedules([*upcoming(now=now, case=case)], now=now)


def schedules(deadlines: Iterable[Deadline], *, now: datetime) -> list[Schedule]:
    """Return the deadlines with their reminders, nearest first; one query."""
    deadlines = sorted(deadlines, key=lambda d: (d.due, d.case_id, d.kind))
    rows = Reminder.objects.filter(
        case_id__in={d.case_id for d in deadlines}, sent_at__isnull=False
    )
    told = {(r.case_label, r.case_id, r.kind, r.due, r.offset): r.sent_at for r in rows}
    return [_schedule(deadline, told, now=now) for deadline in deadlines]


def _schedule(deadline: Deadline, told: dict[Any, Any], *, now: datetime) -> Schedule:
    today = jst_date(now)
    horizon = max(deadline.due, today) + timedelta(days=EVERY + 7)
    late = [(day, n) for day, n in _planned(deadline, until=horizon) if n > 0 and day > today]
    last = late[0][0] if late else horizon
    owners = tuple(dict.fromkeys(r.name or r.email for r in deadline.owner_recipients))
    managers = tuple(dict.fromkeys(r.name or r.email for r in deadline.escalate_to))
    reminders = [
        Planned(
            day,
            offset,
            owners + (managers if offset > 0 else ()),
            told.get((*deadline.key, offset)),
        )
        for day, offset in _planned(deadline, until=last)
    ]
    shown = tuple(r for r in reminders if r.sent_at or r.day >= today)
    return Schedule(deadline, (deadline.due - today).days, shown)
