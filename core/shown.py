"""What those outside headquarters may know of a case's version: hidden steps do not count."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Cast, Coalesce

from core import workflow
from core.models import AuditEvent


@dataclass(frozen=True)
class Known:
    """How many steps of a case one may not know of, and when the last known act was made."""

    hidden_steps: int
    acted_at: datetime | None


def known(model: Any, ids: list[int], user: Any) -> dict[int, Known]:
    """Return what the user may know of the cases' acts, in one query; headquarters know all."""
    flow = workflow.workflow_for(model)
    if user.access.is_headquarters or not flow.hidden or not ids:
        return {}
    events = _acts(flow).filter(target_id__in=[str(pk) for pk in ids])
    told = events.order_by().values("target_id")
    rows = told.annotate(
        steps=Count("pk", filter=_is_hidden(flow)), acted_at=Max("at", filter=_is_known(flow))
    )
    return {int(row["target_id"]): Known(row["steps"], row["acted_at"]) for row in rows}


def _acts(flow: workflow.Workflow) -> QuerySet[AuditEvent]:
    """Return the events that made a step of a case: made, changed, moved on."""
    meta: Any = flow.model._meta
    names = ("add", "change", *(row.name for row in flow.transitions))
    acts = [f"{meta.label_lower}.{name}" for name in names]
    return AuditEvent.objects.filter(target_label=meta.label, action__in=acts)


def acted_at(model: Any, status: str, found: Known | None) -> datetime | None:
    """Return when the last known act was made, where only acts change the record any more."""
    if found is None or status in workflow.workflow_for(model).editable:
        return None
    return found.acted_at


def _is_hidden(flow: workflow.Workflow) -> Q:
    """Match the events that lead from one status to another that is shown as the same."""
    pairs = {
        (str(source), str(target))
        for row in flow.transitions
        for source in row.source
        for target in row.possible_targets
        if {source, target} & set(flow.hidden)
        and flow.hidden.get(source, source) == flow.hidden.get(target, target)
    }
    return Q(changes__status__in=[list(pair) for pair in sorted(pairs)])


def _is_known(flow: workflow.Workflow) -> Q:
    return Q(changes__status__isnull=True) | ~_is_hidden(flow)


def known_since(rows: Any, user: Any, since: datetime) -> Any:
    """Narrow to rows that changed since, as far as the user may know.

    They get `told_at`, the change that they are told of: a list in the order of `updated_at`, or a
    cursor of it, would give away when a hidden step was made.
    """
    rows = rows.filter(updated_at__gte=since)
    flow = workflow.workflow_for(rows.model)
    if user.access.is_headquarters or not flow.hidden:
        return rows
    acts = _acts(flow).filter(_is_known(flow), target_id=Cast(OuterRef("pk"), CharField()))
    acted = Subquery(acts.order_by("-at").values("at")[:1])
    editable = When(status__in=flow.editable, then=F("updated_at"))
    told = Case(editable, default=Coalesce(acted, F("updated_at")))
    return rows.annotate(told_at=told).filter(told_at__gte=since)


def version(case: Any, user: Any) -> int:
    """Return the version as the user may know it: it rises with what they can see."""
    if case.status == workflow.workflow_for(case).initial:
        return int(case.version)
    found = known(type(case), [case.pk], user).get(case.pk)
    return int(case.version - found.hidden_steps) if found else int(case.version)
