"""Reports that the portal makes by itself: once for each part of a period, whoever runs them."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection

from accounts.actors import system_actor
from core import files, jobs, schedules
from core.models import Job, OutboxMessage, ReportRun, StoredFile
from tests.factories.core import at_once, read
from tests.factories.grants import make_application, make_draft, town_story
from tests.factories.programs import NOW

db = pytest.mark.django_db
MONTHLY, DAILY = "applications", "open-deadlines"


def run_due(now=NOW):
    return schedules.run_due(now=now, by=system_actor())


def finish():
    return jobs.run_waiting(now=NOW)


def told():
    return OutboxMessage.objects.filter(template="core/mail/report_ready").order_by("pk")


@pytest.fixture
def story(db, settings):
    settings.STAFF_MFA_OPTIONAL = True
    story = town_story()
    section = story.call.edition.section
    assert section is not None
    type(section).objects.filter(pk=section.pk).update(mailbox="tabunka@clair.example")
    return story


def test_month_has_one_list_for_each_edition_with_applications(story):
    make_application(story, "under_review")

    assert (run_due(), run_due(NOW + timedelta(days=1))) == (1, 0)
    finish()

    run = ReportRun.objects.get()
    assert run.period.startswith("2021-08/")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(files.chunks(run.file))))
    assert book.active.max_row == 2
    (mail,) = told()
    assert mail.recipient == "tabunka@clair.example"
    assert str(run.file.public_id) in mail.body
    assert run_due(NOW + timedelta(days=31)) == 1


def test_day_lists_what_is_waited_for_and_nothing_where_nothing_is(story):
    make_application(story, "submitted")
    run_due()
    assert not ReportRun.objects.filter(report=DAILY).exists()

    make_application(story, "returned", title="補正中")
    assert run_due() == 1
    assert run_due(NOW + timedelta(days=1)) == 1
    assert ReportRun.objects.filter(report=DAILY).count() == 2


def test_drafts_alone_make_no_list(story):
    make_draft(story)

    assert run_due() == 0


def test_file_is_for_staff_who_read_such_records(client, story):
    make_application(story, "submitted")
    run_due()
    finish()
    page = f"/files/{ReportRun.objects.get().file.public_id}/"

    found = {}
    for name, user in (
        ("officer", story.desk.officer),
        ("town", story.clerk),
        ("other", story.other),
    ):
        client.force_login(user)
        answer = client.get(page)
        read(answer)
        found[name] = answer.status_code

    assert found == {"officer": 200, "town": 404, "other": 404}
    client.force_login(story.desk.officer)
    assert page in client.get("/admin/jobs/").content.decode()


def test_old_list_is_given_to_the_sweep_and_the_run_stays_known(story):
    make_application(story, "submitted")
    run_due()
    finish()
    later = NOW + timedelta(days=9999)

    assert schedules.forget(now=later) == 1
    files.sweep(now=later)

    assert not StoredFile.objects.filter(name__endswith=".xlsx").exists()
    assert (ReportRun.objects.get().file, run_due()) == (None, 0)


def test_job_that_a_dead_worker_left_after_its_file_tells_nobody_twice(story):
    make_application(story, "submitted")
    run_due()
    finish()
    Job.objects.update(state="waiting")

    finish()

    assert told().count() == 1
    assert StoredFile.objects.filter(name__endswith=".xlsx").count() == 1


def test_two_workers_at_once_make_each_list_once(fresh_db, settings):
    settings.STAFF_MFA_OPTIONAL = True
    story = town_story()
    section = story.call.edition.section
    type(section).objects.filter(pk=section.pk).update(mailbox="tabunka@clair.example")
    make_application(story, "returned")
    connection.close()

    begun = at_once(*[run_due] * 4)
    at_once(*[finish] * 4)

    assert sum(begun) == 2
    assert sorted(ReportRun.objects.values_list("report", flat=True)) == [MONTHLY, DAILY]
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert Job.objects.count() == told().count() == 2
