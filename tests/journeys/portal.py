"""The whole portal for journeys: real web server, real worker, demo data, a database of its own.

Journeys see it from outside only, by addresses, as people and partner systems do. Everything
that belongs to it (database, Valkey number, files, processes) goes with the session.
"""

import json
import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery

from clair.embedded import OWNER, WEB
from clair.embedded.processes import free_port, last_lines, wait_until
from clair.launcher import ROOT
from clair.supervision import Child, stop_all
from tests import demo
from tests.cluster import Cluster

VALKEY_OFFSET = 200  # of 256; the suite's own numbers are emptied after each test
DEADLINE = 90
PASSWORD = "clair-demo-2021"
AT_ONCE = SimpleNamespace(is_urgent=False)


class Portal:
    """The running portal: its address, and what lies outside the browser (mails, processes)."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.env = {**os.environ, **environment}
        self.env["CLAIR_NOTICE_GRACE"] = "3"  # mails of a decision wait this long, not a minute
        self.env.pop("PYTEST_CURRENT_TEST", None)
        self.children: list[Child] = []
        self.url = ""

    def start(self) -> None:
        """Start web and worker together, and wait until both are ready."""
        port = str(free_port())
        self.url = self.env["CLAIR_BASE_URL"] = f"http://127.0.0.1:{port}"
        worker = ("celery", "-A", "clair", "worker", "--pool", "solo", "--loglevel", "WARNING")
        self._spawn("worker", *worker, "--without-gossip", "--without-mingle")
        self._serve("web", port)
        # What beat would send every few seconds; the nudges of the acts themselves need no beat.
        with Celery(broker=self.env["REDIS_URL"], set_as_current=False) as broker:
            for task in ("beat_heartbeat", "send_outbox"):
                broker.send_task(f"core.tasks.{task}")
        self._wait(f"{self.url}/readyz")

    def _spawn(self, name: str, *arguments: str, **extra: str) -> Child:
        command = [sys.executable, "-m", *arguments]
        log = self.home / f"{name}.log"
        child = Child(name, command, log=log, env=self.env | extra, cwd=ROOT)
        self.children.append(child)
        return child

    def _serve(self, name: str, port: str, **extra: str) -> str:
        url = f"http://127.0.0.1:{port}"
        server = ("granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning")
        size = ("--workers", "1", "--blocking-threads", "4", "--port", port)
        self._spawn(name, *server, *size, "clair.wsgi:application", **extra)
        self._wait(f"{url}/healthz")
        return url

    def _wait(self, url: str) -> None:
        """Ask until it answers 200; a process that ended meanwhile tells why."""

        def over() -> bool:
            return answers(url) or any(child.status is not None for child in self.children)

        if not (wait_until(over, DEADLINE) and answers(url)):
            told = "\n".join(f"{x.name}:\n{last_lines(x.log)}" for x in self.children)
            pytest.fail(f"{url} does not answer 200.\n{told}", pytrace=False)

    @contextmanager
    def served(self, name: str, port: int = 0, **extra: str) -> Iterator[str]:
        """Serve the same portal once more with other settings, at an address of its own."""
        url = self._serve(name, str(port or free_port()), **extra)
        try:
            yield url
        finally:
            server = self.children.pop()
            stop_all([server], AT_ONCE)  # type: ignore[arg-type]

    def stop(self) -> None:
        """Stop every process."""
        stop_all(self.children, AT_ONCE)  # type: ignore[arg-type]

    def client(self, who: str = "") -> "Client":
        """Return an API client with the demo key of that account."""
        return Client(self.url, f"demo-{who}" if who else "")

    def log(self, name: str = "web") -> str:
        """Return what a process has written."""
        return (self.home / f"{name}.log").read_text(errors="replace")


class Answer:
    """What came back: status, headers, and the body as bytes or JSON."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:2000].decode(errors='replace')}"


class Client:
    """A partner system: JSON over HTTP with an API key, nothing else."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def ask(
        self, method: str, path: str, data: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make one request; errors are answers too."""
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        body = data if isinstance(data, bytes) else None
        if data is not None and body is None:
            body, sent["Content-Type"] = json.dumps(data).encode(), "application/json"
        address = path if path.startswith("http") else f"{self.url}/api/v1/{path}"
        request = urllib.request.Request(
            address, body, {**sent, **(headers or {})}, method=method.upper()
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def get(self, path: str) -> Any:
        """GET what must be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json

    def post(self, path: str, data: Any = None, expect: int = 200) -> Any:
        """POST what must succeed."""
        answer = self.ask("POST", path, {} if data is None else data)
        assert answer.status == expect, answer
        return answer.json

    def write(self, method: str, path: str, data: Any) -> Any:
        """PUT or PATCH over what is read just before, by the record's ETag."""
        record = "/".join(path.split("/")[:3]) + "/"
        read = self.ask("GET", record)
        answer = self.ask(method, path, data, {"If-Match": read.headers["ETag"]})
        assert answer.status == 200, answer
        return answer.json

    def upload(self, name: str, content: bytes) -> Any:
        """Send one file as a form does."""
        edge = "clair-journey"
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        answer = self.ask("POST", "core/files/", body, kind)
        assert answer.status == 201, answer
        return answer.json


def answers(url: str) -> bool:
    """Whether the address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def eventually(found: Any, what: str, seconds: float = 30) -> Any:
    """Ask until something is found; the worker does its part after the act."""
    results: list[Any] = []

    def asked() -> bool:
        results.append(found())
        return bool(results[-1])

    assert wait_until(asked, seconds), f"{what} did not come within {seconds} seconds"
    return results[-1]


@pytest.fixture(scope="session")
def portal(cluster: Cluster, django_db_setup: None, no_network: None) -> Iterator[Portal]:
    """One portal for all journeys of this process; each journey files its own application."""
    database = f"{cluster.database}_portal"
    number = VALKEY_OFFSET + cluster.slot
    cluster.servers.valkey.empty(number)
    with tempfile.TemporaryDirectory(prefix="clair-portal-") as folder:
        home = Path(folder)
        demo.clone(cluster, database, home)
        (home / "static").mkdir()
        running = Portal(
            home,
            {
                "DATABASE_URL": cluster.postgres.url(WEB, database),
                "DATABASE_OWNER_URL": cluster.postgres.url(OWNER, database),
                "REDIS_URL": cluster.servers.valkey.url(number),
                "CLAIR_HOME": folder,
                "CLAIR_STATIC_ROOT": str(home / "static"),
                **demo.SETTINGS,
            },
        )
        try:
            running.start()
            yield running
        finally:
            running.stop()
            cluster.postgres.drop_database(database)
