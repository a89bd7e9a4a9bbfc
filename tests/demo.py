"""The demo of this session: loaded once as `make run` does, then cloned for whoever needs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clair.embedded import OWNER, WEB
from tests.cluster import ROOT, Cluster

RENDER = "import django; django.setup(); from core.tasks import render_letters; render_letters()"
STEPS = (("-m", "clair.prepare", "data"), ("-c", RENDER))
NAME = "CLAIR_TEST_DEMO"  # the template's name, for all processes of a session
SETTINGS = {
    "CLAIR_ENV": "development",
    "CLAIR_DEMO": "1",
    "CLAIR_STAFF_MFA": "optional",
    "DJANGO_SETTINGS_MODULE": "clair.settings",
}


def announce(cluster: Cluster) -> None:
    """Name the session's template; what a killed session left under the name goes."""
    os.environ[NAME] = f"{cluster.database}_demo_template"
    forget(cluster)


def forget(cluster: Cluster) -> None:
    """Drop the template and its files; called once per session."""
    cluster.postgres.drop_database(os.environ[NAME])
    shutil.rmtree(folder_of(cluster), ignore_errors=True)


def clone(cluster: Cluster, database: str, home: Path) -> None:
    """Make a database with the demo, and put the files that it names into the home folder."""
    name, folder = os.environ[NAME], folder_of(cluster)
    with cluster.servers.locked(f"{name}.lock"):
        if name not in cluster.postgres.databases():
            _load(cluster, name, folder)
    cluster.postgres.drop_database(database)
    cluster.postgres.clone_database(name, database)
    shutil.copytree(folder, home, dirs_exist_ok=True)


def folder_of(cluster: Cluster) -> Path:
    return Path(cluster.servers.places.data) / os.environ[NAME]


def _load(cluster: Cluster, name: str, folder: Path) -> None:
    half = f"{name}_new"
    folder.mkdir(exist_ok=True)
    cluster.clone(half)
    env = os.environ | SETTINGS
    env |= {
        "DATABASE_URL": cluster.postgres.url(WEB, half),
        "DATABASE_OWNER_URL": cluster.postgres.url(OWNER, half),
        "REDIS_URL": cluster.servers.valkey.url(cluster.slot),
        "CLAIR_HOME": str(folder),
    }
    for step in STEPS:
        done = subprocess.run(
            [sys.executable, *step], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            told = f"{done.stdout}{done.stderr}"[-8_000:]
            pytest.fail(f"The demo was not loaded:\n{told}", pytrace=False)
    cluster.postgres.rename_database(half, name)
