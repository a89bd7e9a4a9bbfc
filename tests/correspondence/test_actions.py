"""Who asks, who answers, who is told, and what nobody outside headquarters learns."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core import audit, files, today, workflow
from core.models import OutboxMessage
from core.workflow import InvalidTransition
from correspondence.actions import begin
from correspondence.models import Message, MessageFile, Thread
from tests.factories.accounts import make_member, make_section
from tests.factories.correspondence import make_record, make_thread
from tests.factories.grants import NOW, make_application, town_story, upload

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


def run(thread, name, by, **data):
    return workflow.run(thread, name, by=by, now=NOW, data={"text": "はい、対象です。"} | data)


def told(act):
    rows = OutboxMessage.objects.filter(template=f"correspondence/mail/thread_{act}")
    return sorted(rows.values_list("recipient", flat=True))


def test_question_waits_for_staff_and_its_answer_for_the_body(story, case, thread):
    assert (thread.status, thread.waiting_for) == ("open", "staff")
    assert (thread.case_number, thread.case_title) == (case.receipt_number, case.title)

    answered = run(thread, "answer", story.desk.officer)

    assert (answered.status, answered.waiting_for) == ("answered", "body")
    assert [m.author_label for m in answered.messages.order_by("pk")] == [
        story.drafter.access.label,
        story.desk.officer.access.label,
    ]
    closed = run(answered, "close", story.clerk)
    assert (closed.status, closed.waiting_for) == ("closed", "nobody")
    again = run(closed, "reopen", story.clerk)
    assert (again.status, again.waiting_for) == ("open", "staff")


def test_staff_ask_and_the_body_answers(story, case):
    asked = make_thread(case, story.desk.officer)
    assert asked.waiting_for == "body"

    answered = run(asked, "answer", story.drafter)

    assert (answered.status, answered.waiting_for) == ("answered", "staff")


def test_own_question_is_not_answered(story, thread):
    with pytest.raises(InvalidTransition):
        run(thread, "answer", story.clerk)
    names = {row.name for row in workflow.available(thread, story.clerk)}
    assert names == {"ask", "close"}
    assert {row.name for row in workflow.available(thread, story.desk.officer)} == {
        "answer",
        "ask",
        "close",
    }


def test_mails_go_to_post_and_section_and_say_nothing_that_was_written(story, case, thread):
    post = case.post_in_charge
    post.mailbox = "shusa@clair.example"
    post.save()
    run(thread, "ask", story.clerk, text="もう一点あります。")
    run(thread, "answer", story.desk.officer)

    assert set(told("ask")) == {story.desk.section.mailbox, "shusa@clair.example"}
    assert told("answer") == [case.section.mailbox]
    for mail in OutboxMessage.objects.filter(template__startswith="correspondence/"):
        assert "謝金" not in mail.body
        assert "対象です" not in mail.body
        assert mail.body.count("http") == 1
    body_mail = OutboxMessage.objects.get(template="correspondence/mail/thread_answer")
    assert thread.get_absolute_url() in body_mail.body


def test_viewer_reads_and_writes_not(story, thread):
    assert Thread.objects.visible_to(story.viewer).filter(pk=thread.pk).exists()
    assert workflow.available(thread, story.viewer) == []
    for name in ("ask", "close"):
        with pytest.raises(PermissionDenied):
            run(thread, name, story.viewer)


def test_other_town_sees_and_begins_nothing(story, case, thread):
    other = Thread.objects.visible_to(story.other)
    assert not other.exists()
    assert not Message.objects.visible_to(story.other).exists()
    with pytest.raises(PermissionDenied):
        make_thread(case, story.other)
    with pytest.raises(PermissionDenied):
        run(thread, "close", story.other)


def test_other_section_of_the_town_sees_nothing(story, thread):
    section = make_section(story.town, name="観光課")

    assert not Thread.objects.visible_to(make_member(story.town, "submitter", section)).exists()


def test_branch_reads_what_went_through_it(case):
    routed = town_story(routed=True)
    thread = make_thread(make_application(routed, "at_intermediary"), routed.clerk)

    assert list(Thread.objects.visible_to(routed.branch)) == [thread]


def test_note_leaves_no_trace_that_a_body_could_see(story, case, thread):
    before = (thread.version, thread.updated_at, thread.last_at, thread.status, thread.waiting_for)
    mails = OutboxMessage.objects.count()

    note = make_record(thread, story.desk.officer)
    make_record(
        thread,
        story.desk.officer,
        kind="phone",
        called_on=NOW.date(),
        called_with="国際課 例示",
        files=[files.store(upload("通話記録.pdf"), by=story.desk.officer)],
    )

    fresh = Thread.objects.get(pk=thread.pk)
    after = (fresh.version, fresh.updated_at, fresh.last_at, fresh.status, fresh.waiting_for)
    assert after == before
    assert OutboxMessage.objects.count() == mails
    assert Message.objects.shown(thread, story.desk.officer).count() == 3
    assert Message.objects.shown(thread, story.clerk).count() == 1
    link = MessageFile.objects.get()
    assert not files.may_download(link.file, story.clerk)
    assert files.may_download(link.file, story.desk.officer)
    assert "note" in [e.action.rpartition(".")[2] for e in audit.events_for(thread)]
    assert note.side == "staff"


def test_thread_of_records_alone_exists_for_headquarters_only(story, case):
    record = begin(
        case,
        subject="電話",
        by=story.desk.officer,
        now=NOW,
        data={"kind": "note", "text": SECRET},
        internal=True,
    )

    assert not Thread.objects.visible_to(story.clerk).exists()
    assert Thread.objects.visible_to(story.desk.finance).exists()
    assert told("ask") == []
    for name in ("ask", "close"):
        with pytest.raises(PermissionDenied):
            run(record, name, story.clerk)
    with pytest.raises(InvalidTransition):
        run(record, "ask", story.desk.officer)


def test_body_keeps_no_record(story, case, thread):
    with pytest.raises(PermissionDenied):
        make_record(thread, story.clerk)
    with pytest.raises(PermissionDenied):
        begin(
            case,
            subject="記録",
            by=story.clerk,
            now=NOW,
            data={"kind": "note", "text": "x"},
            internal=True,
        )
    assert Thread.objects.count() == 1


def test_withdrawn_case_is_read_and_written_only_by_staff(story):
    case = make_application(story, "submitted")
    thread = make_thread(case, story.clerk)
    story.run(case, "withdraw")

    with pytest.raises(InvalidTransition) as refused:
        run(thread, "ask", story.clerk)
    assert "取下げ" in str(refused.value)
    with pytest.raises(InvalidTransition):
        make_thread(case, story.clerk)
    assert Thread.objects.count() == 1
    thread = Thread.objects.get(pk=thread.pk)
    assert {row.name for row in workflow.available(thread, story.clerk)} == {"close"}
    assert run(thread, "answer", story.desk.officer).status == "answered"


def test_question_is_asked_in_a_bodys_case_alone(story):
    with pytest.raises(ValidationError):
        make_thread(story.call, story.clerk)


def test_files_are_ones_own_uploads(story, case, thread):
    mine = files.store(upload("積算.pdf"), by=story.clerk)
    theirs = files.store(upload(), by=story.other)
    run(thread, "ask", story.clerk, files=[str(mine.public_id)])

    mine.refresh_from_db()
    assert files.may_download(mine, story.desk.officer)
    assert files.may_download(mine, story.viewer)
    assert not files.may_download(mine, story.other)
    with pytest.raises(ValidationError) as refused:
        run(thread, "ask", story.clerk, files=[str(theirs.public_id)])
    assert "files" in refused.value.message_dict


def test_todays_work_counts_what_waits_for_the_section(story, case, thread):
    other_desk = town_story().desk

    def waiting(user):
        found = {part.kind: part for part in today.lists(user, NOW)}["mine"]
        return [row.url for row in found.rows if "correspondence" in row.url]

    assert waiting(story.desk.officer) == [thread.get_staff_url()]
    assert waiting(other_desk.officer) == []
    assert waiting(story.desk.finance) == []
    run(thread, "answer", story.desk.officer)
    assert waiting(story.desk.officer) == []


def test_every_act_is_in_the_audit(story, thread):
    run(thread, "answer", story.desk.officer)
    run(thread, "close", story.clerk)

    acts = [e.action.rpartition(".")[2] for e in audit.events_for(thread)]
    assert sorted(acts) == ["add", "answer", "ask", "close"]
    assert all("謝金" not in str(e.changes) for e in audit.events_for(thread))
