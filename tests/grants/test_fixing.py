"""The fixed amount to the yen: tables with their working, and properties."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.fixing import fix_amount
from programs.rules import RuleData
from tests.factories.programs import grant_rules

CAP = 3_000_000


def rules(**changes):
    return RuleData.parse(grant_rules(**changes))


@pytest.mark.parametrize(
    ("changes", "decided", "spent", "income", "amount"),
    [
        # 1,000,000 + 234,567 = 1,234,567; × 1/2 = 617,283.5 → 617,283; 千円未満切捨て → 617,000
        ({"rate": "1/2"}, 1_000_000, {"travel": 1_000_000, "printing": 234_567}, 0, 617_000),
        # all of the cost is supported: min(1,000,000 decided, 999,999) → 999,000
        ({"rate": 1}, 1_000_000, {"travel": 999_999}, 0, 999_000),
        # spent more than planned: the decided amount binds; 500,000
        ({"rate": "1/2"}, 500_000, {"travel": 4_000_000}, 0, 500_000),
        # the cap binds: × 1 of 9,000,000, decided 5,000,000, cap 3,000,000
        ({"rate": 1}, 5_000_000, {"travel": 9_000_000}, 0, 3_000_000),
        # income deducted: (1,000,000 - 300,500) × 2/3 = 466,333.3… → 466,000
        ({"rate": "2/3", "deduct_income": True}, 900_000, {"travel": 1_000_000}, 300_500, 466_000),
        # the edition does not deduct: 1,000,000 × 2/3 = 666,666.6… → 666,000
        ({"rate": "2/3"}, 900_000, {"travel": 1_000_000}, 300_500, 666_000),
        # income above the cost leaves nothing
        ({"rate": 1, "deduct_income": True}, 900_000, {"travel": 100_000}, 100_001, 0),
        # honoraria limited to 200,000 of 350,000; 200,000 + 50,000 = 250,000 × 1/2 = 125,000
        (
            {"rate": "1/2", "expenses": [{"key": "honoraria", "name": "謝金", "limit": 200_000}]},
            1_000_000,
            {"honoraria": 350_000, "travel": 50_000},
            0,
            125_000,
        ),
        # travel at most 30 % of all cost: 30 % of 400,001 = 120,000.3 → 120,000; + 200,001
        # = 320,001 × 1/1 → 320,000
        (
            {"rate": 1, "expenses": [{"key": "travel", "name": "旅費", "share": "3/10"}]},
            1_000_000,
            {"travel": 200_000, "printing": 200_001},
            0,
            320_000,
        ),
        # units: 123,456 → 123,456 | 123,450 | 120,000
        ({"rate": 1, "rounding_unit": 1}, 1_000_000, {"travel": 123_456}, 0, 123_456),
        ({"rate": 1, "rounding_unit": 10}, 1_000_000, {"travel": 123_456}, 0, 123_450),
        ({"rate": 1, "rounding_unit": 10_000}, 1_000_000, {"travel": 123_456}, 0, 120_000),
        # no rate is confirmed: the cost itself is the bound
        ({"rate": None}, 1_000_000, {"travel": 777_777}, 0, 777_000),
        # nothing was spent
        ({"rate": "1/2"}, 1_000_000, {}, 0, 0),
    ],
)
def test_amount_is_that_of_the_working(changes, decided, spent, income, amount):
    found = fix_amount(rules(**changes), decided=decided, cap=CAP, spent=spent, income=income)

    assert found.amount == amount
    assert found.steps[-1].yen == amount


def test_each_step_says_how_it_comes_about_and_by_which_clause():
    given_rules = rules(
        rate="1/2",
        deduct_income=True,
        expenses=[{"key": "honoraria", "name": "謝金", "limit": 200_000}],
    )

    found = fix_amount(
        given_rules, decided=500_000, cap=CAP, spent={"honoraria": 350_000}, income=10_000
    )

    assert [(step.label, step.working, step.yen) for step in found.steps] == [
        ("謝金", "実績 350,000円 → 上限 200,000円", 200_000),
        ("助成対象経費の実績額", "200,000", 200_000),
        ("収入を除いた額", "200,000 － 収入 10,000", 190_000),
        ("交付決定額（変更後）", "500,000", 500_000),
        ("限度額", "3,000,000", 3_000_000),
        ("助成率を乗じた額", "190,000 × 1/2", 95_000),
        ("最も少ない額", "500,000、3,000,000、95,000 のうち最も少ない額", 95_000),
        ("確定額", "95,000 → 千円未満切捨て", 95_000),
    ]
    assert found.steps[0].clause == "事業細則「対象経費」"
    assert not found.steps[0].is_confirmed


YEN = st.integers(0, 10_000_000)


@settings(max_examples=60, deadline=None)
@given(
    decided=YEN,
    cap=st.none() | YEN,
    spent=st.dictionaries(st.sampled_from(["travel", "printing", "other"]), YEN),
    income=YEN,
    rate=st.fractions(Fraction(1, 10), 1, max_denominator=10),
    unit=st.sampled_from([1, 10, 100, 1_000, 10_000]),
    deducts=st.booleans(),
    more=YEN,
)
def test_properties_of_the_amount(*, decided, cap, spent, income, rate, unit, deducts, more):
    given_rules = rules(rate=str(rate), rounding_unit=unit, deduct_income=deducts)

    def amount(**changed):
        values = {"decided": decided, "cap": cap, "spent": spent, "income": income} | changed
        return fix_amount(given_rules, **values).amount

    found = amount()

    assert 0 <= found <= decided
    assert cap is None or found <= cap
    assert found % unit == 0
    assert found <= sum(spent.values()) * rate
    assert amount(decided=decided + more) >= found
    assert amount(spent=spent | {"travel": spent.get("travel", 0) + more}) >= found
    assert amount(income=income + more) <= found
    assert amount(income=0) == found or deducts
