"""/healthz: the process lives. /readyz: database, broker and worker, each by name."""

from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis import Redis

from core.tasks import HEARTBEAT_KEY


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers at all."""
    return JsonResponse({"status": "alive"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 if every part works, else 503; each part named."""
    parts = {
        "database": _works(_database),
        "broker": _works(_broker),
        "worker": _works(_worker),
    }
    ready = all(value == "ok" for value in parts.values())
    body = {"status": "ready" if ready else "not ready", **parts}
    return JsonResponse(body, status=200 if ready else 503)


def _works(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "no heartbeat"
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part is told as its state
        return f"failed: {type(error).__name__}"


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _broker() -> bool:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=3) as broker:
        return bool(broker.ping())


def _worker() -> bool:
    return cache.get(HEARTBEAT_KEY) is not None
