"""Tasks of accounts: each calls one action with the clock."""

from celery import shared_task
from django.utils import timezone

from accounts import actions


@shared_task
def forget_requests() -> int:
    """Thin out the API's request log."""
    return actions.forget_requests(now=timezone.now())
