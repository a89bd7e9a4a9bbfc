"""Make .venv and install a lock file into it, unless that was done already.

The Makefile runs it with any Python >= 3.11 and nothing installed (`python -I clair/install.py
LOCK`): standard library only, no import of ours.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
ROOM_NEEDED = 900 * 1024 * 1024  # bytes: wheels and what they unpack to


class InstallError(Exception):
    """What went wrong, in English and Japanese."""


def main(lock_name: str) -> None:
    """Bring .venv to the state of the lock; no work, no network when it is there."""
    lock = ROOT / lock_name
    if is_installed(lock):
        return
    with (ROOT / ".venv.lock").open("a") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if is_installed(lock):
            return
        if not runs(PYTHON):
            make_venv()
        install(lock)
        remember(lock)


def is_installed(lock: Path) -> bool:
    """Whether the stamp of this lock is that of its present text, and the venv works."""
    stamp = stamp_of(lock)
    return stamp.exists() and stamp.read_text() == digest(lock) and runs(PYTHON)


def runs(python: Path) -> bool:
    """A venv is dead when the Python it was made with was removed or the folder was moved."""
    if not python.exists():
        return False
    code = f"import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix != {str(VENV)!r})"
    done = subprocess.run([python, "-Ic", code], capture_output=True, check=False)
    return done.returncode == 0


def make_venv() -> None:
    """Make the virtual environment with pip, or by uv where Debian left out python3-venv."""
    free = shutil.disk_usage(ROOT).free
    if free < ROOM_NEEDED:
        raise InstallError(
            f"The disk that holds {ROOT} has {free >> 20} MB free; {ROOM_NEEDED >> 20} are needed.",
            f"{ROOT} のあるディスクの空きは {free >> 20} MB です。"
            f"{ROOM_NEEDED >> 20} MB 以上空けてください。",
        )
    shutil.rmtree(VENV, ignore_errors=True)
    say("Making .venv …", ".venv を作っています…")
    uv = shutil.which("uv")
    maker = [uv, "venv", "--quiet"] if uv else [sys.executable, "-m", "venv"]
    done = subprocess.run([*maker, str(VENV)], capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        said = (done.stderr or done.stdout).strip()
        if "ensurepip" in said:
            raise InstallError(
                "This Python cannot make virtual environments; install python3-venv.",
                "この Python では仮想環境を作れません。python3-venv を入れてください。",
            )
        raise InstallError(f"{said}\n.venv could not be made.", ".venv を作れませんでした。")


def install(lock: Path) -> None:
    """Install with hashes from wheels only: nothing is built and nothing unexpected gets in."""
    say(
        "Installing the locked packages (first time: about half a minute) …",
        "パッケージを入れています（初回は 30 秒ほど）…",
    )
    options = ["--quiet", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    uv = shutil.which("uv")
    if uv:
        command = [uv, "pip", "install", "--python", str(PYTHON), *options]
    else:
        quiet = ["--disable-pip-version-check", "--no-input"]
        command = [str(PYTHON), "-m", "pip", "install", *quiet, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    said = (done.stderr or done.stdout).strip()
    if "No space left" in said:
        raise InstallError(
            f"The disk that holds {ROOT} is full.", f"{ROOT} のあるディスクに空きがありません。"
        )
    raise InstallError(
        f"{said}\nThe packages of {lock.name} could not be installed; see above.",
        f"{lock.name} のパッケージを入れられませんでした（上の表示を確認してください）。",
    )


def remember(lock: Path) -> None:
    """Stamp this lock, and each lock that is a part of it, so that nothing is done twice."""
    installed = pins(lock)
    for other in ROOT.glob("requirements*.txt"):
        if pins(other) <= installed:
            stamp_of(other).write_text(digest(other))


def stamp_of(lock: Path) -> Path:
    """Inside .venv, so that it goes when the venv goes."""
    return VENV / f".{lock.name}.installed"


def digest(lock: Path) -> str:
    """The lock's SHA-256."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def pins(lock: Path) -> set[str]:
    """The `name==version` lines."""
    return set(re.findall(r"^[A-Za-z0-9][^\s;]*==[^\s;]+", lock.read_text(), re.MULTILINE))


def say(english: str, japanese: str) -> None:
    """Tell the waiting user what happens."""
    sys.stderr.write(f"clair: {english}\nclair: {japanese}\n")


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - run before anything is installed
        say("Python 3.11 or newer is needed.", "Python 3.11 以上が必要です。")
        sys.exit(1)
    os.environ.pop("PYTHONHOME", None)
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
    except InstallError as error:
        say(*error.args)
        sys.exit(1)
    except OSError as error:
        say(
            f"{error.strerror}: {error.filename or ROOT}",
            f"続けられません: {error.filename or ROOT}",
        )
        sys.exit(1)
