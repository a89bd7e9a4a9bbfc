"""Rules of what comes after the award: report, advance, repayment, figures; each by hand."""

from datetime import date
from decimal import Decimal

import pytest

from programs.rules import Advance, Indicator, RepaymentTerms, RuleData, RuleError
from tests.factories.programs import grant_rules

OLD = {"report_by", "advance", "repayment", "indicators", "asset_years"}


def rules(**changes):
    return RuleData.parse(grant_rules(**changes))


def test_version_without_them_pays_nothing_ahead_and_takes_the_law_as_not_confirmed():
    found = RuleData.parse({k: v for k, v in grant_rules().items() if k not in OLD})
    assert (found.advance, found.report_by, found.asset_years) == (None, None, None)
    assert found.indicators == ()
    # 補助金適正化法 Art. 19: 10.95 percent, a year of 365 days
    assert found.repayment == RepaymentTerms(Decimal("10.95"), Decimal("10.95"), 365)
    assert not any(found.is_confirmed(name) for name in OLD)


def test_what_the_edition_states_is_read_typed():
    found = rules(
        advance={"share": "1/2"},
        repayment={"surcharge_percent": "3", "arrears_percent": 2.4, "year_days": 366},
        indicators=[{"key": "people", "name": "参加者", "unit": "人"}],
        duties={"claim": 30, "repayment": 20},
    )
    assert found.repayment == RepaymentTerms(Decimal(3), Decimal("2.4"), 366)
    assert found.indicators == (Indicator("people", "参加者", "人"),)
    assert (found.days("claim", 1), found.days("repayment", 1)) == (30, 20)


@pytest.mark.parametrize(
    ("share", "decided", "most"),
    [
        (None, 2_999_000, 2_999_000),  # all of it
        ("1/2", 2_999_000, 1_499_500),
        ("1/3", 1_000_000, 333_333),  # 333,333.3… cut off
        ("1", 1, 1),
    ],
)
def test_most_that_may_be_advanced(share, decided, most):
    assert rules(advance={"share": share}).advance.most(decided) == most
    assert Advance().most(decided) == decided


@pytest.mark.parametrize(
    ("days", "report_by", "ends_on", "due"),
    [
        (30, "03-31", date(2022, 9, 30), date(2022, 10, 30)),
        (30, "03-31", date(2023, 2, 28), date(2023, 3, 30)),
        (30, "03-31", date(2023, 3, 31), date(2023, 3, 31)),  # 30 April would be after the year
        (30, "04-10", date(2023, 3, 31), date(2023, 4, 10)),  # April stands for after the year
        (30, "04-10", date(2022, 4, 5), date(2022, 5, 5)),
        (30, "02-end", date(2024, 2, 20), date(2023, 2, 28)),  # of FY2022
        (30, None, date(2023, 3, 31), date(2023, 4, 30)),
        (None, "03-31", date(2022, 9, 30), date(2023, 3, 31)),
        (None, None, date(2022, 9, 30), None),
    ],
)
def test_report_is_due_some_days_after_the_end_or_at_the_day_of_the_year(
    days, report_by, ends_on, due
):
    found = rules(duties={"report": days} if days else {}, report_by=report_by)
    assert found.report_due(ends_on, 2022) == due


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"advance": {"share": "3/2"}}, "advance"),
        ({"advance": "yes"}, "advance"),
        ({"repayment": {"surcharge_percent": "-1"}}, "repayment"),
        ({"repayment": {"arrears_percent": "NaN"}}, "repayment"),
        ({"repayment": {"rate": "1"}}, "repayment"),
        ({"repayment": {"year_days": 364}}, "repayment"),
        ({"report_by": "02-30"}, "report_by"),
        ({"asset_years": 0}, "asset_years"),
        ({"duties": {"claim": 0}}, "duties"),
        ({"indicators": [{"key": "a", "name": "甲"}]}, "indicators"),
        ({"indicators": [{"key": "a", "name": n, "unit": "人"} for n in "甲乙"]}, "indicators"),
    ],
)
def test_what_is_no_rule_is_refused_by_its_name(change, rule):
    with pytest.raises(RuleError) as refused:
        rules(**change)
    assert refused.value.rule == rule
