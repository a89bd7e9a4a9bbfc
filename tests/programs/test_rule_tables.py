"""The rules to the yen, each expected amount with its working; the real bodies of every kind."""

from collections import Counter
from datetime import date

import pytest
from django.utils import translation

from accounts.reference import local_governments
from programs.loading import RULES, read_yaml
from programs.rules import Facts, Party, RuleData, RuleError, eligibility, judge, sentences
from programs.rules.words import amounts
from tests.factories.programs import grant_rules

PEOPLE = {"key": "people", "name": "参加者", "unit": "人"}
ALL = ["prefecture", "designated_city", "city", "special_ward", "town", "village"]
MILLION = 1_000_000
EXCHANGE = {
    "applicant_kinds": ALL,
    "places": ["domestic", "overseas"],
    "caps": [
        {"kinds": ALL, "place": "overseas", "cap": 5 * MILLION},
        {"kinds": ALL, "place": "domestic", "cap": 3 * MILLION},
    ],
    "joint_cap": None,
    "rate": "1/2",
    "floor": 0,
    "starts_after_decision": "second_round",
}
COOPERATION = {"applicant_kinds": ALL, "caps": [{"kinds": ALL, "cap": 3 * MILLION}],
               "joint_cap": 5 * MILLION, "rate": "1", "floor": 0, "joint_shares": True}  # fmt: skip


def rules(**changes):
    return RuleData.parse(grant_rules(**changes))


def facts(**changes):
    values = {
        "fiscal_year": 2022,
        "applicant_kind": "town",
        "requested_amount": MILLION,
        "eligible_cost": 20 * MILLION,
        "starts_on": date(2022, 6, 1),
        "ends_on": date(2023, 2, 28),
        "categories": ("disaster",),
        "documents": frozenset({"project_plan", "agreement"}),
    }
    return Facts(**values | changes)


def violations(data, **changes):
    return [finding.code for finding in judge(data, facts(**changes)).violations]


# kind, place, joint → most for the three published lines (domain.md §1.1), in millions of yen
CAPS = [
    # multicultural: 都道府県・指定都市 400万円, 市区町村 300万円, joint 400万円 whoever leads
    ({}, "prefecture", "", False, 4),
    ({}, "designated_city", "", False, 4),
    ({}, "city", "", False, 3),
    ({}, "special_ward", "", False, 3),
    ({}, "town", "", False, 3),
    ({}, "village", "", False, 3),
    ({}, "village", "", True, 4),
    ({}, "prefecture", "", True, 4),
    # exchange: mainly abroad 500万円, mainly in Japan 300万円; no ceiling of its own for joint
    (EXCHANGE, "town", "overseas", False, 5),
    (EXCHANGE, "town", "domestic", False, 3),
    (EXCHANGE, "prefecture", "domestic", False, 3),
    (EXCHANGE, "designated_city", "overseas", True, 5),
    (EXCHANGE, "designated_city", "domestic", True, 3),
    # while the place is not chosen, the higher one
    (EXCHANGE, "town", "", False, 5),
    # cooperation: single 300万円, joint 500万円
    (COOPERATION, "special_ward", "", False, 3),
    (COOPERATION, "special_ward", "", True, 5),
]


@pytest.mark.parametrize(("data", "kind", "place", "joint", "millions"), CAPS)
def test_ceiling_by_kind_place_and_joint(data, kind, place, joint, millions):
    edition, cap = rules(**data), millions * MILLION

    def judged(amount):
        return judge(
            edition,
            facts(
                applicant_kind=kind, place=place, is_joint=joint,
                requested_amount=amount, eligible_cost=2 * amount + 2,
            ),
        )  # fmt: skip

    assert eligibility(edition, kind=kind, is_joint=joint, place=place).cap == cap
    assert "over_cap" not in [f.code for f in judged(cap).violations]
    above = judged(cap + 1)
    assert "over_cap" in [f.code for f in above.violations]
    assert above.allowed_amount == cap


