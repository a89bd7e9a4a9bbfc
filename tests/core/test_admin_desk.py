"""The officer's page: the application as sent, its acts, files beside it, comments by field."""

import pytest
from django.urls import reverse

from core.models import AuditEvent
from grants.models import Application
from tests.factories.grants import ANSWERED, make_application, make_draft, town_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


@pytest.fixture
def officer(client, story):
    client.force_login(story.desk.officer)
    return client


def change_page(case):
    return reverse("admin:grants_application_change", args=[case.pk])


def act_page(case, name="return_for_correction"):
    return reverse("admin:grants_application_transition", args=[case.pk, name])


def preview_of(case):
    return reverse("admin:file_preview", args=[case.files.get().file.public_id])


def test_case_is_shown_as_sent(officer, story):
    case = make_application(story, "under_review", **ANSWERED)

    page = officer.get(change_page(case)).content.decode()

    for text in (
        case.title,
        "外国人住民と自治会の支え合いのため",
        "講師謝金",
        "800,000円",
        "事業計画書",
    ):
        assert text in page


def test_one_act_is_the_likely_one(officer, story):
    case = make_application(story, "submitted")

    acts = officer.get(change_page(case)).context["transitions"]

    assert [act["name"] for act in acts if act["is_likely"]] == ["receive"]


def test_history_is_told_in_words(officer, story):
    case = make_application(story, "received")

    page = officer.get(change_page(case)).content.decode()

    assert "受理" in page
    assert "grants.receive" not in page


def test_draft_that_staff_may_write_keeps_its_boxes(officer, story):
    page = officer.get(change_page(make_draft(story))).content.decode()

    assert 'name="title"' in page
    assert "desk__all" not in page


def test_pdf_is_shown_inside_our_own_page_alone(officer, story):
    case = make_application(story, "submitted")

    answer = officer.get(preview_of(case))
    answer.getvalue()

    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("inline")
    assert AuditEvent.objects.filter(action__endswith="preview").exists()
    assert officer.get(change_page(case))["X-Frame-Options"] == "DENY"


def test_what_a_browser_could_run_is_not_shown(officer, story):
    case = make_application(story, "submitted")
    stored = case.files.get().file
    stored.content_type = "text/csv"
    stored.save()

    assert officer.get(preview_of(case)).status_code == 404


def test_body_has_no_preview_of_the_admin(client, story):
    case = make_application(story, "submitted")
    client.force_login(story.clerk)

    assert client.get(preview_of(case)).status_code == 404


def test_return_has_a_box_beside_each_field(officer, story):
    case = make_application(story, "received")

    page = officer.get(act_page(case)).content.decode()

    for name in ("title", "answers.purpose", "answers.project_plan", "lines", "files", "other"):
        assert page.count(f'name="comment_{name}"') == 1


def test_return_sends_the_comments(officer, story):
    case = make_application(story, "received")
    data = {"due": "2099-09-01", "comment_title": "事業名を短く", "comment_lines": "積算を詳しく"}

    answer = officer.post(act_page(case), data)

    assert answer.status_code == 302
    case = Application.objects.get(pk=case.pk)
    assert case.status == "returned"
    assert {c.field: c.text for c in case.comments.all()} == {
        "title": "事業名を短く",
        "lines": "積算を詳しく",
    }


def test_refused_return_keeps_every_comment(officer, story):
    case = make_application(story, "received")

    answer = officer.post(act_page(case), {"due": "", "comment_title": "事業名を短く"})

    assert answer.status_code == 400
    assert "事業名を短く" in answer.content.decode()


def test_returned_case_is_read_first_and_waits_for_the_body(officer, story):
    case = make_application(story, "returned")

    answer = officer.get(change_page(case))
    page = answer.content.decode()

    assert [act["name"] for act in answer.context["transitions"] if act["is_likely"]] == []
    assert page.index("sent-budget") < page.index("desk__all") < page.index('name="title"')
    assert 'desk__all" open' not in page


def test_refused_correction_by_staff_is_shown_open(officer, story):
    page = officer.post(change_page(make_application(story, "returned")), {}).content.decode()

    assert 'desk__all" open' in page


def test_comments_and_the_bodys_answers_are_on_the_page(officer, story):
    case = make_application(story, "returned")
    case.comments.update(answer="対象者は転入1年以内の方です。")

    page = officer.get(change_page(case)).content.decode()
    section = page[page.index('id="sent-comments"') : page.index('id="sent-1"')]

    for words in (
        "事業の目的",
        "対象者を具体的に書いてください。",
        "対象者は転入1年以内の方です。",
    ):
        assert words in section
