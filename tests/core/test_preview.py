"""The applicant's page as staff see it: hidden statuses hidden, nothing to press, and recorded."""

import pytest
from django.urls import reverse

from core.models import AuditEvent
from grants.models import Application
from tests.factories.grants import make_application, make_draft, town_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


@pytest.fixture
def officer(client, story):
    client.force_login(story.desk.officer)
    return client


def page_of(case):
    return reverse("admin:grants_application_preview", args=[case.pk])


@pytest.mark.parametrize("status", ["recommended", "decided"])
def test_hidden_status_is_shown_as_the_body_sees_it(officer, story, status):
    case = make_application(story, status)

    page = officer.get(page_of(case)).content.decode()

    assert "閲覧のみ" in page
    assert "審査中" in page
    assert "決裁待ち" not in page
    assert "他団体の模範となるため" not in page
    assert "採択案起案" not in page


@pytest.mark.parametrize("status", ["draft", "submitted", "announced"])
def test_nothing_can_be_done_on_it(officer, story, status):
    case = make_application(story, status)

    answer = officer.get(page_of(case))

    assert answer.context["transitions"] == []
    assert answer.context["edit_url"] == ""
    assert officer.post(page_of(case)).status_code == 405


def test_page_is_the_same_as_the_readers(officer, client, story):
    case = make_application(story, "announced")
    seen = officer.get(page_of(case)).context
    client.force_login(story.viewer)

    own = client.get(case.get_absolute_url()).context

    for part in ("status_label", "rows", "events", "outcome", "decided_amount"):
        assert seen[part] == own[part]
    assert [x.pk for x in seen["letters"]] == [x.pk for x in own["letters"]]


def test_the_look_is_recorded_and_changes_nothing(officer, story):
    case = make_draft(story)

    officer.get(page_of(case))

    event = AuditEvent.objects.get(action__endswith="view_as_applicant")
    assert (event.actor_id, event.target_id) == (story.desk.officer.pk, str(case.pk))
    assert Application.objects.get(pk=case.pk).version == case.version


def test_members_of_bodies_have_no_such_page(client, story):
    case = make_draft(story)
    client.force_login(story.clerk)

    assert client.get(page_of(case)).status_code == 404


def test_case_page_leads_to_it(officer, story):
    case = make_application(story, "submitted")
    page = officer.get(reverse("admin:grants_application_change", args=[case.pk]))

    assert page_of(case) in page.content.decode()
