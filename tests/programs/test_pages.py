"""The public pages: the plan with what carries each line out, and the calls."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs import carriers
from programs.carriers import Carrier, Measure, of_codes, of_kinds
from programs.models import Call, PlanLine
from programs.reports import measure_words
from tests.factories.programs import (
    NOW,
    load_real_plan,
    make_call,
    make_edition,
    make_line,
    make_program,
)

pytestmark = pytest.mark.django_db
NOTHING_YET = "この事業を実施する記録はまだポータルにありません"


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def carrier(monkeypatch):
    """Carry the multicultural grant by twelve bodies, and every training by nothing yet."""
    measure = Measure(bodies=12, records=14, amount=32_400_000, next_date=date(2021, 12, 3))
    found = [
        Carrier(
            Call, of_codes("multicultural-grant"), lambda lines: {x.pk: measure for x in lines}
        ),
        Carrier(Call, of_kinds("training"), lambda lines: {}),
    ]
    monkeypatch.setattr(carriers, "_carriers", found)
    return found


def text_of(response):
    return response.content.decode()


def queries(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_plan_page_shows_the_whole_plan(client, carrier):
    load_real_plan()
    page = text_of(client.get("/plan/2021/"))
    assert "令和3年度事業計画" in page
    for name in (
        "自治体の海外における経済活動を支援",
        "多文化共生のまちづくり促進事業",
        "ニューヨーク事務所",
    ):
        assert name in page
    assert page.count("【新規】") == 8
    assert page.count("【拡充】") == 6
    assert "12団体 · 3,240万円 · 次回 12月3日" in page
    assert page.count("実績なし") == PlanLine.objects.filter(kind="training").count()
    assert NOTHING_YET in page


def test_every_line_says_what_carries_it_out_or_that_nothing_does(client, monkeypatch):
    monkeypatch.setattr(carriers, "_carriers", [])
    load_real_plan()
    assert text_of(client.get("/plan/2021/")).count(NOTHING_YET) == 118


def test_plan_leads_to_the_present_year_or_the_newest_before_it(client):
    make_line(fiscal_year=2020)
    assert client.get("/plan/").url == "/plan/2020/"
    make_line(fiscal_year=2021)
    make_line(fiscal_year=2022)
    assert client.get("/plan/").url == "/plan/2021/"


@pytest.mark.parametrize("year", [1999, 1, 99999])
def test_year_without_a_plan_is_not_found(client, year):
    response = client.get(f"/plan/{year}/")
    assert response.status_code == 404


def test_year_without_a_plan_says_so(client):
    make_line(fiscal_year=2021)
    page = text_of(client.get("/plan/2030/"))
    assert "この年度の事業計画はポータルにありません。" in page
    assert "/plan/2021/" in page


def test_closed_line_is_not_shown(client):
    make_line(name="続く事業")
    make_line(name="終えた事業", valid_to=NOW.date())
    page = text_of(client.get("/plan/2021/"))
    assert "続く事業" in page
    assert "終えた事業" not in page


def test_plan_page_costs_the_same_for_one_and_three_lines(client, monkeypatch):
    def counted(lines):
        list(Call.objects.filter(edition__in=[line.edition_id for line in lines]))
        return {}

    monkeypatch.setattr(carriers, "_carriers", [Carrier(Call, of_kinds("grant"), counted)])
    make_line()
    queries(client, "/plan/2021/")
    one = queries(client, "/plan/2021/")
    make_line()
    make_line()
    assert queries(client, "/plan/2021/") == one


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (Measure(), "実績なし"),
        (Measure(records=8), "8件"),
        (Measure(bodies=1, records=3, amount=500_000), "1団体 · 50万円"),
        (Measure(bodies=1, records=1, amount=1_234_000), "1団体 · 1,234,000円"),
        (Measure(next_date=date(2021, 9, 1)), "次回 9月1日"),
    ],
)
def test_measure_in_words(measure, words):
    assert measure_words(measure) == words


def test_call_page_says_who_how_much_until_when_and_why(client):
    call = make_call(make_edition(make_program("multicultural-grant")))
    page = text_of(client.get(f"/calls/{call.public_id}/"))
    for words in (
        "3,000,000円",
        "4,000,000円",
        "2021年9月30日（木）",
        "実施概要「助成金額」",
        "未確認",
    ):
        assert words in page


def test_call_page_offers_one_button_while_it_is_open(client):
    call = make_call()
    address = f"?call={call.public_id}"
    url = f"/calls/{call.public_id}/"
    assert text_of(client.get(url)).count("申請を始める") in (0, 1)
    for status in ("closed", "decided"):
        Call.objects.update(status=status)
        assert address not in text_of(client.get(url))


@pytest.mark.parametrize("seconds", [0, 1])
def test_call_page_at_the_deadline(client, seconds):
    call = make_call(closes_at=NOW - timedelta(seconds=seconds))
    page = text_of(client.get(f"/calls/{call.public_id}/"))
    assert ("現在受け付けていません" in page) is bool(seconds)


def test_draft_call_is_not_found(client):
    call = make_call(status="draft", opens_at=NOW + timedelta(days=1))
    assert client.get(f"/calls/{call.public_id}/").status_code == 404


def test_list_of_calls(client):
    edition = make_edition()
    make_call(edition, round=1, title="開いている募集")
    make_call(edition, round=2, title="これからの募集", opens_at=NOW + timedelta(days=1))
    make_call(edition, round=3, title="終わった募集", closes_at=NOW - timedelta(days=1))
    make_call(
        edition, round=4, status="draft", title="準備中の募集", opens_at=NOW + timedelta(days=1)
    )
    page = text_of(client.get("/calls/"))
    opened, upcoming, past = (page.index(t) for t in ("開いて", "これからの募集", "終わった"))
    assert opened < upcoming < past
    assert "準備中の募集" not in page


def test_empty_list_says_what_will_appear(client):
    assert "現在募集中のものはありません。" in text_of(client.get("/calls/"))


def test_list_of_calls_costs_the_same_for_one_and_three(client):
    make_call()
    queries(client, "/calls/")
    one = queries(client, "/calls/")
    make_call()
    make_call()
    assert queries(client, "/calls/") == one


def test_front_shows_open_calls(client):
    make_call(title="開いている募集")
    page = text_of(client.get("/"))
    assert "開いている募集" in page
    assert "/plan/" in page
