"""The grants' tests: the clock stands within the call's window."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps

# tests.factories.programs.NOW, which needs Django; a conftest is read before that is set up.
NOW = datetime(2021, 8, 10, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Stop the clock at NOW; a test may move it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def staff(client: Any) -> Callable[[Any], Any]:
    """Sign a member of staff in with their second factor."""

    def sign_in(user: Any) -> Any:
        factors = apps.get_model("mfa", "Authenticator").objects
        factors.get_or_create(user=user, type="totp", defaults={"data": {"secret": "x"}})
        client.force_login(user)
        return client

    return sign_in
