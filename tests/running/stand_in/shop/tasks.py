"""Shows that beat, broker and worker work together."""

from celery import shared_task
from django.core.cache import cache


@shared_task
def beat() -> None:
    """Leave a trace that the web process sees."""
    cache.set("beat", "beat")
