"""`make run`: servers, schema, data, then web, worker and beat, until Ctrl-C stops all of it."""

import errno
import fcntl
import hashlib
import http.client
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clair.embedded import DATABASE, Servers
from clair.embedded.places import make_home, user_name
from clair.embedded.processes import last_lines, wait_until
from clair.messages import compile_stale
from clair.refusals import Refusal, disk_full, not_writable
from clair.supervision import Child, StopRequest, stop_all, wait_for

ROOT = Path(__file__).resolve().parent.parent
REFUSED = 3  # the status of clair.prepare when it has said a sentence
LOG_LIMIT = 5 * 1024 * 1024  # bytes; a longer log is put aside at the start
# A change in any of these may change the tables or what is loaded into them.
SCHEMA_FILES = ("requirements.txt", "*/migrations/*.py", "clair/prepare.py")
DATA_FILES = (
    *("requirements.txt", "clair/prepare.py", "*/management/commands/load_*.py", "*/roles.py"),
    *("*/plan/**/*", "*/data/**/*", "*/fixtures/**/*", "*/demo*.py", "*/demo/**/*"),
)
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - only when HOST asks for it
LOCAL_HOSTS = {"127.0.0.1", "::1", "::", ANY_ADDRESS}
DEMO_STAFF = "officer manager director finance document-officer reviewer office administrator"
DEMO_BODIES = "town-a town-b prefecture association"


@dataclass(frozen=True)
class Wanted:
    """What the environment asks for."""

    home: Path
    home_is_explicit: bool
    host: str
    port: int
    postgres: bool  # embedded?
    valkey: bool

    @classmethod
    def read(cls, env: Mapping[str, str], root: Path = ROOT) -> "Wanted":
        """Read it once; a PORT that is no port is refused here."""
        port = env.get("PORT") or "8000"
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise Refusal(
                f"PORT must be a number from 1 to 65535, not {port!r}.",
                f"PORT には 1 から 65535 までの数を指定してください（今の値: {port}）。",
            )
        if env.get("CLAIR_ENV") == "production" and env.get("CLAIR_DEMO", "1") != "0":
            raise Refusal(
                "make run starts the demo, which CLAIR_ENV=production forbids; see "
                "docs/operations.md.",
                "make run はデモを起動します。CLAIR_ENV=production では使えません"
                "（docs/operations.md を参照）。",
            )
        return cls(
            home=Path(env.get("CLAIR_HOME") or root / "var").resolve(),
            home_is_explicit=bool(env.get("CLAIR_HOME")),
            host=env.get("HOST") or "127.0.0.1",
            port=int(port),
            postgres=not env.get("DATABASE_URL"),
            valkey=not env.get("REDIS_URL"),
        )

    @property
    def address(self) -> str:
        """What to type into the browser."""
        host = "localhost" if self.host in LOCAL_HOSTS else self.host
        return f"http://{host}:{self.port}/"


