"""Applications on the plan page: who applied and what was announced, in constant queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grants.models import Application
from grants.reports import LINES, followers, measures
from programs.carriers import Measure, carried, registered
from programs.models import PlanLine
from tests.factories.grants import make_application, make_draft, town_story
from tests.factories.programs import load_real_plan, make_line

pytestmark = pytest.mark.django_db


def line_of(story, code="multicultural-grant"):
    return make_line(story.call.edition, fiscal_year=story.call.edition.fiscal_year, code=code)


def measure_of(line):
    (found,) = [c.measure for c in carried([line])[line.pk] if c.model is Application]
    return found


def test_applications_carry_the_grant_lines_of_the_real_plan():
    load_real_plan()
    (carrier,) = [c for c in registered() if c.model is Application]

    carried_by = [line.code for line in PlanLine.objects.order_by("order") if carrier.lines(line)]

    assert sorted(carried_by) == sorted(LINES)
    assert len(carried_by) == 7


def test_measure_counts_what_arrived_and_only_announced_money():
    story = town_story()
    line = line_of(story)
    assert measure_of(line).is_empty

    for status in ("draft", "withdrawn", "submitted", "decided"):
        make_application(story, status)
    assert measure_of(line) == Measure(bodies=1, records=2, amount=None)

    make_application(story, "announced")
    assert measure_of(line) == Measure(bodies=1, records=3, amount=1_000_000)


def test_plan_page_tells_the_measure_in_words(client):
    story = town_story()
    make_application(story, "announced")
    line_of(story)

    page = client.get(f"/plan/{story.call.edition.fiscal_year}/").content.decode()

    assert "1団体" in page
    assert "100万円" in page


def test_hidden_decision_adds_no_money_to_the_public_page(client):
    story = town_story()
    make_application(story, "decided")
    line_of(story)

    page = client.get(f"/plan/{story.call.edition.fiscal_year}/").content.decode()

    assert "1団体" in page
    assert "100万円" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_measures_cost_one_query_for_any_number_of_lines(count):
    lines = []
    for code in LINES[:count]:
        story = town_story()
        make_draft(story)
        lines.append(line_of(story, code))

    with CaptureQueriesContext(connection) as queries:
        measures(lines)

    assert len(queries) == 1


def test_change_of_a_call_concerns_those_who_have_begun():
    story = town_story()
    assert followers(story.call) == []

    make_draft(story)
    make_application(story, "submitted")
    make_application(town_story(), "submitted")

    assert [r.email for r in followers(story.call)] == [story.clerk.access.posts[0].section.mailbox]
