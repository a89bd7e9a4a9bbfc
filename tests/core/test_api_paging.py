"""Lists by cursor: every row once, `Link` to the next page, and what changed since."""

from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from django.utils import timezone

from grants.models import Application
from tests.factories.accounts import make_staff
from tests.factories.approvals import make_recommended
from tests.factories.core import Api
from tests.factories.programs import make_call, make_line

pytestmark = pytest.mark.django_db
APPLICATIONS = "grants/applications/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def officer():
    return Api(make_staff("officer"))


def make(count):
    """Applications changed a minute after one another, the first longest ago."""
    call, now = make_call(), timezone.now()
    cases = [make_recommended(call) for _ in range(count)]
    for number, case in enumerate(cases):
        changed = now - (count - number) * MINUTE
        Application.objects.filter(pk=case.pk).update(updated_at=changed)
        case.updated_at = changed
    return cases


def next_link(answer):
    """The path of the next page as `Link` names it, or nothing."""
    for link in answer.headers.get("Link", "").split(", "):
        address, _mark, relation = link.partition("; ")
        if relation == 'rel="next"':
            split = urlsplit(address.strip("<>"))
            return f"{split.path.removeprefix('/api/v1/')}?{split.query}"
    return ""


def walk(api, **query):
    """Follow `Link` from page to page; return the ids page by page."""
    path, pages = f"{APPLICATIONS}?{urlencode(query)}", []
    while path:
        answer = api("GET", path)
        assert answer.status_code == 200, answer.content
        pages.append([row["id"] for row in answer.json()["results"]])
        path = next_link(answer)
    return pages


def ids(cases):
    return [str(case.public_id) for case in cases]


def test_every_row_once_newest_first(officer):
    cases = make(7)

    assert walk(officer, limit=3) == [
        ids(cases[:3:-1]),
        ids(cases[3:0:-1]),
        ids(cases[:1]),
    ]


def test_rows_that_come_meanwhile_move_no_page(officer):
    cases = make(4)
    first = officer("GET", f"{APPLICATIONS}?limit=2")
    make(3)

    second = officer("GET", next_link(first))

    assert [row["id"] for row in second.json()["results"]] == ids([cases[1], cases[0]])


def test_links_stand_in_the_body_too(officer):
    make(3)

    answer = officer("GET", f"{APPLICATIONS}?limit=2")
    last = officer("GET", next_link(answer))

    assert next_link(answer) in answer.json()["next"]
    assert answer.json()["previous"] is None
    assert last.json()["next"] is None
    assert 'rel="previous"' in last["Link"]


def test_a_list_of_one_page_has_no_link(officer):
    make(2)

    assert "Link" not in officer("GET", APPLICATIONS)


@pytest.mark.parametrize("limit", ["0", "x", "-1", "", "１", "9" * 5000])
def test_limit_that_is_no_number_is_refused(officer, limit):
    assert officer("GET", f"{APPLICATIONS}?limit={limit}").status_code == 400


@pytest.mark.parametrize(("limit", "count"), [("1", 1), ("3", 3), ("501", 3)])
def test_limit(officer, limit, count):
    make(3)

    rows = officer("GET", f"{APPLICATIONS}?limit={limit}").json()["results"]

    assert len(rows) == count


def test_limit_is_50_unless_asked_and_500_at_most(officer):
    make_lines = [make_line(fiscal_year=2021) for _ in range(2)]
    line = make_lines[0]
    type(line).objects.bulk_create(
        type(line)(
            **{
                field.attname: getattr(line, field.attname)
                for field in line._meta.concrete_fields
                if field.name not in {"id", "public_id", "code", "order"}
            },
            code=f"more-{number}",
            order=10_000 + number,
        )
        for number in range(510)
    )

    def count(query):
        return len(officer("GET", f"programs/plan-lines/?{query}").json()["results"])

    assert [count(""), count("limit=500"), count("limit=100000")] == [50, 500, 500]


def cursor(position):
    return b64encode(urlencode({"p": position}).encode()).decode()


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "!!!",
        "🙂",
        cursor("x"),
        b64encode(b"\xff\xfe").decode(),
        b64encode(b"o=x&p=1").decode(),
    ],
)
@pytest.mark.parametrize("more", [{}, {"updated_since": "2021-08-10T00:00:00+09:00"}])
def test_bad_cursor_is_400(officer, value, more):
    make(2)

    answer = officer("GET", f"{APPLICATIONS}?{urlencode({'cursor': value, **more})}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "cursor"


class TestUpdatedSince:
    """What changed since, oldest change first, two minutes' overlap: at least once."""

    def since(self, moment):
        return {"updated_since": moment.isoformat()}

    def test_in_order_of_change_over_pages(self, officer):
        cases = make(6)
        late = cases[0]
        Application.objects.filter(pk=late.pk).update(updated_at=timezone.now())

        pages = walk(officer, limit=2, **self.since(cases[0].updated_at))

        assert pages == [ids(cases[1:3]), ids(cases[3:5]), ids([cases[5], late])]

    def test_overlaps_by_two_minutes(self, officer):
        cases = make(6)

        found = walk(officer, **self.since(cases[4].updated_at))

        assert found == [ids(cases[2:])]

    def test_rows_changed_in_one_moment_are_each_told_once(self, officer):
        cases = make(5)
        moment = timezone.now()
        Application.objects.update(updated_at=moment)

        pages = walk(officer, limit=2, **self.since(moment))

        assert sorted(found for page in pages for found in page) == sorted(ids(cases))

    @pytest.mark.parametrize("value", ["yesterday", "2021-13-01T00:00:00Z"])
    def test_of_no_date_is_400(self, officer, value):
        answer = officer("GET", f"{APPLICATIONS}?{urlencode({'updated_since': value})}")

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "updated_since")

    def test_of_a_list_that_keeps_no_dates_changes_nothing(self, officer):
        make_line(fiscal_year=2021)

        answer = officer("GET", "programs/plan-lines/?updated_since=2021-08-10T00:00:00Z")

        assert (answer.status_code, len(answer.json()["results"])) == (200, 1)
