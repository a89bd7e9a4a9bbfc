"""加算金 and 延滞金 to the yen, beside the working by hand (補助金適正化法 第19条, 施行令 第9条).

At 10.95 % a year of 365 days, 365,000 yen bear 109.5 yen a day, 200,000 yen 60, 500,000 yen 150.
"""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.interest import Interest, Moved, Terms, attributed, principal_parts, reckon

D = date.fromisoformat


def moved(*pairs: tuple[str, int]) -> list[Moved]:
    return [Moved(D(day), amount) for day, amount in pairs]


def reckoned(principal, received, due_on, paid, on, *, surcharge=True, terms=None) -> Interest:
    return reckon(
        principal=principal,
        received=moved(*received),
        due_on=D(due_on),
        paid=moved(*paid),
        on=D(on),
        with_surcharge=surcharge,
        terms=terms or Terms(),
    )


CASES = [
    pytest.param(
        # 1 Feb to 1 Mar 2024, both counted, over 29 February: 29 + 1 = 30 days; 30 × 109.5 = 3,285
        *(365_000, [("2024-02-01", 365_000)], "2024-03-31", [("2024-03-01", 365_000)]),
        *("2024-03-01", 3_285, 0),
        id="leap day",
    ),
    pytest.param(
        # A whole leap year is 366 days ÷ 365: 366 × 109.5 = 40,077
        *(365_000, [("2024-01-01", 365_000)], "2024-12-31", [("2024-12-31", 365_000)]),
        *("2024-12-31", 40_077, 0),
        id="leap year of 366 days over 365",
    ),
    pytest.param(
        # Latest received first: 300,000 of 1 Dec, and 200,000 of the 400,000 of 1 July.
        # 1 July to 30 Nov: 31+31+30+31+30 = 153 days × 60 = 9,180
        # 1 Dec to 31 Jan: 31+31 = 62 days × 150 = 9,300; together 18,480
        *(500_000, [("2022-07-01", 400_000), ("2022-12-01", 300_000)], "2023-02-20"),
        *([("2023-01-31", 500_000)], "2023-01-31", 18_480, 0),
        id="two instalments",
    ),
    pytest.param(
        # 1 to 30 April on 365,000: 30 × 109.5 = 3,285; 1 to 10 May on 200,000: 10 × 60 = 600
        *(365_000, [("2022-04-01", 365_000)], "2022-05-31"),
        *([("2022-04-30", 165_000), ("2022-05-10", 200_000)], "2022-05-10", 3_885, 0),
        id="part payment lowers the base from the next day",
    ),
    pytest.param(
        # 30 April of 平成31年 and 1 May of 令和元年: 2 days × 109.5 = 219
        *(365_000, [("2019-04-30", 365_000)], "2019-05-31", [("2019-05-01", 365_000)]),
        *("2019-05-01", 219, 0),
        id="over the change of era to 元年",
    ),
    pytest.param(
        # received and repaid on one day: 1 day × 109.5 = 109.5 → 109
        *(365_000, [("2022-04-01", 365_000)], "2022-05-31", [("2022-04-01", 365_000)]),
        *("2022-04-01", 109, 0),
        id="one day",
    ),
    pytest.param(
        # Surcharge 1 to 30 June: 30 × 109.5 = 3,285; arrears from 21 June: 10 × 109.5 = 1,095
        *(365_000, [("2022-06-01", 365_000)], "2022-06-20", [("2022-06-30", 365_000)]),
        *("2022-06-30", 3_285, 1_095),
        id="late: both run",
    ),
]


@pytest.mark.parametrize(
    ("principal", "received", "due_on", "paid", "on", "surcharge", "arrears"), CASES
)
def test_worked_by_hand(principal, received, due_on, paid, on, surcharge, arrears):  # noqa: PLR0917
    found = reckoned(principal, received, due_on, paid, on)

    assert (found.surcharge, found.arrears) == (surcharge, arrears)
    assert found.total == surcharge + arrears


def test_arrears_alone_with_a_part_payment():
    # 21 to 25 June: 5 × 109.5 = 547.5; 26 to 30 June on 200,000: 5 × 60 = 300; 847.5 → 847
    found = reckoned(
        365_000,
        [("2022-04-01", 365_000)],
        "2022-06-20",
        [("2022-06-25", 165_000)],
        "2022-06-30",
        surcharge=False,
    )

    assert (found.surcharge, found.arrears) == (0, 847)
    assert [(s.first, s.last, s.days, s.base) for s in found.segments] == [
        (D("2022-06-21"), D("2022-06-25"), 5, 365_000),
        (D("2022-06-26"), D("2022-06-30"), 5, 200_000),
    ]


