"""Tasks of the programmes floor: each calls one action with the clock."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from programs.moving import move_due_calls
from programs.waiting import hold_lapsed_calls, tell_of_waiting_calls


@shared_task
def move_calls() -> int:
    """Open and close the calls whose time has come; pages never wait for this."""
    return move_due_calls(by=import_string(settings.CORE_SYSTEM_ACTOR)(), now=timezone.now())


@shared_task
def tell_of_waiting() -> int:
    """Hold calls whose check-list lapsed before they open, and tell sections of all that wait."""
    now = timezone.now()
    hold_lapsed_calls(by=import_string(settings.CORE_SYSTEM_ACTOR)(), now=now)
    return tell_of_waiting_calls(now=now)
