"""Reports and jobs over the API: the officer, the town with its own cases, and the other town."""

import csv
import io

import pytest
from django.utils import timezone

from accounts.actors import system_actor
from core import jobs, letters
from core.models import Job, Letter
from tests.factories.accounts import make_user
from tests.factories.core import Api, pdf, upload
from tests.factories.grants import make_application, make_draft, town_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


def taken_out(api, **filters):
    """The rows of the CSV, by way of the job that the API tells of."""
    begun = api("POST", "core/reports/applications/runs/", {"filters": filters})
    assert begun.status_code == 202, begun.content
    jobs.run(Job.objects.get(public_id=begun.json()["id"]).pk, now=timezone.now())
    job = api("GET", begun["Location"].partition("/api/v1/")[2]).json()
    assert (job["state"], job["percent"], job["errors"]) == ("done", 100, [])
    answer = api("GET", job["content_url"].partition("/api/v1/")[2])
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))


def test_reports_are_described_in_words(story):
    (report,) = Api(story.clerk)("GET", "core/reports/").json()
    staff = Api(story.desk.officer)("GET", "core/reports/").json()

    names = [r["name"] for r in staff]
    assert names == ["payments", "ledger-entries", "applications", "open-deadlines", "ranking"]
    assert {"name": "status", "label": "状態", "kind": "choice"} in report["columns"]
    names = {"post_in_charge", "program_code"}
    assert {c["name"] for c in staff[2]["columns"]} - {
        c["name"] for c in report["columns"]
    } == names
    status = next(f for f in report["filters"] if f["name"] == "status")
    assert {"value": "draft", "label": "下書き"} in status["choices"]


def test_file_of_a_table_is_for_keys_that_read_its_app(story):
    make_application(story, "submitted")
    clerk = Api(story.clerk)
    job = clerk("POST", "core/reports/applications/runs/", {}).json()["id"]
    jobs.run(Job.objects.get(public_id=job).pk, now=timezone.now())
    place = clerk("GET", f"core/jobs/{job}/").json()["content_url"].partition("/api/v1/")[2]

    found = {
        scope: Api(story.clerk, scopes=(scope,))("GET", place).status_code
        for scope in ("programs:read", "programs:write", "grants:read", "read")
    }

    assert found == {"programs:read": 403, "programs:write": 403, "grants:read": 200, "read": 200}


def test_files_and_letters_of_an_application_are_for_keys_that_read_grants(story):
    case = make_application(story, "announced")
    letter = Letter.objects.get(case_id=case.pk)
    letters.render_waiting(now=timezone.now(), by=system_actor())
    link = case.files.first()
    addresses = [
        f"core/files/{link.file.public_id}/",
        f"core/files/{link.file.public_id}/content/",
        f"core/letters/{letter.public_id}/",
        f"core/letters/{letter.public_id}/content/",
    ]

    def seen(scope):
        api = Api(story.clerk, scopes=(scope,))
        rows = api("GET", "core/letters/").json()["results"]
        return [len(rows), *(api("GET", address).status_code for address in addresses)]

    assert seen("programs:read") == [0, 403, 403, 404, 404]
    assert seen("grants:read") == [1, 200, 200, 200, 200]


def test_upload_that_no_record_took_is_its_persons_under_any_key(story):
    name = Api(story.clerk).send_file(upload("計画.pdf", pdf())).json()["id"]

    answer = Api(story.clerk, scopes=("programs:read",))("GET", f"core/files/{name}/")

    assert answer.status_code == 200


def test_town_takes_out_its_own_and_the_other_town_nothing(story):
    case = make_application(story, "submitted")
    make_draft(story, by=story.clerk, title="下書き")

    (row,) = taken_out(Api(story.clerk), status="submitted")

    assert row["受付番号"] == case.receipt_number
    assert len(taken_out(Api(story.clerk))) == 2
    assert taken_out(Api(story.other)) == []
    assert len(taken_out(Api(story.desk.officer))) == 2


@pytest.mark.parametrize("status", ["recommended", "decided"])
def test_what_is_not_announced_is_neither_written_nor_filtered_by(story, status):
    case = make_application(story, status)
    clerk, officer = Api(story.clerk), Api(story.desk.officer)

    (row,) = taken_out(clerk)

    assert row["状態"] == "審査中"
    (told,) = clerk("GET", "core/reports/").json()
    labels = {column["name"]: column["label"] for column in told["columns"]}
    hidden = ("outcome", "decided_amount", "decided_at", "announced_at")
    assert [row[labels[name]] for name in hidden] == [""] * 4
    assert taken_out(clerk, status=status) == taken_out(clerk, outcome="adopted") == []
    assert len(taken_out(clerk, status="under_review")) == 1
    assert len(taken_out(officer, status=status, outcome="adopted")) == 1
    assert case.outcome == "adopted"


