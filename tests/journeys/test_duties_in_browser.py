"""After the money, in a real browser: an asset given away with approval, and a tax credit paid back."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from finance.actions import commitments
from finance.models import Repayment
from grants.models import DisposalRequest, TaxCreditReport
from tests.factories.approvals import make_desk
from tests.factories.programs import load_real_plan
from tests.journeys.award_faces import Screens
from tests.journeys.award_life import CHECKED, PAID, REPORTED
from tests.journeys.award_lines import LINES, Awarded, award_of
from tests.journeys.award_windows import Windows
from tests.journeys.screens import main_text

pytestmark = pytest.mark.browser
MACHINE = {
    "name": "通訳機器",
    "quantity": "1",
    "unit_price": "６００，０００円",
    "acquired_on": "令和4年8月1日",
    "place": "国際課",
}
GIVING = {"manner": "transfer", "reason": "隣町の協会へ譲るため", "planned_on": "令和5年6月1日"}


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    """A clock that runs from the day of the report."""
    settings.STAFF_MFA_OPTIONAL = True
    with time_machine.travel(REPORTED, tick=True) as traveller:
        yield traveller


@pytest.fixture
def paid(fresh_db: str, clock: time_machine.Traveller) -> Awarded:
    """The award of an association, which may credit input tax: 530,000 yen fixed and paid."""
    load_real_plan()
    desk = make_desk()
    awarded = award_of(next(line for line in LINES if line.passed_on), desk)
    by = Screens(awarded, clock)
    by.report()
    by.at(CHECKED)
    by.check()
    by.approve("fix_amount", by.award)
    by.at(PAID)
    payment = by.claim("settlement", awarded.line.fixed)
    by.approve("approve", payment)
    by.pay(payment, "2023-04-14")
    return awarded


def test_asset_is_given_away_with_approval_and_a_tax_credit_comes_back(
    paid: Awarded, clock: time_machine.Traveller, new_page: Callable[..., Any]
) -> None:
    by, desk = Windows(paid, clock, new_page), paid.desk

    # The register, linked from the award; what is asked for leads to a receipt.
    register = by.page("assets")
    by.press(by.open(by.clerk, by.page("detail"), register), MACHINE)
    asset = by.award.assets.get()
    asking = reverse("grants:disposalrequest-create")
    by.press(by.open(by.clerk, register, asking), GIVING)
    request = DisposalRequest.objects.get()
    sending = reverse("grants:disposalrequest-transition", args=[request.public_id, "submit"])
    page = by.open(by.clerk, request.get_absolute_url(), sending)
    by.press(page, {})
    assert "/receipts/" in page.url

    # The manager approves, a part of the price comes back.
    by.staffed(
        request, "approve", desk.manager, {"to_return": "120,000", "conditions": "記録を残すこと"}
    )
    page = by.open(by.clerk, request.get_absolute_url())
    assert "承認" in main_text(page)
    returned(by, "disposal", 120_000)
    asset.refresh_from_db()
    assert asset.disposed_on == date(2023, 6, 1)

    # 53,000 × 530,000 fixed / 530,500 accepted = 52,950.04… → 52,950 yen.
    report = TaxCreditReport.objects.get()
    sending = reverse("grants:taxcreditreport-transition", args=[report.public_id, "submit"])
    by.open(by.clerk, by.page("detail"), report.get_absolute_url())
    page = by.open(by.clerk, report.get_absolute_url(), sending)
    by.press(page, {"tax_status": "general", "input_tax": "53,000"})
    by.staffed(report, "return_money", desk.manager, {})
    returned(by, "tax_credit", 52_950)

    by.close()
    money = commitments.settlement_of(by.award)
    assert (by.award.status, money.paid, money.to_return) == ("closed", 530_000, 0)
    assert money.returned == 172_950
    other = by.window(paid.story.other)
    for case in (request, report):
        assert other.request.get(case.get_absolute_url()).status == 404


def returned(by: Windows, kind: str, yen: int) -> None:
    """The town reads what it owes, and finance books that it came."""
    order = Repayment.objects.get(kind=kind)
    page = by.open(by.clerk, by.page("detail"), order.get_absolute_url())
    assert f"{yen:,}円" in main_text(page)
    by.receive(order, "2023-04-14", yen)
    order.refresh_from_db()
    assert (order.status, order.repaid_principal) == ("repaid", yen)