class Portal:
    """One running portal."""

    def __init__(self, wanted: Wanted, stop: StopRequest, root: Path = ROOT) -> None:
        self.wanted, self.stop, self.root = wanted, stop, root
        self.servers: Servers | None = None
        self.children: list[Child] = []
        self.env: dict[str, str] = {}

    def run(self) -> int:
        """Start, serve and stop; whatever happens on the way, nothing is left running."""
        try:
            check_address(self.wanted)
            compile_stale(self.root)
            self._start_servers()
            self._prepare()
            if not self.stop.came:
                self._start_processes()
            return self._watch()
        finally:
            self._stop()

    def _start_servers(self) -> None:
        wanted = self.wanted
        self.servers = Servers(wanted.home, explicit=wanted.home_is_explicit)
        put_long_logs_aside(self.servers.places.logs, self.servers.places.server_logs)
        if wanted.postgres or wanted.valkey:
            say("Starting the servers …", "サーバーを起動しています…")
            with self.servers.locked():
                self._stop_leftovers(self.servers)
            self.servers.start(attached=True, postgres=wanted.postgres, valkey=wanted.valkey)
        self.env = child_environment(wanted, self.servers)

    def _stop_leftovers(self, servers: Servers) -> None:
        """We hold the run lock, so servers that still run lost their launcher (or are detached)."""
        if self.wanted.valkey:
            servers.valkey.stop()
        if self.wanted.postgres:
            servers.postgres.stop()

    def _prepare(self) -> None:
        """Migrate and load, unless this database has seen exactly these files."""
        schema = fingerprint(self.root, SCHEMA_FILES)
        data = fingerprint(self.root, DATA_FILES) + self.env["CLAIR_DEMO"]
        seen = self._read_mark()
        if seen == f"{schema} {data}":
            return
        if seen.split(" ")[0] != schema:
            say("Preparing the tables …", "テーブルを準備しています…")
            self._step("schema", role="owner")
        say("Loading the plan and the data …", "計画とデータを読み込んでいます…")
        self._step("data", role="web")
        if not self.stop.came:
            self._write_mark(f"{schema} {data}")

    def _step(self, step: str, *, role: str) -> None:
        if self.stop.came:
            return
        log = self._log("prepare")
        begins = log.stat().st_size if log.exists() else 0
        env = self.env | {"CLAIR_DATABASE_ROLE": role}
        child = Child(step, self._python("clair.prepare", step), log=log, env=env, cwd=self.root)
        status = wait_for(child, self.stop)
        if status == REFUSED:
            said = log.read_text(errors="replace")[begins:].splitlines()
            sentences = [line.removeprefix("clair: ") for line in said if line[:7] == "clair: "]
            raise Refusal(*sentences[-2:])
        if status:
            raise self._failure(step, status, log)

    def _read_mark(self) -> str:
        """The mark lies in the database, so it goes where the data go; none for your own server."""
        if not self.wanted.postgres or self.servers is None:
            return ""
        with self.servers.postgres.connect() as connection:
            row = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                [DATABASE],
            ).fetchone()
        return (row and row[0]) or ""

    def _write_mark(self, mark: str) -> None:
        if self.wanted.postgres and self.servers:
            with self.servers.postgres.connect() as connection:
                connection.execute(f"COMMENT ON DATABASE {DATABASE} IS '{mark}'".encode())

    def _start_processes(self) -> None:
        """Web first: the first page should not wait for the worker's imports."""
        wanted = self.wanted
        workers = str(min(2, os.cpu_count() or 1))
        self._spawn(
            "web",
            *self._python("granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"),
            *("--host", wanted.host, "--port", str(wanted.port), "--workers", workers),
            *("--blocking-threads", "4", "--workers-kill-timeout", "8", "clair.wsgi:application"),
        )
        if not self._wait_for_web():
            return
        celery = self._python("celery", "-A", "clair")
        quiet = ("--without-gossip", "--without-mingle", "--concurrency", "2")
        self._spawn("worker", *celery, "worker", "--loglevel", "INFO", *quiet)
        beat = ("--scheduler", "celery.beat:Scheduler", "--pidfile", "")
        self._spawn("beat", *celery, "beat", "--loglevel", "WARNING", *beat)
        sys.stdout.write(welcome(wanted, self.env))
        sys.stdout.flush()

    def _spawn(self, name: str, *args: str) -> None:
        child = Child(name, args, log=self._log(name), env=self.env, cwd=self.root)
        self.children.append(child)

    def _wait_for_web(self) -> bool:
        """True when pages are served; a portal that answers with errors only is not started."""
        say("Starting the portal …", "ポータルを起動しています…")
        web = self.children[0]
        wait_until(
            lambda: self.stop.came or web.status is not None or answer(self.wanted) > 0,
            seconds=120,
        )
        if self.stop.came or web.status is not None:
            return False
        if answer(self.wanted) >= 500:
            raise Refusal(
                f"The portal answers with an error; see {web.log}:\n{last_lines(web.log)}",
                f"ポータルがエラーを返しています。{web.log} を確認してください。",
            )
        return True

    def _watch(self) -> int:
        while not self.stop.came:
            for child in self.children:
                if child.status is not None:
                    raise self._failure(child.name, child.status, child.log)
            self._check_servers()
            time.sleep(0.2)
        say("Stopping …", "停止しています…")
        return 0

    def _check_servers(self) -> None:
        assert self.servers is not None
        for name, server in (("postgres", self.servers.postgres), ("valkey", self.servers.valkey)):
            if server.child and (status := server.child.poll()) is not None:
                raise self._failure(name, status, server.log)

    def _stop(self) -> None:
        stop_all(self.children, self.stop)
        if self.servers:
            if self.servers.valkey.child:
                self.servers.valkey.stop()
            if self.servers.postgres.child:
                self.servers.postgres.stop()

    def _failure(self, name: str, status: int, log: Path) -> Refusal:
        """Say which process ended and why; a full disk is the usual reason."""
        if self.servers and shutil.disk_usage(self.servers.places.data).free < 1024 * 1024:
            return disk_full(self.servers.places.data)
        return Refusal(
            f"The process '{name}' ended (status {status}), so everything was stopped; "
            f"see {log}:\n{last_lines(log)}",
            f"プロセス「{name}」が終了したため、すべて停止しました。{log} を確認してください。",
        )

    def _python(self, module: str, *args: str) -> list[str]:
        return [sys.executable, "-m", module, *args]

    def _log(self, name: str) -> Path:
        assert self.servers is not None
        return self.servers.places.logs / f"{name}.log"


def say(english: str, japanese: str) -> None:
    """Progress for the user who waits."""
    sys.stdout.write(f"clair: {english} / {japanese}\n")
    sys.stdout.flush()


