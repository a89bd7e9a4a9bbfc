"""How often one caller may ask: a fixed window of a minute, counted in the cache."""

import logging
import math
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis, RedisError
from rest_framework import throttling

WINDOW = 60  # seconds
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Allowance:
    """What is left of the minute; `reset` counts its seconds."""

    limit: int
    used: int
    reset: int

    @property
    def is_used_up(self) -> bool:
        """Say whether this request is one too many."""
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """Return what every answer says of the limit."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.limit - self.used, 0)),
            "RateLimit-Reset": str(self.reset),
        }


def take(caller: str, *, limit: int, now: float | None = None) -> Allowance:
    """Count one request; without the cache nobody is limited, for a portal must not stand still."""
    now = time.time() if now is None else now
    key = f"clair:rate:{caller}:{int(now // WINDOW)}"
    try:
        store = _store(settings.CACHES["default"]["LOCATION"])
        used = store.incr(key)
        if used == 1:
            store.expire(key, 2 * WINDOW)
    except RedisError:
        log.warning("rate limit not counted")
        used = 0
    return Allowance(limit=limit, used=used, reset=math.ceil(WINDOW - now % WINDOW))


@cache
def _store(address: str) -> Redis:
    """Return the cache's own server: one round trip a request, where Django's `incr` takes three."""
    return Redis.from_url(address, socket_timeout=2, socket_connect_timeout=2)


class CallerThrottle(throttling.BaseThrottle):
    """Limits callers without a key: browsers by person, the public by network address.

    A key is counted when it is recognised, so that what is refused counts too.
    """

    def allow_request(self, request: Any, view: Any) -> bool:
        """Say whether the caller may ask once more this minute."""
        plain = request._request
        if not hasattr(plain, "allowance"):
            user = request.user
            signed_in = bool(user and user.is_authenticated)
            caller = f"user:{user.pk}" if signed_in else f"from:{self.get_ident(request)}"
            limit = settings.API_REQUESTS_PER_MINUTE
            plain.allowance = take(
                caller, limit=limit if signed_in else settings.API_PUBLIC_REQUESTS_PER_MINUTE
            )
        return not plain.allowance.is_used_up

    def wait(self) -> float:
        """Return the seconds until the next window begins, for Retry-After."""
        return WINDOW - time.time() % WINDOW
