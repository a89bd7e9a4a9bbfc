"""The list is read as values; what it says is what the serializer says of each record."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIRequestFactory

from accounts.api.people import MembershipSerializer
from core.api.listing import statement_for
from grants.api.serializers import ApplicationListSerializer, ApplicationSerializer
from grants.models import Application
from tests.factories.core import Api
from tests.factories.grants import make_application, town_story

# A body may apply for so much a year and no more (yen).
LITTLE = {
    "requested_amount": 500_000,
    "recommend": {"outcome": "adopted", "amount": 500_000, "reason": "模範となるため"},
}
STATUSES = ("draft", "submitted", "recommended", "decided", "announced", "withdrawn")


def as_the_serializer_says(user):
    request = APIRequestFactory().get("/")
    request.user = user
    rows = Application.objects.all().visible_to(user).order_by("-pk")
    found = ApplicationListSerializer(rows, many=True, context={"request": request})
    return [dict(row) for row in found.data]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["clerk", "officer", "other"])
def test_the_list_says_what_the_serializer_says(who):
    story = town_story()
    for status in STATUSES:
        make_application(story, status, **LITTLE)
    user = story.desk.officer if who == "officer" else getattr(story, who)

    found = Api(user)("GET", "grants/applications/").json()["results"]

    assert found == as_the_serializer_says(user)
    assert len(found) == (0 if who == "other" else len(STATUSES))


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "&updated_since=2000-01-01T00:00:00Z"])
def test_pages_follow_one_another_without_gap(query):
    story = town_story()
    for _ in range(5):
        make_application(story)
    page, seen = f"grants/applications/?limit=2{query}", []

    while page:
        body = Api(story.clerk)("GET", page).json()
        seen += [row["id"] for row in body["results"]]
        page = (body["next"] or "").removeprefix("http://testserver/api/v1/")

    assert len(seen) == len(set(seen)) == 5


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["application/json", "application/json; indent=4"])
def test_odd_signs_come_through_whole(client, accept):
    story, title = town_story(), '改\u2028行\\「""」</script>\t100% %s {}'
    application = make_application(story)
    Application.objects.filter(pk=application.pk).update(title=title, arrived_at=None)
    client.force_login(story.clerk)

    answer = client.get("/api/v1/grants/applications/", headers={"accept": accept})

    assert json.loads(answer.content)["results"] == as_the_serializer_says(story.clerk)
    assert json.loads(answer.content)["results"][0]["title"] == title
    assert b"\\u2028" in answer.content


@pytest.mark.django_db
def test_no_record_is_loaded_for_a_page():
    story = town_story()
    make_application(story)

    with CaptureQueriesContext(connection) as asked:
        Api(story.desk.officer)("GET", "grants/applications/")

    assert not [q for q in asked if '"grants_application"."draft_input"' in str(q["sql"])]


def test_only_columns_and_declared_methods_are_compiled():
    assert statement_for(ApplicationListSerializer)
    assert statement_for(MembershipSerializer)
    assert statement_for(ApplicationSerializer) is None
