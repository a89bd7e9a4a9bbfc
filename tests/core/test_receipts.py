"""Receipts: a number that shows a slip of the pen, and proof that nobody changes."""

import re
from datetime import date, datetime

import psycopg
import pytest
from django.db import transaction
from django.db.utils import ProgrammingError
from django.urls import reverse

from core import receipts, workflow
from core.fiscal import JST
from core.models import Receipt
from tests.factories.core import Api, read
from tests.factories.grants import make_application, make_draft, paper, town_story
from tests.factories.programs import NOW


def is_right(number):
    """Whether the check digit fits: weights 3 and 1 from the left (docs of core.receipts)."""
    *digits, check = (int(character) for character in number if character.isdigit())
    return sum(d * (3, 1)[n % 2] for n, d in enumerate(digits)) % 10 == check


@pytest.mark.django_db
def test_number_names_the_fiscal_year_and_rises():
    before = receipts.new_number(datetime(2022, 3, 31, 23, 59, 59, tzinfo=JST))
    after = receipts.new_number(datetime(2022, 4, 1, 0, 0, tzinfo=JST))

    assert re.fullmatch(r"2021-\d{7}-\d", before)
    assert re.fullmatch(r"2022-\d{7}-\d", after)
    assert int(after[5:12]) == int(before[5:12]) + 1


@pytest.mark.django_db
def test_check_digit_catches_every_single_wrong_digit():
    for number in [receipts.new_number(NOW) for _ in range(12)]:
        assert is_right(number)
        for place in [n for n, character in enumerate(number) if character.isdigit()]:
            for digit in "0123456789".replace(number[place], ""):
                assert not is_right(number[:place] + digit + number[place + 1 :])


@pytest.mark.django_db
def test_tells_arrival_files_and_content_as_they_lie_in_storage():
    story = town_story()

    case = make_application(story, "submitted")

    receipt, stored = Receipt.objects.get(), case.files.get().file
    assert (receipt.number, receipt.round) == (case.receipt_number, 1)
    assert (receipt.arrived_at, receipt.submitted_by) == (NOW, story.clerk.access.label)
    assert receipt.files == [
        {
            "id": str(stored.public_id),
            "name": "事業計画書.pdf",
            "size": stored.size,
            "sha256": stored.sha256,
        }
    ]
    assert receipt.snapshot["title"] == case.title
    assert len(receipt.content_sha256) == 64
    assert receipt.on_behalf_of == receipt.behalf_reason == ""


@pytest.mark.django_db
def test_second_submission_keeps_the_number_and_counts_the_round():
    story = town_story()
    case = make_application(story, "returned")
    edited = {"answers": {**case.answers, "purpose": "対象者は町内の外国人住民"}}
    case = workflow.edit(case, by=story.clerk, now=NOW, version=case.version, changes=edited)

    case = workflow.run(case, "submit", by=story.clerk, now=story.after())

    first, second = receipts.for_case(case)
    assert (first.round, second.round) == (1, 2)
    assert first.number == second.number == case.receipt_number
    assert first.content_sha256 != second.content_sha256
    assert (first.arrived_at, second.arrived_at) == (NOW, story.after())


@pytest.mark.django_db
def test_of_a_paper_names_body_reason_and_the_papers_day():
    story = town_story()
    case = make_draft(story)

    workflow.run(
        case, "submit", by=story.desk.officer, now=NOW, behalf=paper(story, date(2021, 8, 9))
    )

    receipt = Receipt.objects.get()
    assert receipt.submitted_by == story.desk.officer.access.label
    assert (receipt.on_behalf_of, receipt.behalf_reason) == (story.town.name, "紙で届いたため")
    assert receipt.paper_arrived_on == date(2021, 8, 9)


@pytest.mark.django_db
def test_cannot_be_changed_or_deleted_through_the_portal():
    make_application(town_story(), "submitted")

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Receipt.objects.update(arrived_at=datetime(2021, 1, 1, tzinfo=JST))
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Receipt.objects.all().delete()


def test_is_kept_from_the_owner_of_the_tables_by_trigger(fresh_db, superuser):
    make_application(town_story(), "submitted")

    superuser.execute("SET ROLE clair_owner")
    for statement in ("UPDATE core_receipt SET number = 'x'", "DELETE FROM core_receipt"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            superuser.execute(statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        superuser.execute("TRUNCATE core_receipt")

    assert Receipt.objects.count() == 1


@pytest.mark.django_db
def test_page_and_pdf_for_the_body_and_404_for_the_other_town(client):
    story = town_story()
    case = make_application(story, "submitted")
    receipt = Receipt.objects.get()
    pages = [reverse(name, args=[receipt.public_id]) for name in ("receipt", "receipt-pdf")]

    client.force_login(story.clerk)
    page, pdf = (client.get(address) for address in pages)
    assert receipt.number in page.content.decode()
    assert receipt.files[0]["sha256"] in page.content.decode()
    assert pdf.content.startswith(b"%PDF")
    assert "attachment" in pdf["Content-Disposition"]
    api = Api(story.clerk)("GET", f"grants/applications/{case.public_id}/receipts/")
    assert [row["number"] for row in api.json()] == [receipt.number]

    client.force_login(story.other)
    assert [read(client.get(address)) and client.get(address).status_code for address in pages] == [
        404,
        404,
    ]
    other = Api(story.other)("GET", f"grants/applications/{case.public_id}/receipts/")
    assert other.status_code == 404
