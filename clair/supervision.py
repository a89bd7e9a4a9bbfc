"""Run the portal's processes together: one stops, all stop, and nothing is left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from clair.embedded.processes import spawn

GRACE_SECONDS = 10  # for running requests and tasks; Celery redelivers what is cut off


class StopRequest:
    """Ctrl-C, SIGTERM or a closed terminal; also the end of the `make` that started us."""

    def __init__(self, *, parent: int | None = None) -> None:
        self.count = 0
        self.parent = parent
        self._parent_catches_interrupt = bool(parent) and _catches_interrupt(parent or 0)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._receive)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup keeps us alive
            signal.signal(signal.SIGHUP, self._receive)

    @property
    def came(self) -> bool:
        """Whether to stop; a SIGINT sent to make alone is seen by make's changed signal mask."""
        if not self.count and self.parent:
            gone = os.getppid() != self.parent
            if gone or (self._parent_catches_interrupt and not _catches_interrupt(self.parent)):
                self.count = 1
        return self.count > 0

    @property
    def is_urgent(self) -> bool:
        """The user pressed Ctrl-C again."""
        return self.count > 1

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.count += 1


class Child:
    """One process of the portal with its log."""

    def __init__(
        self, name: str, args: Sequence[str | Path], *, log: Path, env: Mapping[str, str], cwd: Path
    ) -> None:
        self.name, self.log = name, log
        self.process: subprocess.Popen[bytes] = spawn(args, log=log, env=env, cwd=cwd)

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self.process.poll()


def wait_for(child: Child, stop: StopRequest) -> int | None:
    """The exit status of a step that ends by itself; None if we were asked to stop meanwhile."""
    while (status := child.status) is None:
        if stop.came:
            stop_all([child], stop)
            return None
        time.sleep(0.05)
    return status


def stop_all(children: Iterable[Child], stop: StopRequest) -> None:
    """Ask all at once, wait, then kill each whole session (workers of workers too)."""
    children = list(children)
    for child in children:
        _signal_group(child, signal.SIGTERM, whole=False)
    end = time.monotonic() + GRACE_SECONDS
    while any(child.status is None for child in children):
        if time.monotonic() > end or stop.is_urgent:
            break
        time.sleep(0.05)
    for child in children:
        _signal_group(child, signal.SIGKILL, whole=True)
        child.process.wait()


def _signal_group(child: Child, number: int, *, whole: bool) -> None:
    try:
        if whole:
            os.killpg(child.process.pid, number)
        elif child.status is None:
            child.process.send_signal(number)
    except ProcessLookupError:
        return


def _catches_interrupt(pid: int) -> bool:
    """Whether a process has its own handler for SIGINT (GNU make drops it once it was hit)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    caught = next((int(line.split()[1], 16) for line in lines if line.startswith("SigCgt")), 0)
    return bool(caught & 1 << (signal.SIGINT - 1))
