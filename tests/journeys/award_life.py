"""What every face's journey does, from the announced decision to the close; compared with the sums by hand."""

from datetime import date, datetime
from typing import Any

from core.fiscal import JST
from core.models import Letter, Receipt
from finance.actions import commitments
from finance.models import LedgerEntry, Payment
from grants.models import Award
from tests.journeys.award_faces import commitment_of
from tests.journeys.award_lines import Awarded

SUMMER, AUTUMN = (datetime(2022, month, 1, 10, 0, tzinfo=JST) for month in (8, 11))
REPORTED = datetime(2023, 3, 10, 10, 0, tzinfo=JST)
CHECKED, PAID = datetime(2023, 3, 20, 10, 0, tzinfo=JST), datetime(2023, 4, 14, 10, 0, tzinfo=JST)


def lead_to_its_close(by: Any) -> None:
    """Lead a face's award through its life, which begins in SUMMER."""
    line = by.line

    # Summer: how it stands, and an advance where the line pays one.
    by.report_status("講座の半分を終えました。")
    assert by.award.status_reports.get().files.get().file.name == "写真.pdf"
    if line.advance:
        payment = by.claim("advance", line.advance)
        by.approve("approve", payment)
        by.pay(payment, "2022-08-01", **next(iter(line.abroad), {}))
        assert Payment.objects.get(pk=payment.pk).status == "paid"

    # Autumn: a change; where the rules find it small, one notice is enough.
    if line.change:
        by.at(AUTUMN)
        change = by.change()
        if line.change.needs_approval:
            by.approve("approve", change)
        else:
            by.note(change)
        assert by.award.decided_amount == line.decided_at_last
        changed = by.award.application.budget_lines.filter(stage="changed", kind="expense")
        assert {row.category: row.amount for row in changed} == line.change.costs

    # March: the report with its receipts, returned once, answered, checked.
    by.at(REPORTED)
    by.report()
    by.return_report()
    assert by.award.status == "report_returned"
    by.answer()
    by.at(CHECKED)
    by.check()

    # The amount, fixed by an approval of two others; the same yen as by hand.
    by.approve("fix_amount", by.award)
    award = by.award
    assert (award.status, award.fixed_amount) == ("amount_fixed", line.fixed)
    assert award.retention_until == date(2028, 3, 31)  # 令和4年度末から5年

    # April, in the old year's books: the rest is claimed, paid and the award closed.
    by.at(PAID)
    rest = by.claim("settlement", line.fixed - line.advance)
    by.approve("approve", rest)
    by.pay(rest, "2023-04-14", **dict(line.abroad[-1:][0] if line.abroad else {}))
    by.close()

    compared(by.award, by.awarded)
    hidden = by.hidden()
    assert len(hidden) > 3
    assert hidden == dict.fromkeys(hidden, 404)


def compared(award: Award, awarded: Awarded) -> None:
    """Compare what is left with the sums by hand: money, ledger, lines, letters, receipts."""
    line = awarded.line
    money = commitments.settlement_of(award)
    assert (award.status, money.decided, money.fixed) == (
        "closed",
        line.decided_at_last,
        line.fixed,
    )
    assert (money.paid, money.advanced) == (line.fixed, line.advance)
    assert (money.pending, money.claimable, money.to_return) == (0, 0, 0)
    booked: dict[str, int] = {}
    for entry in LedgerEntry.objects.filter(commitment=commitment_of(award)):
        booked[entry.kind] = booked.get(entry.kind, 0) + entry.amount
    advanced = {"advanced": line.advance} if line.advance else {}
    assert booked == {"committed": line.fixed, "settled": line.fixed - line.advance} | advanced
    lines = award.application.budget_lines.filter(kind="expense").order_by("order")
    reported = [row.amount for row in lines if row.stage == "actual"]
    accepted = [row.amount for row in lines if row.stage == "fixed"]
    assert reported == [spent.amount for spent in line.spent]
    assert accepted == [s.amount if s.accepted is None else s.accepted for s in line.spent]
    assert sorted(award.results.values_list("actual", flat=True)) == [120] * len(
        award.rules.indicators  # type: ignore[union-attr]
    )
    assert sum(award.passed_on.values_list("amount", flat=True)) == line.passed_on
    assert Receipt.objects.filter(case_label="grants.Award", case_id=award.pk).count() == 2
    letter = Letter.objects.get(case_label="grants.Award", case_id=award.pk)
    assert letter.context["amounts"] == {"decided": line.decided_at_last, "fixed": line.fixed}