def test_nothing_is_late_on_the_due_day_itself():
    found = reckoned(365_000, [], "2022-06-20", [], "2022-06-20", surcharge=False)

    assert (found.arrears, found.segments) == (0, ())


def test_fractions_are_dropped_once_in_the_total():
    # 1 April on 365,000: 109.5; 2 April on 364,999: 109.4997; 218.9997 → 218, not 109 + 109 + …
    # and 3 days on 365,000 alone are 328.5 → 328, where 3 × 109 would be 327
    found = reckoned(365_000, [("2022-04-01", 365_000)], "2022-05-31", [], "2022-04-03")

    assert found.surcharge == 328


def test_rates_and_days_are_the_editions():
    # 3 % of 365,000 = 10,950 a year; ÷ 366 × 10 days = 299.18 → 299
    terms = Terms(Decimal("3"), Decimal("5"), 366)
    found = reckoned(
        365_000, [("2024-06-01", 365_000)], "2024-12-31", [], "2024-06-10", terms=terms
    )

    assert found.surcharge == 299


def test_terms_survive_as_data():
    terms = Terms(Decimal("7.3"), Decimal("14.6"), 366)

    assert Terms.of_data(terms.as_data()) == terms
    assert Terms.of_data({}) == Terms()


def test_latest_instalment_is_received_first():
    received = moved(("2022-04-01", 100), ("2022-06-01", 200), ("2022-08-01", 300))

    assert attributed(350, received) == moved(("2022-08-01", 300), ("2022-06-01", 50))
    assert attributed(700, received) == moved(
        ("2022-08-01", 300), ("2022-06-01", 200), ("2022-04-01", 200)
    )


def test_payments_reduce_the_principal_first():
    paid = moved(("2022-06-01", 60), ("2022-06-02", 60))

    assert principal_parts(100, paid) == moved(("2022-06-01", 60), ("2022-06-02", 40))


start = date(2023, 12, 1)
days = st.integers(0, 200).map(lambda n: start + timedelta(days=n))
yen = st.integers(1, 10_000_000)
payments = st.lists(st.builds(Moved, days, yen), max_size=4)
instalments = st.lists(st.builds(Moved, days, yen), min_size=1, max_size=3)
few = settings(max_examples=40)


def of(principal, received, paid, on, due=start + timedelta(days=60)) -> Interest:
    return reckon(
        principal=principal,
        received=received,
        due_on=due,
        paid=paid,
        on=on,
        with_surcharge=True,
        terms=Terms(),
    )


@few
@given(yen, instalments, payments, days)
def test_never_negative_and_bases_never_above_the_principal(principal, received, paid, on):
    found = of(principal, received, paid, on)

    assert found.surcharge >= 0
    assert found.arrears >= 0
    assert all(0 < s.base <= principal for s in found.segments)


@few
@given(yen, instalments, payments, days, st.integers(0, 50))
def test_grows_with_the_days(principal, received, paid, on, more):
    later = of(principal, received, paid, on + timedelta(days=more))

    assert later.total >= of(principal, received, paid, on).total


@few
@given(yen, yen, days, days)
def test_grows_with_the_principal(principal, more, received_on, on):
    received = [Moved(received_on, principal + more)]

    assert of(principal + more, received, [], on).total >= of(principal, received, [], on).total


@few
@given(yen, instalments, days, yen, yen, days)
def test_splitting_a_payment_of_one_day_changes_nothing(  # noqa: PLR0917
    principal, received, paid_on, first, second, on
):
    whole = [Moved(paid_on, first + second)]
    split = [Moved(paid_on, first), Moved(paid_on, second)]

    assert of(principal, received, whole, on) == of(principal, received, split, on)


@few
@given(yen, instalments, days, st.integers(1, 100))
def test_nothing_accrues_after_full_payment(principal, received, paid_on, later):
    paid = [Moved(paid_on, principal)]
    before = [m for m in received if m.on <= paid_on]
    at_payment = of(principal, before, paid, paid_on)
    after = of(principal, before, paid, paid_on + timedelta(days=later))

    assert after.total == at_payment.total


@few
@given(yen, instalments, payments, days)
def test_segments_of_a_kind_do_not_overlap(principal, received, paid, on):
    for kind in ("surcharge", "arrears"):
        rows = [s for s in of(principal, received, paid, on).segments if s.kind == kind]
        assert all(a.last < b.first for a, b in itertools.pairwise(rows))
