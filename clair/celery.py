"""The Celery app. Schedules are code: they are reviewed, tested and deployed like the rest."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clair.settings")

app = Celery("clair")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "heartbeat": {"task": "core.tasks.beat_heartbeat", "schedule": 15.0},
    "outbox-sweep": {"task": "core.tasks.sweep_outbox", "schedule": 20.0},
    "letters-sweep": {"task": "core.tasks.sweep_letters", "schedule": 30.0},
    "jobs-sweep": {"task": "core.tasks.sweep_jobs", "schedule": 30.0},
    # Every hour, since it begins only what is lacking: an hour that was missed is made up for.
    "reports-due": {"task": "core.tasks.run_reports", "schedule": crontab(minute=5)},
    "audit-seal": {"task": "core.tasks.seal_audit", "schedule": 10.0},
    "audit-export-head": {
        "task": "core.tasks.export_audit_head",
        "schedule": crontab(hour=2, minute=0),
    },
    "audit-verify": {"task": "core.tasks.verify_audit", "schedule": crontab(hour=2, minute=30)},
    "files-sweep": {"task": "core.tasks.sweep_files", "schedule": crontab(hour=3, minute=0)},
    # Nightly: what was decided yesterday goes tonight; a list is proposed once a month.
    "purge": {
        "task": "core.tasks.purge_what_is_decided",
        "schedule": crontab(hour=3, minute=40),
    },
    "sessions-forget": {
        "task": "accounts.tasks.forget_sessions",
        "schedule": crontab(hour=3, minute=20),
    },
    "scans-sweep": {"task": "core.tasks.sweep_scans", "schedule": 120.0},
    "answers-forget": {"task": "core.tasks.forget_answers", "schedule": crontab(minute=15)},
    "api-requests-forget": {
        "task": "accounts.tasks.forget_requests",
        "schedule": crontab(minute=45),
    },
    # Just after midnight in Japan, and again each hour: both run safely twice.
    "handovers-carry-out": {
        "task": "accounts.tasks.carry_out_handovers",
        "schedule": crontab(minute=2),
    },
    "leavers-close": {"task": "accounts.tasks.close_leavers", "schedule": crontab(minute=7)},
    "ledgers-check": {
        "task": "finance.tasks.check_ledgers",
        "schedule": crontab(hour=1, minute=30),
    },
    "deadlines-remind": {
        "task": "core.tasks.remind_of_deadlines",
        "schedule": crontab(hour="8-18", minute=20),
    },
    "calls-move": {"task": "programs.tasks.move_calls", "schedule": 60.0},
    "calls-tell-of-waiting": {"task": "programs.tasks.tell_of_waiting", "schedule": 300.0},
}
