"""The project package. Celery's app is loaded here so that tasks find it."""

from clair.celery import app as celery_app

__all__ = ["celery_app"]
