"""Django's part of a start: `schema` (as the owning role) and `data` (as the web role).

The launcher runs each as a process of its own. A refusal is written to stdout, status 3.
"""

import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import OperationalError, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader
from psycopg.errors import DiskFull

from clair.refusals import Refusal, disk_full

REFUSED = 3
LOADERS = ("load_reference", "load_plan")
DEMO_LOADER = "load_demo"


def migrate() -> None:
    """Bring the tables to this code; refuse data that a newer code has written."""
    try:
        loader = MigrationLoader(connection)
        loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        raise foreign_schema(str(error)) from error
    unknown = unknown_migrations(loader)
    if unknown:
        raise foreign_schema(", ".join(unknown[:3]))
    call_command("migrate", interactive=False, verbosity=1)


def unknown_migrations(loader: MigrationLoader) -> list[str]:
    """Migrations that the database has and this code has not, squashed ones apart."""
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known |= set(migration.replaces)
    installed = {app for app, _ in known}
    return sorted(
        f"{app}.{name}" for app, name in set(loader.applied_migrations) - known if app in installed
    )


def foreign_schema(detail: str) -> Refusal:
    """The tables were made by other code than this."""
    return Refusal(
        f"The data in {settings.CLAIR_HOME} were written by a newer or other version of clair "
        f"({detail}); use that version, or set CLAIR_HOME to a new folder.",
        f"{settings.CLAIR_HOME} のデータは、この版より新しい（または別の）版で作られています"
        f"（{detail}）。その版を使うか、CLAIR_HOME に新しいフォルダーを指定してください。",
    )


def load() -> None:
    """Load the plan and the reference data, and in demo mode the demo data; each is idempotent."""
    available = get_commands()
    for name in (*LOADERS, *((DEMO_LOADER,) if settings.DEMO else ())):
        if name not in available:
            sys.stdout.write(f"there is no command {name}\n")
            continue
        call_command(name)


def main(step: str) -> int:
    """Run one step and turn what the user can put right into a sentence."""
    try:
        django.setup()
        {"schema": migrate, "data": load}[step]()
    except Refusal as refusal:
        sys.stdout.write(f"{refusal}\n")
        return REFUSED
    except (OperationalError, DiskFull, OSError) as error:
        full = isinstance(error, DiskFull) or isinstance(error.__cause__, DiskFull)
        if full or getattr(error, "errno", None) == 28:  # ENOSPC
            sys.stdout.write(f"{disk_full(Path(settings.CLAIR_HOME))}\n")
            return REFUSED
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
