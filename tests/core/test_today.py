"""今日の仕事: each list shows what it promises, to those whom it concerns."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from core import today
from tests.architecture.world import copy_of
from tests.factories.accounts import make_staff
from tests.factories.grants import make_application, make_draft, town_story
from tests.factories.programs import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


def numbers(user, now=NOW):
    return {part.kind: [row.number for row in part.rows] for part in today.lists(user, now)}


def test_draft_waits_for_nobody(story):
    make_draft(story)

    assert numbers(story.desk.officer) == {kind: [] for kind in today.LISTS}


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        ("submitted", {"new"}),
        ("late", {"new"}),
        ("received", {"mine"}),
        ("under_review", {"mine"}),
        ("recommended", set()),
        ("decided", set()),
        ("withdrawn", set()),
    ],
)
def test_officer_sees_a_case_where_its_status_asks_something(story, status, kinds):
    case = make_application(story, status)

    found = numbers(story.desk.officer)

    assert {kind for kind, rows in found.items() if rows} == kinds
    assert all(found[kind] == [case.receipt_number] for kind in kinds)


@pytest.mark.parametrize("status", ["late", "decided"])
def test_manager_sees_what_only_a_manager_does(story, status):
    case = make_application(story, status)

    assert numbers(story.desk.manager)["mine"] == [case.receipt_number]


@pytest.mark.parametrize(("days", "kind"), [(-1, "due"), (1, "overdue")])
def test_correction_is_due_and_then_overdue(story, days, kind):
    case = make_application(story, "returned")
    moment = NOW.replace(year=case.return_due.year, month=case.return_due.month)
    moment = moment.replace(day=case.return_due.day) + timedelta(days=days)

    found = numbers(story.desk.officer, moment)

    assert (found["due"], found["overdue"]) == (
        ([case.receipt_number], []) if kind == "due" else ([], [case.receipt_number])
    )


def test_corrected_case_is_back(story):
    case = make_application(story, "returned")
    case.comments.update(answer="書き足しました")
    story.run(case, "submit")

    assert numbers(story.desk.officer)["back"] == [case.receipt_number]


def test_case_whose_post_nobody_holds_is_unassigned(story):
    case = make_application(story, "received")
    case.post_in_charge = None
    case.save()

    assert numbers(story.desk.officer)["unassigned"] == [case.receipt_number]


def test_other_sections_work_is_not_mine(story):
    make_application(story, "submitted")
    other = town_story()

    assert numbers(other.desk.officer)["new"] == []


def test_first_rows_are_shown_and_all_are_counted(story, monkeypatch):
    monkeypatch.setattr(today, "SHOWN", 1)
    case = make_application(story, "submitted")
    copy_of(case, public_id=uuid.uuid4(), receipt_number="写し")

    part = next(p for p in today.lists(story.desk.officer, NOW) if p.kind == "new")

    assert (len(part.rows), part.count) == (1, 2)


def test_link_to_the_rest_shows_the_same_rows(client, story):
    case = make_application(story, "submitted")
    make_draft(story)
    client.force_login(story.desk.officer)
    with time_machine.travel(NOW, tick=False):
        part = next(p for p in today.lists(story.desk.officer, NOW) if p.kind == "new")
        page = client.get(part.more[0]["url"])

    assert [row.pk for row in page.context["cl"].result_list] == [case.pk]


def test_page_opens_with_the_lists_in_words(client, story):
    case = make_application(story, "submitted")
    client.force_login(story.desk.officer)

    page = client.get(reverse("admin:index")).content.decode()

    assert page.index("新着") < page.index(case.receipt_number) < page.index("すべての記録")


def test_page_is_there_for_staff_without_cases(client, settings):
    settings.STAFF_MFA_OPTIONAL = True
    client.force_login(make_staff("auditor"))

    assert client.get(reverse("admin:index")).status_code == 200
