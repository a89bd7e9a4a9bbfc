"""The settings of production: clean under `check --deploy`, and what they refuse."""

import os
import re
import subprocess
import sys

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password

from clair.launcher import ROOT

OPERATIONS = ROOT / "docs" / "operations.md"
PRODUCTION = {
    "CLAIR_ENV": "production",
    "CLAIR_HTTPS": "1",
    "CLAIR_DEMO": "0",
    "SECRET_KEY": "x" * 25 + "correct-horse-battery-staple-0123456789",
    "ALLOWED_HOSTS": "portal.example.jp",
    "CLAIR_BASE_URL": "https://portal.example.jp",
    "EMAIL_URL": "smtp+tls://user:password@relay.example.jp:587",
    "CLAIR_MAIL_FROM": "noreply@portal.example.jp",
}


@pytest.fixture
def production(cluster, django_db_setup):
    """Run manage.py as production runs it, in a process of its own."""

    def run(*command, **changes):
        # What pytest and playwright put into this process belongs to them alone.
        foreign = {"PYTEST_CURRENT_TEST", "DJANGO_ALLOW_ASYNC_UNSAFE"}
        env = {name: value for name, value in os.environ.items() if name not in foreign}
        env |= {"DJANGO_SETTINGS_MODULE": "clair.settings"} | PRODUCTION | changes
        env = {key: value for key, value in env.items() if value is not None}
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_check_deploy_has_nothing_to_say(production):
    done = production("check", "--deploy", "--fail-level", "WARNING")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"CLAIR_DEMO": "1"}, "CLAIR_DEMO"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"CLAIR_BASE_URL": None}, "CLAIR_BASE_URL"),
        ({"CLAIR_BASE_URL": "portal.example.jp"}, "CLAIR_BASE_URL"),
    ],
)
def test_what_would_be_dangerous_is_refused(production, changes, reason):
    done = production("check", **changes)

    assert done.returncode != 0
    assert reason in done.stderr


def test_worker_and_beat_refuse_to_start_without_the_portals_address(cluster, tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "CLAIR", "DJANGO"))}
    env |= {**PRODUCTION, "CLAIR_HOME": str(tmp_path)}
    del env["CLAIR_BASE_URL"]
    for command in ("worker", "beat"):
        done = subprocess.run(
            [sys.executable, "-m", "celery", "-A", "clair", command],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode != 0
        assert "CLAIR_BASE_URL" in done.stderr


def test_passwords_are_argon2id_at_19_mib(settings):
    settings.PASSWORD_HASHERS = [name for name in settings.PASSWORD_HASHERS if "MD5" not in name]

    encoded = make_password("a sentence that only you know")

    hasher = identify_hasher(encoded)
    told = hasher.safe_summary(encoded)
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert told["algorithm"] == "argon2"


def test_every_variable_of_the_settings_is_in_the_operators_table():
    text = (ROOT / "clair" / "settings.py").read_text()
    read = set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z0-9_]+)\"", text))
    told = set(re.findall(r"`([A-Z0-9_]+)`", OPERATIONS.read_text()))

    assert read - told == set()
