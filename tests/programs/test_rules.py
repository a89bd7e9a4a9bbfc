"""The published rules of the multicultural grant: who, how much, when, with what papers."""

import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fiscal import JST
from programs.rules import Facts, Party, RuleData, RuleError, Verdict, judge, sentences
from tests.factories.programs import grant_rules

RULES = RuleData.parse(grant_rules())
PAPERS = frozenset({"project_plan", "agreement"})


def facts(**changes):
    values = {
        "fiscal_year": 2022,
        "applicant_kind": "town",
        "requested_amount": 1_000_000,
        "eligible_cost": 2_000_000,
        "starts_on": date(2022, 4, 1),
        "ends_on": date(2023, 2, 28),
        "categories": ("disaster",),
        "documents": PAPERS,
    }
    return Facts(**values | changes)


def codes(**changes):
    return [finding.code for finding in judge(RULES, facts(**changes)).violations]


def test_application_within_the_rules_is_acceptable():
    verdict = judge(RULES, facts())
    assert verdict.is_acceptable
    assert verdict.allowed_amount == 1_000_000
    assert [f.code for f in verdict.findings] == ["rate_unknown"]


@pytest.mark.parametrize(
    ("kind", "cap"),
    [
        ("prefecture", 4_000_000),
        ("designated_city", 4_000_000),
        ("city", 3_000_000),
        ("special_ward", 3_000_000),
        ("town", 3_000_000),
        ("village", 3_000_000),
        ("international_association", 3_000_000),
    ],
)
def test_cap_by_kind(kind, cap):
    assert codes(applicant_kind=kind, requested_amount=cap, eligible_cost=cap) == []
    above = {"requested_amount": cap + 1_000, "eligible_cost": cap + 1_000}
    assert codes(applicant_kind=kind, **above) == ["over_cap"]
    assert judge(RULES, facts(applicant_kind=kind, **above)).allowed_amount == cap


@pytest.mark.parametrize("kind", ["city", "special_ward", "town", "international_association"])
def test_joint_project_has_the_higher_cap(kind):
    amount = {"requested_amount": 4_000_000, "eligible_cost": 5_000_000}
    joint = (Party("joint", "city"),)
    assert codes(applicant_kind=kind, parties=joint, **amount) == []
    assert codes(applicant_kind=kind, is_joint=True, **amount) == []
    assert codes(applicant_kind=kind, **amount) == ["over_cap"]


def test_implementer_alone_makes_no_joint_project():
    verdict = codes(
        parties=(Party("implementer", "npo"),), requested_amount=4_000_000, eligible_cost=5_000_000
    )
    assert verdict == ["over_cap"]


def test_cap_is_summed_over_the_applications_of_the_body():
    assert codes(requested_amount=1_000_000, already_requested=2_000_000) == []
    assert codes(requested_amount=1_001_000, already_requested=2_000_000) == ["over_cap"]
    assert judge(RULES, facts(already_requested=9_000_000)).allowed_amount == 0


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(500_000, []), (499_999, ["below_floor"]), (0, ["below_floor"]), (500_999, [])],
)
def test_floor(amount, expected):
    assert codes(requested_amount=amount) == expected


def test_amount_is_cut_to_thousands_and_said():
    verdict = judge(RULES, facts(requested_amount=1_234_567))
    assert verdict.is_acceptable
    assert verdict.allowed_amount == 1_234_000
    assert [f.code for f in verdict.warnings] == ["rounded"]


def test_amount_above_the_cost():
    assert codes(requested_amount=2_000_001) == ["over_cost"]


def test_rate_and_income_once_they_are_known():
    rules = RuleData.parse(grant_rules(rate="1/2", deduct_income=True))
    verdict = judge(rules, facts(eligible_cost=2_500_001, income=300_000))
    assert verdict.allowed_amount == 1_000_000
    verdict = judge(rules, facts(eligible_cost=2_000_001, income=300_000))
    assert [f.code for f in verdict.violations] == ["over_rate"]
    assert verdict.allowed_amount == 850_000


@pytest.mark.parametrize(
    "kind",
    ["municipal_association", "board_of_education", "private_school", "company", "ministry", "x"],
)
def test_other_kinds_cannot_apply(kind):
    assert "applicant_kind" in codes(applicant_kind=kind)


def test_npo_only_implements():
    assert "implementer_only" in codes(applicant_kind="npo")
    assert codes(parties=(Party("joint", "npo"),)) == ["implementer_only"]
    assert codes(parties=(Party("implementer", "npo"),)) == []
    verdict = judge(RULES, facts(parties=(Party("implementer", "company"),)))
    assert [f.code for f in verdict.warnings] == ["implementer_kind"]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (date(2022, 4, 1), date(2023, 2, 28), []),
        (date(2022, 3, 31), date(2023, 2, 28), ["starts_too_early"]),
        (date(2022, 4, 1), date(2023, 3, 1), ["ends_too_late"]),
        (date(2022, 6, 1), date(2022, 5, 1), ["period_order"]),
        (None, date(2023, 2, 28), ["no_period"]),
    ],
)
def test_project_period(starts, ends, expected):
    assert codes(starts_on=starts, ends_on=ends) == expected


