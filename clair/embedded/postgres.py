"""The embedded PostgreSQL 18: one cluster, the owner role and the web role."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from clair.embedded.places import Places
from clair.embedded.processes import (
    alive,
    command_of,
    free_port,
    identity,
    last_lines,
    port_is_free,
    spawn,
    wait_until,
)
from clair.refusals import Refusal, disk_full

MAJOR = "18"
SUPERUSER, OWNER, WEB = "clair", "clair_owner", "clair_web"
EXTENSIONS = ("pg_trgm", "btree_gist", "unaccent")
# LC_CTYPE=C would make pg_trgm blind to Japanese, silently (stack.md A).
UTF8 = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class Postgres:
    """A cluster in `places.data / "postgres"`; `fast` gives up crash safety and is for tests."""

    def __init__(self, places: Places, secrets: dict[str, str], *, fast: bool = False) -> None:
        self.places, self.secrets, self.fast = places, secrets, fast
        self.data = places.data / "postgres"
        self.log = places.server_logs / "postgres.log"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, *, attached: bool) -> None:
        """Start the cluster; an attached one dies with us, a detached one stays until `stop`."""
        self._initialise()
        if self.pid():
            return
        for _ in range(3):
            if not port_is_free(int(self.secrets["postgres_port"])):
                self.secrets["postgres_port"] = str(free_port())
            if self._launch(attached=attached):
                return
        raise self._refusal("PostgreSQL")

    def stop(self) -> None:
        """Stop at once but cleanly; open transactions are rolled back."""
        pid = self.child.pid if self.child else self.pid()
        if not pid:
            return
        for number, seconds in ((signal.SIGINT, 15), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                break
            if wait_until(lambda: not self._lives(pid), seconds):
                break
        self.child = None

    def pid(self) -> int | None:
        """The running server, or None; a lock file left by a crash is removed."""
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        if alive(pid) and str(self.data) in command_of(pid):
            return pid
        lock.unlink(missing_ok=True)
        return None

    def url(self, role: str, database: str) -> str:
        """The address of a database for one of the three roles."""
        password = self.secrets[f"{role}_password"]
        return (
            f"postgresql://{role}:{password}@127.0.0.1:{self.secrets['postgres_port']}/{database}"
        )

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A superuser connection, each statement its own transaction."""
        return psycopg.connect(self.url(SUPERUSER, database), autocommit=True)

    def databases(self) -> set[str]:
        """The names of all databases of the cluster."""
        with self.connect() as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}

    def create_database(self, name: str) -> None:
        """Make an empty database of the owner in which the web role gets rows, not structure."""
        half = f"{name}_half"
        self.drop_database(half)
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(_id(half), _id(OWNER)))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(_id(half)))
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(_id(half), _id(WEB))
            )
        with self.connect(half) as connection:
            for statement in _contents():
                connection.execute(statement)
        self.rename_database(half, name)

    def clone_database(self, template: str, name: str) -> None:
        """Copy a database with its owner, grants and rows, in tens of milliseconds."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    _id(name), _id(template), _id(OWNER)
                )
            )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(_id(name)))
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(_id(name), _id(WEB))
            )

    def rename_database(self, old: str, new: str) -> None:
        """Give a finished database its name: what bears the name is never half made."""
        with self.connect() as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(_id(old), _id(new)))

    def drop_database(self, name: str) -> None:
        """Drop it if it exists, whoever is still connected."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_id(name)))

    def prepare(self) -> None:
        """Make the roles and see that trigrams of Japanese work (each start, a few ms)."""
        with self.connect() as connection:
            for role in (OWNER, WEB):
                _ensure_role(connection, role, self.secrets[f"{role}_password"])

    def check_japanese(self, database: str) -> None:
        """Refuse a cluster whose locale makes every Japanese search a full scan."""
        with self.connect(database) as connection:
            row = connection.execute("SELECT cardinality(show_trgm('多文化共生'))").fetchone()
        if not row or not row[0]:
            raise Refusal(
                f"The database in {self.data} was made with a locale that cannot search Japanese; "
                "move the folder away and start again.",
                f"{self.data} のデータベースは日本語を検索できない設定で作られています。フォルダーを"
                "移動して起動し直してください。",
            )

    def _launch(self, *, attached: bool) -> bool:
        options = self._options()
        if not attached:
            self._open_log()
            start = ("-w", "-t", "60", "-l", self.log, "-o", " ".join(options), "start")
            return self._run("pg_ctl", "-D", self.data, *start)
        self.child = spawn(
            [self.places.postgres_bin / "postgres", "-D", self.data, *options],
            log=self.log,
            env={"PATH": os.defpath, "LC_ALL": UTF8},
            account=self.places.account,
            death_signal=signal.SIGINT,
        )
        if not wait_until(lambda: self._is_ready() or self._has_died(), 60):
            self.stop()
        return self._is_ready()

    def _options(self) -> list[str]:
        wanted: Mapping[str, str] = {
            "port": self.secrets["postgres_port"],
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "200",
            "max_wal_size": "256MB",
            **(FAST if self.fast else {}),
        }
        return [part for key, value in wanted.items() for part in ("-c", f"{key}={value}")]

    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        ready = len(lines) > 7 and lines[7].strip() == "ready"
        return ready and (self.child is None or lines[0] == str(self.child.pid))

    def _has_died(self) -> bool:
        return self.child is not None and self.child.poll() is not None

    def _lives(self, pid: int) -> bool:
        if self.child:
            return self.child.poll() is None
        return alive(pid)

    def _initialise(self) -> None:
        """Run initdb into a folder that gets its name only when it is whole."""
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            return
        if self.data.exists():
            self.data.rename(self.data.with_name(f"postgres.broken-{os.getpid()}"))
        half = self.data.with_name("postgres.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        password = self.places.data / "initdb.password"
        password.unlink(missing_ok=True)
        password.touch(0o600)
        password.write_text(self.secrets[f"{SUPERUSER}_password"])
        if account := self.places.account:
            for path in (half, password):
                os.chown(path, account.uid, account.gid)
        try:
            made = self._run(
                *("initdb", "-D", half, "-U", SUPERUSER, "-E", "UTF8", "-A", "scram-sha-256"),
                *(
                    f"--pwfile={password}",
                    "--no-instructions",
                    *(["--no-sync"] if self.fast else []),
                ),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            )
        finally:
            password.unlink()
        if not made:
            raise self._refusal("initdb")
        half.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise Refusal(
                f"The data in {self.data} were written by PostgreSQL {found}, not {MAJOR}; use the "
                "older checkout, or set CLAIR_HOME to a new folder.",
                f"{self.data} は PostgreSQL {found} のデータです（必要なのは {MAJOR}）。以前の版を"
                "使うか、CLAIR_HOME に新しいフォルダーを指定してください。",
            )

    def _open_log(self) -> None:
        self.log.touch()
        if account := self.places.account:
            os.chown(self.log, account.uid, account.gid)

    def _run(self, tool: str, *args: str | Path) -> bool:
        with self.log.open("ab") as output:
            done = subprocess.run(
                [str(self.places.postgres_bin / tool), *map(str, args)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.defpath, "LC_ALL": UTF8},
                cwd="/",
                check=False,
                **identity(self.places.account),
            )
        return done.returncode == 0

    def _refusal(self, what: str) -> Refusal:
        said = last_lines(self.log)
        if "No space left" in said:
            return disk_full(self.data)
        return Refusal(
            f"{what} did not start; its last words are in {self.log}:\n{said}",
            f"{what} を起動できませんでした。{self.log} を確認してください。",
        )


def _id(name: str) -> sql.Identifier:
    return sql.Identifier(name)


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return
    connection.execute(
        sql.SQL(
            "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD {}"
        ).format(_id(role), sql.Literal(password))
    )


def _contents() -> list[sql.Composed]:
    """Extensions, and what the web role may do with whatever the owner will create."""
    rights = {
        "TABLES": "SELECT, INSERT, UPDATE, DELETE",
        "SEQUENCES": "USAGE, SELECT",
    }
    return [
        sql.SQL("ALTER SCHEMA public OWNER TO {}").format(_id(OWNER)),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC").format(),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(_id(WEB)),
        *(sql.SQL("CREATE EXTENSION {} SCHEMA public").format(_id(name)) for name in EXTENSIONS),
        *(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT {} ON {} TO {}").format(
                _id(OWNER), sql.SQL(right), sql.SQL(kind), _id(WEB)
            )
            for kind, right in rights.items()
        ),
    ]
