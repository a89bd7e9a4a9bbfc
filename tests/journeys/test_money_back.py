"""Money that comes back: an advance above the fixed amount, and a part cancelled after the close."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import time_machine

from core.fiscal import JST
from core.models import Letter
from finance.actions import commitments
from finance.models import LedgerEntry, Repayment
from tests.journeys.award_api import Rest
from tests.journeys.award_faces import Face, Screens, browser, commitment_of, opened
from tests.journeys.award_lines import LINES, Awarded, Line, Spent, announced

pytestmark = pytest.mark.django_db
_BY_CODE = {line.code: line for line in LINES}
# (2,000,000 + 1,000,333) × 1/2 = 1,500,166.5 → 1,500,166 → 1,500,000; 1,700,000 were advanced.
OVERPAID = replace(
    _BY_CODE["exchange-grant"],
    spent=(Spent("travel", 2_000_000), Spent("reception", 1_000_333)),
    fixed=1_500_000,
    change=None,
)
CLOSED = replace(_BY_CODE["cooperation-grant"], change=None)


@pytest.fixture(scope="module")
def awards(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Awarded]]:
    """Two announced awards, made once; what a journey does to them is rolled back."""
    with announced(django_db_blocker, (OVERPAID, CLOSED)) as found:
        yield found


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    """A clock that each journey moves on."""
    settings.STAFF_MFA_OPTIONAL = True
    with time_machine.travel(datetime(2022, 8, 1, 10, 0, tzinfo=JST), tick=False) as traveller:
        yield traveller


def on(by: Face, day: str) -> None:
    """Go on in the morning of that day."""
    by.at(datetime.fromisoformat(f"{day}T10:00+09:00"))


def until_fixed(by: Any, line: Line) -> None:
    """Advance, report, check and fix."""
    payment = by.claim("advance", line.advance)
    by.approve("approve", payment)
    by.pay(payment, "2022-08-01")
    on(by, "2023-03-10")
    by.report()
    on(by, "2023-03-20")
    by.check()
    by.approve("fix_amount", by.award)
    assert by.award.fixed_amount == line.fixed


def booked(by: Face) -> dict[str, int]:
    """Return the ledger's yen by kind."""
    sums: dict[str, int] = {}
    for entry in LedgerEntry.objects.filter(commitment=commitment_of(by.award)):
        sums[entry.kind] = sums.get(entry.kind, 0) + entry.amount
    return sums


def test_advance_above_the_fixed_amount_comes_back_in_two_instalments_by_screens(
    awards: dict[str, Awarded], clock: time_machine.Traveller
) -> None:
    by = Screens(awards[OVERPAID.code], clock)
    until_fixed(by, OVERPAID)

    # 1,700,000 − 1,500,000 = 200,000, due 20 days after 20 March on a working day: Monday, 10 April.
    order = Repayment.objects.get(commitment=commitment_of(by.award))
    assert (order.kind, order.principal, order.due_on) == (
        "overpaid_advance",
        200_000,
        date(2023, 4, 10),
    )
    page = opened(by.clerk, order.get_absolute_url())
    assert "200,000" in page
    assert browser(by.awarded.story.other).get(order.get_absolute_url()).status_code == 404

    # No 加算金 on an advance. In time 120,000; then 80,000 ten days late (11–20 April):
    # 80,000 × 10.95 % × 10 ÷ 365 = 240.
    on(by, "2023-04-05")
    by.receive(order, "2023-04-05", 120_000)
    early = by.staff("close", expect=400).content.decode()
    assert "80,000" in early
    on(by, "2023-04-20")
    by.receive(order, "2023-04-20", 80_240)
    by.close()

    order.refresh_from_db()
    money = commitments.settlement_of(by.award)
    assert (order.status, order.repaid_principal, order.repaid_interest) == ("repaid", 200_000, 240)
    assert (by.award.status, money.paid, money.returned, money.to_return) == (
        "closed",
        1_700_000,
        200_000,
        0,
    )
    assert booked(by) == {
        "committed": 1_500_000,
        "advanced": 1_700_000,
        "returned": 200_000,
        "interest": 240,
    }


def test_part_cancelled_after_the_close_comes_back_with_its_surcharge_by_api(
    awards: dict[str, Awarded], clock: time_machine.Traveller
) -> None:
    by = Rest(awards[CLOSED.code], clock)
    until_fixed(by, CLOSED)
    on(by, "2023-04-14")
    rest = by.claim("settlement", 800_000)
    by.approve("approve", rest)
    by.pay(rest, "2023-04-14")
    by.close()

    # 1 September: 1,200,000 of 2,300,000 are left; 1,100,000 are ordered back, due 21 September.
    on(by, "2023-09-01")
    proposed = {"reason": "目的外に使ったため", "clause": "要綱第17条", "amount": 1_200_000}
    by.act("propose_cancel", proposed, by.desk.officer)
    by.approve("cancel_part", by.award)
    order = Repayment.objects.get(commitment=commitment_of(by.award))
    assert (by.award.status, by.award.decided_amount) == ("closed", 1_200_000)
    assert (order.kind, order.principal, order.due_on) == (
        "cancellation",
        1_100_000,
        date(2023, 9, 21),
    )

    # 加算金 10.95 % (0.03 % a day), the latest instalment first, both days counted, to 15 September:
    # 800,000 from 14 April 2023: 17 + 31 + 30 + 31 + 31 + 15 = 155 days → 37,200
    # 300,000 from 1 August 2022: 365 + 31 + 15 = 411 days → 36,990; 74,190 in all.
    on(by, "2023-09-15")
    path = f"finance/repayments/{order.public_id}/"
    assert by.read(by.clerk, path)["interest"]["surcharge"] == 74_190
    more = {"received_on": "2023-09-15", "amount": 1_174_191}
    by.call(by.desk.finance, "post", f"{path}transitions/receive/", more, 400)
    by.receive(order, "2023-09-15", 1_174_190)

    order.refresh_from_db()
    money = commitments.settlement_of(by.award)
    assert (order.status, order.repaid_interest) == ("repaid", 74_190)
    assert (money.decided, money.fixed, money.paid, money.returned) == (
        1_200_000,
        1_200_000,
        2_300_000,
        1_100_000,
    )
    assert booked(by) == {
        "committed": 1_200_000,
        "advanced": 1_500_000,
        "settled": 800_000,
        "returned": 1_100_000,
        "interest": 74_190,
    }
    templates = Letter.objects.filter(case_id=by.award.pk, case_label="grants.Award")
    assert "grants/letters/award_cancel_part.typ" in templates.values_list("template", flat=True)
    hidden = by.hidden()
    assert hidden == dict.fromkeys(hidden, 404)
