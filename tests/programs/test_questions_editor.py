"""Staff edit the questions of a version, try them, and publish; a published version stays."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from core import audit
from programs import actions, versions
from programs.models import FormVersion, Question
from tests.factories.accounts import make_body, make_member, make_staff
from tests.factories.programs import NOW, make_version

pytestmark = pytest.mark.django_db
YES_NO = [{"value": "yes", "label": "ある"}, {"value": "no", "label": "ない"}]
QUESTIONS = [
    {"key": "purpose", "kind": "short", "label": "目的", "required": True},
    {"key": "again", "kind": "choice", "label": "継続ですか", "choices": YES_NO},
    {"key": "plan", "kind": "file", "label": "事業計画書", "required": True},
]


@pytest.fixture(autouse=True)
def second_factor_optional(settings):
    settings.STAFF_MFA_OPTIONAL = True


@pytest.fixture
def manager(client):
    user = make_staff("manager")
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return user


@pytest.fixture
def draft():
    return make_version(QUESTIONS, published_at=None)


def url(page, *args):
    return reverse(f"admin:programs_formversion_{page}", args=args)


def posted(version, *new, **changes):
    """What the editor's page sends: the questions as they are, with changes by key and new rows."""
    rows = [_row(question, version) for question in version.questions.order_by("order")]
    for row in rows:
        row.update(changes.get(row["key"], {}))
    rows += [{"order": "", "kind": "short", "label": "", **row} for row in new]
    data = {"questions-TOTAL_FORMS": len(rows), "questions-INITIAL_FORMS": len(rows) - len(new)}
    for index, row in enumerate(rows):
        data |= {f"questions-{index}-{name}": value for name, value in row.items()}
    return data


def _row(question, version):
    row = {
        name: getattr(question, name) or ""
        for name in ("key", "section", "kind", "label", "help", "limit")
    }
    row["choice_lines"] = "\n".join(f"{c['value']} = {c['label']}" for c in question.choices)
    row |= {"id": question.pk, "version": version.pk, "order": question.order}
    return row | ({"required": "on"} if question.required else {})


def labels(version):
    return list(version.questions.order_by("order").values_list("label", flat=True))


def test_next_version_begins_with_the_questions_of_the_latest(client, manager):
    published = make_version(QUESTIONS)

    answer = client.post(url("add"), {"form": published.form_id}, follow=True)

    new = FormVersion.objects.exclude(pk=published.pk).get()
    assert (new.number, new.published_at, labels(new)) == (2, None, labels(published))
    assert answer.redirect_chain[-1][0] == url("change", new.pk)


def test_second_open_version_is_refused_and_names_the_first(client, manager, draft):
    answer = client.post(url("add"), {"form": draft.form_id})

    assert answer.context["adminform"].form.errors["form"]
    assert FormVersion.objects.count() == 1


def test_questions_change_places_and_new_ones_get_a_key(client, manager, draft):
    data = posted(
        draft,
        {"label": "協力団体", "kind": "long"},
        purpose={"order": 3},
        plan={"order": 1, "label": "計画書"},
    )

    answer = client.post(url("change", draft.pk), data)

    assert answer.status_code == 302
    assert labels(draft) == ["計画書", "継続ですか", "目的", "協力団体"]
    assert draft.questions.get(label="協力団体").key == "q4"
    assert audit.events_for(draft)[0].changes["questions"][1][0] == "1 plan file 計画書"


def test_key_of_an_earlier_version_is_not_given_to_another_question(client, manager):
    first = make_version([{"key": "q2", "kind": "short", "label": "旧"}])
    new = versions.begin_version(first.form)
    gone = new.questions.get()
    data = posted(new, {"label": "新しい質問"}, q2={"DELETE": "on"})

    client.post(url("change", new.pk), data)

    assert not Question.objects.filter(pk=gone.pk).exists()
    assert new.questions.get().key != "q2"


