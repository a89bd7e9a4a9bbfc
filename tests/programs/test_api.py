"""The plan, editions and calls over REST: public data for every key, nothing for nobody."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs import carriers
from programs.carriers import Carrier, Measure, of_codes
from programs.models import Call, Edition
from tests.factories.accounts import bearer, make_body, make_member, make_staff
from tests.factories.programs import (
    NOW,
    load_real_plan,
    make_call,
    make_edition,
    make_line,
    make_version,
)

pytestmark = pytest.mark.django_db
BASE = "/api/v1/programs"
LISTS = ["plan-lines", "editions", "calls"]


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def town():
    return bearer(make_member(make_body()), days=90)


@pytest.fixture
def partner():
    return bearer(make_member(make_body("company"), "partner"))


@pytest.mark.parametrize("name", LISTS)
def test_anonymous_gets_401(client, name):
    response = client.get(f"{BASE}/{name}/")
    assert response.status_code == 401
    assert response["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("name", LISTS)
def test_every_key_reads_public_data(client, name, partner):
    assert client.get(f"{BASE}/{name}/", **partner).json()["results"] == []


def test_plan_lines_of_the_real_plan(client, town, monkeypatch):
    measure = Measure(bodies=2, records=3, amount=4_000_000)
    carrier = Carrier(
        Call, of_codes("multicultural-grant"), lambda lines: {x.pk: measure for x in lines}
    )
    monkeypatch.setattr(carriers, "_carriers", [carrier])
    load_real_plan()
    url = f"{BASE}/plan-lines/?fiscal_year=2021"
    assert len(client.get(url, **town).json()["results"]) == 50
    lines = client.get(f"{url}&limit=500", **town).json()["results"]
    assert len(lines) == len({line["code"] for line in lines}) == 118
    assert len({line["kind"] for line in lines}) == 21
    line = next(line for line in lines if line["code"] == "multicultural-grant")
    assert (line["number"], line["area"], line["offices"]) == ("2-1", "multicultural", ["HQ"])
    assert line["carriers"] == [
        {
            "model": "programs.Call", "records": 3, "bodies": 2, "amount": 4_000_000,
            "next_date": None,
        }
    ]  # fmt: skip
    assert next(line for line in lines if line["code"] == "c3afa")["carriers"] == []
    detail = client.get(f"{BASE}/plan-lines/{line['id']}/", **town).json()
    assert detail == line


def test_plan_lines_by_pages_miss_none(client, town):
    load_real_plan()
    url, seen = f"{BASE}/plan-lines/?fiscal_year=2021", []
    while url:
        page = client.get(url, **town).json()
        seen += [line["code"] for line in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 118


@pytest.mark.parametrize(
    ("query", "count"),
    [("kind=grant", 13), ("code=c3afa", 1), ("area=jet", 26), ("fiscal_year=2020", 0)],
)
def test_plan_lines_by_filter(client, town, query, count):
    load_real_plan()
    lines = client.get(f"{BASE}/plan-lines/?limit=500&{query}", **town).json()["results"]
    if query in ("code=c3afa", "fiscal_year=2020"):
        assert len(lines) == count
    else:
        name, value = query.split("=")
        assert lines
        assert {line[name] for line in lines} == {value}


def test_call_with_its_questions_and_window(client, town):
    call = make_call(title="令和4年度の募集")
    detail = client.get(f"{BASE}/calls/{call.public_id}/", **town).json()
    assert (detail["title"], detail["status"], detail["is_open"]) == (
        "令和4年度の募集", "open", True
    )  # fmt: skip
    assert detail["fiscal_year"] == 2022
    assert detail["closes_at"] == "2021-09-30T09:00:00+09:00"
    assert "4,000,000円" in detail["amounts"]
    questions = detail["form_schema"]["questions"]
    assert [(q["key"], q["kind"], q["required"]) for q in questions] == [("purpose", "short", True)]
    with time_machine.travel(call.closes_at + timedelta(seconds=1), tick=False):
        again = client.get(f"{BASE}/calls/{call.public_id}/", **town).json()
    assert again["is_open"] is False


def test_draft_call_is_404_for_the_town(client, town):
    call = make_call(status="draft", opens_at=NOW + timedelta(days=1))
    assert client.get(f"{BASE}/calls/{call.public_id}/", **town).status_code == 404
    officer = bearer(make_staff("officer"))
    assert client.get(f"{BASE}/calls/{call.public_id}/", **officer).status_code == 200


def test_edition_with_rules_and_what_is_not_confirmed(client, town):
    edition = make_edition(budget=50_000_000)
    detail = client.get(f"{BASE}/editions/{edition.public_id}/", **town).json()
    assert detail["fiscal_year"] == 2022
    assert "budget" not in detail
    assert "rate" in detail["rules"]["unconfirmed"]
    assert detail["rules"]["data"]["floor"] == 500_000
    assert all(sentence["clause"] for sentence in detail["rules"]["sentences"])


def test_town_may_not_make_or_move_a_call(client, town):
    call = make_call()
    body = {"title": "x", "edition": str(call.edition.public_id)}
    made = client.post(f"{BASE}/calls/", body, content_type="application/json", **town)
    assert made.status_code == 403
    moved = client.post(
        f"{BASE}/calls/{call.public_id}/transitions/extend/",
        {"reason": "x", "closes_at": "2021-12-01T00:00:00+09:00"},
        content_type="application/json",
        **town,
    )
    assert moved.status_code == 403


def test_manager_makes_and_opens_a_call(client):
    manager = bearer(make_staff("manager"))
    edition, version = make_edition(), make_version()
    body = {
        "title": "令和4年度の募集",
        "edition": str(edition.public_id),
        "form": version.form.code,
        "opens_at": "2021-08-02T09:00:00+09:00",
        "closes_at": "2021-09-30T17:00:00+09:00",
    }
    made = client.post(f"{BASE}/calls/", body, content_type="application/json", **manager)
    assert (made.status_code, made.json()["status"]) == (201, "draft")
    url = f"{BASE}/calls/{made.json()['id']}/transitions/open/"
    opened = client.post(url, {}, content_type="application/json", **manager)
    assert (opened.status_code, opened.json()["status"]) == (200, "open")
    again = client.post(url, {}, content_type="application/json", **manager)
    assert again.status_code == 409


@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_for_one_and_three(client, town, name):
    def make():
        edition = make_edition()
        make_line(edition)
        make_call(edition)

    def count():
        with CaptureQueriesContext(connection) as captured:
            response = client.get(f"{BASE}/{name}/", **town)
        return len(captured), len(response.json()["results"])

    make()
    count()
    one = count()
    make()
    make()
    three = count()
    assert (one[1], three[1]) == (1, 3)
    assert three[0] == one[0]
    assert Edition.objects.count() == 3
