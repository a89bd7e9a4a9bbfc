"""助成金の執行状況: everybody reads the sums of programmes by month; no body and no case is named."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from finance.actions import commitments
from tests.architecture.test_languages import japanese_in
from tests.factories.finance import NOW, make_commitment, make_payment, make_repayment, make_world


def data(client, query: str = "") -> list[dict]:
    return json.loads(b"".join(client.get(f"/results/money.json{query}")))["programs"]


def spent(world):
    """1,000,000 decided, 600,000 paid in advance, then fixed at 450,000."""
    commitment = make_commitment(world)
    make_payment(world, commitment, "paid", amount=600_000)
    commitments.fix(commitment.case, 450_000, by=world.desk.manager, now=NOW)
    return commitment


def test_anybody_reads_the_way_of_the_money_and_its_months(world, client):
    spent(world)

    page = client.get("/results/money/").content.decode()
    [program] = data(client, "?year=2022")
    lines = csv.reader(
        io.StringIO(b"".join(client.get("/results/money.csv?year=2022")).decode("utf-8-sig"))
    )

    # 10,000,000 − 450,000 = 9,550,000 left; nothing came back yet
    for figure in ("10,000,000", "450,000", "600,000", "9,550,000", "令和4年6月"):
        assert figure in page
    assert world.town.name not in page
    names = ("budget", "committed", "advanced", "paid", "returned", "left")
    expected = (10_000_000, 450_000, 600_000, 600_000, 0, 9_550_000)
    assert tuple(program[name] for name in names) == expected
    assert program["months"] == [
        {
            "month": "2022-06",
            "committed": 450_000,
            "advanced": 600_000,
            "settled": 0,
            "returned": 0,
            "interest": 0,
            "left": 9_550_000,
        }
    ]
    head, line = lines
    assert (len(head), line[3:]) == (10, ["2022-06", "450000", "600000", "0", "0", "0", "9550000"])


def test_year_without_money_is_said_and_a_wrong_one_is_404(world, client):
    assert data(client, "?year=2019") == []
    page = client.get("/results/money/?year=2019").content.decode()
    assert 'class="empty' in page
    assert "chart-money" not in page
    assert client.get("/results/money/?year=x").status_code == 404


@pytest.mark.parametrize(
    "address", ["/results/money/", "/results/money.json", "/results/money.csv"]
)
def test_as_many_queries_for_three_programmes_as_for_one(world, client, address):
    make_repayment(world, spent(world), principal=1_000)
    with CaptureQueriesContext(connection) as one:
        b"".join(client.get(address))
    for _n in range(2):
        spent(make_world())

    with CaptureQueriesContext(connection) as three:
        b"".join(client.get(address))

    assert len(three) == len(one) <= 3


def test_page_in_english_marks_what_is_japanese(world, client):
    spent(world)

    page = client.get("/results/money/", headers={"Accept-Language": "en"}).content.decode()

    assert '<html lang="en' in page
    assert japanese_in(page) == []
