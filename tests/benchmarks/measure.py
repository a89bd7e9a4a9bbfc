"""Ratios in one interleaved run: what runs beside what is measured under the same weather."""

import gc
import io
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection


@dataclass(frozen=True)
class Sample:
    """Seconds of one call, on the wall and of CPU in this process and its database backend."""

    wall: float
    cpu: float


def backend_seconds(pid: int) -> float:
    """CPU that a PostgreSQL backend has used so far, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def django_backend() -> int:
    """The backend of Django's connection."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def interleaved(
    variants: Mapping[str, tuple[Callable[[], Any], int]], *, rounds: int = 5, calls: int = 60
) -> dict[str, list[Sample]]:
    """Run each (act, backend pid) `calls` times a round, in turn; one sample a round."""
    found: dict[str, list[Sample]] = {name: [] for name in variants}
    for act, _pid in variants.values():
        for _ in range(3):
            act()
    gc.collect()
    for _ in range(rounds):
        for name, (act, pid) in variants.items():
            database, cpu, wall = backend_seconds(pid), time.process_time(), time.perf_counter()
            for _ in range(calls):
                act()
            wall = time.perf_counter() - wall
            cpu = time.process_time() - cpu + backend_seconds(pid) - database
            found[name].append(Sample(wall / calls, cpu / calls))
    return found


def ratio(samples: dict[str, list[Sample]], one: str, other: str, what: str) -> float:
    """The median over the rounds of how many times `other` fits into `one`."""
    pairs = zip(samples[one], samples[other], strict=True)
    return statistics.median(getattr(a, what) / max(getattr(b, what), 1e-9) for a, b in pairs)


def milliseconds(samples: list[Sample], what: str) -> float:
    """The median of the rounds."""
    return statistics.median(getattr(sample, what) for sample in samples) * 1000


class Caller:
    """Whole requests through every middleware, without a socket."""

    def __init__(self, user: Any = None) -> None:
        self.handler = WSGIHandler()
        self.cookie = ""
        if user is not None:
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = "accounts.backends.RoleBackend"
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.create()
            self.cookie = f"sessionid={session.session_key}"

    def get(self, path: str) -> bytes:
        """The body; anything but 200 is an error of the benchmark."""
        route, _mark, query = path.partition("?")
        told: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": route,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookie,
            "HTTP_ACCEPT_LANGUAGE": "ja",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        response = self.handler(environ, lambda status, headers: told.append(status))
        body = b"".join(response)
        # Not response.close(): it would end the connection's request and check its age.
        if not told[0].startswith("200"):
            raise RuntimeError(f"{path}: {told[0]} {body[:300]!r}")
        return body


class Table:
    """What was found, beside its limit."""

    def __init__(self) -> None:
        self.missed = 0

    def row(self, name: str, found: float, limit: str, detail: str = "") -> None:
        """Print one line; `limit` is like `<= 4` or `>= 12`."""
        sign, number = limit.split()
        holds = found <= float(number) if sign == "<=" else found >= float(number)
        self.missed += not holds
        mark = "ok  " if holds else "MISS"
        sys.stdout.write(f"{mark} {name:<46} {found:>8.2f}  ({limit})  {detail}\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Print what has no limit."""
        sys.stdout.write(f"     {text}\n")
        sys.stdout.flush()
