"""Statistics: everybody reads what is announced, staff what they may see, and nobody more."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grants.models import Application
from grants.statistics import published, work
from tests.factories.accounts import make_body, make_member
from tests.factories.grants import NOW, Story, make_application, town_story

pytestmark = pytest.mark.django_db
UNDECIDED = ("draft", "submitted", "received", "under_review", "recommended", "decided")
STAFF = "/admin/grants/application/statistics/"


@pytest.fixture(autouse=True)
def at_noon(settings):
    settings.STAFF_MFA_OPTIONAL = True
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def story() -> Story:
    found = town_story()
    found.town.prefecture_code = "10"
    found.town.save()
    return found


def page(client, path: str = "/statistics/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def figures() -> dict[str, dict[str, tuple[int, ...]]]:
    return {
        name: {row.label: row.values for row in chart.rows if row.total}
        for name, chart in published().items()
    }


def lines(client, table: str) -> list[list[str]]:
    response = client.get(f"/statistics/{table}.csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_announced_is_counted_by_place_year_and_category(story):
    make_application(story, "announced", categories=["language", "disaster"])
    make_application(
        story, "announced", recommend={"amount": 300_000, "outcome": "adopted_with_modification"}
    )

    assert figures() == {
        "prefectures": {"群馬県": (2,)},
        "years": {"令和4年度（2022年度）": (2,)},
        "amounts": {"令和4年度（2022年度）": (1_300_000,)},
        "categories": {
            "上記に必要な多言語化・日本語学習": (1_300_000,),
            "防災": (1_000_000,),
        },
    }


@pytest.mark.parametrize("status", [*UNDECIDED, "informally_notified", "withdrawn", "not_accepted"])
def test_nothing_of_what_is_not_announced_is_public(client, story, status):
    before = page(client)
    make_application(story, status)

    assert figures() == {"prefectures": {}, "years": {}, "amounts": {}, "categories": {}}
    assert page(client).count("まだ数値がありません") == before.count("まだ数値がありません") == 4


def test_refusal_that_is_announced_is_not_public(story):
    make_application(story, "announced", recommend={"outcome": "rejected", "amount": None})

    assert figures()["prefectures"] == {}


def test_officer_town_and_other_town_read_the_same_figures(client, story):
    make_application(story, "announced")
    make_application(story, "decided")
    seen = set()
    for user in (story.desk.officer, story.clerk, story.other):
        client.force_login(user)
        seen.add(tuple(tuple(line) for line in lines(client, "prefectures")))

    assert len(seen) == 1
    assert ("群馬県", "1") in next(iter(seen))
    assert len(next(iter(seen))) == 48


def test_csv_keeps_formulas_as_text_and_unknown_tables_are_not_there(client):
    story = town_story()
    story.call.edition.program.name = "=HYPERLINK(1)"
    story.call.edition.program.save()
    make_application(story, "announced")

    assert lines(client, "years") == [
        ["年度", "'=HYPERLINK(1) (件)"],
        ["令和4年度（2022年度）", "1"],
    ]
    assert client.get("/statistics/secrets.csv").status_code == 404


def test_answer_is_304_until_something_is_announced(client, story):
    make_application(story, "announced")
    client.get("/statistics/")  # sets the cookie that the language form needs
    etag = client.get("/statistics/").headers["ETag"]

    assert client.get("/statistics/", headers={"If-None-Match": etag}).status_code == 304
    make_application(story, "decided")
    assert client.get("/statistics/", headers={"If-None-Match": etag}).status_code == 304
    make_application(story, "announced")
    assert client.get("/statistics/", headers={"If-None-Match": etag}).status_code == 200


def test_etag_differs_by_language_and_person(client, story):
    client.get("/statistics/")
    japanese = client.get("/statistics/").headers["ETag"]
    english = client.get("/statistics/", headers={"Accept-Language": "en"}).headers["ETag"]
    client.force_login(story.clerk)

    assert len({japanese, english, client.get("/statistics/").headers["ETag"]}) == 3


@pytest.mark.parametrize("path", ["/statistics/", STAFF])
def test_queries_do_not_grow_with_the_rows(client, path):
    counts = []
    client.force_login(town_story().desk.officer)
    for _number in range(3):
        make_application(town_story(), "announced")
        cache.clear()
        client.get(path)
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            page(client, path)
        counts.append(len(captured))

    assert counts[0] == counts[1] == counts[2]


def test_staff_read_returns_medians_and_shares(client, story):
    for status in ("decided", "returned", "received", "draft"):
        make_application(story, status)
    first = Application.objects.get(status="decided")
    Application.objects.filter(pk=first.pk).update(decided_at=first.arrived_at + timedelta(days=9))
    found = work(Application.objects.all(), None)

    assert found.editions[0].cells == [
        str(story.call.edition),
        3,
        1,
        "33.3",
        9,
        1,
        3_000_000,
        1_000_000,
    ]
    assert [row.values for row in found.statuses.rows] == [(1, 1, 1, 1, 0, 0)]
    assert work(Application.objects.all(), 1999).editions == ()


def test_staff_page_is_for_staff_alone(client, story):
    make_application(story, "submitted")
    client.force_login(story.desk.officer)
    assert "申請の統計" in page(client, STAFF)
    assert "申請の統計" in page(client, "/admin/")
    assert "申請の統計" in page(client, f"{STAFF}?year=x")
    for user in (story.clerk, story.other):
        client.force_login(user)
        assert client.get(STAFF).status_code == 404


def test_office_abroad_adds_up_nothing(story):
    make_application(story, "submitted")
    outsider = make_member(make_body())

    assert work(Application.objects.visible_to(outsider), None).editions == ()
