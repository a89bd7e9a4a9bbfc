"""Counts and digests of all that must survive: every table, sequence and stored file."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from core import files
from core.models import StoredFile

# The text of a row depends on these.
AS_TEXT = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL extra_float_digits = 1"
)


class Command(BaseCommand):
    """manage.py fingerprint [--dump FILE | --compare FILE] [--no-files]"""

    help = __doc__
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dump", type=Path, help="also run pg_dump, of the very same moment")
        parser.add_argument(
            "--compare", type=Path, help="fail unless it says the same as this file"
        )
        parser.add_argument("--no-files", action="store_true", help="do not read stored files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per thing, or the lines that differ."""
        with transaction.atomic():
            snapshot = _begin()
            # Before the dump: a sequence knows no snapshot and may only have gone on since.
            lines = list(_sequences())
            if options["dump"]:
                _dump(options["dump"], snapshot)
            lines += _tables()
            if not options["no_files"]:
                lines += _files()
        if not options["compare"]:
            self.stdout.write("\n".join(lines))
            return
        expected = options["compare"].read_text(encoding="utf-8").splitlines()
        found = differences(expected, lines)
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError("this is not what the fingerprint says")
        self.stdout.write(f"the same: {len(lines)} lines")


def differences(expected: list[str], found: list[str]) -> list[str]:
    """Return a line for each thing that is not as expected; a sequence may have gone on."""
    then, now = (dict(_named(line) for line in lines) for lines in (expected, found))
    return [
        f"{name}: {then.get(name, 'nothing')} in the backup, {now.get(name, 'nothing')} here"
        for name in sorted(then.keys() | now.keys())
        if then.get(name) != now.get(name)
        and not (name.startswith("sequence ") and int(now.get(name, -1)) >= int(then.get(name, 0)))
    ]


def _named(line: str) -> tuple[str, str]:
    """Split `kind name value…`; the files as a whole have no name."""
    kind, rest = line.split(" ", 1)
    name, value = ("", rest) if kind == "files" else rest.split(" ", 1)
    return f"{kind} {name}".strip(), value


def _begin() -> str:
    """Freeze one moment, and name it so that pg_dump sees the same."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(AS_TEXT)
        cursor.execute("SELECT pg_export_snapshot()")
        return str(cursor.fetchone()[0])


def _dump(target: Path, snapshot: str) -> None:
    at = settings.DATABASES["default"]
    where = {
        "PGHOST": at["HOST"],
        "PGPORT": str(at["PORT"] or ""),
        "PGUSER": at["USER"],
        "PGPASSWORD": at["PASSWORD"],  # not on the command line, where everybody could read it
        "PGDATABASE": at["NAME"],
    }
    command = ["pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}"]
    done = subprocess.run(
        command, env=os.environ | where, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"pg_dump failed: {done.stderr.strip()}")


def _tables() -> Iterator[str]:
    """Sum a hash per row, so that the order of the rows does not matter."""
    with connection.cursor() as cursor:
        for name in sorted(connection.introspection.table_names(cursor)):
            table = connection.ops.quote_name(name)
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t"  # noqa: S608 - the name is quoted
            )
            count, digest = cursor.fetchone()
            yield f"table {name} {count} {digest}"


def _sequences() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences "
            "WHERE schemaname = 'public' ORDER BY 1"
        )
        for name, last in cursor.fetchall():
            yield f"sequence {name} {last or 0}"


def _files() -> Iterator[str]:
    """Read each stored file back; a row without its content is named."""
    total, count = hashlib.sha256(), 0
    for stored in StoredFile.objects.order_by("public_id").iterator(chunk_size=500):
        try:
            told = files.reread(stored)
        except OSError:
            told = "missing"
        if told != stored.sha256:
            yield f"file {stored.public_id} is {told}, recorded {stored.sha256}"
        total.update(f"{stored.public_id} {told}\n".encode())
        count += 1
    yield f"files {count} {total.hexdigest()}"
