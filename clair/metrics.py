"""/metrics in Prometheus' text format: requests by view, and what waits (never what about).

Requests are counted in the process and added to Redis every few seconds, so that any process can
tell the sum of all; a request itself costs a dictionary write.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, Max, Min, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from redis import Redis, RedisError

from core.models import AuditEvent, AuditSeal, Letter, OutboxMessage
from core.tasks import HEARTBEAT_KEY

logger = logging.getLogger(__name__)

KEY = "clair:metrics"  # a hash: "method|view|status|le" and "method|view|status|sum" (microseconds)
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
FLUSH_SECONDS = 5.0
QUEUES = ("celery", "unacked")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS"})
LOOK_BACK = 10_000  # ids: the sealer looks no further back either


class MetricsMiddleware:
    """Count each request under its view's name and status class."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        response = self.get_response(request)
        COUNTS.add(request, response.status_code, time.perf_counter() - start)
        return response


class Counts:
    """What this process counted and has not told yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Counter[str] = Counter()
        self._next_flush = 0.0

    def add(self, request: HttpRequest, status: int, seconds: float) -> None:
        """Count one request, and tell the sum when it is time."""
        match = request.resolver_match
        view = (match.view_name or "unnamed") if match else "none"
        method = request.method if request.method in METHODS else "other"
        name = f"{method}|{view}|{status // 100}xx"
        bucket = next((str(limit) for limit in BUCKETS if seconds <= limit), "+Inf")
        with self._lock:
            self._waiting[f"{name}|{bucket}"] += 1
            self._waiting[f"{name}|sum"] += int(seconds * 1_000_000)
        if time.monotonic() >= self._next_flush:
            self.flush()

    def flush(self) -> None:
        """Add what waits to the shared sums; without Redis it waits on."""
        self._next_flush = time.monotonic() + FLUSH_SECONDS
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
        try:
            with _redis() as store, store.pipeline(transaction=True) as pipe:
                for field, count in taken.items():
                    pipe.hincrby(KEY, field, count)
                pipe.execute()
        except RedisError as error:
            logger.warning("metrics: not stored: %s", type(error).__name__)
            with self._lock:
                self._waiting += taken


COUNTS = Counts()


def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer to whoever knows CLAIR_METRICS_TOKEN; to others there is nothing here."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if not token or not constant_time_compare(given, f"Bearer {token}"):
        raise Http404
    COUNTS.flush()
    lines = [*_gauges(), *_requests()]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def _gauges() -> Iterator[str]:
    """Tell what waits: each is normally near zero, and its age matters more than its length."""
    unsent = Q(sent_at=None, failed_at=None, cancelled_at=None)
    waiting = OutboxMessage.objects.filter(unsent, not_before__lte=timezone.now())
    oldest = waiting.aggregate(oldest=Min("not_before"))["oldest"]
    age = (timezone.now() - oldest).total_seconds() if oldest else 0
    sealed = AuditSeal.objects.filter(event_id=OuterRef("pk"))
    last = AuditSeal.objects.aggregate(last=Max("event_id"))["last"] or 0
    found = {
        "outbox_waiting": waiting.count(),
        "outbox_oldest_seconds": round(age, 1),
        "outbox_given_up": OutboxMessage.objects.exclude(failed_at=None).count(),
        "letters_pending": Letter.objects.filter(status=Letter.Status.PENDING, file=None).count(),
        "audit_unsealed": AuditEvent.objects.filter(
            ~Exists(sealed), pk__gt=last - LOOK_BACK
        ).count(),
        "worker_alive": int(cache.get(HEARTBEAT_KEY) is not None),
    }
    with _redis() as store:
        found |= {f"queue_{name}": _length(store, name) for name in QUEUES}
    for name, value in found.items():
        yield f"# TYPE clair_{name} gauge"
        yield f"clair_{name} {value}"


def _length(store: Redis, queue: str) -> int:
    kind = store.type(queue)
    return int(
        store.llen(queue) if kind == b"list" else store.hlen(queue) if kind == b"hash" else 0
    )


def _requests() -> Iterator[str]:
    with _redis() as store:
        stored = {key.decode(): int(value) for key, value in store.hgetall(KEY).items()}
    yield "# TYPE clair_request_seconds histogram"
    for name in sorted({field.rpartition("|")[0] for field in stored}):
        method, view, status = name.split("|")
        labels = f'method="{method}",view="{view}",status="{status}"'
        total = 0
        for limit in (*map(str, BUCKETS), "+Inf"):
            total += stored.get(f"{name}|{limit}", 0)
            yield f'clair_request_seconds_bucket{{{labels},le="{limit}"}} {total}'
        yield f"clair_request_seconds_sum{{{labels}}} {stored.get(f'{name}|sum', 0) / 1_000_000}"
        yield f"clair_request_seconds_count{{{labels}}} {total}"
