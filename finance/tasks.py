"""Tasks of finance: each calls one function with the clock."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from finance import checking


@shared_task
def check_ledgers() -> str:
    """Compare ledgers, totals and records; returns the first difference."""
    actor = import_string(settings.CORE_SYSTEM_ACTOR)()
    return checking.check(by=actor, now=timezone.now()).difference
