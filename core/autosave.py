"""Autosave: the one edit that is no act yet keeps what is typed, valid or not."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from core import workflow


def autosave(case: Any, *, by: Any, version: int, raw: Mapping[str, Any]) -> Any:
    """Keep raw texts by field with the draft: compare-and-swap on the version, no audit row.

    A field that is None is forgotten: what was typed is what is stored already.
    Raises PermissionDenied, InvalidTransition (no longer editable) or StaleVersion.
    """
    with transaction.atomic():
        case = workflow.lock_to_edit(case, by=by, version=version)
        kept = case.draft_input | dict(raw)
        kept = {name: text for name, text in kept.items() if text is not None}
        if kept != case.draft_input:
            case.draft_input = kept
            case.version += 1
            case.save(update_fields=["draft_input", "version", "updated_at"])
    return case
