"""From the announced decision to the close in a real browser, by the screens of the body and of CLAIR.

Of the seven lines the suite walks one; `pytest tests/journeys/test_awards_in_browser.py
--award-lines all` walks them all (docs/developers.md).
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from tests.factories.approvals import make_desk
from tests.factories.programs import load_real_plan
from tests.journeys.award_life import SUMMER, lead_to_its_close
from tests.journeys.award_lines import LINES, award_of
from tests.journeys.award_windows import Windows

pytestmark = pytest.mark.browser
_BY_CODE = {line.code: line for line in LINES}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Walk the lines that the option names."""
    if "award_line" in metafunc.fixturenames:
        named = metafunc.config.getoption("--award-lines")
        metafunc.parametrize("award_line", _BY_CODE if named == "all" else named.split(","))


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    """A clock that the journey moves on; it runs, since the browser waits by it."""
    settings.STAFF_MFA_OPTIONAL = True
    with time_machine.travel(SUMMER, tick=True) as traveller:
        yield traveller


def test_award_from_the_decision_to_its_close_in_a_browser(
    award_line: str, new_page: Callable[..., Any], clock: time_machine.Traveller
) -> None:
    load_real_plan()
    desk = make_desk()
    desk.section.sign = "例"
    desk.section.save(update_fields=["sign"])
    awarded = award_of(_BY_CODE[award_line], desk)

    lead_to_its_close(Windows(awarded, clock, new_page))
