"""`python -m clair.embedded start|stop|status`: the servers alone, for manage.py and a debugger."""

import os
import sys
from pathlib import Path

from clair.embedded import Servers
from clair.refusals import Refusal

HOME = os.environ.get("CLAIR_HOME", "")
DEFAULT_HOME = Path(__file__).resolve().parents[2] / "var"


def main(command: str) -> int:
    """Run one command; the exit status of `status` says whether PostgreSQL runs."""
    try:
        servers = Servers(Path(HOME or DEFAULT_HOME), explicit=bool(HOME))
        if command == "start":
            servers.start(attached=False)
        elif command == "stop":
            servers.stop()
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    running = servers.postgres.pid() is not None
    sys.stdout.write(f"{'running' if running else 'stopped'}: {servers.places.data}\n")
    return 0 if running or command == "stop" else 1


if __name__ == "__main__":
    if sys.argv[1:] not in (["start"], ["stop"], ["status"]):
        sys.exit("usage: python -m clair.embedded start|stop|status")
    sys.exit(main(sys.argv[1]))
