"""Calls open and close by their own dates, acted by the system."""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from core import workflow
from programs.models import Call

logger = logging.getLogger(__name__)


def move_due_calls(*, by: Any, now: datetime) -> int:
    """Run every act that is due; safe to repeat and to run twice at once. Returns how many."""
    calls = Call.objects.order_by("pk")
    drafts = calls.filter(status=Call.Status.DRAFT)
    due = [
        *((call, "open") for call in drafts.filter(opens_at__lte=now, awaits_check=False)),
        *((call, "close") for call in calls.filter(status=Call.Status.OPEN, closes_at__lt=now)),
    ]
    return sum(_moved(call, name, by=by, now=now) for call, name in due)


def _moved(call: Call, name: str, *, by: Any, now: datetime) -> bool:
    try:
        workflow.run(call, name, by=by, now=now)
    except workflow.InvalidTransition:  # another worker was first
        return False
    except ValidationError as error:
        logger.warning("call %s cannot %s: %s", call.pk, name, error.code)
        return False
    return True
