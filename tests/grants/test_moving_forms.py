"""A form version published while a draft is open: the draft moves, and nothing typed is lost."""

import re

import pytest
from django.urls import reverse

from core.autosave import autosave
from core.models import AuditEvent
from grants.actions import moving
from grants.models import Application
from programs import actions
from tests.factories.grants import NOW, QUESTIONS, edit, make_application, make_draft, town_story
from tests.factories.rest import Caller, one

pytestmark = pytest.mark.django_db

# The new version: purpose stays, visitors becomes a text, languages is new, agreement is gone.
RENEWED = [
    QUESTIONS[0],
    QUESTIONS[1] | {"kind": "long"},
    {"key": "languages", "kind": "short", "label": "対応する言語", "required": True},
    QUESTIONS[2],
]


@pytest.fixture
def story():
    return town_story()


def renew(story, questions=RENEWED):
    version = actions.draft_form(story.call.form, questions=questions)
    actions.publish(version, now=NOW)
    return version


def page_of(case, name="detail", *args):
    return reverse(f"grants:application-{name}", args=[case.public_id, *args])


def fresh(case):
    return Application.objects.get(pk=case.pk)


def test_opening_moves_the_draft_and_tells_what_is_new(client, story):
    case = make_draft(story)
    version = renew(story)
    client.force_login(story.clerk)

    page = client.get(page_of(case)).content.decode()

    case = fresh(case)
    assert case.form_version == version
    assert case.answers == {"purpose": "外国人住民の生活を支えるため"}
    assert case.set_aside == {
        "visitors": {"label": "参加者の見込み数", "kind": "number", "value": 120}
    }
    assert moving.shown_news(case) == {
        "new": ["対応する言語"],
        "changed": ["参加者の見込み数"],
        "gone": ["共同実施に関する書類"],
    }
    for text in ("対応する言語", "共同実施に関する書類", "120"):
        assert text in page
    [event] = AuditEvent.objects.filter(action="grants.application.move_form")
    assert event.actor_id == story.clerk.pk


def test_those_who_only_read_move_nothing(client, story):
    case = make_draft(story)
    renew(story)

    for user in (story.viewer, story.desk.officer):
        client.force_login(user)
        client.get(page_of(case))
    client.force_login(story.other)
    assert client.get(page_of(case)).status_code == 404

    assert fresh(case).form_version.number == 1


def test_returned_application_stays_on_its_version(client, story):
    case = make_application(story, "returned")
    renew(story)
    client.force_login(story.clerk)

    client.get(page_of(case))
    case = edit(story, fresh(case), answers=case.answers | {"purpose": "具体的に"})

    assert story.run(case, "submit").form_version.number == 1


def test_news_and_the_old_answer_stand_beside_the_question_until_it_is_saved(client, story):
    case = make_draft(story)
    renew(story)
    client.force_login(story.clerk)
    page = page_of(case, "section", "questions-1")

    shown = client.get(page).content.decode()
    assert "120" in shown
    data = {
        "version": fresh(case).version,
        "form": "2",
        "answer_purpose": "外国人住民の生活を支えるため",
        "answer_visitors": "約百二十人",
        "answer_languages": "8言語",
    }
    assert client.post(page, data).status_code == 302

    case = fresh(case)
    assert (case.form_news, case.answers["languages"]) == ({}, "8言語")
    assert case.set_aside["visitors"]["value"] == 120  # stays in the record
    submitted = story.run(case, "submit")
    assert submitted.answers["visitors"] == "約百二十人"


def test_publishing_during_an_edit_loses_nothing_typed(client, story):
    case = make_draft(story)
    client.force_login(story.clerk)
    page = page_of(case, "section", "questions-1")
    opened = client.get(page).content.decode()
    carried = {
        name: re.search(rf'name="{name}" value="([^"]*)"', opened)[1]
        for name in ("version", "base", "form")
    }
    renew(story)

    typed = {"answer_purpose": "書き直した目的", "answer_visitors": "150"}
    assert client.post(page, carried | typed).status_code == 302

    case = fresh(case)
    assert case.form_version.number == 2
    assert case.draft_input["answer_purpose"] == "書き直した目的"
    assert case.set_aside["visitors"]["value"] == "150"
    shown = client.get(page).content.decode()
    assert "書き直した目的" in shown
    assert "150" in shown


def test_autosaved_text_moves_along_or_is_set_aside(story):
    case = make_draft(story)
    raw = {"answer_purpose": "書きかけ", "answer_visitors": "たぶん200", "title": "題"}
    case = autosave(case, by=story.clerk, version=case.version, raw=raw)
    renew(story)

    assert moving.follow_form(case, by=story.clerk, now=NOW)

    assert case.draft_input == {"answer_purpose": "書きかけ", "title": "題"}
    assert case.set_aside["visitors"]["value"] == "たぶん200"


def test_two_versions_later_what_was_not_looked_at_is_still_new(story):
    case = make_draft(story)
    renew(story)
    moving.follow_form(case, by=story.clerk, now=NOW)
    renew(story, [*RENEWED, {"key": "sdgs", "kind": "short", "label": "SDGs"}])
    moving.follow_form(case, by=story.clerk, now=NOW)

    assert moving.shown_news(case)["new"] == ["対応する言語", "SDGs"]


def test_submission_of_an_outdated_draft_says_what_is_new_first(client, story):
    case = make_draft(story)
    renew(story, [*QUESTIONS, {"key": "sdgs", "kind": "short", "label": "SDGs"}])
    clerk = Caller(client, story.clerk)
    address = one(case, "transitions/submit/")

    first = clerk.send("post", address, {})
    assert (first.status_code, first.json()["errors"][0]["field"]) == (400, "form_version")
    seen = clerk.get(one(case)).json()
    assert (seen["form_version"], seen["form_news"]["new"]) == (2, ["SDGs"])

    assert clerk.send("post", address, {}).status_code == 200


def test_api_edit_of_an_older_version_is_refused_and_the_draft_has_moved(client, story):
    case = make_draft(story)
    clerk = Caller(client, story.clerk)
    tag = clerk.get(one(case))["ETag"]
    renew(story)

    stale = clerk.send("patch", one(case), {"answers": {"visitors": 130}}, if_match=tag)

    assert stale.status_code == 412
    seen = clerk.get(one(case)).json()
    assert seen["set_aside"] == [{"key": "visitors", "label": "参加者の見込み数", "answer": "120"}]
