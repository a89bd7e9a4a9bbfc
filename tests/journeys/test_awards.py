"""From the announced decision to the close: each grant line by screens, by API and by admin.

The sums stand in award_lines.py with their working; here each journey is compared with them.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.journeys.award_api import Rest
from tests.journeys.award_faces import Admin, Screens
from tests.journeys.award_life import SUMMER, lead_to_its_close
from tests.journeys.award_lines import LINES, Awarded, announced

pytestmark = pytest.mark.django_db
FACES: dict[str, type[Any]] = {"screens": Screens, "api": Rest, "admin": Admin}


@pytest.fixture(scope="module")
def awards(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Awarded]]:
    """One announced award of each line, made once; what a journey does to it is rolled back."""
    with announced(django_db_blocker) as found:
        yield found


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    """A clock that each journey moves on; staff sign in without a second factor."""
    settings.STAFF_MFA_OPTIONAL = True
    with time_machine.travel(SUMMER, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("code", [line.code for line in LINES])
def test_award_from_the_decision_to_its_close(
    code: str, face: str, awards: dict[str, Awarded], clock: time_machine.Traveller
) -> None:
    lead_to_its_close(FACES[face](awards[code], clock))
