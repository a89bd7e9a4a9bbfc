"""The body's and the staff's pages: begin, answer, upload, print, and nothing for the others."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from core.models import StoredFile
from core.templatetags.portal import moment
from correspondence.models import Message, Thread
from tests.factories.correspondence import make_record, make_thread
from tests.factories.grants import make_application, town_story, upload

pytestmark = pytest.mark.django_db
SECRET = "秘密の所見"


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def case(story):
    return make_application(story, "under_review")


@pytest.fixture
def thread(story, case):
    return make_thread(case, story.drafter)


@pytest.fixture
def as_user(client):
    def sign_in(user):
        Authenticator.objects.get_or_create(
            user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}}
        )
        client.force_login(user)
        return client

    return sign_in


def new_page(case):
    return f"{reverse('correspondence:thread-create')}?case=grants.application:{case.public_id}"


def page(thread, screen="detail", *args):
    return reverse(f"correspondence:thread-{screen}", args=[thread.public_id, *args])


def desk_page(thread, screen="change", *args):
    return reverse(f"admin:correspondence_thread_{screen}", args=[thread.pk, *args])


def test_body_asks_from_the_page_of_its_case(story, case, as_user):
    clerk = as_user(story.drafter)
    link = new_page(case)
    assert link in clerk.get(case.get_absolute_url()).content.decode()

    answer = clerk.post(
        link, {"subject": "謝金", "text": "対象ですか。", "uploads": [upload("内訳.pdf")]}
    )

    thread = Thread.objects.get()
    assert answer.url == thread.get_absolute_url()
    shown = clerk.get(answer.url).content.decode()
    assert "対象ですか。" in shown
    assert "内訳.pdf" in shown
    assert thread.subject in clerk.get(case.get_absolute_url()).content.decode()
    assert thread.subject in clerk.get(reverse("correspondence:thread-list")).content.decode()


def test_bad_input_says_what_to_do_and_keeps_what_was_typed_and_sent(story, case, as_user):
    clerk = as_user(story.drafter)

    answer = clerk.post(
        new_page(case),
        {"subject": "謝金", "text": "", "uploads": [upload("内訳.pdf"), upload("x.exe", b"MZ")]},
    )

    assert answer.status_code == 400
    assert Thread.objects.count() == 0
    form = answer.context["form"]
    assert set(form.errors) == {"text", "uploads"}
    kept = StoredFile.objects.get(name="内訳.pdf", is_linked=False)
    shown = answer.content.decode()
    assert str(kept.public_id) in shown
    assert "謝金" in shown
    assert "内訳.pdf" in shown
    again = clerk.post(
        new_page(case), {"subject": "謝金", "text": "対象ですか。", "files": [str(kept.public_id)]}
    )
    assert again.status_code == 302
    assert Message.objects.get().files.get().file == kept


def test_answered_thread_stands_on_the_bodys_home(story, thread, as_user):
    officer = as_user(story.desk.officer)
    assert thread.subject in officer.get(reverse("admin:index")).content.decode()
    officer.post(desk_page(thread, "transition", "answer"), {"text": "はい、対象です。"})
    assert thread.subject not in officer.get(reverse("admin:index")).content.decode()

    clerk = as_user(story.clerk)

    assert page(thread) in clerk.get(reverse("home")).content.decode()
    assert "はい、対象です。" in clerk.get(page(thread)).content.decode()
    assert clerk.post(page(thread, "transition", "close")).status_code == 302
    assert page(thread) not in clerk.get(reverse("home")).content.decode()


def test_staff_answer_with_a_file_and_see_why_one_is_refused(story, thread, as_user):
    officer = as_user(story.desk.officer)
    act = desk_page(thread, "transition", "answer")
    assert 'type="file"' in officer.get(act).content.decode()

    refused = officer.post(act, {"text": "回答です。", "uploads": [upload("x.exe", b"MZ")]})
    assert refused.status_code == 400
    assert "x.exe" in refused.content.decode()
    assert "回答です。" in refused.content.decode()

    officer.post(act, {"text": "回答です。", "uploads": [upload("手引き.pdf")]})
    shown = officer.get(desk_page(thread)).content.decode()
    assert "回答です。" in shown
    assert "手引き.pdf" in shown


def test_record_is_seen_by_headquarters_on_both_pages_and_by_nobody_else(
    story, case, thread, as_user
):
    officer = as_user(story.desk.officer)
    record = page(thread, "record")
    half = officer.post(record, {"kind": "phone", "text": SECRET})
    assert half.status_code == 400
    assert set(half.context["form"].errors) == {"called_on", "called_with"}
    done = officer.post(
        record,
        {
            "kind": "phone",
            "text": SECRET,
            "called_on_year": "2021",
            "called_on_month": "8",
            "called_on_day": "9",
            "called_with": "国際課 例示様",
        },
    )
    assert done.status_code == 302, done.context["form"].errors
    assert SECRET in officer.get(desk_page(thread)).content.decode()
    assert SECRET in officer.get(page(thread)).content.decode()

    preview = officer.get(reverse("admin:grants_application_preview", args=[case.pk]))
    assert preview.status_code == 200
    assert thread.subject in preview.content.decode()

    clerk = as_user(story.clerk)
    for address in (page(thread), case.get_absolute_url(), reverse("home")):
        shown = clerk.get(address).content.decode()
        assert SECRET not in shown
        assert "例示様" not in shown
        assert "電話記録" not in shown
    assert clerk.get(record).status_code == 404
    assert clerk.post(record, {"kind": "note", "text": "x"}).status_code == 404


def test_staff_begin_a_record_that_no_body_finds(story, case, as_user):
    officer = as_user(story.desk.officer)
    assert new_page(case) in officer.get(
        reverse("admin:grants_application_change", args=[case.pk])
    ).content.decode().replace("&amp;", "&")

    undecided = officer.post(new_page(case), {"subject": "所見の件", "text": SECRET})
    assert set(undecided.context["form"].errors) == {"kind"}
    officer.post(new_page(case), {"kind": "note", "subject": "所見の件", "text": SECRET})
    officer.post(new_page(case), {"kind": "message", "subject": "確認", "text": "教えてください。"})

    hidden, asked = Thread.objects.order_by("pk")
    assert (hidden.is_internal, asked.is_internal) == (True, False)
    assert asked.waiting_for == "body"
    clerk = as_user(story.clerk)
    assert "所見の件" not in clerk.get(case.get_absolute_url()).content.decode()
    assert "所見の件" not in clerk.get(reverse("correspondence:thread-list")).content.decode()
    assert clerk.get(page(hidden)).status_code == 404
    home = clerk.get(reverse("home")).content.decode()
    assert "確認" in home
    assert "所見の件" not in home


def test_other_town_finds_nothing(story, case, thread, as_user):
    other = as_user(story.other)
    gets = [page(thread), page(thread, "transition", "ask"), page(thread, "record")]

    for address in [*gets, new_page(case), desk_page(thread), page(thread, "update")]:
        assert other.get(address).status_code == 404
    assert other.post(new_page(case), {"subject": "x", "text": "y"}).status_code == 404
    assert other.post(page(thread, "transition", "close")).status_code == 404
    assert thread.subject not in other.get(reverse("correspondence:thread-list")).content.decode()


def test_viewer_reads_and_has_no_button(story, case, thread, as_user):
    viewer = as_user(story.viewer)

    assert viewer.get(page(thread)).status_code == 200
    assert new_page(case) not in viewer.get(case.get_absolute_url()).content.decode()
    assert viewer.get(new_page(case)).status_code == 403
    assert viewer.post(page(thread, "transition", "ask"), {"text": "x"}).status_code == 403


def test_withdrawn_case_leads_back_with_the_reason(story, as_user):
    case = make_application(story, "submitted")
    thread = make_thread(case, story.clerk)
    story.run(case, "withdraw")
    clerk = as_user(story.clerk)

    back = clerk.get(new_page(case), follow=True)
    assert back.redirect_chain[-1][0] == case.get_absolute_url()
    assert [str(m) for m in back.context["messages"]] != []
    assert clerk.get(page(thread)).status_code == 200
    refused = clerk.post(page(thread, "transition", "ask"), {"text": "続きです。"})
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("waiting_for__exact=staff", True),
        ("waiting_for__exact=body", False),
        ("status=open", True),
        ("status=closed", False),
        ("kind=note", True),
        ("kind=phone", False),
        ("work=mine", True),
        ("q=謝金は対象", True),
        ("q=ありません", False),
    ],
)
def test_staff_find_threads(story, thread, as_user, query, found):
    make_record(thread, story.desk.officer)
    officer = as_user(story.desk.officer)

    answer = officer.get(f"{reverse('admin:correspondence_thread_changelist')}?{query}")

    assert [row.pk for row in answer.context["cl"].result_list] == [thread.pk] * found


def test_list_tells_the_last_message_as_every_page_does(thread, story, as_user):
    shown = as_user(story.drafter).get(reverse("correspondence:thread-list")).content.decode()

    assert moment(thread.last_at) in shown
