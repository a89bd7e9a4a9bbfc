"""Exports: the filtered list as CSV and XLSX, by a job that tells how far it is and may be stopped."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from core import exports, files, jobs, reports
from core.models import AuditEvent, Job, StoredFile
from grants.models import Application
from tests.factories.accounts import make_staff, make_user
from tests.factories.grants import make_application, make_draft, town_story
from tests.factories.programs import NOW

pytestmark = pytest.mark.django_db

FORMULAS = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "　＝1", " =1", "＋1"]


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


@pytest.fixture
def officer(client, story):
    client.force_login(story.desk.officer)
    return client


def taken_out(story, kind, query="", by=None):
    report = reports.named("applications")
    job = exports.start(report, kind=kind, query=query, by=by or story.desk.officer)
    jobs.run(job.pk, now=timezone.now())
    job.refresh_from_db()
    return job


def content(job):
    return b"".join(files.chunks(job.result))


def csv_rows(job):
    return list(csv.DictReader(io.StringIO(content(job).decode("utf-8-sig"))))


def sheet_rows(job):
    sheet = openpyxl.load_workbook(io.BytesIO(content(job))).active
    head, *rows = sheet.iter_rows()
    return [dict(zip([cell.value for cell in head], row, strict=True)) for row in rows]


def test_csv_has_words_dates_and_a_mark_for_excel(story):
    case = make_application(story, "under_review")

    job = taken_out(story, "csv")

    assert content(job).startswith(b"\xef\xbb\xbf")
    (row,) = csv_rows(job)
    assert row["受付番号"] == case.receipt_number
    assert row["状態"] == "審査中"
    assert row["申請額（円）"] == str(case.requested_amount)
    assert row["到達日時"].startswith("2021-")
    assert row["共同事業"] == "いいえ"
    assert (job.state, job.total, job.done, job.result.content_type) == ("done", 1, 1, "text/csv")


def test_xlsx_has_numbers_and_dates_as_such(story):
    case = make_application(story, "under_review")

    (row,) = sheet_rows(taken_out(story, "xlsx"))

    assert row["申請額（円）"].value == case.requested_amount
    assert row["事業の開始日"].value.date() == case.starts_on
    assert row["状態"].value == "審査中"


@pytest.mark.parametrize("title", FORMULAS)
def test_formula_stays_text(story, title):
    case = make_draft(story)
    Application.objects.filter(pk=case.pk).update(title=title)

    (line,) = csv_rows(taken_out(story, "csv"))
    (row,) = sheet_rows(taken_out(story, "xlsx"))

    assert line["事業名"] == f"'{title}"
    assert (row["事業名"].value, row["事業名"].data_type) == (title, "s")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_filters_and_search_of_the_list_hold(story, kind):
    make_draft(story, title="下書きのままの事業")
    case = make_application(story, "submitted", title="提出した 100% の事業")

    job = taken_out(story, kind, "status=submitted&q=100%25&columns=title&p=7")

    rows = csv_rows(job) if kind == "csv" else sheet_rows(job)
    titles = [row["事業名"] if kind == "csv" else row["事業名"].value for row in rows]
    assert titles == [case.title]


def test_filter_that_is_none_is_told(story):
    job = taken_out(story, "csv", "no_such_field=1")

    assert (job.state, job.result) == ("failed", None)
    assert "絞り込み" in job.errors[0]


def test_who_lost_the_post_gets_nothing(story):
    by = make_staff("officer")
    report = reports.named("applications")
    job = exports.start(report, kind="csv", query="", by=by)
    by.memberships.update(ends_on=timezone.localdate() - timedelta(days=1))

    jobs.run(job.pk, now=timezone.now())

    job.refresh_from_db()
    assert (job.state, job.result) == ("failed", None)


def test_reports_are_offered_to_those_who_may_read_the_records(story):
    def offered(user):
        return [report.name for report in reports.for_user(user)]

    staff = {"applications", "ledger-entries", "open-deadlines", "payments", "ranking"}
    assert set(offered(story.desk.officer)) == staff
    assert offered(story.clerk) == offered(story.branch) == ["applications"]
    assert offered(make_user("nobody@example.jp")) == []


def test_job_runs_once(story):
    job = taken_out(story, "csv")

    assert jobs.run(job.pk, now=timezone.now()) is False
    assert StoredFile.objects.filter(content_type="text/csv").count() == 1


def test_sweep_runs_what_waits_and_what_a_dead_worker_left(story):
    report = reports.named("applications")
    left, waits, alive = (
        exports.start(report, kind="csv", query="", by=story.desk.officer) for _ in range(3)
    )
    Job.objects.filter(pk__in=[left.pk, alive.pk]).update(state="running")
    Job.objects.filter(pk=left.pk).update(updated_at=timezone.now() - jobs.SILENT_FOR * 2)

    assert jobs.run_waiting(now=timezone.now()) == 2

    states = dict(Job.objects.values_list("pk", "state"))
    assert (states[left.pk], states[waits.pk], states[alive.pk]) == ("done", "done", "running")


def test_waiting_job_is_stopped_at_once(story):
    report = reports.named("applications")
    job = exports.start(report, kind="csv", query="", by=story.desk.officer)

    jobs.cancel(job)

    assert jobs.run(job.pk, now=timezone.now()) is False
    assert Job.objects.get(pk=job.pk).state == "cancelled"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_running_job_stops_at_its_next_rows(story, kind, monkeypatch):
    monkeypatch.setattr(exports, "STEP", 1)
    make_draft(story)
    report = reports.named("applications")
    job = exports.start(report, kind=kind, query="", by=story.desk.officer)
    cache.set(f"job:{job.public_id}:stop", True, 60)  # asked after the worker took it

    jobs.run(job.pk, now=timezone.now())

    job.refresh_from_db()
    assert (job.state, job.result) == ("cancelled", None)


def test_result_is_swept_after_seven_days_and_the_job_stays(story):
    job = taken_out(story, "csv")

    files.sweep(now=timezone.now() + timedelta(days=8))

    job.refresh_from_db()
    assert (job.state, job.result) == ("done", None)


class TestPages:
    """From the button on the list to the file."""

    def begin(self, client, **data):
        page = reverse("admin:grants_application_export")
        return client.post(page, {"format": "csv", "query": "status=draft"} | data)

    def test_button_begins_a_job_and_shows_it(self, officer, story):
        make_draft(story)

        answer = self.begin(officer)

        job = Job.objects.get()
        assert answer.url == reverse("admin:job", args=[job.public_id])
        assert "順番待ち" in officer.get(answer.url).content.decode()
        assert AuditEvent.objects.filter(target_label="core.Job").count() == 1

    def test_finished_job_gives_its_file_to_its_owner_alone(self, officer, client, story):
        make_draft(story)
        self.begin(officer)
        job = Job.objects.get()
        jobs.run(job.pk, now=NOW)
        page = reverse("admin:job", args=[job.public_id])
        file = reverse("file-content", args=[Job.objects.get().result.public_id])

        assert file in officer.get(page).content.decode()
        assert officer.get(file).getvalue().startswith(b"\xef\xbb\xbf")
        client.force_login(story.desk.manager)
        assert (client.get(page).status_code, client.get(file).status_code) == (404, 404)

    def test_script_asks_for_numbers(self, officer):
        self.begin(officer)
        page = reverse("admin:job", args=[Job.objects.get().public_id])

        told = officer.get(f"{page}?format=json").json()

        assert told == {
            "state": "順番待ち",
            "done": 0,
            "total": 0,
            "percent": 0,
            "is_finished": False,
        }

    def test_job_is_stopped_by_its_button(self, officer):
        self.begin(officer)
        job = Job.objects.get()

        officer.post(reverse("admin:job-cancel", args=[job.public_id]))

        assert Job.objects.get().state == "cancelled"
        assert "中止" in officer.get(reverse("admin:jobs")).content.decode()

    def test_unknown_format_begins_nothing(self, officer):
        assert self.begin(officer, format="exe").status_code == 302
        assert not Job.objects.exists()
