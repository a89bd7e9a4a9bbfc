"""The clock stands after the decision."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

# tests.factories.finance.NOW, which needs Django; a conftest is read before that is set up.
NOW = datetime(2022, 6, 1, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Stop the clock at NOW; a test may move it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(db):
    """A programme, CLAIR's desk, a town with a promise of 1,000,000 yen, and the other town."""
    from tests.factories.finance import make_world  # noqa: PLC0415 - needs Django

    return make_world()


@pytest.fixture
def as_staff(settings):
    """Sign a member of staff in to the admin."""
    from django.test import Client  # noqa: PLC0415 - needs Django

    settings.STAFF_MFA_OPTIONAL = True

    def sign_in(user):
        client = Client()
        client.force_login(user, backend="accounts.backends.RoleBackend")
        return client

    return sign_in
