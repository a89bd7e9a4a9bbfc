"""The budget as XLSX: out to circulate, back with its differences, or with marks."""

import io
import re
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core import workflow
from core.models import StoredFile
from grants.actions import drafting
from grants.models import Application
from tests.factories.grants import LINES, NOW, make_draft, town_story
from tests.factories.programs import grant_rules

pytestmark = pytest.mark.django_db

HEAD = 4  # the row of the headings


@pytest.fixture
def story():
    return town_story()


def address(case, name):
    return reverse(f"grants:application-{name}", args=[case.public_id])


def downloaded(client, case):
    answer = client.get(address(case, "budget-workbook"))
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def sent(client, case, book, **data):
    stream = io.BytesIO()
    book.save(stream)
    file = SimpleUploadedFile("budget.xlsx", stream.getvalue())
    return client.post(address(case, "budget-upload"), {"file": file, **data})


def confirmed(client, case, page):
    token = re.search(r'name="rows" value="([^"]*)"', page.content.decode())[1]
    return client.post(address(case, "budget-upload"), {"rows": token})


def told(case):
    return drafting.lines_told(Application.objects.get(pk=case.pk), "applied")


def from_colleague(story, case, lines):
    return workflow.edit(
        case,
        by=story.drafter,
        now=NOW,
        version=case.version,
        changes={},
        children=drafting.lines_writer(lines),
    )


def test_edited_sheet_shows_its_differences_and_is_saved_once_confirmed(client, story):
    case = make_draft(story)
    client.force_login(story.clerk)
    book = downloaded(client, case)
    page = book.worksheets[0]
    page.cell(HEAD + 1, 5).value = 820_000
    added = [page.cell(HEAD + 1, 1).value, page.cell(HEAD + 2, 2).value, "封筒", "", 4_000]
    for column, value in enumerate(added, 1):
        page.cell(HEAD + 4, column).value = value
    before = told(case)

    shown = sent(client, case, book)
    text = shown.content.decode()

    assert shown.status_code == 200
    for word in ("800,000", "820,000", "封筒"):
        assert word in text
    assert told(case) == before  # nothing is saved yet
    assert confirmed(client, case, shown).status_code == 302
    assert [row[-1] for row in told(case)] == [820_000, 250_000, 50_000, 4_000]
    # 820,000 + 250,000 + 4,000 of cost
    assert Application.objects.get(pk=case.pk).expense_total == 1_074_000


def test_rows_that_do_not_fit_come_back_in_the_same_file_marked(client, story):
    case = make_draft(story)
    client.force_login(story.clerk)
    book = downloaded(client, case)
    page = book.worksheets[0]
    page.cell(HEAD + 1, 5).value = "未定"
    page.cell(HEAD + 2, 2).value = None  # a cost without its class
    before = told(case)

    answer = sent(client, case, book)

    assert (answer.status_code, told(case)) == (400, before)
    [kept] = StoredFile.objects.filter(name__contains="budget.xlsx")
    with kept.content.open() as stream:
        marked = openpyxl.load_workbook(io.BytesIO(stream.read())).worksheets[0]
    assert marked.cell(HEAD + 1, 5).comment
    assert marked.cell(HEAD + 2, 2).comment
    download = client.get(reverse("file-content", args=[kept.public_id]))
    assert download.status_code == 200
    download.close()


def test_stale_file_is_refused_with_base_mine_and_theirs(client, story):
    case = make_draft(story)
    client.force_login(story.clerk)
    book = downloaded(client, case)
    book.worksheets[0].cell(HEAD + 1, 5).value = 820_000
    from_colleague(story, case, [LINES[0] | {"amount": 790_000}, *LINES[1:]])

    answer = sent(client, case, book)
    text = answer.content.decode()

    assert answer.status_code == 409
    for amount in ("800,000", "820,000", "790,000"):
        assert amount in text
    assert told(case)[0][-1] == 790_000


def test_change_between_the_look_and_the_confirmation_is_not_overwritten(client, story):
    case = make_draft(story)
    client.force_login(story.clerk)
    book = downloaded(client, case)
    book.worksheets[0].cell(HEAD + 1, 5).value = 820_000
    shown = sent(client, case, book)
    from_colleague(story, case, LINES[:1])

    assert confirmed(client, case, shown).status_code == 409
    assert len(told(case)) == 1


def test_file_of_another_application_is_refused(client, story):
    case, other = make_draft(story), make_draft(story)
    client.force_login(story.clerk)

    assert sent(client, other, downloaded(client, case)).status_code == 400


def test_sheet_in_a_currency_computes_the_yen(client):
    rate = {"code": "USD", "rate": "110.35", "as_of": "2021-04-01"}
    story = town_story(rules=grant_rules(currencies=[rate]))
    line = LINES[0] | {"amount": 110_350, "foreign_amount": Decimal(1000)}
    case = make_draft(story, lines=[line], currency="USD")
    client.force_login(story.clerk)
    book = downloaded(client, case)
    page = book.worksheets[0]
    assert page.cell(HEAD + 1, 5).value == 1000
    page.cell(HEAD + 1, 5).value = 1234.5

    assert confirmed(client, case, sent(client, case, book)).status_code == 302

    [row] = told(case)
    assert row[-2:] == [136_227, "1234.50"]  # 1,234.50 × 110.35 = 136,227.075


def test_other_town_gets_no_sheet(client, story):
    case = make_draft(story)
    client.force_login(story.other)

    assert client.get(address(case, "budget-workbook")).status_code == 404
    assert client.post(address(case, "budget-upload")).status_code == 404


@pytest.mark.parametrize("content", [b"x", b"PK not a zip", b"%PDF-1.7"])
def test_broken_file_is_refused_in_words(client, story, content):
    case = make_draft(story)
    client.force_login(story.clerk)
    file = SimpleUploadedFile("budget.xlsx", content)

    assert client.post(address(case, "budget-upload"), {"file": file}).status_code == 400
