"""How long a model's personal data is kept, from which event, and who says so (design.md §4).

A model with personal data declares `retention`; core.purge alone lets go of what it names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models

ERASED = "@deleted.invalid"  # RFC 2606: an address that can never be anybody's


@dataclass(frozen=True)
class Retention:
    """What is kept, how long after which event, by which source; None days: what `event` says.

    `due(before)` matches the rows whose event was before that moment and which still hold
    something personal; without it the rows go with their record or by the task named in `event`.
    A model with `erase()` is emptied of what is personal, any other row is deleted. A period that
    no source states is ours to set (CLAIR_RETENTION_DAYS) and shown as not confirmed.
    """

    event: Any
    source: Any
    days: int | None = None
    due: Callable[[datetime], models.Q] | None = None
    is_confirmed: bool = False

    def days_for(self, label: str) -> int | None:
        """Return the days for the model: the operator's setting before ours."""
        return settings.RETENTION_DAYS.get(label, self.days)

    def cutoff(self, label: str, now: datetime) -> datetime | None:
        """Return the moment before which the event must lie; None where nothing is let go here."""
        days = self.days_for(label)
        return None if days is None or self.due is None else now - timedelta(days=days)