@contextmanager
def sole_run(wanted: Wanted) -> Iterator[None]:
    """Hold the home for this run; the kernel lets go of it however we end."""
    make_home(wanted.home)
    with (wanted.home / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            other = lock.read().strip()
            raise Refusal(
                f"Another `make run` ({other}) uses {wanted.home}; stop it, or set CLAIR_HOME and "
                "PORT for a second one.",
                f"別の make run（{other}）が {wanted.home} を使っています。それを止めるか、"
                "CLAIR_HOME と PORT を別に指定してください。",
            ) from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {wanted.address}")
        lock.flush()
        yield


def check_address(wanted: Wanted) -> None:
    """Refuse before anything is started if the port cannot be had."""
    try:
        found = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)
        with socket.socket(found[0][0]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[0][4])
    except OSError as error:
        raise address_refusal(wanted, error) from error


def address_refusal(wanted: Wanted, error: OSError) -> Refusal:
    """Why the portal cannot listen there."""
    if error.errno == errno.EADDRINUSE:
        return Refusal(
            f"Port {wanted.port} is taken by another program; choose another one, for example "
            f"`make run PORT={wanted.port % 65000 + 1}`.",
            f"ポート {wanted.port} は別のプログラムが使っています。"
            f"`make run PORT={wanted.port % 65000 + 1}` のように別の番号を指定してください。",
        )
    if error.errno == errno.EACCES:
        return Refusal(
            f"The user {user_name()} may not open port {wanted.port}; choose one above 1023.",
            f"ユーザー {user_name()} はポート {wanted.port} を開けません。1024 以上を指定して"
            "ください。",
        )
    return Refusal(
        f"HOST={wanted.host} is not an address of this machine; use 127.0.0.1 or 0.0.0.0.",
        f"HOST={wanted.host} はこの機械のアドレスではありません。127.0.0.1 か 0.0.0.0 を指定して"
        "ください。",
    )


def child_environment(wanted: Wanted, servers: Servers) -> dict[str, str]:
    """The environment of our processes: ours plus the addresses of the embedded servers."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    env.update(servers.environment(postgres=wanted.postgres, valkey=wanted.valkey))
    env.setdefault("DATABASE_OWNER_URL", env["DATABASE_URL"])
    env.setdefault("CLAIR_DEMO", "1")
    env.setdefault("CLAIR_STATIC_ROOT", str(wanted.home / "static"))  # empty: finders serve
    Path(env["CLAIR_STATIC_ROOT"]).mkdir(exist_ok=True)
    env |= {
        "CLAIR_HOME": str(wanted.home),
        "PORT": str(wanted.port),
        "DJANGO_SETTINGS_MODULE": "clair.settings",
        "PYTHONUNBUFFERED": "1",
    }
    return env


def fingerprint(root: Path, patterns: tuple[str, ...]) -> str:
    """A short digest of the names and contents of the files."""
    found = {path for pattern in patterns for path in root.glob(pattern)}
    digest = hashlib.sha256()
    for path in sorted(found):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def put_long_logs_aside(*folders: Path) -> None:
    """Keep one older log of each process."""
    for log in {log for folder in folders for log in folder.glob("*.log")}:
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))


def answer(wanted: Wanted) -> int:
    """The status with which the web server answers, 0 while it does not."""
    host = "127.0.0.1" if wanted.host == ANY_ADDRESS else wanted.host
    connection = http.client.HTTPConnection(host, wanted.port, timeout=20)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def welcome(wanted: Wanted, env: Mapping[str, str]) -> str:
    """The address, and in demo mode who can sign in."""
    lines = ["", f"  clair: {wanted.address}", ""]
    if env["CLAIR_DEMO"] == "1":
        password = env.get("CLAIR_DEMO_PASSWORD", "clair-demo-2021")
        lines += [
            *(f"    demo-{name}@clair.example" for name in DEMO_STAFF.split()),
            *(f"    demo-{name}@example.jp" for name in DEMO_BODIES.split()),
            f"    Password / パスワード: {password}   (all accounts and API keys: docs/demo.md)",
            f"    Mail / メール: {wanted.address}demo/mail/",
        ]
    lines += [f"    Logs / ログ: {wanted.home / 'logs'}", "    Ctrl-C: stop / 停止", "", ""]
    return "\n".join(lines)


def main() -> int:
    """Run the portal; what the user can put right is one sentence, in English and Japanese."""
    stop = StopRequest(parent=os.getppid() if "MAKELEVEL" in os.environ else None)
    try:
        wanted = Wanted.read(os.environ)
        with sole_run(wanted):
            return Portal(wanted, stop).run()
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
    except PermissionError as error:
        sys.stderr.write(f"{not_writable(error.filename, user_name())}\n")
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        sys.stderr.write(f"{disk_full(error.filename or 'CLAIR_HOME')}\n")
    return 1


if __name__ == "__main__":
    if sys.argv[1:] != ["run"]:
        sys.exit("usage: python -m clair.launcher run")
    sys.exit(main())
