"""採択事業一覧: everybody reads what is announced and adopted, as page, CSV and JSON; nothing else."""

import csv
import io
import json

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grants.models import Application, ApplicationParty
from tests.factories.accounts import make_body
from tests.factories.grants import NOW, Story, make_application, town_story

pytestmark = pytest.mark.django_db
STATUSES = [s for s in Application.Status.values if s not in ("announced", "at_intermediary")]


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def story() -> Story:
    found = town_story()
    found.town.prefecture_code = "10"
    found.town.save()
    return found


def adopted(story: Story, **fields) -> Application:
    given = {"outcome": "adopted_with_modification", "amount": 480_000, "reason": "査定"}
    return make_application(
        story, "announced", **{"title": "やさしい日本語の教室", "recommend": given, **fields}
    )


def listed(client, query: str = "") -> list[dict]:
    return json.loads(b"".join(client.get(f"/results.json{query}")))["results"]


def csv_lines(client, query: str = "") -> list[list[str]]:
    content = b"".join(client.get(f"/results.csv{query}"))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_adopted_project_is_on_page_csv_and_json(client, story):
    application = adopted(story, categories=["language"])
    joint = make_body(name="共同市")
    ApplicationParty.objects.create(application=application, organization=joint, kind="joint")

    page = client.get("/results/").content.decode()
    (row,) = listed(client)
    head, line = csv_lines(client)

    assert "やさしい日本語の教室" in page
    assert "480,000円" in page
    assert "共同市" in page
    assert (row["id"], row["decided_amount"]) == (str(application.public_id), 480_000)
    assert row["organization"]["prefecture"] == "群馬県"
    assert [party["name"] for party in row["parties"]] == ["共同市"]
    assert row["categories"][0]["name"] == "上記に必要な多言語化・日本語学習"
    assert head[3] == "団体名"
    assert line[9] == "480000"


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_not_announced_is_nowhere(client, story, status):
    make_application(story, status, title="秘密の事業")

    assert "秘密の事業" not in client.get("/results/").content.decode()
    assert listed(client) == []
    assert len(csv_lines(client)) == 1


def test_a_refused_application_is_nowhere(client, story):
    adopted(story, title="不採択の事業", recommend={"outcome": "rejected", "amount": None})

    assert "不採択の事業" not in client.get("/results/").content.decode()
    assert listed(client) == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("?prefecture=10", 1),
        ("?prefecture=13", 0),
        ("?q=日本語", 1),
        ("?q=ﾆﾎﾝｺﾞ", 0),
        ("?q=道路", 0),
        ("?year=1999", 0),
        ("?year=x&prefecture=99&program=none", 0),
        ("?program=none", 0),
    ],
)
def test_filters_hold_on_all_three(client, story, query, count):
    adopted(story)

    assert len(listed(client, query)) == count
    assert len(csv_lines(client, query)) == count + 1
    page = client.get(f"/results/{query}")
    assert page.context["count"] == count


def test_formula_in_a_title_stays_text(client, story):
    adopted(story, title="=HYPERLINK(1)")

    assert csv_lines(client)[1][6] == "'=HYPERLINK(1)"
    assert listed(client)[0]["title"] == "=HYPERLINK(1)"


@pytest.mark.parametrize("path", ["/results/", "/results.csv", "/results.json"])
def test_costs_the_same_for_one_and_three(client, story, path):
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            b"".join(client.get(path))
        return len(captured)

    adopted(story)
    asked()
    one = asked()
    adopted(story)
    adopted(story)

    assert asked() == one


def test_nothing_announced_yet_is_said(client, story):
    page = client.get("/results/")

    assert page.status_code == 200
    assert page.context["count"] == 0
