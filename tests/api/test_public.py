"""The calls in the shapes of jGrants and CommonGrants: public, announced ones alone."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from programs.api.jgrants import short_id
from tests.factories.programs import grant_rules, make_call, make_edition, make_program

pytestmark = pytest.mark.django_db
SUBSIDIES = "/api/jgrants/v1/public/subsidies"
OPPORTUNITIES = "/common-grants/opportunities"
SUBSIDY = {
    "id", "name", "title", "institution_name", "target_area_search", "subsidy_max_limit",
    "acceptance_start_datetime", "acceptance_end_datetime", "target_number_of_employees",
}  # fmt: skip


@pytest.fixture
def calls():
    """An open call, a closed one, one to come, and a draft that nobody may see."""
    now = timezone.now()
    day = timedelta(days=1)
    windows = {
        "open": (now - day, now + day),
        "closed": (now - 3 * day, now - 2 * day),
        "forecasted": (now + day, now + 2 * day),
        "draft": (now + day, now + 2 * day),
    }
    found = {}
    for number, (name, (opens_at, closes_at)) in enumerate(windows.items()):
        found[name] = make_call(
            make_edition(make_program(f"program-{number}"), fiscal_year=2027),
            title=f"助成の募集 {name}",
            status={"closed": "closed", "draft": "draft"}.get(name, "open"),
            opens_at=opens_at,
            closes_at=closes_at,
        )
    return found


def titles(answer):
    return {row["title"].split()[-1] for row in answer.json()["result"]}


def search(client, **body):
    return client.post(f"{OPPORTUNITIES}/search", body, content_type="application/json")


def states(answer):
    return [item["status"]["value"] for item in answer.json()["items"]]


# jGrants


def test_subsidies_come_in_the_envelope(client, calls):
    answer = client.get(SUBSIDIES, {"keyword": "助成", "acceptance": "1"})

    body = answer.json()
    assert body["metadata"] == {"resultset": {"count": 1}}
    assert set(body["result"][0]) == SUBSIDY
    assert len(body["result"][0]["id"]) == 18
    assert body["result"][0]["acceptance_end_datetime"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"acceptance": "1"}, {"open"}),
        ({"acceptance": "0"}, {"open", "closed", "forecasted"}),
        ({"acceptance": "0", "keyword": "募集 closed"}, {"closed"}),
        ({"acceptance": "0", "keyword": "ｃｌｏｓｅｄ"}, {"closed"}),
        ({"acceptance": "1", "keyword": "補助"}, set()),
        ({"acceptance": "1", "industry": "漁業"}, set()),
        ({"acceptance": "1", "industry": "漁業 / 公務（他に分類されるものを除く）"}, {"open"}),
        ({"acceptance": "1", "target_area_search": "群馬県"}, {"open"}),
    ],
)
def test_subsidies_are_searched(client, calls, query, found):
    assert titles(client.get(SUBSIDIES, {"keyword": "助成", **query})) == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"keyword": ""},
        {"keyword": "あ"},
        {"keyword": "あ" * 256},
        {"acceptance": "2"},
        {"acceptance": ""},
        {"industry": "漁業" + "\r" * 254},
        {"sort": "title"},
        {"order": "asc"},
    ],
)
def test_parameters_are_refused_as_theirs(client, wrong):
    answer = client.get(SUBSIDIES, {"keyword": "助成", "acceptance": "1", **wrong})

    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == list(wrong)


def test_call_for_bodies_abroad_lies_in_no_area_of_japan(client, calls):
    kinds = ["jetaa_chapter"]
    rules = grant_rules(applicant_kinds=kinds, caps=[{"kinds": kinds, "cap": 500_000}])
    now, day = timezone.now(), timedelta(days=1)
    edition = make_edition(rules=rules)
    make_call(edition, title="助成 JETAA", opens_at=now - day, closes_at=now + day)
    asked = {"keyword": "JETAA", "acceptance": "1"}

    [row] = client.get(SUBSIDIES, asked).json()["result"]
    detail = client.get(f"{SUBSIDIES}/id/{row['id']}").json()["result"][0]

    assert row["target_area_search"] == ""
    assert detail["target_area_detail"] == "海外"
    assert [each["target_area_search"] for each in detail["workflow"]] == [""]
    assert titles(client.get(SUBSIDIES, {**asked, "target_area_search": "全国"})) == set()


def test_subsidies_are_sorted(client, calls):
    query = {"keyword": "助成", "acceptance": "0", "sort": "acceptance_end_datetime"}

    up, down = (
        [
            r["title"].split()[-1]
            for r in client.get(SUBSIDIES, {**query, "order": o}).json()["result"]
        ]
        for o in ("ASC", "DESC")
    )

    assert up == ["closed", "open", "forecasted"]
    assert down == up[::-1]


def test_one_subsidy_has_its_reception_and_page(client, calls):
    call = calls["open"]
    path = f"{SUBSIDIES}/id/{short_id(call)}"

    answer = client.get(path)
    body = answer.json()["result"][0]

    assert set(body) > SUBSIDY
    assert [w["id"] for w in body["workflow"]] == [body["id"]]
    assert body["front_subsidy_detail_page_url"].endswith(call.get_absolute_url())
    assert client.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_rounds_of_an_edition_are_receptions_of_one_subsidy(client, calls):
    first = calls["open"]
    later = {"opens_at": first.closes_at, "closes_at": first.closes_at + timedelta(days=9)}
    second = make_call(first.edition, round=2, **later)
    hidden = make_call(first.edition, round=3, status="draft", **later)

    (body,) = client.get(f"{SUBSIDIES}/id/{short_id(second)}").json()["result"]

    assert [w["id"] for w in body["workflow"]] == [short_id(first), short_id(second)]
    assert short_id(hidden) not in json.dumps(body)


def test_ceilings_by_place_rate_currency_and_decision_are_told(client, calls):
    kinds = grant_rules()["applicant_kinds"]
    edition = make_edition(
        rules=grant_rules(
            places=["domestic", "overseas"],
            caps=[
                {"kinds": kinds, "cap": 5_000_000, "place": "overseas"},
                {"kinds": kinds, "cap": 3_000_000, "place": "domestic"},
            ],
            rate="1/2",
            currencies=[{"code": "USD", "rate": "110.5", "as_of": "2021-04-01"}],
        )
    )
    call = make_call(edition, decides_on=date(2022, 3, 15))

    (jgrants,) = client.get(f"{SUBSIDIES}/id/{short_id(call)}").json()["result"]
    common = client.get(f"{OPPORTUNITIES}/{call.public_id}").json()["data"]

    assert jgrants["subsidy_max_limit"] == 5_000_000
    assert "1/2" in jgrants["subsidy_rate"]
    assert common["funding"]["maxAwardAmount"] == {"amount": "5000000", "currency": "JPY"}
    for told in ("5,000,000", "3,000,000", "1/2", "USD", "110.5"):
        assert told in jgrants["detail"]
        assert told in common["funding"]["details"]
    assert common["keyDates"]["otherDates"]["decision"]["date"] == "2022-03-15"
    assert common["customFields"]["round"]["value"] == 1


def test_drafts_and_unknown_ids_are_404(client, calls):
    assert client.get(f"{SUBSIDIES}/id/{short_id(calls['draft'])}").status_code == 404
    assert client.get(f"{SUBSIDIES}/id/{'0' * 18}").status_code == 404
    assert client.get(f"{OPPORTUNITIES}/{calls['draft'].public_id}").status_code == 404


@pytest.mark.parametrize(
    "path", [f"{SUBSIDIES}/id/x%0Ay", f"{OPPORTUNITIES}/x", "/api/v1/grants/x%0Ay", "/api/x"]
)
def test_unknown_address_is_a_problem_to_programs(client, path):
    answer = client.get(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


# CommonGrants


def test_opportunities_are_listed_by_page(client, calls):
    body = client.get(OPPORTUNITIES, {"page": 2, "pageSize": 2}).json()

    assert (body["status"], len(body["items"])) == (200, 1)
    assert body["paginationInfo"] == {"page": 2, "pageSize": 2, "totalItems": 3, "totalPages": 2}


def test_one_opportunity(client, calls):
    call = calls["open"]
    answer = client.get(f"{OPPORTUNITIES}/{call.public_id}")

    data = answer.json()["data"]
    assert (data["id"], data["status"]["value"]) == (str(call.public_id), "open")
    assert data["keyDates"]["closeDate"]["eventType"] == "singleDate"
    assert data["customFields"]["fiscalYear"]["value"] == 2027


def test_search_filters_and_sorts(client, calls):
    by_date = {"sortBy": "keyDates.closeDate", "sortOrder": "asc"}

    assert states(search(client, sorting=by_date)) == ["closed", "open", "forecasted"]
    assert states(search(client, search="forecasted")) == ["forecasted"]
    wanted = {"status": {"operator": "in", "value": ["open", "forecasted"]}}
    assert states(search(client, filters=wanted, sorting=by_date)) == ["open", "forecasted"]
    unwanted = {"status": {"operator": "notIn", "value": ["open"]}}
    assert states(search(client, filters=unwanted, sorting=by_date)) == ["closed", "forecasted"]


def test_search_by_dates_and_amounts(client, calls):
    today = timezone.localdate()
    near = {"min": str(today - timedelta(days=1)), "max": str(today + timedelta(days=1))}
    by_date = {"closeDateRange": {"operator": "between", "value": near}}
    far = {"closeDateRange": {"operator": "outside", "value": near}}

    def amounts(currency):
        limits = {
            "min": {"amount": "0", "currency": currency},
            "max": {"amount": "999999999", "currency": currency},
        }
        return {"maxAwardAmountRange": {"operator": "between", "value": limits}}

    assert states(search(client, filters=by_date)) == ["open"]
    assert set(states(search(client, filters=far))) == {"closed", "forecasted"}
    assert states(search(client, filters=amounts("USD"))) == []


def test_amount_is_text_and_a_number_is_refused(client, calls):
    """CommonGrants' Money is a decimal string; schemathesis found that 5 was taken for "5"."""
    low, high = ({"amount": amount, "currency": "JPY"} for amount in (0, "9"))
    between = {"operator": "between", "value": {"min": low, "max": high}}

    answer = search(client, filters={"totalFundingAvailableRange": between})
    states = search(client, filters={"status": {"operator": "in", "value": [7]}})

    assert (answer.status_code, states.status_code) == (400, 400)


def test_unknown_filters_are_named_and_wrong_ones_refused(client, calls):
    custom = {"customFilters": {"agency": {"operator": "eq", "value": "x"}}}

    assert search(client, filters=custom).json()["filterInfo"]["errors"] == [
        "No such filter: agency"
    ]
    wrong = search(client, filters={"status": {"operator": "is", "value": "open"}})
    assert wrong.status_code == 400
    assert {"status", "message", "errors"} <= set(wrong.json())


@pytest.mark.parametrize("path", [f"{SUBSIDIES}?keyword=助成&acceptance=0", OPPORTUNITIES])
def test_lists_ask_as_often_for_three_calls_as_for_one(client, path, django_assert_num_queries):
    now = timezone.now()
    for number in range(3):
        make_call(
            make_edition(make_program(f"program-{number}")),
            title="助成",
            status="open",
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=1),
        )
        with django_assert_num_queries(1):
            client.get(path)
