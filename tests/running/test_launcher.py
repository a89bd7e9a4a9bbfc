"""`make run` on a tiny stand-in project: one command up, one Ctrl-C down, sentences not tracebacks."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clair.embedded.processes import alive, free_port, wait_until
from clair.launcher import ROOT

STAND_IN = Path(__file__).parent / "stand_in"
Start = Callable[..., "Run"]


# A suite that runs in the background ignores Ctrl-C, and so would what it starts.
HEARING = ("env", "--default-signal=INT")
MAKE_OPTIONS = ("-o", "venv", f"IN_VENV={sys.executable}")


class Run:
    """One `make run`, seen from outside."""

    def __init__(self, project: Path, env: dict[str, str]) -> None:
        self.project, self.env = project, env
        self.output = project / "output.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [*HEARING, "make", "-f", ROOT / "Makefile", *MAKE_OPTIONS, "run"],
                cwd=project,
                env=env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until_up(self) -> None:
        """Until the address and the accounts are printed."""
        wait_until(lambda: "Ctrl-C" in self.said or self.process.poll() is not None, 90)
        assert "Ctrl-C" in self.said, self.said

    def ask(self, path: str) -> str:
        """GET a page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.env['PORT']}{path}") as response:
            return str(response.read().decode())

    def processes(self) -> list[int]:
        """The launcher's children; postgres, valkey, granian, worker and beat."""
        launcher = children(self.process.pid)
        return [*launcher, *(pid for parent in launcher for pid in children(parent))]

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(90)


def children(parent: int) -> list[int]:
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if stat_of(path).rpartition(")")[2].split()[1:2] == [str(parent)]
    ]


def stat_of(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


@pytest.fixture
def project() -> Iterator[Path]:
    """The launcher's own files around an app of one table."""
    with tempfile.TemporaryDirectory(prefix="clair-run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        shutil.copytree(STAND_IN, folder, dirs_exist_ok=True)
        for own in ("embedded", *(path.name for path in (ROOT / "clair").glob("*.py"))):
            if (folder / "clair" / own).exists() or own == "apps.py":
                continue
            source = ROOT / "clair" / own
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, folder / "clair" / own)
        shutil.copy(ROOT / "requirements.txt", folder)
        yield folder


@pytest.fixture
def start(project: Path) -> Iterator[Start]:
    """`start(PORT=…)` runs `make run`; what still runs afterwards is stopped."""
    runs: list[Run] = []
    usual = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("MAKE", "MFLAGS", "DATABASE", "REDIS", "CLAIR", "PYTEST", "DJANGO"))
    }
    home = {"CLAIR_HOME": str(project / "home"), "PORT": str(free_port())}

    def run(**env: str) -> Run:
        runs.append(Run(project, usual | home | env))
        return runs[-1]

    yield run
    for each in runs:
        each.end()


def test_two_starts_keep_the_data_and_leave_nothing_behind(start: Start) -> None:
    first = start()
    first.wait_until_up()
    assert first.ask("/things") == "plan"
    assert first.ask("/add") == "added"
    pids = first.processes()
    assert len(pids) >= 6
    first.end()
    assert [pid for pid in pids if alive(pid)] == []

    second = start()
    second.wait_until_up()
    assert second.ask("/things") == "plan added"
    assert "tables" not in second.said
    assert wait_until(lambda: second.ask("/beat") == "beat", 60), "beat → worker → cache"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signal_to_make_alone_stops_everything(start: Start, number: int) -> None:
    run = start()
    run.wait_until_up()
    pids = run.processes()
    run.process.send_signal(number)
    assert wait_until(lambda: not any(map(alive, pids)), 60)


def test_dead_child_stops_all_and_is_named(start: Start) -> None:
    run = start()
    run.wait_until_up()
    pids = run.processes()
    worker = next(pid for pid in pids if "celery -A clair worker" in command(pid))
    os.kill(worker, signal.SIGKILL)
    assert run.process.wait(90)
    assert "The process 'worker' ended" in run.said
    assert not any(map(alive, pids))


def test_taken_port_is_one_sentence_in_both_languages(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = start(PORT=str(port))
        assert run.process.wait(90)
    assert f"Port {port} is taken" in run.said
    assert f"ポート {port} は" in run.said
    assert "Traceback" not in run.said


def test_second_run_on_the_same_home_is_refused(start: Start) -> None:
    first = start()
    first.wait_until_up()
    second = start(PORT=str(free_port()))
    assert second.process.wait(90)
    assert "Another `make run`" in second.said
    assert first.ask("/healthz") == "ok"


def test_data_of_a_newer_version_are_refused(start: Start, project: Path) -> None:
    newer = project / "shop" / "migrations" / "0002_newer.py"
    newer.write_text(
        "from django.db import migrations\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('shop', '0001_initial')]\n"
    )
    first = start()
    first.wait_until_up()
    first.end()
    newer.unlink()
    run = start()
    assert run.process.wait(60)
    assert "newer or other version of clair (shop.0002_newer)" in run.said
    assert "Traceback" not in run.said


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT must be a number"),
        ({"HOST": "192.0.2.1"}, "is not an address of this machine"),
        ({"CLAIR_ENV": "production"}, "CLAIR_ENV=production forbids"),
        ({"CLAIR_HOME": "/proc/clair"}, "/proc/clair"),
    ],
)
def test_wrong_environment_is_explained(start: Start, env: dict[str, str], sentence: str) -> None:
    run = start(**env)
    assert run.process.wait(90)
    assert sentence in run.said
    assert "Traceback" not in run.said


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
