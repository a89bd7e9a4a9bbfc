"""A beat of one second."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clair.settings")
app = Celery("clair")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {"beat": {"task": "shop.tasks.beat", "schedule": 1.0}}
