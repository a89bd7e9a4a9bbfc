"""Each floor knows only those below it (design.md §3); every check is broken once to see it fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.test.utils import isolate_apps

from tests.architecture.floors import (
    ROOT,
    contract,
    floors,
    local_apps,
    migrations_upward,
    named_upward,
    points_up,
    relations,
)

LAYERS = contract("floors")["layers"]
FLOOR = floors(LAYERS)
APPS = sorted(local_apps(settings.INSTALLED_APPS))
FACES = {"urls", "api", "admin", "views", "workflow", "reports", "tasks", "forms", "actions"}


def test_floors_are_those_of_the_design():
    assert [sorted(app for app in FLOOR if FLOOR[app] == floor) for floor in range(8)] == [
        ["core"],
        ["accounts"],
        ["approvals"],
        ["programs"],
        ["correspondence", "finance"],
        ["dispatch", "events", "grants", "publishing"],
        ["economic", "exchange", "hr", "information", "jet", "multicultural", "offices"],
        ["clair"],
    ]


def test_every_app_has_its_floor_and_every_floor_that_exists_is_required():
    assert set(APPS) - set(FLOOR) == set()
    optional = {app for app in FLOOR if any(f"({app})" in layer for layer in LAYERS)}
    assert optional & set(APPS) == set()
    assert set(FLOOR) - optional == set(APPS)


def test_linter_looks_at_every_app():
    linter = contract("rooms")
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")}

    assert packages == set(APPS)
    assert set(linter["containers"]) == set(APPS) - {"core", "clair"}
    assert (
        FACES - {room for room in FACES if any(f"({room})" in x for x in linter["layers"])} == set()
    )


def linted(root: Path) -> "subprocess.CompletedProcess[str]":
    """Run the linter in its own process: it sets up logging for itself alone."""
    linter = "from importlinter.cli import lint_imports_command as l; l()"
    return subprocess.run(
        [sys.executable, "-c", linter, "--no-cache"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_keep_the_floors():
    done = linted(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def broken_house(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy with one bad import for each rule."""
    copy = tmp_path_factory.mktemp("house")
    for app in APPS:
        ignored = shutil.ignore_patterns("__pycache__", "migrations", "data", "plan", "demo")
        shutil.copytree(ROOT / app, copy / app, ignore=ignored)
    for name, text in BROKEN.items():
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if path.exists() else "") + f"\n{text}\n")
    (copy / "events" / "__init__.py").touch()
    pyproject = (ROOT / "pyproject.toml").read_text()
    listed = '"correspondence", "grants"]'
    (copy / "pyproject.toml").write_text(pyproject.replace(listed, f'{listed[:-1]}, "events"]'))
    done = linted(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


BROKEN = {
    "core/money.py": "from accounts import roles",
    "accounts/search.py": "def later():\n    from approvals import actions",
    "approvals/search.py": "import programs.models",
    "programs/search.py": "from grants.models import Application",
    "grants/search.py": "import clair.settings",
    "events/models.py": "from grants.models import Application",
    "grants/models/parties.py": "from grants import forms",
    "programs/actions.py": "from programs import workflow",
}


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("core.money", "accounts.roles"),
        ("accounts.search", "approvals.actions"),
        ("approvals.search", "programs.models"),
        ("programs.search", "grants.models"),
        ("grants.search", "clair.settings"),
        ("events.models", "grants.models"),
        ("grants.models.parties", "grants.forms"),
        ("programs.actions", "programs.workflow"),
    ],
)
def test_linter_names_a_bad_import(broken_house: str, importer: str, imported: str):
    assert f"{importer} -> {imported}" in broken_house


def test_relations_point_down():
    assert points_up(relations(apps.get_models(include_auto_created=True)), FLOOR) == []


@isolate_apps("core", "accounts", "grants")
def test_relation_upward_is_named():
    class Award(models.Model):
        class Meta:
            app_label = "grants"

    class Ledger(models.Model):
        award = models.ForeignKey("grants.Award", models.PROTECT)
        awards = models.ManyToManyField(Award)

        class Meta:
            app_label = "core"

    class Payment(models.Model):
        ledger = models.ForeignKey(Ledger, models.PROTECT)

        class Meta:
            app_label = "grants"

    assert points_up(relations([Award, Ledger, Payment]), FLOOR) == [
        "core.Ledger.award -> grants.Award",
        "core.Ledger.awards -> grants.Award",
    ]


@isolate_apps("grants", "accounts")
def test_relation_to_a_neighbour_is_named_and_to_the_user_model_is_not():
    class Event(models.Model):
        class Meta:
            app_label = "events"

    class Session(models.Model):
        event = models.ForeignKey(Event, models.PROTECT)

        class Meta:
            app_label = "grants"

    class User(models.Model):
        class Meta:
            app_label = "accounts"

    class Upload(models.Model):
        by = models.ForeignKey(User, models.PROTECT)

        class Meta:
            app_label = "core"

    assert settings.AUTH_USER_MODEL == "accounts.User"
    assert points_up(relations([Session, Upload]), FLOOR) == [
        "grants.Session.event -> events.Event"
    ]


def modules() -> list[tuple[str, Path]]:
    """Every module of the project but migrations, with its app."""
    found = [(app, path) for app in APPS for path in (ROOT / app).rglob("*.py")]
    return [(app, path) for app, path in found if "migrations" not in path.parts]


def test_no_string_names_a_higher_floor():
    named = {
        str(path.relative_to(ROOT)): found
        for app, path in modules()
        if app != "clair" and (found := named_upward(app, path.read_text(), FLOOR))
    }

    assert named == {}


def test_string_that_names_a_higher_floor_is_found():
    text = 'apps.get_model("grants.Application"); import_string("accounts.actors.system_actor")'

    assert named_upward("core", text, FLOOR) == [
        "accounts.actors.system_actor",
        "grants.Application",
    ]
    assert named_upward("grants", text, FLOOR) == []
    assert named_upward("core", '"accounts.User"; "grants.html"; "core.tasks.seal"', FLOOR) == []


def test_migrations_depend_downward():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    upward = {
        f"{app}.{name}": found
        for (app, name), migration in loader.disk_migrations.items()
        if app in FLOOR and (found := migrations_upward(app, migration.dependencies, FLOOR))
    }

    assert upward == {}


def test_migration_that_depends_upward_is_found():
    dependencies = [("grants", "0001_initial"), ("core", "0001_initial"), ("auth", "0001_initial")]

    assert migrations_upward("programs", dependencies, FLOOR) == ["grants.0001_initial"]
