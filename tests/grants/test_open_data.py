"""Awards as 360Giving data: announced ones alone, the required fields, one shape in both files."""

import csv
import io
import json
from datetime import date

import pytest

from finance.actions import commitments
from finance.models import Payment
from grants.models import Award
from tests.factories.awards import make_award, run
from tests.factories.grants import NOW, make_application, town_story

JSON, CSV = "/results/360giving.json", "/results/360giving.csv"
# Required by the standard's schema (360-giving-schema.json).
REQUIRED = {
    "id",
    "title",
    "description",
    "currency",
    "amountAwarded",
    "awardDate",
    "recipientOrganization",
    "fundingOrganization",
}


@pytest.fixture
def story(db):
    return town_story()


def body(client, url):
    return client.get(url).getvalue().decode()


def test_announced_awards_alone_are_published(client, story):
    award = make_award(story, requested_amount=600_000, recommend={"amount": 600_000})
    make_application(story, "decided", requested_amount=500_000, recommend={"amount": 500_000})
    gone = make_award(story, requested_amount=500_000, recommend={"amount": 500_000})
    run(story, gone, "withdraw_after_decision", now=NOW)

    package = json.loads(body(client, JSON))

    assert [grant["id"] for grant in package["grants"]] == [f"360G-CLAIR-{award.public_id}"]
    assert package["license"].startswith("https://creativecommons.org/")
    assert package["publisher"]["name"] == "一般財団法人自治体国際化協会"


def test_grant_has_the_required_fields_and_no_person(client, story):
    award = make_award(story)
    award.organization.corporate_number = "8000020130001"
    award.organization.save()

    text = body(client, JSON)
    [grant] = json.loads(text)["grants"]

    assert set(grant) >= REQUIRED
    assert (grant["currency"], grant["amountAwarded"]) == ("JPY", 1_000_000)
    assert grant["awardDate"] == "2021-08-10"
    assert grant["recipientOrganization"][0]["id"] == "JP-JCN-8000020130001"
    assert grant["recipientOrganization"][0]["name"] == story.town.name
    for name in (award.application.contact_name, award.application.contact_email):
        assert name not in text


def test_table_says_the_same_as_the_package(client, story):
    make_award(story)

    [grant] = json.loads(body(client, JSON))["grants"]
    [row] = csv.DictReader(io.StringIO(body(client, CSV)))

    assert row["id"] == grant["id"]
    assert row["amountAwarded"] == str(grant["amountAwarded"])
    assert row["recipientOrganization/0/name"] == grant["recipientOrganization"][0]["name"]
    assert row["plannedDates/0/endDate"] == grant["plannedDates"][0]["endDate"]


def test_year_narrows_and_nonsense_does_not_break(client, story):
    make_award(story)

    assert len(json.loads(body(client, f"{JSON}?year=2022"))["grants"]) == 1
    assert json.loads(body(client, f"{JSON}?year=2021"))["grants"] == []
    assert len(json.loads(body(client, f"{JSON}?year=x"))["grants"]) == 1


def test_one_and_three_awards_take_the_same_queries(client, story, django_assert_max_num_queries):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make_award(story, requested_amount=500_000, recommend={"amount": 500_000})
        with django_assert_max_num_queries(20) as asked:
            body(client, JSON)
        counts.append(len(asked))

    assert Award.objects.count() == 3
    assert counts[0] == counts[1]


def test_only_what_was_paid_is_disbursed_and_both_files_say_it(client, story):
    award = make_award(story)
    commitment = commitments.commitment_of(award)
    claimed = {"edition": award.edition, "organization": award.organization}
    claimed |= {"section": award.section, "commitment": commitment, "kind": "settlement"}
    invoice = {"invoice_number": "1", "invoice_date": date(2021, 9, 1)}
    for amount, paid_on in ((300_000, date(2021, 10, 1)), (200_000, date(2021, 11, 1))):
        Payment.objects.create(
            **claimed | invoice,
            status="paid",
            amount=amount,
            paid_on=paid_on,
            accounting_fy=2021,
        )
    Payment.objects.create(**claimed | invoice, status="requested", amount=99_999)
    make_award(story, requested_amount=500_000, recommend={"amount": 500_000})

    first, second = json.loads(body(client, JSON))["grants"]
    [row, bare] = csv.DictReader(io.StringIO(body(client, CSV)))

    assert (first["amountDisbursed"], second["amountDisbursed"]) == (500_000, 0)
    assert [(t["transactionDate"], t["value"]) for t in first["disbursementTransaction"]] == [
        ("2021-10-01", 300_000),
        ("2021-11-01", 200_000),
    ]
    assert "disbursementTransaction" not in second
    for place, told in enumerate(first["disbursementTransaction"]):
        for name, value in told.items():
            assert row[f"disbursementTransaction/{place}/{name}"] == str(value)
            assert bare[f"disbursementTransaction/{place}/{name}"] == ""
