"""`python -m tests.benchmarks`: ratios over 100,000 applications, in one interleaved run.

    python -m tests.benchmarks                 the ratios, beside their limits
    python -m tests.benchmarks load [ADDRESS]  200 sign-ins in 10 s and 40 pages/s for 3 minutes

The servers are its own, in CLAIR_BENCH_HOME (default var/bench); the data are made once.
"""

import os
import sys
from pathlib import Path

import django
from django.conf import settings

from clair.embedded import Servers
from clair.launcher import ROOT
from tests.benchmarks import load


def main() -> int:
    """Do what the first argument says."""
    act = sys.argv[1] if len(sys.argv) > 1 else "ratios"
    if act == "load":
        return load.main(sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8000")
    if act != "ratios":  # a child of ours: the environment names the database
        return child(act)
    home = os.environ.get("CLAIR_BENCH_HOME")
    servers = Servers(Path(home or ROOT / "var" / "bench"), explicit=bool(home))
    servers.start(attached=True, database=False)
    try:
        return ratios(servers)
    finally:
        servers.valkey.stop()
        servers.postgres.stop()


def ratios(servers: Servers) -> int:
    """Make the data where they are missing, and measure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clair.settings")
    os.environ |= {"CLAIR_ENV": "benchmark", "SECRET_KEY": "only-for-benchmarks"}
    os.environ |= {"CLAIR_HOME": str(servers.places.home), "CLAIR_DEMO": "0"}
    os.environ |= {"DATABASE_URL": servers.postgres.url("clair_web", "none")}
    os.environ |= {"REDIS_URL": servers.valkey.url(), "LOG_LEVEL": "ERROR"}
    os.environ["DATABASE_CONN_MAX_AGE"] = "100000"  # one backend to the end: its CPU is read
    django.setup()
    from tests.benchmarks import data  # noqa: PLC0415 - models need django.setup()
    from tests.benchmarks.ratios import Bench  # noqa: PLC0415

    large, small = (data.prepare(servers, count) for count in (data.LARGE, data.SMALL))
    os.environ |= data.environment(servers, large)
    options = django.db.connections.settings["default"]
    options["NAME"] = django.db.connections["default"].settings_dict["NAME"] = large
    return int(Bench(large, small).run() > 0)


def child(act: str) -> int:
    """Fill a database, or make one export."""
    django.setup()
    from tests.benchmarks import data, ratios  # noqa: PLC0415 - models need django.setup()

    if act == "fill":
        data.fill(int(sys.argv[2]))
    elif act == "copy":
        ratios.told(ratios.copy)
    elif act.startswith("export-"):
        settings.STAFF_MFA_OPTIONAL = True
        ratios.told(lambda: ratios.export(act.removeprefix("export-")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
