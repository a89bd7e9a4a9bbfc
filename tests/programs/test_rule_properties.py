"""What holds for every application under every set of rules, found by hypothesis."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from core.money import floor_to
from programs.rules import Facts, Party, RuleData, Verdict, judge
from tests.factories.programs import grant_rules

KINDS = ["prefecture", "designated_city", "city", "special_ward", "town", "village"]
yen = st.integers(0, 10_000_000)


def _rules(caps, joint_cap, rate, unit, floor, deduct, quota, by_place):  # noqa: PLR0917
    rows = [{"kinds": KINDS[:2], "cap": caps[0]}, {"kinds": KINDS[2:], "cap": caps[1]}]
    if by_place:
        rows = [row | {"place": place} for row in rows for place in ("domestic", "overseas")]
        rows[0]["cap"] //= 2
    return RuleData.parse(
        grant_rules(
            applicant_kinds=KINDS, caps=rows, joint_cap=joint_cap, rate=rate, rounding_unit=unit,
            floor=floor, deduct_income=deduct, quota=quota, joint_shares=True,
            places=["domestic", "overseas"] if by_place else [],
        )
    )  # fmt: skip


editions = st.builds(
    _rules,
    caps=st.tuples(yen, yen),
    joint_cap=st.none() | yen,
    rate=st.sampled_from([None, "1/2", "2/3", "3/4", "1"]),
    unit=st.sampled_from([1, 10, 100, 1_000, 10_000]),
    floor=st.integers(0, 1_000_000),
    deduct=st.booleans(),
    quota=st.none() | st.integers(1, 3),
    by_place=st.booleans(),
)
shared = st.lists(
    st.builds(Party, st.sampled_from(["lead", "joint"]), st.sampled_from(KINDS), st.none() | yen),
    max_size=3,
).map(tuple)
applications = st.builds(
    Facts,
    fiscal_year=st.just(2022),
    applicant_kind=st.sampled_from([*KINDS, "npo", "company"]),
    requested_amount=yen,
    eligible_cost=yen,
    income=yen,
    is_joint=st.booleans(),
    parties=shared,
    starts_on=st.just(date(2022, 6, 1)),
    ends_on=st.just(date(2023, 2, 1)),
    categories=st.just(("disaster",)),
    documents=st.just(frozenset({"project_plan", "agreement"})),
    already_requested=yen,
    place=st.sampled_from(["", "domestic", "overseas"]),
    earlier_applications=st.integers(0, 4),
)


def paid(rules, case):
    cost = max(case.eligible_cost - (case.income if rules.deduct_income else 0), 0)
    return cost * (rules.rate if rules.rate is not None else Fraction(1))


@given(rules=editions, case=applications)
def test_allowed_amount_stays_within_every_bound(rules, case):
    allowed = judge(rules, case).allowed_amount
    cap = rules.cap_for(case.applicant_kind, is_joint=case.joint, place=case.place)

    assert allowed >= 0
    assert allowed % rules.rounding_unit == 0
    assert allowed <= case.requested_amount
    assert allowed <= paid(rules, case)
    assert cap is None or allowed <= max(cap - case.already_requested, 0)


@given(rules=editions, case=applications)
def test_allowed_amount_is_the_largest_within_the_bounds(rules, case):
    """One unit more would break a bound: nothing is withheld that the rules give."""
    more = judge(rules, case).allowed_amount + rules.rounding_unit
    cap = rules.cap_for(case.applicant_kind, is_joint=case.joint, place=case.place)
    left = more if cap is None else max(cap - case.already_requested, 0)

    assert more > min(case.requested_amount, paid(rules, case), left)


@given(rules=editions, case=applications)
def test_verdict_is_acceptable_exactly_without_violations(rules, case):
    verdict = judge(rules, case)

    assert verdict.is_acceptable == (not verdict.violations)
    assert all(f.clause or f.code in {"no_place", "no_share", "shares_sum", "over_quota"}
               for f in verdict.findings)  # fmt: skip
    assert not any("%(" in finding.text for finding in verdict.findings)
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


@given(rules=editions, case=applications)
def test_acceptable_amount_is_given_but_for_rounding(rules, case):
    if judge(rules, case).is_acceptable:
        cut = floor_to(case.requested_amount, rules.rounding_unit)
        assert judge(rules, case).allowed_amount == cut >= rules.floor


@given(rules=editions, case=applications, more=yen)
def test_more_cost_never_means_less_and_more_taken_never_means_more(rules, case, more):
    allowed = judge(rules, case).allowed_amount
    dearer = replace(case, eligible_cost=case.eligible_cost + more)
    taken = replace(case, already_requested=case.already_requested + more)
    richer = replace(case, income=case.income + more)

    assert judge(rules, dearer).allowed_amount >= allowed
    assert judge(rules, taken).allowed_amount <= allowed
    assert judge(rules, richer).allowed_amount <= allowed


@given(rules=editions, case=applications)
def test_asking_for_the_allowed_amount_breaks_no_ceiling(rules, case):
    allowed = judge(rules, case).allowed_amount
    again = judge(rules, replace(case, requested_amount=allowed))

    assert again.allowed_amount == allowed
    assert not {"over_cap", "over_cost", "over_rate", "rounded"} & {f.code for f in again.findings}