def test_announced_outcome_is_written(story):
    case = make_application(story, "announced")

    (row,) = taken_out(Api(story.clerk), outcome="adopted")

    assert str(case.decided_amount) in row.values()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filters": {"status": "sung"}}, "filters.status"),
        ({"filters": {"fiscal_year": "令和"}}, "filters.fiscal_year"),
        ({"filters": {"is_joint": "maybe"}}, "filters.is_joint"),
        ({"filters": {"post_in_charge": "x"}}, "filters.post_in_charge"),
        ({"format": "exe"}, "format"),
        ({"query": "status=draft"}, "query"),
    ],
)
def test_what_cannot_be_asked_is_named(story, body, field):
    answer = Api(story.clerk)("POST", "core/reports/applications/runs/", body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["open-deadlines", "nothing"])
def test_report_of_others_is_not_there(story, name):
    answer = Api(story.clerk)("POST", f"core/reports/{name}/runs/", {})

    assert answer.status_code == 404


def test_person_without_a_body_is_offered_nothing():
    api = Api(make_user())

    assert api("GET", "core/reports/").json() == []
    assert api("POST", "core/reports/applications/runs/", {}).status_code == 404


def test_key_for_another_app_opens_no_report(story):
    api = Api(story.clerk, scopes=("programs:read", "programs:write"))

    assert api("GET", "core/reports/").json() == []
    assert api("POST", "core/reports/applications/runs/", {}).status_code == 403


def test_repeated_post_is_one_job(story):
    api = Api(story.clerk)

    first, again = (
        api("POST", "core/reports/applications/runs/", {}, Idempotency_Key="one") for _ in range(2)
    )

    assert first.json() == again.json()
    assert first["Location"] == again["Location"]
    assert Job.objects.count() == 1


def test_job_is_its_owners_and_is_stopped_by_them(story):
    begun = Api(story.clerk)("POST", "core/reports/applications/runs/", {}).json()
    path = f"core/jobs/{begun['id']}/"

    others = [Api(user)("GET", path).status_code for user in (story.other, story.desk.officer)]
    stopped = Api(story.clerk)("POST", f"{path}cancel/")

    assert others == [404, 404]
    assert Api(story.other)("POST", f"{path}cancel/").status_code == 404
    assert (stopped.json()["state"], stopped.json()["is_finished"]) == ("cancelled", True)
    assert [job["id"] for job in Api(story.clerk)("GET", "core/jobs/").json()["results"]] == [
        begun["id"]
    ]


class TestScreens:
    """The same from the town's own list."""

    def test_button_begins_a_job_and_its_page_gives_the_file(self, client, story):
        make_application(story, "recommended")
        client.force_login(story.clerk)
        listed = client.get("/grants/applications/")
        assert 'action="/grants/applications/export/"' in listed.content.decode()

        begun = client.post("/grants/applications/export/", {"format": "xlsx"}, follow=True)
        job = Job.objects.get()
        assert begun.redirect_chain[-1][0] == f"/jobs/{job.public_id}/"
        assert "順番待ち" in begun.content.decode()
        jobs.run(job.pk, now=timezone.now())

        page = client.get(f"/jobs/{job.public_id}/").content.decode()
        file = f"/files/{Job.objects.get().result.public_id}/"
        assert file in page
        assert file in client.get("/jobs/").content.decode()
        assert client.get(file).getvalue().startswith(b"PK")
        client.force_login(story.other)
        paths = (f"/jobs/{job.public_id}/", file)
        assert [client.get(path).status_code for path in paths] == [404, 404]
        assert client.post(f"/jobs/{job.public_id}/cancel/").status_code == 404

    def test_unknown_format_begins_nothing_and_says_so(self, client, story):
        make_draft(story)
        client.force_login(story.clerk)

        answer = client.post("/grants/applications/export/", {"format": "exe"}, follow=True)

        assert "CSV" in answer.content.decode()
        assert not Job.objects.exists()

    def test_empty_list_has_no_button(self, client, story):
        client.force_login(story.other)

        assert "export/" not in client.get("/grants/applications/").content.decode()