AMOUNTS = [
    # rate, income deducted, income, cost, unit, requested → allowed
    # 1/2 × 1,999,999 = 999,999.5 → 999,999 → cut to thousands 999,000
    ("1/2", False, 0, 1_999_999, 1_000, 1_500_000, 999_000),
    # 1/2 × 2,000,000 = 1,000,000; the amount asked for is the least: 987,654 → 987,000
    ("1/2", False, 0, 2_000_000, 1_000, 987_654, 987_000),
    # income stays out where the edition does not deduct it: 1/2 × 2,000,000
    ("1/2", False, 400_000, 2_000_000, 1_000, 1_500_000, 1_000_000),
    # (2,000,000 − 400,000) × 1/2 = 800,000
    ("1/2", True, 400_000, 2_000_000, 1_000, 1_500_000, 800_000),
    # income above the cost leaves nothing
    ("1/2", True, 3_000_000, 2_000_000, 1_000, 1_500_000, 0),
    # 2/3 × 1,000,000 = 666,666.6… → 666,666 yen → units of 10,000: 660,000
    ("2/3", False, 0, 1_000_000, 10_000, 900_000, 660_000),
    # the same in whole yen
    ("2/3", False, 0, 1_000_000, 1, 900_000, 666_666),
    # rate 1 = up to the whole cost
    ("1", False, 0, 1_234_567, 1_000, 2_000_000, 1_234_000),
    # no rate known: the cost is the bound
    (None, False, 0, 1_234_567, 100, 2_000_000, 1_234_500),
]


@pytest.mark.parametrize("row", AMOUNTS)
def test_rate_income_and_rounding(row):
    rate, deduct, income, cost, unit, requested, allowed = row
    edition = rules(rate=rate, deduct_income=deduct, rounding_unit=unit)
    case = facts(requested_amount=requested, eligible_cost=cost, income=income)
    assert judge(edition, case).allowed_amount == allowed


@pytest.mark.parametrize(
    ("taken", "requested", "allowed"),
    [
        # 3,000,000 − 0
        (0, 3_500_000, 3_000_000),
        # 3,000,000 − 1,200,000 = 1,800,000
        (1_200_000, 3_000_000, 1_800_000),
        # nothing is left, and never less than nothing
        (3_000_000, 500_000, 0),
        (9_000_000, 500_000, 0),
    ],
)
def test_ceiling_is_summed_over_the_body(taken, requested, allowed):
    case = facts(requested_amount=requested, already_requested=taken)
    assert judge(rules(), case).allowed_amount == allowed


@pytest.mark.parametrize(
    ("floor", "unit", "amount", "expected"),
    [
        (500_000, 1_000, 500_000, []),
        (500_000, 1_000, 500_999, []),  # cut to 500,000
        (500_000, 1_000, 499_999, ["below_floor"]),
        (500_000, 10_000, 509_999, []),  # cut to 500,000
        (505_000, 10_000, 509_999, ["below_floor"]),  # cut to 500,000
        (0, 1_000, 999, []),  # cut to 0: nothing is asked, no floor
    ],
)
def test_floor_counts_the_rounded_amount(floor, unit, amount, expected):
    assert violations(rules(floor=floor, rounding_unit=unit), requested_amount=amount) == expected


def parties(*shares):
    roles = ["lead", *["joint"] * (len(shares) - 1)]
    return tuple(Party(role, "town", share) for role, share in zip(roles, shares, strict=True))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((400_000, 300_000, 300_000), []),  # 1,000,000
        ((400_000, 300_000, 299_999), ["shares_sum"]),  # 999,999
        ((500_000, 500_000, 500_000), ["shares_sum"]),  # 1,500,000
        ((1_000_000, 0, 0), []),
        ((400_000, None, 600_000), ["no_share"]),
    ],
)
def test_shares_of_three_parties_make_up_the_amount(shares, expected):
    edition = rules(**COOPERATION)
    assert violations(edition, is_joint=True, parties=parties(*shares)) == expected
    if expected == ["shares_sum"]:
        (finding,) = judge(edition, facts(is_joint=True, parties=parties(*shares))).violations
        assert (finding.found, finding.allowed) == (sum(shares), MILLION)


def test_implementers_have_no_share_and_one_body_alone_is_not_asked():
    edition = rules(**COOPERATION)
    helping = (*parties(600_000, 400_000), Party("implementer", "npo"))
    assert violations(edition, is_joint=True, parties=helping) == []
    assert violations(edition, parties=(Party("lead", "town"),)) == []


@pytest.mark.parametrize(
    ("earlier", "expected"), [(0, []), (1, []), (2, ["over_quota"]), (5, ["over_quota"])]
)
def test_quota_counts_the_applications_of_the_year(earlier, expected):
    found = judge(rules(quota=2), facts(earlier_applications=earlier)).violations
    assert [f.code for f in found] == expected
    if found:
        assert (found[0].found, found[0].allowed) == (str(earlier + 1), "2")


