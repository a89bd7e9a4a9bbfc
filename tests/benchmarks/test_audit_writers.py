"""16 writers with the sealer at work and without: sealing must cost the writers nothing.

Prints the ratio (see it with `-rP` or `-s`); machines differ, so the test asserts only that the
sealer did its work and that the writers were not brought to a standstill.
"""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

from django.db import transaction

from accounts.models import User
from core import audit
from core.models import AuditEvent, AuditSeal
from programs.models import Call
from tests.factories.accounts import make_user
from tests.factories.core import at_once, wait_until
from tests.factories.programs import NOW

WRITERS, EVENTS, ROUNDS = 16, 15, 2
# A process of its own, as in production, a hundred times as often as beat asks for it.
SEALER = """
import django, select, sys
django.setup()
from django.utils import timezone
from core import audit
while not select.select([sys.stdin], [], [], 0.1)[0]:
    audit.seal(now=timezone.now())
"""


@contextmanager
def sealer(url):
    env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "clair.settings"}
    with subprocess.Popen([sys.executable, "-c", SEALER], env=env, stdin=subprocess.PIPE) as done:
        known = AuditSeal.objects.count()
        at_once(writer(make_user().pk))
        wait_until(lambda: AuditSeal.objects.count() > known, "the sealer seals")
        yield
        done.stdin.close()


def writer(user_id):
    def write():
        by = User.objects.get(pk=user_id)
        for _ in range(EVENTS):
            with transaction.atomic():
                audit.record("read", Call(pk=7), by=by)

    return write


def seconds(user_id):
    """How long 16 writers take together."""
    start = time.perf_counter()
    assert at_once(*[writer(user_id)] * WRITERS) == [None] * WRITERS
    return time.perf_counter() - start


def test_ratio_of_16_writers_sealed_to_unsealed(fresh_db, cluster):
    user_id = make_user().pk
    seconds(user_id)  # connections and plans are warm
    unsealed, sealed = [], []

    for _ in range(ROUNDS):
        unsealed.append(seconds(user_id))
        with sealer(cluster.postgres.url("clair_web", fresh_db)):
            sealed.append(seconds(user_id))

    ratio = min(sealed) / min(unsealed)
    per_second = WRITERS * EVENTS / min(unsealed)
    print(  # noqa: T201 - the measurement
        f"audit: 16 writers sealed / unsealed = {ratio:.2f}"
        f" ({per_second:.0f} events a second unsealed, {os.cpu_count()} cores)"
    )
    audit.seal_waiting(now=NOW)
    assert AuditSeal.objects.count() == AuditEvent.objects.count()
    assert list(audit.problems()) == []
    assert ratio < 10