def test_choices_and_condition_are_written_in_words(client, manager, draft):
    data = posted(
        draft,
        {"label": "発展", "asked_if": "again", "asked_answers": "ある"},
        again={"choice_lines": "yes = ある\nない"},
    )

    client.post(url("change", draft.pk), data)

    assert draft.questions.get(key="again").choices == [
        {"value": "yes", "label": "ある"},
        {"value": "ない", "label": "ない"},
    ]
    assert draft.questions.get(label="発展").condition == {"key": "again", "equals": "yes"}
    page = client.get(url("change", draft.pk)).content.decode()
    assert 'value="ある"' in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"again": {"choice_lines": ""}}, "choice_lines"),
        ({"again": {"choice_lines": "a = あ\na = い"}}, "choice_lines"),
        ({"again": {"choice_lines": "= い"}}, "choice_lines"),
        ({"again": {"limit": 3}}, "limit"),
        ({"purpose": {"choice_lines": "余分"}}, "choice_lines"),
        ({"purpose": {"key": "again"}}, "key"),
        ({"purpose": {"asked_if": "again", "asked_answers": "ある"}}, "asked_if"),
        ({"plan": {"asked_if": "again", "asked_answers": "どちらでも"}}, "asked_answers"),
        ({"plan": {"asked_answers": "ある"}}, "asked_if"),
        ({"purpose": {"label": ""}}, "label"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(
    client, manager, draft, changes, field
):
    before = versions.outline(draft)

    answer = client.post(url("change", draft.pk), posted(draft, **changes))

    found = [form.errors for form in answer.context["inline_admin_formsets"][0].formset.forms]
    assert answer.status_code == 200
    assert any(field in errors for errors in found)
    assert versions.outline(draft) == before


def test_preview_checks_what_is_typed_and_keeps_nothing(client, manager, draft):
    page = client.get(url("preview", draft.pk)).content.decode()
    wrong = client.post(url("preview", draft.pk), {"purpose": "", "again": "yes"})
    right = client.post(url("preview", draft.pk), {"purpose": "交流", "again": "yes"})

    assert "継続ですか" in page
    assert "事業計画書" in page
    assert list(wrong.context["form"].errors) == ["purpose"]
    assert right.context["is_answered"] is True


def test_publishing_says_what_changes_and_which_answers_are_set_aside(client, manager):
    published = make_version(QUESTIONS)
    new = versions.begin_version(published.form)
    new.questions.filter(key="again").update(kind="short", choices=[])
    new.questions.filter(key="purpose").update(required=False)
    new.questions.get(key="plan").delete()

    page = client.get(url("publish", new.pk))
    told = {(row.key, row.aside) for row in page.context["differences"]}
    client.post(url("publish", new.pk))

    new.refresh_from_db()
    assert told == {("again", True), ("purpose", False), ("plan", True)}
    assert new.published_at is not None
    assert new.form.current == new


def test_version_without_questions_is_not_published(client, manager):
    empty = versions.begin_version(make_version().form)
    empty.questions.all().delete()

    answer = client.post(url("publish", empty.pk))

    assert answer.context["errors"]
    empty.refresh_from_db()
    assert empty.published_at is None


def test_published_version_is_read_in_words_and_opened_by_nobody(client, manager):
    published = make_version(QUESTIONS)
    page = client.get(url("change", published.pk)).content.decode()

    assert "questions-0-label" not in page
    assert "目的" in page
    assert client.get(url("publish", published.pk)).status_code == 403
    assert client.post(url("change", published.pk), posted(published)).status_code == 403


def test_officer_reads_and_town_finds_nothing(client, draft):
    client.force_login(make_staff("officer"), backend="accounts.backends.RoleBackend")
    assert client.get(url("preview", draft.pk)).status_code == 200
    assert client.post(url("publish", draft.pk)).status_code == 403
    client.force_login(make_member(make_body()), backend="accounts.backends.RoleBackend")
    assert client.get(url("preview", draft.pk)).status_code == 404


def test_questions_written_after_the_publication_are_refused(draft):
    actions.publish(draft, now=NOW)
    with pytest.raises(PermissionDenied):
        versions.write_questions(draft, list(draft.questions.all()), [])
