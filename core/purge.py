"""Lets go of personal data whose time is over, and of nothing that a decided list does not name.

Once a month the portal proposes a list (which model, which ids, why); an administrator decides it or
dismisses it; the nightly task carries out what was decided, looking at each row once more. The audit
keeps model and ids, no word of what they held.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from core.fiscal import jst_date
from core.models import PurgeList
from core.retention import Retention
from core.workflow import InvalidTransition

# What is kept beside our own models, for the page that says so.
OTHERS = (
    (
        gettext_lazy("sessions: network address and browser"),
        gettext_lazy("end of the session or 12 hours; the nightly task deletes what is left"),
    ),
    (
        gettext_lazy("answers of the API, for a repeated request"),
        gettext_lazy("24 hours after the answer, by the hourly task"),
    ),
    (
        gettext_lazy("log lines of the servers"),
        gettext_lazy("rotation of the host (docs/operations.md)"),
    ),
    (gettext_lazy("backups"), gettext_lazy("the operator's plan of backups (docs/operations.md)")),
)
MOST = 5_000  # rows of one model in a list; the next month takes the rest
AT_ONCE = 200  # rows of one transaction


@dataclass(frozen=True)
class Kept:
    """A model with its retention and, as a dry run, what is past its time now."""

    model: type[models.Model]
    retention: Retention
    days: int | None
    cutoff: datetime | None
    count: int

    @property
    def label(self) -> str:
        """Return the model's name in code, as the settings and the audit write it."""
        return self.model._meta.label

    @property
    def is_erased(self) -> bool:
        """Say whether rows stay, emptied of what is personal."""
        return hasattr(self.model, "erase")


def declared() -> Iterator[tuple[type[models.Model], Retention]]:
    """Yield every model that declares how long it is kept, by its label."""
    for model in sorted(apps.get_models(), key=lambda m: m._meta.label):
        found = getattr(model, "retention", None)
        if isinstance(found, Retention):
            yield model, found


def overdue(model: type[models.Model], before: datetime) -> models.QuerySet:
    """Return the rows whose event was before the moment, oldest first."""
    retention: Retention = model.retention  # type: ignore[attr-defined]
    if retention.due is None:
        return model._default_manager.none()
    return model._default_manager.filter(retention.due(before)).order_by("pk")


def report(*, now: datetime) -> list[Kept]:
    """Say for each model how long it is kept and how many rows are past that; changes nothing."""
    found = []
    for model, retention in declared():
        label = model._meta.label
        cutoff = retention.cutoff(label, now)
        count = overdue(model, cutoff).count() if cutoff else 0
        found.append(Kept(model, retention, retention.days_for(label), cutoff, count))
    return found


def propose(*, now: datetime) -> PurgeList | None:
    """Write this month's list, once; None where it is there, one waits, or nothing is due."""
    period = f"{jst_date(now):%Y-%m}"
    waiting = PurgeList.objects.filter(state__in=("proposed", "decided"))
    if waiting.exists() or PurgeList.objects.filter(period=period).exists():
        return None
    parts = [part for part in map(_part, report(now=now)) if part["ids"]]
    if not parts:
        return None
    row = PurgeList(period=period, parts=parts, proposed_at=now)
    PurgeList.objects.bulk_create([row], ignore_conflicts=True)
    return PurgeList.objects.get(period=period)


def _part(kept: Kept) -> dict[str, Any]:
    ids = (
        list(overdue(kept.model, kept.cutoff).values_list("pk", flat=True)[:MOST])
        if kept.cutoff
        else []
    )
    cutoff = kept.cutoff.isoformat() if kept.cutoff else ""
    return {"model": kept.label, "cutoff": cutoff, "ids": ids, "done": 0, "left": 0}


def decide(
    found: PurgeList, *, by: Any, now: datetime, reason: str, dismiss: bool = False
) -> PurgeList:
    """Decide a proposed list, or dismiss it with a reason; InvalidTransition for any other."""
    if not by.has_perm("core.decide_purgelist"):
        raise PermissionDenied
    with transaction.atomic():
        row = PurgeList.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if row.state != PurgeList.State.PROPOSED:
            raise InvalidTransition(_("This list was decided already. Open it again to see how."))
        row.state = PurgeList.State.DISMISSED if dismiss else PurgeList.State.DECIDED
        row.decided_by, row.decided_at, row.reason = by, now, reason
        row.save(update_fields=["state", "decided_by", "decided_at", "reason"])
        audit.record("dismiss" if dismiss else "decide", row, by=by, at=now, note=reason)
    return row


def carry_out(*, by: Any, now: datetime) -> int:
    """Do what was decided; returns how many rows went. Begun again after a dead worker, it goes on."""
    pks = PurgeList.objects.filter(state=PurgeList.State.DECIDED).order_by("pk")
    return sum(_carry_out(pk, by=by, now=now) for pk in pks.values_list("pk", flat=True))


def _carry_out(pk: int, *, by: Any, now: datetime) -> int:
    count = 0
    while (done := _next_rows(pk, by=by, now=now)) is not None:
        count += done
    return count


def _next_rows(pk: int, *, by: Any, now: datetime) -> int | None:
    """Let go of the next rows of the list; None where it is done or another worker has it."""
    with transaction.atomic():
        rows = PurgeList.objects.filter(pk=pk, state=PurgeList.State.DECIDED)
        row = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return None
        part = next((p for p in row.parts if p["ids"][p["done"] + p["left"] :]), None)
        if part is None:
            row.state, row.done_at = PurgeList.State.DONE, now
            row.save(update_fields=["state", "done_at"])
            audit.record("carry_out", row, by=by, at=now)
            return None
        seen = part["done"] + part["left"]
        chunk = part["ids"][seen : seen + AT_ONCE]
        gone = _let_go(part, chunk)
        part["done"] += len(gone)
        part["left"] += len(chunk) - len(gone)
        row.save(update_fields=["parts"])
        if gone:
            note = f"{row.period} {part['model']}"
            audit.record(
                "purge", apps.get_model(part["model"])(), by=by, at=now, ids=gone, note=note
            )
    return len(gone)


def _let_go(part: dict[str, Any], ids: list[int]) -> list[int]:
    """Erase or delete each row that is still past its time; returns the ids that went."""
    model, cutoff = apps.get_model(part["model"]), parse_datetime(part["cutoff"])
    assert cutoff is not None
    rows = overdue(model, cutoff).filter(pk__in=ids).select_for_update(of=("self",))
    return [row.pk for row in rows if _went(row, row.pk)]


def _went(row: Any, pk: int) -> bool:
    """Let go of one row; one that a record still needs stays and is counted as left."""
    try:
        with transaction.atomic():
            row.erase() if hasattr(row, "erase") else row.delete()
    except models.ProtectedError:
        row.pk = pk
        return False
    row.pk = pk
    return True
