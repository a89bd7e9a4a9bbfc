"""Tasks of accounts: each calls one action with the clock."""

from celery import shared_task
from django.utils import timezone

from accounts import actions
from accounts.actors import system_actor


@shared_task
def forget_requests() -> int:
    """Thin out the API's request log."""
    return actions.forget_requests(now=timezone.now())


@shared_task
def forget_sessions() -> int:
    """Delete sessions that are over, with the network address and browser of each."""
    return actions.forget_sessions(now=timezone.now())


@shared_task
def carry_out_handovers() -> int:
    """Move the posts of hand-overs whose day has come."""
    return actions.carry_out_due(by=system_actor(), now=timezone.now())


@shared_task
def close_leavers() -> int:
    """Close the accounts of those whose last post has ended."""
    return actions.close_leavers(by=system_actor(), now=timezone.now())
