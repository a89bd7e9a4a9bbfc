"""The database cluster of the tests: one template made by the real migrations, cloned per worker.

Tests are connected as the web role, so every grant that production relies on is real here too.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from clair.embedded import OWNER, WEB, Servers
from clair.launcher import fingerprint

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE_FILES = ("requirements.txt", "*/migrations/*.py", "clair/embedded/*.py")
TEMPLATES_KEPT = 4  # of other branches and of sessions that run at the same time
SLOTS = 200  # Valkey has 256 numbered databases


class Cluster:
    """The servers, shared by all test sessions of this home; the last session stops them."""

    def __init__(self, home: str) -> None:
        self.servers = Servers(Path(home or ROOT / "var" / "test"), explicit=bool(home), fast=True)
        self.postgres = self.servers.postgres
        self._users = (self.servers.places.data / "users.lock").open("a")
        self._slot_lock: TextIO | None = None
        self.slot = 0

    def start(self) -> None:
        """Start the servers unless another session did; called once per session."""
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self.servers.start(attached=False, database=False)

    def stop(self) -> None:
        """Stop the servers unless another session uses them."""
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        finally:
            self._users.close()
        self.servers.stop()

    def take_slot(self) -> None:
        """Reserve a number, so a database name and a Valkey database, for this process."""
        for number in range(1, SLOTS):
            lock = (self.servers.places.data / f"slot-{number}.lock").open("a")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            self.slot, self._slot_lock = number, lock
            return
        raise RuntimeError("all test slots are taken")

    def free_slot(self) -> None:
        """Drop this process's database and give its number back."""
        if self._slot_lock:
            self.postgres.drop_database(self.database)
            self._slot_lock.close()

    @property
    def database(self) -> str:
        """The database of this process."""
        return f"test_{self.slot}"

    def environment(self) -> dict[str, str]:
        """What the settings read."""
        return {
            "DATABASE_URL": self.postgres.url(WEB, self.database),
            "DATABASE_OWNER_URL": self.postgres.url(OWNER, self.database),
            "REDIS_URL": self.servers.valkey.url(self.slot),
        }

    def clone(self, name: str) -> None:
        """Make a pristine database of this name: all tables, no rows but the migrations' own."""
        template = self._template()
        self.postgres.drop_database(name)
        self.postgres.clone_database(template, name)

    def _template(self) -> str:
        """The template of the present migrations, made when it is missing."""
        name = f"template_{fingerprint(ROOT, TEMPLATE_FILES)}"
        with self.servers.locked("template.lock"):
            if name not in self.postgres.databases():
                half = f"{name}_new"
                self.postgres.drop_database(half)
                self.postgres.create_database(half)
                self._migrate(half)
                self.postgres.rename_database(half, name)
                self._drop_old_templates()
        return name

    def _migrate(self, database: str) -> None:
        env = os.environ | {
            "DATABASE_OWNER_URL": self.postgres.url(OWNER, database),
            "DATABASE_URL": self.postgres.url(WEB, database),
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"The migrations failed:\n{done.stdout}{done.stderr}", pytrace=False)

    def _drop_old_templates(self) -> None:
        with self.postgres.connect() as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE datname ~ '^template_[0-9a-f]+$' "
                "ORDER BY oid DESC"
            ).fetchall()
        for (name,) in rows[TEMPLATES_KEPT:]:
            self.postgres.drop_database(name)
