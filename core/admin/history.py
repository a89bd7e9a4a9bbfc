"""A record's audit in words: who, when, what, and each field before and after."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.fiscal import era_date_plain
from core.models import AuditEvent
from core.registry import workflows
from core.templatetags.portal import moment

NOTHING = "－"
ACTS = {
    "accept": gettext_lazy("accepted"),
    "add": gettext_lazy("created"),
    "ask_address": gettext_lazy("a new address asked for"),
    "cancel": gettext_lazy("cancelled"),
    "carry_out": gettext_lazy("carried out"),
    "change": gettext_lazy("changed"),
    "change_address": gettext_lazy("the address changed"),
    "close": gettext_lazy("account closed"),
    "confirm_setting": gettext_lazy("setting confirmed"),
    "copy_edition": gettext_lazy("copied from an earlier year"),
    "correct": gettext_lazy("corrected"),
    "decide": gettext_lazy("decided"),
    "dismiss": gettext_lazy("dismissed"),
    "deputise": gettext_lazy("deputy placed"),
    "download": gettext_lazy("papers downloaded"),
    "end": gettext_lazy("ended"),
    "handle": gettext_lazy("taken care of"),
    "invite": gettext_lazy("invited"),
    "issue": pgettext_lazy("act", "issued"),
    "note": gettext_lazy("record added"),
    "plan": gettext_lazy("hand-over planned"),
    "print_draft": gettext_lazy("draft printed"),
    "publish_form": gettext_lazy("form published"),
    "purge": gettext_lazy("deleted, its time being over"),
    "remind": gettext_lazy("reminder sent"),
    "resend": gettext_lazy("sent again"),
    "reset_factor": gettext_lazy("second factor reset"),
    "send_notices_again": gettext_lazy("the decision's mails sent again"),
    "judge_again": gettext_lazy("judged again by the present rules"),
    "move_form": gettext_lazy("moved to the form's new version"),
    "take_back_setting": gettext_lazy("confirmation of a setting taken back"),
    "stop_notices": gettext_lazy("the decision's mails stopped"),
    "revoke": gettext_lazy("revoked"),
    "rotate": gettext_lazy("key rotated"),
    "save_rules": gettext_lazy("rules saved"),
    "view_as_applicant": gettext_lazy("viewed as the applicant"),
    "void": gettext_lazy("made void"),
    "withdraw": gettext_lazy("withdrawn"),
}
_DIGEST = re.compile(r"[0-9a-f]{64}")


def told(
    events: Iterable[AuditEvent], record: models.Model, words: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the events in words; `words` names codes and parts that are no fields of the record."""
    events, acts = list(events), _acts(type(record))
    people = names_of(event.actor_id for event in events)
    return [
        {
            "at": event.at,
            "act": _act(event, acts),
            "person": people.get(event.actor_id, ""),
            "post": event.actor_label,
            "on_behalf_of": event.on_behalf_of,
            "changes": _changes(event, record, words),
            "note": event.note,
        }
        for event in events
    ]


def names_of(actors: Iterable[int | None]) -> dict[int, str]:
    """Return the names of those who acted, in one query."""
    people = get_user_model()._default_manager.in_bulk({pk for pk in actors if pk})
    return {pk: str(person) for pk, person in people.items()}


def with_names(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to the rows of a case's history the name of each person."""
    people = names_of(row["actor"] for row in rows)
    return [row | {"person": people.get(row["actor"], "")} for row in rows]


def _acts(model: type[models.Model]) -> dict[Any, Any]:
    """Return the words for acts; those of a workflow by their status before, too."""
    flow = workflows.get(model)
    rows = flow.transitions if flow else ()
    pairs = {(row.name, source): row.label for row in rows for source in row.source}
    return ACTS | {row.name: row.label for row in rows} | pairs


def _act(event: AuditEvent, acts: Mapping[Any, Any]) -> Any:
    verb = event.action.rpartition(".")[2]
    before = event.changes.get("status")
    source = before[0] if isinstance(before, list) and before else ""
    return acts.get((verb, source)) or acts.get(verb, event.action)


def _changes(event: AuditEvent, record: models.Model, words: Mapping[str, Any]) -> list[dict]:
    rows = []
    for name, pair in event.changes.items():
        both = pair if isinstance(pair, list) and len(pair) == 2 else [None, pair]
        field = _field(record, name)
        label = words.get(name) or (field.verbose_name if field else name)
        before, after = (_text(value, field, words) for value in _narrowed(*both))
        rows.append({"label": label, "before": before, "after": after})
    return rows


def _field(record: models.Model, name: str) -> Any:
    try:
        field = record._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if field.concrete else None


def _narrowed(before: Any, after: Any) -> tuple[Any, Any]:
    """Leave out of two objects what is the same in both."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return before, after
    return (
        {key: value for key, value in before.items() if after.get(key) != value},
        {key: value for key, value in after.items() if before.get(key) != value},
    )


def _text(value: Any, field: Any, words: Mapping[str, Any]) -> str:
    """Return one value as people read it."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict | list):
        return _inner(value, words)
    if field is not None and field.is_relation:
        return _related(field, value)
    choices = _choices(field)
    if choices:
        return str(choices.get(value, value))
    return _plain(value, field)


def _choices(field: Any) -> dict[Any, Any]:
    """Return a field's choices; those of a case's status stand in its class."""
    if field is None:
        return {}
    status = getattr(field.model, "Status", None) if field.name == "status" else None
    return dict(status.choices if status else field.flatchoices or ())


def _plain(value: Any, field: Any) -> str:
    if isinstance(field, models.DateTimeField):
        return moment(datetime.fromisoformat(value))
    if isinstance(field, models.DateField):
        return era_date_plain(date.fromisoformat(value))
    if isinstance(field, models.BigIntegerField):
        return f"{value:,}"
    return str(value)


def _related(field: Any, value: Any) -> str:
    found = field.related_model._default_manager.filter(pk=value).first()
    return str(found or value)


def _inner(value: Any, words: Mapping[str, Any]) -> str:
    """Return the parts of an object or list: codes in words, digests left out."""
    if isinstance(value, dict):
        named = {words[key]: _inner(part, words) for key, part in value.items() if key in words}
        return "\n".join(f"{k}: {v}" for k, v in named.items()) or _("(details are left out here)")
    if isinstance(value, list):
        inner = [_inner(part, words) for part in value]
        lines = any(isinstance(part, list) for part in value)
        return ("\n" if lines else " ").join(part for part in inner if part)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return f"{value:,}"
    if value is None or (isinstance(value, str) and _DIGEST.fullmatch(value)):
        return ""
    return str(words.get(value, value))
