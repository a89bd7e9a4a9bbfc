"""Many letters as one job: rendered, packed, named by code and body, stopped, begun again."""

import csv
import hashlib
import io
import zipfile
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.actors import system_actor
from accounts.models import Organization
from core import jobs, letter_batch, letters
from core.exports import plain_text
from core.models import AuditEvent, Job, Letter, StoredFile
from tests.core.test_letters import prepare
from tests.factories.core import Api, again
from tests.factories.grants import make_application, town_story
from tests.factories.programs import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


@pytest.fixture
def case(story):
    Organization.objects.filter(pk=story.town.pk).update(code="105244", name="大泉/町:..*")
    return make_application(story, "received")


@pytest.fixture
def three(case):
    return [prepare(case) for _n in range(3)]


def packed(job):
    """The ZIP of a finished job, and its index."""
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.errors) == ("done", [])
    with job.result.content.storage.open(job.result.content.name) as stream:
        archive = zipfile.ZipFile(io.BytesIO(stream.read()))
    text = archive.read("index.csv").decode("utf-8-sig")
    return archive, list(csv.DictReader(io.StringIO(text)))


def run(found, by):
    job = letter_batch.start(found, by=by)
    assert jobs.run(job.pk, now=timezone.now())
    return Job.objects.get(pk=job.pk)


def test_zip_holds_each_letter_by_code_body_and_number_and_an_index(story, three):
    archive, index = packed(run(reversed(three), story.desk.officer))

    assert archive.testzip() is None
    assert archive.namelist() == [
        "001_105244_大泉_町_クレア多第1号.pdf",
        "002_105244_大泉_町_クレア多第2号.pdf",
        "003_105244_大泉_町_クレア多第3号.pdf",
        "index.csv",
    ]
    for letter, row in zip(Letter.objects.order_by("serial"), index, strict=True):
        content = archive.read(row["ファイル名"])
        assert row["文書番号"] == letter.number
        assert (row["宛先"], row["検証コード"]) == (letter.addressee, letter.code)
        assert row["SHA-256"] == hashlib.sha256(content).hexdigest() == letter.file.sha256
        assert (row["状態"], letter.status) == (str(letter.get_status_display()), "issued")
        assert letter.number in "".join(
            PdfReader(io.BytesIO(content)).pages[0].extract_text().split()
        )
    read = AuditEvent.objects.filter(action="core.letter.download").get()
    assert read.target_ids == [letter.pk for letter in three]
    assert read.actor_id == story.desk.officer.pk


def test_letters_that_went_out_are_packed_as_they_are(story, three):
    letters.render_waiting(now=NOW, by=system_actor())
    before = list(Letter.objects.order_by("serial").values_list("file__sha256", flat=True))

    _archive, index = packed(run(three, story.desk.officer))

    assert [row["SHA-256"] for row in index] == before


def test_stopped_job_gives_no_zip_but_keeps_what_was_rendered(story, three, monkeypatch):
    told = jobs.progress

    def stop_at_two(job, done, **options):
        if done == 2:
            jobs.cancel(job)
        told(job, done, **options)

    monkeypatch.setattr(jobs, "progress", stop_at_two)

    job = run(three, story.desk.officer)

    assert (job.state, job.result, job.done) == ("cancelled", None, 2)
    assert list(Letter.objects.order_by("serial").values_list("status", flat=True)) == [
        "issued",
        "issued",
        "pending",
    ]


def test_job_of_a_dead_worker_begins_again_with_the_same_letters(story, three):
    job = letter_batch.start(three, by=story.desk.officer)
    letters.render_one(three[0].pk, now=NOW, by=system_actor())
    Job.objects.filter(pk=job.pk).update(
        state="running", done=1, updated_at=timezone.now() - jobs.SILENT_FOR * 2
    )

    assert jobs.run_waiting(now=timezone.now() + timedelta(seconds=1)) == 1

    archive, index = packed(job)
    assert len(archive.namelist()) == 4
    assert len({row["文書番号"] for row in index}) == Letter.objects.count() == 3