def test_period_ends_on_the_29th_in_a_leap_year():
    leap = {"fiscal_year": 2023, "starts_on": date(2023, 4, 1)}
    assert codes(**leap, ends_on=date(2024, 2, 29)) == []
    assert codes(**leap, ends_on=date(2024, 3, 1)) == ["ends_too_late"]


def test_categories():
    assert len(RULES.categories) == 7
    assert codes(categories=()) == ["no_category"]
    assert codes(categories=("disaster", "sports")) == ["unknown_category"]


def test_other_grant_of_the_state_is_banned():
    assert codes(other_grant=True) == ["double_funding"]


def test_documents():
    assert codes(documents=frozenset()) == ["missing_document"]
    plan = frozenset({"project_plan"})
    assert codes(documents=plan) == []
    assert codes(documents=plan, is_joint=True) == ["missing_document"]
    finding = judge(RULES, facts(documents=frozenset())).violations[0]
    assert (finding.field, finding.is_confirmed) == ("project_plan", False)


def test_expense_limits():
    rules = RuleData.parse(
        grant_rules(expenses=[{"key": "travel", "name": "旅費", "limit": 100_000}])
    )
    found = judge(rules, facts(expenses={"travel": 100_001, "gifts": 1})).violations
    assert [f.code for f in found] == ["over_expense_limit", "unknown_expense"]


def test_late_arrival_is_a_warning():
    closes_at = datetime(2021, 9, 30, 17, tzinfo=JST)
    in_time = judge(RULES, facts(arrived_at=closes_at, closes_at=closes_at))
    assert in_time.warnings == ()
    late = closes_at.replace(second=1)
    verdict = judge(RULES, facts(arrived_at=late, closes_at=closes_at))
    assert [f.code for f in verdict.warnings] == ["late"]


def test_every_finding_cites_its_clause_and_says_it_in_words():
    verdict = judge(
        RULES,
        Facts(
            fiscal_year=2022, applicant_kind="npo", requested_amount=123, eligible_cost=0,
            parties=(Party("joint", "company"), Party("implementer", "company")),
            categories=("sports",), expenses={"gifts": 1}, other_grant=True,
        ),
    )  # fmt: skip
    assert len(verdict.findings) >= 10
    for finding in verdict.findings:
        assert finding.clause
        assert finding.text
        assert "%(" not in finding.text


def test_unconfirmed_rules_are_named_in_verdict_and_words():
    verdict = judge(RULES, facts())
    assert "rate" in verdict.unconfirmed
    words = sentences(RULES, fiscal_year=2022, kinds={})
    said = {s.rule for s in words}
    assert {s.rule for s in words if not s.is_confirmed} == said & RULES.unconfirmed
    assert {"rate", "rounding_unit", "expenses", "documents"} <= said & RULES.unconfirmed
    assert all(sentence.clause for sentence in words)


amounts = st.integers(0, 10_000_000)


applications = st.builds(
    facts,
    applicant_kind=st.sampled_from(["prefecture", "city", "town", "npo"]),
    requested_amount=amounts,
    eligible_cost=amounts,
    already_requested=amounts,
    is_joint=st.booleans(),
)


@given(case=applications, rate=st.sampled_from([None, "1/2", "2/3", "1"]))
def test_allowed_amount_never_exceeds_any_bound(case, rate):
    rules = RuleData.parse(grant_rules(rate=rate))
    verdict = judge(rules, case)
    allowed, already = verdict.allowed_amount, case.already_requested
    assert allowed % 1_000 == 0
    assert 0 <= allowed <= min(case.requested_amount, case.eligible_cost)
    cap = rules.cap_for(case.applicant_kind, is_joint=case.is_joint)
    assert cap is None or allowed + already <= max(cap, already)
    if verdict.is_acceptable:
        assert allowed >= 500_000
        assert case.requested_amount - allowed < 1_000
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


@pytest.mark.parametrize(
    "change",
    [
        {"applicant_kinds": "town"},
        {"floor": -1},
        {"floor": "500000"},
        {"rate": "3/2"},
        {"rate": "half"},
        {"rounding_unit": 7},
        {"period": {"starts": "04-01", "ends": "13-01"}},
        {"caps": [{"kinds": ["town"], "cap": 1}]},
        {"categories": [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]},
        {"documents": [{"key": "a", "name": "A", "when": "sometimes"}]},
        {"surprise": 1},
    ],
)
def test_data_that_is_no_rules_is_refused(change):
    with pytest.raises(RuleError):
        RuleData.parse(grant_rules(**change))


def test_missing_rule_is_refused():
    data = grant_rules()
    del data["floor"]
    with pytest.raises(RuleError, match="floor"):
        RuleData.parse(data)
