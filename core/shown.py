"""What those outside headquarters may know of a case's version: hidden steps do not count."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

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
    label, hidden = model._meta.label_lower, _is_hidden(flow)
    acts = [f"{label}.{name}" for name in ("add", "change", *(r.name for r in flow.transitions))]
    events = AuditEvent.objects.filter(
        target_label=model._meta.label, target_id__in=[str(pk) for pk in ids], action__in=acts
    )
    told = events.order_by().values("target_id")
    rows = told.annotate(
        steps=Count("pk", filter=hidden),
        acted_at=Max("at", filter=Q(changes__status__isnull=True) | ~hidden),
    )
    return {int(row["target_id"]): Known(row["steps"], row["acted_at"]) for row in rows}


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


def known_since(rows: Any, user: Any, since: datetime) -> Any:
    """Narrow to rows that changed since, as far as the user may know."""
    rows = rows.filter(updated_at__gte=since)
    flow = workflow.workflow_for(rows.model)
    if user.access.is_headquarters or not flow.hidden:
        return rows
    acted = rows.exclude(status__in=flow.editable).order_by().values_list("pk", flat=True)
    told = known(rows.model, list(acted), user)
    return rows.exclude(pk__in=[pk for pk, k in told.items() if k.acted_at and k.acted_at < since])


def version(case: Any, user: Any) -> int:
    """Return the version as the user may know it: it rises with what they can see."""
    if case.status == workflow.workflow_for(case).initial:
        return int(case.version)
    found = known(type(case), [case.pk], user).get(case.pk)
    return int(case.version - found.hidden_steps) if found else int(case.version)
