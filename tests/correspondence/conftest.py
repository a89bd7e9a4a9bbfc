"""The clock stands within the call's window, and a story has everybody."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

# tests.factories.programs.NOW, which needs Django; a conftest is read before that is set up.
NOW = datetime(2021, 8, 10, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Stop the clock at NOW; a test may move it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
