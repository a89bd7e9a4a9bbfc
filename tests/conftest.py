"""The suite's own ground: embedded servers, a clone of the template database, no network.

`db` (or the django_db mark) gives a transaction that is rolled back. `fresh_db` gives a database
of its own to a test that needs real commits or threads. Nothing is ever flushed.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.utils import translation

from clair.embedded import SUPERUSER, WEB
from clair.messages import compile_stale
from clair.refusals import Refusal
from tests import demo
from tests.cluster import Cluster

pytest_plugins = ["tests.browsers", "tests.journeys.portal"]

if "PYTEST_XDIST_WORKER" not in os.environ:
    home = os.environ.get("CLAIR_HOME")
    os.environ["CLAIR_TEST_HOME"] = str(Path(home).resolve() / "test") if home else ""
TEMPORARY = Path(tempfile.mkdtemp(prefix="clair-test-"))
# Before Django reads its settings in pytest_configure.
os.environ |= {
    "CLAIR_ENV": "test",
    "CLAIR_DEMO": "0",
    "CLAIR_HOME": str(TEMPORARY),
    "CLAIR_STATIC_ROOT": str(TEMPORARY),
    "CLAIR_DATABASE_ROLE": "web",
    "SECRET_KEY": "only-for-tests",
}
# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("clair", deadline=None)
hypothesis.settings.load_profile("clair")
FAST_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CLUSTER = pytest.StashKey[Cluster]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers (once per session) and reserve this process's databases."""
    is_worker = hasattr(config, "workerinput")
    try:
        if not is_worker:
            compile_stale()
        cluster = Cluster(os.environ["CLAIR_TEST_HOME"])
        if not is_worker:
            cluster.start()
    except Refusal as refusal:
        pytest.exit(str(refusal), returncode=3)
    config.stash[CLUSTER] = cluster
    cluster.take_slot()
    if not is_worker:
        demo.announce(cluster)
    os.environ |= cluster.environment() | {"DJANGO_SETTINGS_MODULE": "clair.settings"}
    django.setup()
    # Workers inherit our environment; with this name they would read the settings too early.
    del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave neither databases nor servers nor files behind."""
    cluster = config.stash.get(CLUSTER, None)
    if cluster:
        if not hasattr(config, "workerinput"):
            demo.forget(cluster)
        cluster.free_slot()
        if not hasattr(config, "workerinput"):
            cluster.stop()
    shutil.rmtree(TEMPORARY, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse what would flush the database: it is slow, and the web role may not TRUNCATE."""
    flushing = {"transactional_db", "live_server", "django_db_reset_sequences"}
    for item in items:
        mark = item.get_closest_marker("django_db")
        fixtures = set(getattr(item, "fixturenames", ()))
        if flushing & fixtures or (mark and mark.kwargs.get("transaction")):
            raise pytest.UsageError(f"{item.nodeid}: use the fixture fresh_db instead of a flush")


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """The test cluster."""
    return request.config.stash[CLUSTER]


@pytest.fixture(scope="session")
def django_db_setup(cluster: Cluster, django_test_environment: None) -> None:
    """Clone the template for this process, when the first test needs a database."""
    cluster.servers.valkey.empty(cluster.slot)
    cluster.clone(cluster.database)


@pytest.fixture(scope="session", autouse=True)
def fast_passwords(django_test_environment: None) -> None:
    """A test that is about passwords sets PASSWORD_HASHERS itself."""
    settings.PASSWORD_HASHERS = [*FAST_HASHERS, *settings.PASSWORD_HASHERS]


@pytest.fixture(scope="session", autouse=True)
def static_files_when_asked(django_test_environment: None) -> None:
    """Each test client would list every static file first."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Nothing that one test cached or counted (rate limits) meets the next."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A page leaves its reader's language to its thread (LocaleMiddleware); the next test has none."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Connections may only go to this machine."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host not in {"", "127.0.0.1", "::1", "localhost"}:
            raise OSError(f"tests may not connect to {host}")
        connect(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


@pytest.fixture
def fresh_db(
    request: pytest.FixtureRequest,
    cluster: Cluster,
    django_db_setup: None,
    django_db_blocker: object,
) -> Iterator[str]:
    """A database of this test alone, for all its threads: commits are real, nothing is shared."""
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker(
        "django_db"
    ):
        raise pytest.UsageError("fresh_db and db exclude each other")
    options = connections.settings["default"]
    usual, name = options["NAME"], f"{cluster.database}_fresh"
    cluster.clone(name)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connections.close_all()
        options["NAME"] = connections["default"].settings_dict["NAME"] = name
        try:
            yield name
        finally:
            connections.close_all()
            options["NAME"] = connections["default"].settings_dict["NAME"] = usual
            cluster.postgres.drop_database(name)


@pytest.fixture
def current_database(cluster: Cluster) -> Callable[[], str]:
    """The name of the database that Django uses in this test."""
    return lambda: str(connections.settings["default"]["NAME"])


@pytest.fixture
def superuser(
    cluster: Cluster, current_database: Callable[[], str], request: pytest.FixtureRequest
) -> Iterator[psycopg.Connection]:
    """The cluster's superuser in the test's database; sees only what is committed (fresh_db)."""
    if "fresh_db" in request.fixturenames:
        request.getfixturevalue("fresh_db")
    url = cluster.postgres.url(SUPERUSER, current_database())
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def web_connection(
    cluster: Cluster, current_database: Callable[[], str], request: pytest.FixtureRequest
) -> Iterator[Callable[[], psycopg.Connection]]:
    """Make further connections as the web role, outside Django."""
    if "fresh_db" in request.fixturenames:
        request.getfixturevalue("fresh_db")
    with ExitStack() as opened:
        yield lambda: opened.enter_context(
            psycopg.connect(cluster.postgres.url(WEB, current_database()), autocommit=True)
        )
