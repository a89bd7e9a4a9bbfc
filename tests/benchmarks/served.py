"""The list and its limit as WSGI apps, each served by granian in a process of its own.

As in the table that the goal comes from: server included, without sign-in, rights or filters.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import django
import psycopg

BARE = """
SELECT coalesce(json_agg(row), '[]')::text FROM (
    SELECT a.public_id AS id, a.status, a.version, a.receipt_number, a.title,
        o.public_id AS organization, o.code AS organization_code, o.name AS organization_name,
        c.public_id AS call, e.public_id AS edition, e.fiscal_year, a.requested_amount, a.outcome,
        a.decided_amount, a.arrived_at, a.created_at, a.updated_at
    FROM grants_application a
    JOIN accounts_organization o ON o.id = a.organization_id
    JOIN programs_call c ON c.id = a.call_id
    JOIN programs_edition e ON e.id = a.edition_id
    ORDER BY a.id DESC LIMIT 51) row
"""
ANSWER = "200 OK"


def bare_app() -> Callable[..., Iterable[bytes]]:
    """PostgreSQL makes the JSON, and psycopg hands it on: the limit of the work."""
    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        row = connection.execute(BARE).fetchone()
        start_response(ANSWER, [("X-Backend", str(connection.info.backend_pid))])
        return [row[0].encode() if row else b""]

    return app


def list_app() -> Callable[..., Iterable[bytes]]:
    """The API's own view of the list, for an officer who is signed in already."""
    django.setup()
    from django.conf import settings  # noqa: PLC0415 - after django.setup()
    from django.core.handlers.wsgi import WSGIRequest  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from rest_framework.test import force_authenticate  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from grants.api.views import ApplicationViewSet  # noqa: PLC0415
    from tests.benchmarks.data import OFFICER  # noqa: PLC0415

    settings.STAFF_MFA_OPTIONAL, settings.API_REQUESTS_PER_MINUTE = True, 1_000_000_000
    view = ApplicationViewSet.as_view({"get": "list"})
    officer = User.objects.get(email=OFFICER)

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        request = WSGIRequest(environ)
        force_authenticate(request, officer)
        response = view(request).render()
        pid = connection.connection.info.backend_pid
        start_response(f"{response.status_code} ", [("X-Backend", str(pid))])
        return [response.content]

    return app


class Served:
    """One of the apps on a port of this machine, with the CPU that it and its backend used."""

    def __init__(self, factory: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory"]
        command += ["--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
        command += ["--workers", "1", "--blocking-threads", "1"]
        command.append(f"tests.benchmarks.served:{factory}")
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.backend = self._first(time.monotonic() + 60)

    def _first(self, until: float) -> int:
        while True:
            try:
                return self.ask()
            except OSError:
                self.client.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def ask(self) -> int:
        """Ask once; returns the database's process."""
        self.client.request("GET", "/api/v1/grants/applications/")
        answer = self.client.getresponse()
        content = json.loads(answer.read())
        rows = content["results"] if isinstance(content, dict) else content
        if answer.status != 200 or len(rows) < 50:
            raise RuntimeError(f"{answer.status} {content}")
        return int(answer.headers["X-Backend"])

    def cpu(self) -> float:
        """Seconds of CPU so far: the server's processes with all their threads, and the backend."""
        pids = [self.process.pid, self.backend]
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            pids += [int(pid) for pid in (task / "children").read_text().split()]
        spent = [p for pid in pids for p in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        return sum(int(path.read_text().split()[0]) for path in spent) / 1e9

    def stop(self) -> None:
        """End the server."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def multiples(rounds: int = 5, calls: int = 100) -> tuple[float, float, float]:
    """How many times the CPU of the bare list our list takes (median), and both in ms."""
    found: list[tuple[float, float]] = []
    servers = [Served("list_app"), Served("bare_app")]
    try:
        for _ in range(rounds):
            spent = []
            for server in servers:
                before = server.cpu()
                for _ in range(calls):
                    server.ask()
                spent.append((server.cpu() - before) / calls)
            found.append((spent[0], spent[1]))
    finally:
        for server in servers:
            server.stop()
    ours, bare = sorted(found, key=lambda pair: pair[0] / pair[1])[rounds // 2]
    return ours / bare, ours * 1000, bare * 1000
