"""300 notices by a real Celery worker that is killed in the middle: none lost, none twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

import pytest
from celery import current_app
from django.utils import timezone

from core import outbox
from core.models import OutboxMessage
from core.outbox import Recipient
from tests.factories.core import wait_until
from tests.factories.mail import MailServer

NOTICES = 300
KILLED_AT = 120


@pytest.fixture
def worker(fresh_db, cluster, tmp_path):
    """Start workers of the portal on this test's database, broker and mail server."""
    log = tmp_path / "worker.log"

    @contextmanager
    def start(server):
        env = os.environ | {
            "DATABASE_URL": cluster.postgres.url("clair_web", fresh_db),
            "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
            "PYTHONWARNINGS": "ignore",
        }
        command = ["celery", "-A", "clair", "worker", "--loglevel", "INFO", "--concurrency", "1"]
        with log.open("ab") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", *command, "--without-gossip", "--without-mingle"],
                env=env,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            kill(process)

    yield start
    print(log.read_text()[-4_000:])  # noqa: T201 - shown where the test failed


def kill(process):
    """kill -9 the worker with its pool, as a machine that dies would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_worker_killed_amid_300_notices_loses_none_and_repeats_only_the_one_in_flight(worker):
    outbox.enqueue(
        "grants/mail/application_submit",
        recipients=[Recipient(f"town{number}@example.jp") for number in range(NOTICES)],
        context={"case": {"title": "やさしい日本語の講座"}},
        now=timezone.now(),
    )

    with MailServer() as server:
        server.hold_at = KILLED_AT
        with worker(server) as first:
            wait_until(lambda: len(server.mails) >= KILLED_AT, "the first worker sends")
            kill(first)
        server.hold_at = None
        server.release.set()
        sent_by_first = OutboxMessage.objects.exclude(sent_at=None).count()
        with worker(server):
            current_app.send_task("core.tasks.sweep_outbox")  # as beat does every 20 seconds
            wait_until(
                lambda: not OutboxMessage.objects.filter(sent_at=None).exists(),
                "the second worker sends the rest",
            )
        arrived = Counter(server.ids())

    assert sent_by_first == KILLED_AT - 1
    assert set(arrived) == set(OutboxMessage.objects.values_list("message_id", flat=True))
    assert len(arrived) == NOTICES
    twice = {message_id: count for message_id, count in arrived.items() if count > 1}
    assert twice == {server.ids()[KILLED_AT - 1]: 2}
