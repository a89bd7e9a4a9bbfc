"""Tasks are thin: each calls one function of core with the clock."""

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.module_loading import import_string

from core import audit, deadlines, files, jobs, letters, outbox, purge, schedules
from core.api import idempotency

HEARTBEAT_KEY = "clair:worker-heartbeat"
HEARTBEAT_SECONDS = 90


@shared_task
def beat_heartbeat() -> None:
    """Say that beat schedules and a worker works; /readyz reads it."""
    cache.set(HEARTBEAT_KEY, timezone.now().isoformat(), HEARTBEAT_SECONDS)


@shared_task
def send_outbox() -> int:
    """Send the notices that are due."""
    return outbox.send_waiting(now=timezone.now())


@shared_task
def sweep_outbox() -> int:
    """Pick up notices that no nudge reached: exactly-once does not rest on the broker."""
    return outbox.send_waiting(now=timezone.now())


@shared_task
def render_letters() -> int:
    """Render the letters that were numbered."""
    return letters.render_waiting(
        now=timezone.now(), by=import_string(settings.CORE_SYSTEM_ACTOR)()
    )


@shared_task
def sweep_letters() -> int:
    """Pick up letters that no nudge reached."""
    return letters.render_waiting(
        now=timezone.now(), by=import_string(settings.CORE_SYSTEM_ACTOR)()
    )


@shared_task
def seal_audit() -> int:
    """Append committed events to the chain."""
    return audit.seal_waiting(now=timezone.now())


@shared_task
def export_audit_head() -> None:
    """Seal what is left, then write the chain's head outside the database."""
    audit.seal_waiting(now=timezone.now(), everything=True)
    audit.export_head(now=timezone.now())


@shared_task
def verify_audit() -> list[str]:
    """Check the whole chain; problems are logged as errors."""
    return audit.report_problems()


@shared_task
def sweep_files() -> int:
    """Delete uploads that no record took within seven days."""
    return files.sweep(now=timezone.now())


@shared_task
def sweep_scans() -> int:
    """Scan the uploads that came while the scanner was away."""
    return files.rescan(now=timezone.now())


@shared_task
def forget_answers() -> int:
    """Delete the API's answers that were kept for a day."""
    return idempotency.forget(now=timezone.now())


@shared_task
def run_job(pk: int) -> bool:
    """Do one job now."""
    return jobs.run(pk, now=timezone.now())


@shared_task
def sweep_jobs() -> int:
    """Pick up jobs that no nudge reached, and those of a dead worker."""
    return jobs.run_waiting(now=timezone.now())


@shared_task
def run_reports() -> int:
    """Begin the reports that this day and month still lack, and let go of old ones."""
    now = timezone.now()
    schedules.forget(now=now)
    return schedules.run_due(now=now, by=import_string(settings.CORE_SYSTEM_ACTOR)())


@shared_task
def remind_of_deadlines() -> int:
    """Tell what is due in 14, 7, 3 and 1 days and, every week, what is late."""
    return deadlines.remind(by=import_string(settings.CORE_SYSTEM_ACTOR)(), now=timezone.now())


@shared_task
def purge_what_is_decided() -> int:
    """Let go of what a decided list names, then propose this month's list."""
    now, actor = timezone.now(), import_string(settings.CORE_SYSTEM_ACTOR)()
    count = purge.carry_out(by=actor, now=now)
    purge.propose(now=now)
    return count
