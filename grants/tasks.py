"""Tasks of grants: each calls one function with the clock."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from grants import reminders


@shared_task
def remind_of_deadlines() -> int:
    """Tell the owners of drafts 14, 7, 3 and 1 days before a call closes."""
    return reminders.remind(by=import_string(settings.CORE_SYSTEM_ACTOR)(), now=timezone.now())
