"""What of a case's audit its pages tell, in the words of its workflow."""

from typing import Any

from django.utils.translation import gettext as _

from core import audit, workflow


def visible_events(case: Any, user: Any) -> list[dict[str, Any]]:
    """Return the history as this user may know it: no act that leads into a hidden status."""
    flow = workflow.workflow_for(case)
    labels = {(row.name, source): row.label for row in flow.transitions for source in row.source}
    names = {row.name: row.label for row in flow.transitions}
    secret = (
        set()
        if user.access.is_headquarters
        else {row.name for row in flow.transitions if set(row.possible_targets) & set(flow.hidden)}
        | {
            row.name
            for row in flow.transitions
            if set(row.source) <= set(flow.hidden)
            and set(row.possible_targets) <= set(flow.hidden.values())
        }
    )
    told = {"add": _("created"), "change": _("changed"), **names}
    shown = []
    for event in audit.events_for(case)[:200]:
        verb = event.action.rpartition(".")[2]
        if verb in secret or verb not in told:
            continue
        shown.append(
            {
                "at": event.at,
                "label": labels.get((verb, event.changes.get("status", [""])[0]), told[verb]),
                "who": event.actor_label,
                "actor": event.actor_id,
                "note": event.note,
                "on_behalf_of": event.on_behalf_of,
            }
        )
    return shown
