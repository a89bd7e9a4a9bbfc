"""The list is read as values; what it says is what the serializer says of each record."""

import pytest
from rest_framework.test import APIRequestFactory

from grants.api.serializers import ApplicationListSerializer
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
