"""Year end with five awards unfinished: reports due, what is carried over, the year locked."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core import deadlines
from core.fiscal import JST
from finance.models import Payment, YearClosing
from grants.models import Award
from tests.factories.rest import Caller
from tests.journeys.award_api import Rest
from tests.journeys.award_faces import browser, opened, posted
from tests.journeys.award_lines import LINES, Awarded, announced

pytestmark = pytest.mark.django_db
YEARS = "/admin/finance/editionledger/years/"
CLOSE = {"accounting_fy": 2022, "is_understood": "on"}
CLOSING = datetime(2023, 6, 1, 10, 0, tzinfo=JST)  # after 出納整理期間 (31 May)


@pytest.fixture(scope="module")
def awards(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[Awarded]]:
    """Five awards of FY2022, one of each line, whose projects go on into the next year."""
    with announced(django_db_blocker, LINES[1:6]) as found:
        yield list(found.values())


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    """The clock stands a week before the year's end."""
    settings.STAFF_MFA_OPTIONAL = True
    with time_machine.travel(datetime(2023, 3, 24, 10, 0, tzinfo=JST), tick=False) as traveller:
        yield traveller


def test_year_ends_with_five_awards_unfinished(
    awards: list[Awarded], clock: time_machine.Traveller
) -> None:
    finance = awards[0].desk.finance
    advanced, fixed = awards[1], awards[2]  # the lines for exchange and for cooperation

    # One was paid in advance, and one is reported as unfinished, checked and fixed; the rest wait.
    clock.move_to(datetime(2022, 8, 1, 10, 0, tzinfo=JST))
    by = Rest(advanced, clock)
    payment = by.claim("advance", advanced.line.advance)
    by.approve("approve", payment)
    by.pay(payment, "2022-08-01")
    clock.move_to(datetime(2023, 3, 24, 10, 0, tzinfo=JST))
    by = Rest(fixed, clock)
    by.report()
    by.check()
    by.approve("fix_amount", by.award)

    # Each report is due by the year's end at the latest, and reminded of until it is there.
    now = datetime(2023, 3, 24, 10, 0, tzinfo=JST)
    waiting = {d.case_id: d.due for d in deadlines.upcoming(now=now, kind="award_report")}
    open_ones = [a for a in awards if a is not fixed]
    assert waiting == {a.award.pk: a.award.report_due for a in open_ones}
    assert max(waiting.values()) <= date(2023, 3, 31)
    [schedule] = deadlines.schedule_of(open_ones[0].award, now=now)
    assert schedule.next is not None

    # The preview shows each with the yen that is carried over; nothing may be closed before its end.
    assert posted(finance, YEARS, CLOSE, 400)
    clock.move_to(CLOSING)
    page = opened(finance, f"{YEARS}?year=2022")
    for awarded in awards:
        left = awarded.line.fixed if awarded is fixed else awarded.line.decided
        left -= awarded.line.advance if awarded is advanced else 0
        award = Award.objects.get(pk=awarded.award.pk)
        assert award.award_number in page
        assert f"{left:,}" in page
        path = reverse("admin:grants_award_change", args=[award.pk])
        assert path in page

    # Closed by finance alone; what was open is kept beside it. The other town sees nothing of it.
    assert browser(awards[0].desk.officer).post(YEARS, {"accounting_fy": 2022}).status_code == 403
    assert browser(awards[0].story.other).get(YEARS).status_code == 404
    posted(finance, YEARS, {**CLOSE, "note": "決算済み"})
    assert len(YearClosing.objects.get(accounting_fy=2022).open_items) == 5


def test_later_entry_is_refused_with_its_reason_on_every_face(
    awards: list[Awarded], clock: time_machine.Traveller
) -> None:
    awarded = awards[1]
    finance, by = awarded.desk.finance, Rest(awarded, clock)
    payment = by.claim("advance", awarded.line.advance)
    by.approve("approve", payment)
    clock.move_to(CLOSING)
    posted(finance, YEARS, CLOSE)
    data = {"paid_on": "2023-05-31", "accounting_fy": 2022}

    screen = reverse("finance:payment-transition", args=[payment.public_id, "pay"])
    desk = reverse("admin:finance_payment_transition", args=[payment.pk, "pay"])
    path = f"/api/v1/finance/payments/{payment.public_id}/transitions/pay/"
    answers = [browser(finance).post(screen, data, follow=True), browser(finance).post(desk, data)]
    answers.append(Caller(Client(), finance).send("post", path, data))

    assert [answer.status_code for answer in answers][1:] == [409, 409]
    for answer in answers[:2]:
        assert "令和4年度" in answer.content.decode()
    assert "令和4年度" in answers[2].json()["detail"]
    assert Payment.objects.get(pk=payment.pk).status == "approved"

    # Carried over, it is paid in the new year's books.
    by.pay(Payment.objects.get(pk=payment.pk), "2023-06-01")
    assert Payment.objects.get(pk=payment.pk).accounting_fy == 2023
