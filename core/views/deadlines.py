"""Every coming deadline of the cases that a member of staff may see, with its reminders."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core import deadlines, registry, today
from core.deadlines import Deadline
from core.fiscal import jst_date
from core.models import Reminder
from core.today import Listing, Row

SHOWN = 200
SOON = 7
DAYS = ((7, gettext_lazy("7 days")), (14, gettext_lazy("14 days")), (31, gettext_lazy("31 days")))


def visible(user: Any, *, now: datetime) -> list[Deadline]:
    """Return the deadlines of the cases that the user may see, the nearest first."""
    by_label: dict[str, list[Deadline]] = {}
    for deadline in deadlines.upcoming(now=now):
        by_label.setdefault(deadline.case_label, []).append(deadline)
    found = [d for label, rows in by_label.items() for d in _seen(label, rows, user)]
    return sorted(found, key=lambda d: (d.due, d.case_label, d.case_id))


def _seen(label: str, rows: list[Deadline], user: Any) -> list[Deadline]:
    model: Any = registry.model_by_label(label)
    if not user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        return []
    cases = model._default_manager.visible_to(user).filter(pk__in={d.case_id for d in rows})
    seen = set(cases.order_by().values_list("pk", flat=True))
    return [deadline for deadline in rows if deadline.case_id in seen]


@require_safe
def deadline_list(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """List what is due, by section, kind and how soon."""
    now = timezone.now()
    every = visible(request.user, now=now)
    asked = {name: request.GET.get(name, "") for name in ("section", "kind", "days")}
    found = _narrowed(every, asked, now=now)
    shown = {
        "title": _("Deadlines and reminders"),
        "schedules": deadlines.schedules(found[:SHOWN], now=now),
        "count": len(found),
        "left_out": max(len(found) - SHOWN, 0),
        "is_filtered": any(asked.values()),
        "filters": _filters(every, asked),
        "reminders_url": reverse("admin:core_reminder_changelist"),
    }
    return render(request, "admin/deadlines.html", {**context, **shown})


def _narrowed(rows: Iterable[Deadline], asked: dict[str, str], *, now: datetime) -> list[Deadline]:
    today_, days = jst_date(now), asked["days"]
    found = [d for d in rows if asked["kind"] in ("", d.kind)]
    found = [d for d in found if asked["section"] in ("", d.section)]
    if days == "over":
        return [d for d in found if d.due < today_]
    if days.isdecimal():
        until = today_ + timedelta(days=min(int(days), 3660))
        return [d for d in found if today_ <= d.due <= until]
    return found


def _filters(every: list[Deadline], asked: dict[str, str]) -> list[dict[str, Any]]:
    sections = sorted({d.section for d in every if d.section})
    kinds = {d.kind for d in every}
    choices: list[tuple[str, Any, list[tuple[str, Any]]]] = [
        ("section", _("Section in charge"), [(name, name) for name in sections]),
        (
            "kind",
            _("Kind of deadline"),
            [(k.name, k.label) for k in deadlines.kinds.values() if k.name in kinds],
        ),
        (
            "days",
            _("Due"),
            [
                ("over", _("overdue")),
                *((str(n), _("within %(days)s") % {"days": w}) for n, w in DAYS),
            ],
        ),
    ]
    return [
        {"name": name, "label": label, "value": asked[name], "choices": offered}
        for name, label, offered in choices
    ]


def _of_today(user: Any, now: datetime, *, is_over: bool) -> list[Row]:
    """Return the deadlines of the user's own sections that today's work shows."""
    listed = {kind.name for kind in deadlines.kinds.values() if kind.in_today}
    if not listed:
        return []
    mine = {post.section.name for post in user.access.posts if post.section.office_id}
    day = jst_date(now)
    return [
        Row(d.number or "－", d.body, d.program, d.label, d.due, d.url_for_staff)
        for d in visible(user, now=now)
        if d.kind in listed
        and d.section in mine
        and (d.due < day if is_over else day <= d.due <= day + timedelta(days=SOON))
    ]


def _due(user: Any, now: datetime) -> list[Row]:
    return _of_today(user, now, is_over=False)


def _overdue(user: Any, now: datetime) -> list[Row]:
    return _of_today(user, now, is_over=True)


def unreached(rows: Any, user: Any, now: datetime) -> Any:
    """Return the reminders that reached nobody, of the user's own sections."""
    if not user.has_perm("core.handle_reminder"):
        return rows.none()
    mine = [post.section.name for post in user.access.posts]
    waiting = rows.exclude(problem="").filter(handled_at=None, section__in=["", *mine])
    return waiting.order_by("due", "pk")


def _unreached(reminder: Reminder) -> Row:
    return Row(
        number=reminder.number or "－",
        body=reminder.body,
        program=reminder.label,
        asked=_("The reminder reached nobody: telephone, and mend the mailbox"),
        at=reminder.sent_at,
        url=reverse("admin:core_reminder_change", args=[reminder.pk]),
    )


today.register(Reminder, "mine", rows=unreached, row=_unreached)
_LABEL = gettext_lazy("deadlines")
today.add_listing(Listing("due", _LABEL, _due, f"admin:deadlines?days={SOON}"))
today.add_listing(Listing("overdue", _LABEL, _overdue, "admin:deadlines?days=over"))