def test_letter_that_cannot_be_typeset_is_named_and_the_others_are_there(story, three):
    Letter.objects.filter(pk=three[1].pk).update(template="grants/letters/none.typ")

    job = run(three, story.desk.officer)

    assert job.state == "done"
    assert len(job.errors) == 1
    assert three[1].number in job.errors[0]
    with job.result.content.storage.open(job.result.content.name) as stream:
        archive = zipfile.ZipFile(io.BytesIO(stream.read()))
    rows = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode("utf-8-sig"))))
    assert [bool(row["ファイル名"]) for row in rows] == [True, False, True]
    assert len(archive.namelist()) == 3


def test_damaged_file_is_left_out_and_named(story, three):
    letters.render_waiting(now=NOW, by=system_actor())
    StoredFile.objects.filter(pk=Letter.objects.get(pk=three[0].pk).file_id).update(sha256="0" * 64)

    job = run(three, story.desk.officer)

    assert three[0].number in job.errors[0]


def test_no_letter_or_too_many_are_refused_with_what_to_do(story, three, monkeypatch):
    monkeypatch.setattr(letter_batch, "MOST", 2)
    for found in ([], three):
        with pytest.raises(ValidationError):
            letter_batch.start(found, by=story.desk.officer)
    assert not Job.objects.exists()


def test_owner_who_left_gets_nothing(story, three):
    job = letter_batch.start(three, by=story.desk.officer)
    type(story.desk.officer).objects.filter(pk=story.desk.officer.pk).update(is_active=False)
    jobs.run(job.pk, now=timezone.now())

    assert Job.objects.get(pk=job.pk).state == "failed"


def test_admin_packs_the_chosen_and_the_filtered_list(story, three, client):
    client.force_login(story.desk.officer)
    page = reverse("admin:core_letter_changelist")

    chosen = client.post(page, {"action": "pack_selected", "_selected_action": [three[0].pk]})
    listed = client.post(f"{reverse('admin:core_letter_pack')}?sign=多")
    nothing = client.post(f"{reverse('admin:core_letter_pack')}?sign=無")

    first, second = Job.objects.order_by("pk")
    assert chosen.headers["Location"] == reverse("admin:job", args=[first.public_id])
    assert listed.headers["Location"] == reverse("admin:job", args=[second.public_id])
    assert (first.params["letters"], len(second.params["letters"])) == ([three[0].pk], 3)
    assert nothing.headers["Location"] == page


def test_town_packs_its_own_and_the_other_town_nothing(story, three, client):
    letters.render_waiting(now=NOW, by=system_actor())
    ids = ",".join(str(letter.public_id) for letter in three)

    client.force_login(again(story.other))
    assert client.post(reverse("letters-packed"), {"letters": ids}).status_code == 404
    client.force_login(again(story.clerk))
    assert client.post(reverse("letters-packed"), {"letters": ids}).status_code == 302
    assert client.post(reverse("letters-packed"), {"letters": "no-id"}).status_code == 404
    archive, _index = packed_of(Job.objects.get())
    assert len(archive.namelist()) == 4


def packed_of(job):
    jobs.run(job.pk, now=timezone.now())
    return packed(job)


def test_api_packs_what_the_key_sees(story, three):
    letters.render_waiting(now=NOW, by=system_actor())
    ids = [str(letter.public_id) for letter in three]

    assert Api(story.other)("POST", "core/letters/pack/", {"letters": ids}).status_code == 400
    answer = Api(story.clerk)("POST", "core/letters/pack/", {"letters": ids})
    assert answer.status_code == 202
    job = Job.objects.get()
    packed_of(job)
    stored = Job.objects.get().result

    other = Api(story.clerk, scopes=("correspondence:read",))
    path = f"core/files/{stored.public_id}/content/"
    assert Api(story.clerk)("GET", path).status_code == 200
    assert other("GET", path).status_code == 403
    assert Api(story.clerk)("POST", "core/letters/pack/", {"ids": ids}).status_code == 400


@pytest.mark.parametrize("text", ["=1+1", "＝cmd", " +81", "\t@x", "-1"])
def test_text_of_the_index_is_no_formula(text):
    assert plain_text(text) == f"'{text}"
    assert plain_text("大泉町") == "大泉町"
    assert plain_text("") == ""
