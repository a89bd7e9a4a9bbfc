"""Jobs: started by a page or the API, run by a worker once, picked up again by the sweep."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import audit
from core.models import Job, StoredFile

logger = logging.getLogger(__name__)

# A running job tells of itself every few thousand rows; silent so long, its worker is gone.
SILENT_FOR = timedelta(minutes=5)
UNFINISHED = (Job.State.WAITING, Job.State.RUNNING)


class JobRefused(Exception):
    """The job cannot be done as asked; the words are for the person who asked."""


class JobCancelled(Exception):
    """The person asked it to stop."""


_handlers: dict[str, Callable[[Job], StoredFile | None]] = {}


def register(kind: str, handler: Callable[[Job], StoredFile | None]) -> None:
    """Name the function that does the jobs of a kind."""
    _handlers[kind] = handler


def start(kind: str, *, title: str, params: dict[str, Any], by: Any) -> Job:
    """Make a job and ask a worker for it, once the caller's transaction is committed."""
    with transaction.atomic():
        job = Job.objects.create(kind=kind, title=title[:200], params=params, owner_id=by.pk)
        audit.record(kind, job, by=by, note=job.title)
        transaction.on_commit(lambda: _nudge(job.pk), robust=True)
    return job


def _nudge(pk: int) -> None:
    try:
        current_app.send_task("core.tasks.run_job", args=[pk], retry=False)
    except Exception:  # noqa: BLE001 - the job is committed; a lost nudge is no error
        logger.warning("jobs: no broker, left to the sweep")


def cancel(job: Job) -> None:
    """Ask a job to stop: one that waits never begins, one that runs stops at its next rows."""
    cache.set(_key(job, "stop"), value=True, timeout=SILENT_FOR.seconds)
    Job.objects.filter(pk=job.pk, state__in=UNFINISHED).update(is_cancelled=True)
    Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(
        state=Job.State.CANCELLED, finished_at=timezone.now()
    )


def progress(job: Job, done: int, *, beat: bool = True) -> None:
    """Tell how far a job is; JobCancelled where it shall stop.

    The number goes through the cache, since COPY holds the connection; `beat` also tells the sweep
    that the worker is alive.
    """
    cache.set(_key(job), done, SILENT_FOR.seconds)
    stopped = cache.get(_key(job, "stop"))
    if beat:
        rows = Job.objects.filter(pk=job.pk)
        rows.update(done=done, total=job.total, updated_at=timezone.now())
        stopped = stopped or rows.filter(is_cancelled=True).exists()
    if stopped:
        raise JobCancelled


def rows_done(job: Job) -> int:
    """Return how many rows are written, as last told."""
    return int(cache.get(_key(job)) or job.done) if not job.is_finished else job.done


def _key(job: Job, part: str = "done") -> str:
    return f"job:{job.public_id}:{part}"


def run(pk: int, *, now: datetime) -> bool:
    """Run one job that waits; False where another worker has it or it is over."""
    with transaction.atomic():
        waiting = Job.objects.filter(pk=pk, state=Job.State.WAITING)
        job = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if job is None:
            return False
        job.state = Job.State.RUNNING
        job.save(update_fields=["state", "updated_at"])
    with translation.override(settings.LANGUAGE_CODE):
        _run(job)
    job.finished_at = timezone.now()
    job.save(update_fields=["state", "done", "total", "result", "errors", "finished_at"])
    return True


def _run(job: Job) -> None:
    try:
        job.result = _handlers[job.kind](job)
        job.state = Job.State.DONE
    except JobCancelled:
        job.state = Job.State.CANCELLED
    except JobRefused as error:
        job.state, job.errors = Job.State.FAILED, [str(error)]
    except Exception as error:  # noqa: BLE001 - told to the person; the next job must run
        logger.error("jobs: job %s failed: %s", job.public_id, type(error).__name__)  # noqa: TRY400 - its words may be personal
        job.state = Job.State.FAILED
        job.errors = [_("It could not be finished. Try again; if it fails again, tell us its ID.")]


def run_waiting(*, now: datetime) -> int:
    """Run what no nudge reached, and begin again what a dead worker left; returns how many."""
    Job.objects.filter(state=Job.State.RUNNING, updated_at__lt=now - SILENT_FOR).update(
        state=Job.State.WAITING
    )
    waiting = Job.objects.filter(state=Job.State.WAITING).order_by("pk")
    return sum(run(pk, now=now) for pk in waiting.values_list("pk", flat=True)[:50])
