"""The embedded Valkey (Redis protocol): broker of Celery and cache."""

import os
import socket
import subprocess
from pathlib import Path

from clair.embedded.places import Places
from clair.embedded.processes import free_port, last_lines, port_is_free, spawn, wait_until
from clair.refusals import Refusal, disk_full


class Valkey:
    """A server in `places.data / "valkey"` with a password; `fast` writes nothing to disk."""

    def __init__(self, places: Places, secrets: dict[str, str], *, fast: bool = False) -> None:
        self.places, self.secrets, self.fast = places, secrets, fast
        self.data = places.data / "valkey"
        self.log = places.server_logs / "valkey.log"
        self.child: subprocess.Popen[bytes] | None = None

    def launch(self, *, attached: bool) -> None:
        """Start the server unless it runs; `wait` says when it answers."""
        if self.answers():
            return
        self.data.mkdir(mode=0o700, exist_ok=True)
        if account := self.places.account:
            self._give_to(account.uid, account.gid)
        if not port_is_free(int(self.secrets["valkey_port"])):
            self.secrets["valkey_port"] = str(free_port())
        child = spawn(
            [self.places.valkey_server, "-"],
            log=self.log,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            account=self.places.account,
            stdin=self._configuration(detached=not attached).encode(),
        )
        if attached:
            self.child = child
        else:
            child.wait()

    def wait(self) -> None:
        """Wait until the server has read its append-only file and answers."""
        if wait_until(lambda: self.answers() or self._has_died(), 30) and self.answers():
            return
        said = last_lines(self.log)
        if "No space left" in said:
            raise disk_full(self.data)
        raise Refusal(
            f"Valkey did not start; its last words are in {self.log}:\n{said}",
            f"Valkey を起動できませんでした。{self.log} を確認してください。",
        )

    def stop(self) -> None:
        """Stop the server; everything acknowledged is in the append-only file."""
        if self.child:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
            self.child = None
            return
        self._say("SHUTDOWN")
        wait_until(lambda: port_is_free(int(self.secrets["valkey_port"])), 10)

    def answers(self) -> bool:
        """Whether our server (it knows our password) is up and has loaded its data."""
        return "+PONG" in self._say("PING")

    def url(self, number: int = 0) -> str:
        """The address of one of its numbered databases."""
        return (
            f"redis://:{self.secrets['valkey_password']}@127.0.0.1:"
            f"{self.secrets['valkey_port']}/{number}"
        )

    def empty(self, number: int) -> None:
        """Forget everything in one numbered database."""
        self._say(f"SELECT {number}", "FLUSHDB")

    def _say(self, *commands: str) -> str:
        lines = "\r\n".join((f"AUTH {self.secrets['valkey_password']}", *commands, "QUIT", ""))
        try:
            with socket.create_connection(
                ("127.0.0.1", int(self.secrets["valkey_port"])), timeout=2
            ) as link:
                link.sendall(lines.encode())
                return b"".join(iter(lambda: link.recv(4096), b"")).decode(errors="replace")
        except OSError:
            return ""

    def _has_died(self) -> bool:
        return self.child is not None and self.child.poll() is not None

    def _give_to(self, uid: int, gid: int) -> None:
        for path in (self.data, *self.data.rglob("*")):
            os.chown(path, uid, gid)

    def _configuration(self, *, detached: bool) -> str:
        """Read from stdin so that the password is not in the process list."""
        options = {
            "bind": "127.0.0.1",
            "port": self.secrets["valkey_port"],
            "requirepass": self.secrets["valkey_password"],
            "dir": f'"{self.data}"',
            "save": '""',
            "databases": "256",
            "appendonly": "no" if self.fast else "yes",
            "daemonize": "yes" if detached else "no",
            "pidfile": f'"{self.data / "valkey.pid"}"',
        }
        if detached:
            options["logfile"] = f'"{self._log_of_daemon()}"'
        return "".join(f"{key} {value}\n" for key, value in options.items())

    def _log_of_daemon(self) -> Path:
        """A daemon opens its own log, as the unprivileged account."""
        self.log.touch()
        if account := self.places.account:
            os.chown(self.log, account.uid, account.gid)
        return self.log
