"""Backup, wipe, restore: what comes back is what was there, told by the fingerprint."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from clair.embedded import OWNER, WEB
from clair.launcher import ROOT
from clair.management.commands.fingerprint import differences
from core import audit
from core.models import StoredFile
from tests.factories.grants import make_application, town_story
from tests.factories.programs import NOW


class Place:
    """One installation as the scripts see it: a database, a folder of files, the heads."""

    def __init__(self, cluster, database, folder):
        self.files, self.heads = folder / "files", folder / "heads.jsonl"
        self.env = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PG_BIN": str(cluster.servers.places.postgres_bin),
            "DJANGO_SETTINGS_MODULE": "clair.settings",
            "DATABASE_URL": cluster.postgres.url(WEB, database),
            "DATABASE_OWNER_URL": cluster.postgres.url(OWNER, database),
            "CLAIR_FILES": str(self.files),
            "CLAIR_AUDIT_HEADS": str(self.heads),
        }

    def run(self, *command):
        return subprocess.run(
            command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )

    def backup(self, folder):
        done = self.run("deploy/backup.sh", str(folder))
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.strip())

    def restore(self, backup):
        return self.run("deploy/restore.sh", str(backup))

    def fingerprint(self):
        done = self.run("python", "manage.py", "fingerprint")
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def place(cluster, fresh_db, tmp_path, settings):
    """A portal with a decided application, its letter's number, files, audit and heads."""
    found = Place(cluster, fresh_db, tmp_path)
    settings.MEDIA_ROOT, settings.AUDIT_HEAD_FILE = str(found.files), found.heads
    story = town_story()
    make_application(story, "announced")
    make_application(story, "draft")
    audit.seal_waiting(now=NOW, everything=True)
    audit.export_head(now=NOW)
    connections.close_all()
    return found


def wipe(cluster, place, database):
    cluster.postgres.drop_database(database)
    cluster.postgres.create_database(database)
    shutil.rmtree(place.files)
    place.heads.unlink()


def test_a_wiped_portal_comes_back_the_same(cluster, fresh_db, place, tmp_path):
    before = place.fingerprint()
    backup = place.backup(tmp_path)
    wipe(cluster, place, fresh_db)

    done = place.restore(backup)

    assert done.returncode == 0, done.stdout + done.stderr
    assert place.fingerprint() == before
    assert "audit whole" in done.stdout
    assert StoredFile.objects.count() == len([p for p in place.files.rglob("*") if p.is_file()])
    may_not = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(place.env["DATABASE_URL"]) as web, may_not:  # rights came back too
        web.execute("UPDATE core_auditevent SET note = 'x'")
    assert make_application(town_story(), "draft").pk  # sequences go on where they were


def test_a_restore_over_something_is_refused(cluster, fresh_db, place, tmp_path):
    backup = place.backup(tmp_path)

    done = place.restore(backup)

    assert (done.returncode, "the database is not empty" in done.stderr) == (2, True)


def test_a_damaged_backup_is_refused_before_anything_is_written(cluster, fresh_db, place, tmp_path):
    backup = place.backup(tmp_path)
    with (backup / "files.tar").open("r+b") as stream:
        stream.seek(2000)
        stream.write(b"damaged")
    wipe(cluster, place, fresh_db)

    done = place.restore(backup)

    assert done.returncode == 1
    assert "files.tar" in done.stdout + done.stderr
    assert not place.files.exists()


def test_a_failed_backup_leaves_nothing_behind(place, tmp_path):
    folder, tools = tmp_path / "backups", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    (tools / "pg_dump").write_text("#!/bin/sh\necho 'the disk is full' >&2\nexit 1\n")
    (tools / "pg_dump").chmod(0o755)
    place.env["PG_BIN"] = str(tools)

    done = place.run("deploy/backup.sh", str(folder))

    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert list(folder.iterdir()) == []


def test_a_changed_row_and_a_lost_file_are_told(place, tmp_path):
    expected = tmp_path / "expected.txt"
    expected.write_text(place.fingerprint())
    stored = StoredFile.objects.order_by("pk").first()
    Path(stored.content.path).unlink()
    StoredFile.objects.filter(pk=stored.pk).update(name="other.pdf")
    connections.close_all()

    done = place.run("python", "manage.py", "fingerprint", "--compare", str(expected))

    assert done.returncode == 1
    assert "table core_storedfile" in done.stderr
    assert f"file {stored.public_id}" in done.stderr


def test_a_sequence_may_go_on_but_not_back():
    then = ["sequence a 5", "table t 1 99", "files 2 abc"]

    assert differences(then, ["sequence a 7", "table t 1 99", "files 2 abc"]) == []
    assert differences(then, ["sequence a 4", "table t 1 99", "files 2 abc"]) == [
        "sequence a: 5 in the backup, 4 here"
    ]
    assert differences(then, ["sequence a 5", "table t 1 99", "files 1 abc"]) == [
        "files: 2 abc in the backup, 1 abc here"
    ]
