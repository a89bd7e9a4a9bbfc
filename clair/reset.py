"""`make reset` and `make clean`: remove the embedded servers' data, never those of a running portal."""

import fcntl
import os
import shutil
import sys
from pathlib import Path

from clair.embedded import Servers
from clair.embedded.places import system_folder_of
from clair.refusals import Refusal

ROOT = Path(__file__).resolve().parent.parent


# Only names that we make: CLAIR_HOME may hold other things.
OURS = (
    *("postgres", "valkey", "programs", "files", "mail", "static", "logs", "test", "home.id"),
    *("embedded.json", "embedded.env", "secret.key", "audit-heads.jsonl", "embedded.lock"),
)


def remove(home: Path, *, explicit: bool) -> None:
    """Stop the servers of this home and delete what they and the portal wrote there."""
    if not home.is_dir():
        return
    with (home / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refusal(
                f"`make run` uses {home}; stop it first.",
                f"make run が {home} を使っています。先に止めてください。",
            ) from error
        Servers(home, explicit=explicit).stop()
        if folder := system_folder_of(home.resolve()):
            shutil.rmtree(folder, ignore_errors=True)
        for name in OURS:
            path = home / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def main(what: str) -> int:
    """Remove the test cluster only, or all."""
    home = Path(os.environ.get("CLAIR_HOME") or ROOT / "var").resolve()
    explicit = bool(os.environ.get("CLAIR_HOME"))
    try:
        remove(home / "test", explicit=explicit)
        if what == "all":
            remove(home, explicit=explicit)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