EXPENSES = [{"key": "travel", "name": "旅費", "share": "1/3"},
            {"key": "food", "name": "食糧費", "limit": 100_000, "share": "1/10"}]  # fmt: skip


@pytest.mark.parametrize(
    ("cost", "travel", "food", "expected"),
    [
        # 1/3 × 3,000,000 = 1,000,000
        (3_000_000, 1_000_000, 0, []),
        (3_000_000, 1_000_001, 0, ["over_expense_limit"]),
        # 1/3 × 1,000,000 = 333,333.3… → 333,333
        (1_000_000, 333_333, 0, []),
        (1_000_000, 333_334, 0, ["over_expense_limit"]),
        # the lower of 100,000 and 1/10 × 3,000,000 = 300,000
        (3_000_000, 0, 100_000, []),
        (3_000_000, 0, 100_001, ["over_expense_limit"]),
        # the lower of 100,000 and 1/10 × 600,000 = 60,000
        (600_000, 0, 60_001, ["over_expense_limit"]),
    ],
)
def test_classes_of_cost_have_limits_in_yen_and_shares(cost, travel, food, expected):
    edition = rules(expenses=EXPENSES, floor=0)
    case = {"eligible_cost": cost, "requested_amount": 100_000}
    assert violations(edition, expenses={"travel": travel, "food": food}, **case) == expected


@pytest.mark.parametrize(
    ("asked", "round_", "starts", "expected"),
    [
        ("second_round", 1, date(2022, 4, 1), []),
        ("second_round", 2, date(2022, 6, 30), ["starts_before_decision"]),
        ("second_round", 2, date(2022, 7, 1), []),
        ("second_round", 3, date(2022, 6, 30), ["starts_before_decision"]),
        ("always", 1, date(2022, 6, 30), ["starts_before_decision"]),
        ("never", 2, date(2022, 4, 1), []),
    ],
)
def test_second_round_begins_after_the_decision(asked, round_, starts, expected):
    edition = rules(starts_after_decision=asked)
    case = {"round": round_, "starts_on": starts, "decides_on": date(2022, 7, 1)}
    assert violations(edition, **case) == expected
    assert violations(edition, **case | {"decides_on": None}) == []


def test_place_and_currency_are_asked_where_the_edition_has_them():
    assert violations(rules(**EXCHANGE), place="") == ["no_place"]
    rows = [{"code": "USD", "rate": "110.25", "as_of": "2021-04-01"}]
    abroad = rules(currencies=rows)
    assert violations(abroad, currency="EUR") == ["no_currency"]
    assert violations(abroad, currency="USD") == []
    # 99.99 × 110.25 = 11,023.8975 → 11,023
    usd = abroad.currency("USD")
    assert usd.yen(type(usd.rate)("99.99")) == 11_023


@pytest.mark.parametrize(
    "change",
    [
        {"places": ["moon"]},
        {"caps": [{"kinds": ALL, "cap": 1, "place": "overseas"}]},
        {**EXCHANGE, "caps": EXCHANGE["caps"][:1]},
        {"quota": 0},
        {"joint_counting": "half"},
        {"starts_after_decision": "sometimes"},
        {"currencies": [{"code": "usd", "rate": "1", "as_of": "2021-04-01"}]},
        {"currencies": [{"code": "USD", "rate": "0", "as_of": "2021-04-01"}]},
        {"currencies": [{"code": "USD", "rate": "1", "as_of": "1 April"}]},
        {"duties": {"sleep": 1}},
        {"duties": {"report": 0}},
        {"changes": {"share": "2"}},
        {"window": {"opens": "08-02", "closes": "09-30", "hour": "25:00"}},
    ],
)
def test_wrong_new_rules_are_refused(change):
    with pytest.raises(RuleError):
        rules(**change)


