"""The embedded servers of one CLAIR_HOME: PostgreSQL and Valkey from wheels, nothing to install.

For development, the demo and the tests; production brings its own servers (docs/operations.md).
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clair.embedded.places import Places, decide
from clair.embedded.postgres import OWNER, SUPERUSER, WEB, Postgres
from clair.embedded.processes import free_port
from clair.embedded.valkey import Valkey

DATABASE = "clair"
__all__ = ["DATABASE", "OWNER", "SUPERUSER", "WEB", "Servers", "write_private"]


class Servers:
    """Both servers of one home, with ports and passwords that are made once and kept."""

    def __init__(self, home: Path, *, explicit: bool, fast: bool = False) -> None:
        self.places: Places = decide(home, explicit=explicit)
        self.fast = fast
        self._kept = self.places.data / "embedded.json"
        self.secrets = self._read_or_make_secrets()
        self.postgres = Postgres(self.places, self.secrets, fast=fast)
        self.valkey = Valkey(self.places, self.secrets, fast=fast)

    def start(
        self, *, attached: bool, postgres: bool = True, valkey: bool = True, database: bool = True
    ) -> None:
        """Start what is wanted (Valkey loads while PostgreSQL starts) and write embedded.env."""
        with self.locked():
            self.secrets.update(self._read_secrets())
            if valkey:
                self.valkey.launch(attached=attached)
            if postgres:
                self.postgres.start(attached=attached)
                self.postgres.prepare()
                if database:
                    self._ensure_database()
            if valkey:
                self.valkey.wait()
            write_private(self._kept, json.dumps(self.secrets, indent=1))
            self._write_environment(postgres=postgres and database, valkey=valkey)

    def stop(self) -> None:
        """Stop both, Valkey first: what it still holds is on disk, and PostgreSQL is the slower."""
        with self.locked():
            self.secrets.update(self._read_secrets())  # another process may have moved the ports
            self.valkey.stop()
            self.postgres.stop()

    def environment(self, *, postgres: bool = True, valkey: bool = True) -> dict[str, str]:
        """The addresses for our own processes; only tests get the superuser's."""
        found = {}
        if postgres:
            found["DATABASE_URL"] = self.postgres.url(WEB, DATABASE)
            found["DATABASE_OWNER_URL"] = self.postgres.url(OWNER, DATABASE)
        if valkey:
            found["REDIS_URL"] = self.valkey.url()
        return found

    @contextmanager
    def locked(self, name: str = "embedded.lock") -> Iterator[None]:
        """One start or stop at a time, also among processes."""
        with (self.places.data / name).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _ensure_database(self) -> None:
        if DATABASE not in self.postgres.databases():
            self.postgres.create_database(DATABASE)
        self.postgres.check_japanese(DATABASE)

    def _write_environment(self, *, postgres: bool, valkey: bool) -> None:
        found = self.environment(postgres=postgres, valkey=valkey)
        if postgres:
            found["DATABASE_SUPERUSER_URL"] = self.postgres.url(SUPERUSER, DATABASE)
        text = "".join(f"{key}={value}\n" for key, value in found.items())
        write_private(self.places.home / "embedded.env", text)

    def _read_secrets(self) -> dict[str, str]:
        return dict(json.loads(self._kept.read_text())) if self._kept.exists() else {}

    def _read_or_make_secrets(self) -> dict[str, str]:
        kept = self._read_secrets()
        made = {f"{name}_password": secrets.token_urlsafe(24) for name in (SUPERUSER, OWNER, WEB)}
        made |= {"valkey_password": secrets.token_urlsafe(24)}
        made |= {"postgres_port": str(free_port()), "valkey_port": str(free_port())}
        found = made | kept
        if found != kept:
            write_private(self._kept, json.dumps(found, indent=1))
        return found


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; nobody else may ever read it."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    half.replace(path)
