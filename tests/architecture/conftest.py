"""The demo as the ground of the tests that walk everything: loaded once, changed by nobody."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings

from tests import demo
from tests.cluster import Cluster


@contextmanager
def using(name: str, blocker: Any) -> Iterator[None]:
    """Point Django at the demo's database, and back."""
    options = connections.settings["default"]
    usual = options["NAME"]
    with blocker.unblock(), override_settings(DEMO=True, STAFF_MFA_OPTIONAL=True):
        connections.close_all()
        options["NAME"] = connections["default"].settings_dict["NAME"] = name
        try:
            yield
        finally:
            connections.close_all()
            options["NAME"] = connections["default"].settings_dict["NAME"] = usual


@pytest.fixture(scope="session")
def demo_database(cluster: Cluster, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database with what `make run` loads, and lists filled up."""
    name = f"{cluster.database}_demo"
    demo.clone(cluster, name, Path(settings.CLAIR_HOME))
    with using(name, django_db_blocker):
        # Models cannot be imported yet when this file is.
        importlib.import_module("tests.architecture.world").load()
    yield name
    cluster.postgres.drop_database(name)


@pytest.fixture(scope="module")
def world(demo_database: str, django_db_blocker: Any) -> Iterator[Any]:
    """The demo's people and records; what a test asks for is rolled back."""
    with using(demo_database, django_db_blocker):
        yield importlib.import_module("tests.architecture.world").World()
