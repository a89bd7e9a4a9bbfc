"""Our lists: chosen columns, views that are saved and shared, a count with a limit."""

import pytest

from core.admin import lists
from core.models import SavedView
from tests.architecture.world import copy_of
from tests.factories.grants import make_draft, town_story

pytestmark = pytest.mark.django_db

LIST = "/admin/grants/application/"


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


@pytest.fixture
def officer(client, story):
    client.force_login(story.desk.officer)
    return client


def save(client, name="担当分", query="status=draft&columns=title", **data):
    return client.post(f"{LIST}view/", {"name": name, "query": query} | data)


def test_chosen_columns_are_shown_and_no_filter(officer, story):
    case = make_draft(story)

    page = officer.get(f"{LIST}?columns=title&columns=decided_amount&columns=password")

    assert page.status_code == 200
    assert page.context["cl"].list_display[-2:] == ["title", "decided_amount"]
    assert case.title in page.content.decode()


def test_usual_columns_without_a_choice(officer, story):
    page = officer.get(LIST)

    assert "receipt_number" in page.context["cl"].list_display


def test_saved_view_leads_back_to_filters_and_columns(officer, story):
    answer = save(officer)

    view = SavedView.objects.get()
    assert (answer.status_code, view.name) == (302, "担当分")
    page = officer.get(f"{LIST}?{view.query}")
    assert page.context["cl"].list_display[-1] == "title"
    assert 'aria-current="page">担当分' in page.content.decode()


def test_same_name_replaces_the_view(officer, story):
    save(officer)
    save(officer, query="status=late")

    assert SavedView.objects.get().query == "status=late"


@pytest.mark.parametrize(("shared", "seen"), [("1", True), ("", False)])
def test_view_is_ones_own_until_it_is_shared(officer, client, story, shared, seen):
    save(officer, shared=shared)

    client.force_login(story.desk.manager)

    assert bool(client.get(LIST).context["views"]) is seen


def test_only_the_owner_drops_a_view(officer, client, story):
    save(officer, shared="1")
    drop = f"{LIST}view/{SavedView.objects.get().pk}/drop/"

    client.force_login(story.desk.manager)
    assert client.post(drop).status_code == 404
    client.force_login(story.desk.officer)
    assert client.post(drop).status_code == 302
    assert not SavedView.objects.exists()


def test_view_needs_a_name(officer, story):
    save(officer, name=" ")

    assert not SavedView.objects.exists()


def test_long_list_is_counted_up_to_the_limit(officer, story, monkeypatch):
    case = make_draft(story)
    for number in range(3):
        copy_of(case, public_id=f"00000000-0000-4000-8000-00000000000{number}")
    monkeypatch.setattr(lists, "COUNTED", 2)

    page = officer.get(LIST)

    assert page.context["cl"].result_count == 3
    assert "10,000件を超えています" in page.content.decode()