def test_every_rule_is_said_in_words_with_its_clause_and_mark():
    edition = rules(
        **EXCHANGE
        | {
            "quota": 2, "joint_shares": True, "joint_counting": "shares", "deduct_income": True,
            "floor": 500_000, "multi_year": True, "expenses": EXPENSES, "retention_years": 5,
            "currencies": [{"code": "USD", "rate": "110.25", "as_of": "2021-04-01"}],
            "changes": {"share": "1/5", "amount": 300_000}, "asset_threshold": 500_000,
            "duties": {"report": 30, "withdrawal": 14}, "asset_years": 7, "report_by": "04-10",
            "advance": {"share": "4/5"}, "indicators": [PEOPLE],
            "repayment": {"surcharge_percent": "3.5", "arrears_percent": "14.6", "year_days": 365},
            "window": {"opens": "08-02", "closes": "09-30", "hour": "17:00"},
            "unconfirmed": ["quota", "window_hours", "duties"],
        }
    )  # fmt: skip
    words = {s.rule: s for s in sentences(edition, fiscal_year=2022, kinds={})}
    assert set(words) == {
        "applicant_kinds", "implementers", "places", "caps", "floor", "quota", "rate",
        "deduct_income", "rounding_unit", "currencies", "joint_shares", "joint_counting",
        "categories", "period", "starts_after_decision", "multi_year", "expenses", "documents",
        "double_funding_ban", "window", "window_hours", "changes", "duties", "report_by",
        "indicators", "advance", "repayment", "retention_years", "asset_threshold", "asset_years",
    }  # fmt: skip
    assert {rule for rule, s in words.items() if not s.is_confirmed} == {
        "quota", "window_hours", "duties"
    }  # fmt: skip
    figures = {
        "caps": "5,000,000", "currencies": "110.25", "expenses": "1/10", "changes": "300,000",
        "asset_threshold": "500,000", "window_hours": "17:00", "duties": "30",
        "retention_years": "5", "asset_years": "7", "report_by": "4月10日", "advance": "4/5",
        "indicators": "参加者", "repayment": "14.6", "quota": "2", "rate": "1/2",
    }  # fmt: skip
    assert [rule for rule, figure in figures.items() if figure not in words[rule].text] == []
    assert not [s.text for s in words.values() if "%(" in s.text]
    assert words["window_hours"].clause == words["window"].clause


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (EXCHANGE, "mainly abroad: up to 5,000,000 yen / mainly in Japan: up to 3,000,000 yen"),
        (COOPERATION, "each body: up to 3,000,000 yen / joint project: up to 5,000,000 yen"),
        (
            {"applicant_kinds": ["city", "town"], "joint_cap": None,
             "caps": [{"kinds": ["city"], "cap": 2}, {"kinds": ["town"], "cap": 1}]},
            "city: up to 2 yen / town: up to 1 yen",
        ),
    ],
)  # fmt: skip
def test_ceilings_in_one_line_name_kinds_only_where_they_differ(data, told):
    with translation.override("en"):
        assert amounts(rules(**data), kinds={}) == told


LINES = {path.stem.replace("_", "-"): read_yaml(path) for path in sorted(RULES.glob("*.yaml"))}
# What public sources state (domain.md §1.1): place → millions of yen by kind; joint the same.
HIGH, LOW = ("prefecture", "designated_city"), ("city", "special_ward", "town", "village")
PUBLISHED = {
    "multicultural-grant": {
        ("", False): dict.fromkeys(HIGH, 4) | dict.fromkeys(LOW, 3),
        ("", True): dict.fromkeys(ALL, 4),
    },
    "exchange-grant": {
        ("overseas", False): dict.fromkeys(ALL, 5),
        ("domestic", False): dict.fromkeys(ALL, 3),
    },
    "cooperation-grant": {
        ("", False): dict.fromkeys(ALL, 3),
        ("", True): dict.fromkeys(ALL, 5),
    },
}


@pytest.fixture(scope="module")
def bodies():
    """The 1,788 real ones: 47, 20 designated cities, 23 wards, 926 towns and villages, the rest."""
    rows = list(local_governments())
    sizes = Counter(body.kind for body in rows)
    assert (sizes["prefecture"], sizes["designated_city"], sizes["special_ward"]) == (47, 20, 23)
    assert (sizes["town"] + sizes["village"], sizes["city"], len(rows)) == (926, 772, 1788)
    return rows


@pytest.mark.parametrize("code", LINES)
def test_every_real_body_gets_the_ceiling_of_its_kind(code, bodies):
    edition, sizes = RuleData.parse(LINES[code]), Counter(body.kind for body in bodies)
    for (place, joint), millions in PUBLISHED.get(code, {}).items():
        found = Counter(
            (body.kind, eligibility(edition, kind=body.kind, is_joint=joint, place=place).cap)
            for body in bodies
        )
        assert found == {(kind, millions[kind] * MILLION): sizes[kind] for kind in ALL}
    for body in bodies:
        asked = eligibility(edition, kind=body.kind, is_joint=False)
        may = body.kind in edition.applicant_kinds
        assert (asked.may_apply, asked.cap is not None) == (may, may and bool(edition.caps))
