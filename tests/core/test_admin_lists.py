"""Our lists: chosen columns, views that are saved and shared, a count with a limit."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.admin import lists
from core.models import SavedView
from grants.models import Application
from tests.architecture.world import copy_of
from tests.factories.grants import make_draft, town_story
from tests.factories.programs import NOW

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


def test_long_list_is_counted_when_asked_and_up_to_the_limit(officer, story, monkeypatch):
    many(story, 4)
    monkeypatch.setattr(lists, "COUNTED", 2)
    monkeypatch.setattr(site.get_model_admin(Application), "list_per_page", 1)

    page = officer.get(f"{LIST}?count=1")

    assert page.context["cl"].result_count == 3
    assert "10,000件を超えています" in page.content.decode()


class TestPages:
    """By the values of the order: forward, back, from the first, in every order."""

    @pytest.fixture(autouse=True)
    def small_pages(self, monkeypatch):
        monkeypatch.setattr(site.get_model_admin(Application), "list_per_page", 2)

    def walk(self, client, way, address):
        """The titles page by page, by following the links of the page itself."""
        pages = []
        while address:
            page = client.get(address)
            cl = page.context["cl"]
            pages.append([case.pk for case in cl.result_list])
            link = cl.links.get(way)
            assert not link or link.replace("&", "&amp;") in page.content.decode()
            address = f"{LIST}{link}" if link else ""
        return pages, cl

    @pytest.mark.parametrize("order", ["", "1", "-1", "3.-4", "-3", "6", "-6.2", "5"])
    def test_every_row_once_forward_and_back(self, officer, story, order):
        cases = many(story, 7)
        for number, case in enumerate(cases):
            Application.objects.filter(pk=case.pk).update(
                requested_amount=number % 3, title=f"{number % 2}", arrived_at=when(number)
            )
        query = f"?o={order}" if order else ""

        forward, last = self.walk(officer, "next", LIST + query)
        back, first = self.walk(officer, "previous", f"{LIST}{address(officer, last, query)}")

        rows = [pk for page in forward for pk in page]
        assert sorted(rows) == sorted(case.pk for case in cases)
        assert rows == [case.pk for case in expected(officer, order)]
        assert [pk for page in reversed(back) for pk in page] == rows
        assert (first.place["first"], last.place["last"]) == (1, 7)

    def test_filters_search_and_order_hold_on_the_next_page(self, officer, story):
        many(story, 5, title="日本語教室")
        make_draft(story, title="防災訓練")

        pages, _last = self.walk(officer, "next", f"{LIST}?q=日本語&status=draft&o=-4")

        assert [len(page) for page in pages] == [2, 2, 1]

    def test_page_counts_nothing_and_skips_nothing(self, officer, story):
        many(story, 7)
        second = LIST + officer.get(LIST).context["cl"].links["next"]

        with CaptureQueriesContext(connection) as captured:
            officer.get(second)

        told = " ".join(query["sql"] for query in captured).upper()
        assert "COUNT(" not in told
        assert "OFFSET" not in told

    def test_range_is_shown_and_the_total_where_it_is_asked_or_known(self, officer, story):
        many(story, 5)

        first = officer.get(LIST)
        second = officer.get(LIST + first.context["cl"].links["next"])
        counted = officer.get(LIST + second.context["cl"].links["count"])
        one = officer.get(f"{LIST}?pk={Application.objects.latest('pk').pk}")

        assert "1〜2件目" in first.content.decode()
        assert "3〜4件目" in second.content.decode()
        assert "全5件" in counted.content.decode()
        assert "全1件" in one.content.decode()

    @pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "WzEsMl0", "é"])
    def test_cursor_of_another_list_leads_to_the_list(self, officer, story, cursor):
        many(story, 3)

        answer = officer.get(f"{LIST}?after={cursor}")

        assert (answer.status_code, answer.url) == (302, f"{LIST}?e=1")

    def test_row_that_came_meanwhile_moves_nothing(self, officer, story):
        cases = many(story, 4)
        following = officer.get(LIST).context["cl"].links["next"]
        many(story, 1)

        shown = [case.pk for case in officer.get(LIST + following).context["cl"].result_list]

        assert shown == sorted((case.pk for case in cases[:2]), reverse=True)


def many(story, count, **changes):
    """Drafts, in the order of their making."""
    case = make_draft(story, **changes)
    more = [copy_of(case, public_id=uuid.uuid4()) for _ in range(count - 1)]
    return [case, *more]


def when(number):
    return NOW + timedelta(hours=number % 3) if number % 2 else None


def address(client, last, query):
    """The address of the last page, reached as a reader reaches it."""
    cl = client.get(LIST + query).context["cl"]
    found = query
    while "next" in cl.links:
        found = cl.links["next"]
        cl = client.get(LIST + found).context["cl"]
    return found


def expected(client, order):
    """The rows as Django's own list orders them."""
    return list(client.get(f"{LIST}?o={order}" if order else LIST).context["cl"].queryset)
