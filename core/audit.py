"""The audit: record an act, seal the chain, and verify that nothing was changed or cut."""

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from core.middleware import request_id
from core.models import AuditEvent, AuditSeal

logger = logging.getLogger(__name__)

GENESIS = "0" * 64
_SEAL_LOCK = 72_011_001  # advisory lock: one sealer at a time
_SEAL_WINDOW = 10_000  # an id may commit later than a higher one; look back this far


def record(
    action: str,
    target: models.Model,
    *,
    by: Any,
    at: datetime | None = None,
    changes: dict[str, Any] | None = None,
    note: str = "",
    on_behalf_of: str = "",
    ids: list[int] | None = None,
) -> AuditEvent:
    """Write one event about target, in the caller's transaction; `ids` for an act on many rows."""
    event = AuditEvent(
        at=at or timezone.now(),
        actor_id=by.pk,
        actor_label=by.access.label,
        on_behalf_of=on_behalf_of,
        action=f"{target._meta.label_lower}.{action}",
        target_label=target._meta.label,
        target_id=str(target.pk or ""),
        target_ids=ids or [],
        changes=changes or {},
        note=note,
        request_id=request_id.get(),
    )
    event.digest = digest(event)
    event.save(force_insert=True)
    return event


def digest(event: AuditEvent) -> str:
    """Return the SHA-256 of all that the event says (its id is sealed by the chain)."""
    said = {
        field.attname: getattr(event, field.attname)
        for field in event._meta.concrete_fields
        if field.attname not in {"id", "digest", "at"}
    }
    said["at"] = event.at.astimezone(timezone.get_default_timezone()).isoformat(
        timespec="microseconds"
    )
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def snapshot(obj: models.Model) -> dict[str, Any]:
    """Return the concrete fields of obj as JSON values, for `changes_between`."""
    return {f.name: _plain(getattr(obj, f.attname)) for f in obj._meta.concrete_fields}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dict | list):
        return json.loads(json.dumps(value, sort_keys=True, default=str))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


_UNTOLD = frozenset({"updated_at", "version", "draft_input", "search_key"})


def changes_between(before: dict[str, Any], after: models.Model) -> dict[str, Any]:
    """Return {field: [old, new]}; fields in the model's `audit_mask` are named, not copied."""
    masked: frozenset[str] = getattr(after, "audit_mask", frozenset())
    return {
        name: ["***", "***"] if name in masked else [before[name], value]
        for name, value in snapshot(after).items()
        if name not in _UNTOLD and before[name] != value
    }


def events_for(target: models.Model) -> models.QuerySet[AuditEvent]:
    """Return the events about target, newest first."""
    return AuditEvent.objects.filter(
        target_label=target._meta.label, target_id=str(target.pk)
    ).order_by("-id")


def latest_actor(target: models.Model, action: str) -> int | None:
    """Return the id of who last did `action` on target (None: nobody, or the system)."""
    name = f"{target._meta.label_lower}.{action}"
    return events_for(target).filter(action=name).values_list("actor_id", flat=True).first()


def _link(previous: str, position: int, event: AuditEvent) -> str:
    return hashlib.sha256(f"{previous}:{position}:{event.pk}:{event.digest}".encode()).hexdigest()


def seal(*, now: datetime, limit: int = 2_000, everything: bool = False) -> int:
    """Append committed events to the chain; returns how many. Writers never wait for this.

    `everything` looks at the whole table, for what committed later than the window reaches.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEAL_LOCK])
            if not cursor.fetchone()[0]:
                return 0
        last = AuditSeal.objects.order_by("-position").first()
        waiting = _unsealed()
        if not everything:
            highest = AuditSeal.objects.aggregate(highest=Max("event_id"))["highest"] or 0
            waiting = waiting.filter(pk__gt=highest - _SEAL_WINDOW)
        position, previous = (last.position, last.hash) if last else (0, GENESIS)
        seals = []
        for event in waiting.order_by("pk")[:limit]:
            position += 1
            link = _link(previous, position, event)
            seals.append(
                AuditSeal(
                    position=position,
                    event_id=event.pk,
                    previous=previous,
                    hash=link,
                    sealed_at=now,
                )
            )
            previous = link
        AuditSeal.objects.bulk_create(seals)
        return len(seals)


def seal_waiting(*, now: datetime, everything: bool = False) -> int:
    """Seal until nothing waits; returns how many events were sealed."""
    count = 0
    while sealed := seal(now=now, everything=everything):
        count += sealed
    return count


def _unsealed() -> models.QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(~Exists(AuditSeal.objects.filter(event_id=OuterRef("pk"))))


def export_head(*, now: datetime) -> dict[str, Any] | None:
    """Append the chain's head to a file outside the database, so that a cut tail shows."""
    last = AuditSeal.objects.order_by("-position").first()
    if last is None:
        return None
    head = {"position": last.position, "hash": last.hash, "at": now.isoformat()}
    path = Path(settings.AUDIT_HEAD_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        stream.write(json.dumps(head) + "\n")
    return head


def exported_heads() -> Iterator[dict[str, Any]]:
    """Yield the heads exported so far, oldest first; ValueError at a line that is none."""
    path = Path(settings.AUDIT_HEAD_FILE)
    for line in path.read_text().splitlines() if path.exists() else ():
        yield json.loads(line)


def problems() -> Iterator[str]:
    """Yield one sentence for each break: changed or missing event, broken chain, cut tail."""
    heads: dict[int, set[str]] = {}
    try:
        for head in exported_heads():
            heads.setdefault(head["position"], set()).add(head["hash"])
    except ValueError:
        yield "heads: a line of the exported heads cannot be read; those after it are not compared"
    previous, position = GENESIS, 0
    for link, event in _sealed():
        position += 1
        if link.position != position:
            yield f"chain: position {position} is missing (next is {link.position})"
            position = link.position
        if problem := _problem(link, event, previous):
            yield problem
        if heads.pop(link.position, set()) - {link.hash}:
            yield f"chain: position {link.position} differs from the exported head"
        previous = link.hash
    for cut in sorted(heads):
        yield f"chain: the tail was cut; position {cut} was exported, {position} is the last left"
    yield from _unsealed_problems()


def _sealed() -> Iterator[tuple[AuditSeal, AuditEvent | None]]:
    """Yield each link of the chain with the event that it seals, None where that is gone."""
    last = 0
    while links := list(AuditSeal.objects.filter(position__gt=last).order_by("position")[:1_000]):
        events = AuditEvent.objects.in_bulk([link.event_id for link in links])
        for link in links:
            yield link, events.get(link.event_id)
        last = links[-1].position


def _problem(link: AuditSeal, event: AuditEvent | None, previous: str) -> str:
    if event is None:
        return f"event {link.event_id}: sealed at position {link.position}, but gone"
    if digest(event) != event.digest:
        return f"event {event.pk}: its content was changed after it was written"
    if link.previous != previous or _link(previous, link.position, event) != link.hash:
        return f"event {event.pk}: does not fit the chain at position {link.position}"
    return ""


def _unsealed_problems() -> Iterator[str]:
    for event in _unsealed().order_by("pk").iterator():
        if digest(event) != event.digest:
            yield f"event {event.pk}: its content was changed before it was sealed"


def report_problems() -> list[str]:
    """Log each break as an error and return them all."""
    found = list(problems())
    for sentence in found:
        logger.error("audit: %s", sentence)
    return found
