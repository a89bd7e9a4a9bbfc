"""What is new to each person in a thread: marked for them alone, cleared by their own look."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core import today, workflow
from correspondence.models import Thread, ThreadReading
from tests.factories.accounts import make_member
from tests.factories.core import Api, again
from tests.factories.correspondence import make_record, make_thread
from tests.factories.grants import NOW, make_application, town_story

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    found = town_story()
    people = [found.clerk, found.drafter, found.desk.officer, found.desk.manager, found.other]
    type(found.clerk).objects.filter(pk__in=[p.pk for p in people]).update(
        joined=NOW - timedelta(days=200)
    )
    return found


@pytest.fixture
def thread(story):
    """A question by the body's drafter, answered by CLAIR an hour later."""
    asked = make_thread(make_application(story, "under_review"), again(story.drafter))
    answer = {"text": "はい、対象です。"}
    return workflow.run(asked, "answer", by=again(story.desk.officer), now=LATER, data=answer)


def is_new(user, now=LATER):
    user = again(user)
    return list(
        Thread.objects.visible_to(user).with_news(user, now).values_list("is_new", flat=True)
    )


def look(client, clock, user, thread, staff=False):
    clock.move_to(LATER + timedelta(minutes=5))
    client.force_login(again(user))
    page = thread.get_staff_url() if staff else thread.get_absolute_url()
    return client.get(page).content.decode()


def test_answer_is_new_to_each_of_the_body_and_not_to_who_wrote_it(story, thread):
    assert is_new(story.drafter) == [True]
    assert is_new(story.clerk) == [True]
    assert is_new(story.desk.manager) == [True]
    assert is_new(story.other) == []
    # The officer wrote the answer and has not looked at the question yet.
    assert is_new(story.desk.officer) == [True]


def test_looking_clears_ones_own_mark_alone(story, thread, client, clock):
    page = look(client, clock, story.drafter, thread)
    assert ">新着<" in page
    assert is_new(story.drafter) == [False]
    assert is_new(story.clerk) == [True]
    assert ">新着<" not in look(client, clock, story.drafter, thread)

    look(client, clock, story.desk.officer, thread, staff=True)
    assert is_new(story.desk.officer) == [False]
    assert is_new(story.desk.manager) == [True]


def test_what_comes_after_the_look_is_new_again(story, thread, client, clock):
    look(client, clock, story.drafter, thread)
    after = LATER + timedelta(hours=1)
    workflow.run(thread, "answer", by=again(story.desk.officer), now=after, data={"text": "追記"})

    assert is_new(story.drafter, after) == [True]


def test_note_of_headquarters_is_new_to_staff_and_unknown_to_the_body(story, thread, client, clock):
    look(client, clock, story.drafter, thread)
    look(client, clock, story.desk.manager, thread, staff=True)
    clock.move_to(LATER + timedelta(hours=1))
    make_record(thread, again(story.desk.officer), now=LATER + timedelta(hours=1))

    assert is_new(story.drafter, LATER + timedelta(hours=2)) == [False]
    assert is_new(story.desk.manager, LATER + timedelta(hours=2)) == [True]


def test_after_ninety_days_and_before_the_account_nothing_is_new(story, thread):
    assert is_new(story.drafter, LATER + timedelta(days=91)) == [False]
    newcomer = make_member(story.town, "contact", story.clerk.access.posts[0].section)
    type(newcomer).objects.filter(pk=newcomer.pk).update(joined=LATER + timedelta(days=1))

    assert is_new(newcomer, LATER + timedelta(days=2)) == [False]


def test_lists_home_and_todays_work_show_the_mark(story, thread, client, clock):
    clock.move_to(LATER)
    client.force_login(again(story.drafter))
    assert "新着" in client.get(reverse("correspondence:thread-list")).content.decode()
    assert ">新着<" in client.get(reverse("home")).content.decode()

    asked = make_thread(thread.case, again(story.drafter))
    client.force_login(again(story.desk.officer))
    staff = client.get(reverse("admin:correspondence_thread_changelist")).content.decode()
    assert "新着" in staff
    officer = again(story.desk.officer)
    rows = [
        r
        for part in today.lists(officer, LATER)
        for r in part.rows
        if r.program.startswith(asked.subject)
    ]
    assert [row.program.endswith("（新着）") for row in rows] == [True]


def test_api_lists_what_is_new_and_marks_it_read(story, thread, clock):
    clock.move_to(LATER)
    api = Api(story.drafter)
    path = f"correspondence/threads/{thread.public_id}/read/"

    assert [row["is_new"] for row in api("GET", "correspondence/threads/").json()["results"]] == [
        True
    ]
    assert api("GET", "correspondence/threads/?is_new=true").json()["results"]
    assert Api(story.other)("POST", path).status_code == 404
    assert Api(story.drafter, scopes=("read",))("POST", path).status_code == 403
    assert api("POST", path).status_code == 200
    assert api("GET", "correspondence/threads/?is_new=true").json()["results"] == []
    assert ThreadReading.objects.count() == 1


def test_page_as_the_applicant_sees_it_clears_nothing(story, thread, client, clock):
    clock.move_to(LATER)
    client.force_login(again(story.desk.officer))

    page = client.get(reverse("admin:grants_application_preview", args=[thread.case_id]))

    assert page.status_code == 200
    assert not ThreadReading.objects.exists()
