"""Stored files: read back from storage, downloaded through a visible link, swept if unlinked."""

import hashlib
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from core import audit, files, workflow
from core.files import FileDamaged
from core.models import Receipt, StoredFile
from grants.actions import drafting
from grants.models import Application, ApplicationFile
from tests.factories.accounts import make_body, make_member, make_staff
from tests.factories.core import (
    Api,
    again,
    beside,
    pdf,
    read,
    someone_waits_for_us,
    upload,
    wait_until,
)
from tests.factories.grants import make_draft, town_story
from tests.factories.programs import NOW

db = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def clerk(db):
    return make_member(make_body(name="大泉町"))


def store(by, name="事業計画書.pdf"):
    return files.store(upload(name, pdf()), by=by)


def on_disk(stored):
    return stored.content.storage.exists(stored.content.name)


def damage(stored):
    with stored.content.storage.open(stored.content.name, "r+b") as stream:
        stream.write(b"x")


def tidy(callbacks, now):
    with callbacks(execute=True):
        return files.sweep(now=now)


class TestStore:
    """Kept by content, under a name that nobody typed."""

    def test_keeps_name_size_type_and_the_digest_of_what_storage_gives_back(self, clerk):
        stored = store(clerk)

        assert (stored.name, stored.size) == ("事業計画書.pdf", len(pdf()))
        assert stored.content_type == "application/pdf"
        assert stored.sha256 == hashlib.sha256(pdf()).hexdigest() == files.reread(stored)
        assert (stored.uploaded_by, stored.is_linked) == (clerk, False)
        assert stored.scan_state == "not_configured"

    def test_writes_nothing_typed_into_the_file_system(self, clerk):
        stored = store(clerk, name="../../髙﨑.pdf")

        assert stored.content.name == f"{stored.public_id.hex[:2]}/{stored.public_id.hex}"
        assert stored.name == "髙﨑.pdf"

    def test_scanner_that_is_away_blocks_nothing(self, clerk, settings):
        settings.CLAMD_URL = "tcp://127.0.0.1:1"

        assert store(clerk).scan_state == "pending"


class TestDamage:
    """A receipt is given only for what lies in storage as it was received."""

    @pytest.fixture
    def draft(self, db):
        self.story = town_story()
        return make_draft(self.story)

    @pytest.mark.parametrize("loss", ["changed", "gone"])
    def test_is_found_before_the_receipt(self, draft, loss):
        stored = draft.files.get().file
        if loss == "changed":
            damage(stored)
        else:
            stored.content.storage.delete(stored.content.name)

        with pytest.raises(FileDamaged, match=r"事業計画書\.pdf"):
            workflow.run(draft, "submit", by=self.story.clerk, now=NOW)

        assert not Receipt.objects.exists()
        assert Application.objects.get(pk=draft.pk).status == "draft"

    def test_is_told_by_the_api_with_what_to_do(self, draft):
        damage(draft.files.get().file)

        path = f"grants/applications/{draft.public_id}/transitions/submit/"
        answer = Api(self.story.clerk)("POST", path)

        assert (answer.status_code, answer.json()["code"]) == (409, "file-damaged")
        assert "事業計画書.pdf" in answer.json()["detail"]

    def test_of_another_file_is_nobodys_matter(self, draft):
        damage(store(self.story.clerk))

        assert workflow.run(draft, "submit", by=self.story.clerk, now=NOW).status == "submitted"


class TestDownload:
    """A file is its uploader's until it is linked; then whoever sees a link."""

    def page(self, stored):
        return reverse("file-content", args=[stored.public_id])

    def status(self, client, user, stored):
        client.force_login(user)
        answer = client.get(self.page(stored))
        read(answer)
        return answer.status_code

    def test_of_an_unlinked_file_is_the_uploaders_alone(self, clerk, client):
        stored = store(clerk)
        colleague = make_member(clerk.access.posts[0].section.organization)

        assert self.status(client, clerk, stored) == 200
        assert self.status(client, colleague, stored) == 404
        assert self.status(client, make_staff("office"), stored) in {302, 404}
        api = f"core/files/{stored.public_id}/"
        assert [Api(u)("GET", api).status_code for u in (clerk, colleague, make_staff())] == [
            200,
            404,
            404,
        ]

    @db
    def test_of_a_linked_file_is_for_who_sees_the_link(self, client):
        story = town_story()
        stored = make_draft(story).files.get().file

        for user, expected in (
            (story.clerk, 200),
            (story.viewer, 200),
            (story.other, 404),
            (story.branch, 404),
        ):
            assert self.status(client, user, stored) == expected
            path = f"core/files/{stored.public_id}/"
            assert Api(user)("GET", path).status_code == expected
            assert Api(user)("GET", f"{path}content/").status_code == expected

    @db
    def test_of_an_internal_file_is_for_headquarters(self, client):
        story = town_story()
        link = make_draft(story).files.get()
        ApplicationFile.objects.filter(pk=link.pk).update(sensitivity="internal")

        path = f"core/files/{link.file.public_id}/"
        assert Api(story.clerk)("GET", path).status_code == 404
        assert Api(story.desk.officer)("GET", path).status_code == 200

    @db
    def test_of_a_file_taken_out_of_the_case_is_for_nobody(self):
        story = town_story()
        case = make_draft(story)
        stored = case.files.get().file
        workflow.edit(
            case,
            by=story.clerk,
            now=NOW,
            version=case.version,
            changes={},
            children=drafting.remove_file(stored, by=story.clerk),
        )

        path = f"core/files/{stored.public_id}/"
        assert Api(story.clerk)("GET", path).status_code == 404
        assert Api(story.desk.officer)("GET", path).status_code == 404

    def test_of_an_infected_file_is_for_nobody(self, clerk):
        stored = store(clerk)
        StoredFile.objects.update(scan_state="infected")

        assert Api(clerk)("GET", f"core/files/{stored.public_id}/content/").status_code == 404

    def test_is_an_attachment_with_its_japanese_name(self, clerk, client):
        stored = store(clerk, name="髙﨑町 計画（最終）.pdf")
        client.force_login(clerk)

        answer = client.get(self.page(stored))

        assert read(answer) == pdf()
        assert answer["Content-Disposition"].startswith("attachment;")
        assert quote("髙﨑町 計画（最終）.pdf") in answer["Content-Disposition"]
        assert answer["Content-Type"] == "application/pdf"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, no-store"

    def test_is_recorded(self, clerk):
        stored = store(clerk)

        Api(clerk)("GET", f"core/files/{stored.public_id}/content/")

        event = audit.events_for(stored).get()
        assert (event.action, event.actor_id) == ("core.storedfile.download", clerk.pk)

    @db
    def test_needs_a_sign_in(self, clerk, client):
        stored = store(clerk)

        assert client.get(self.page(stored)).status_code == 302
        assert Api(None)("GET", f"core/files/{stored.public_id}/").status_code == 401

    @pytest.mark.parametrize("name", ["-" * 36, "0" * 36])
    def test_of_no_file_is_404(self, clerk, name):
        assert Api(clerk)("GET", f"core/files/{name}/").status_code == 404


class TestSweep:
    """What no record took within seven days goes, row and content."""

    def test_waits_seven_days(self, clerk, django_capture_on_commit_callbacks):
        stored = store(clerk)
        now = stored.created_at + WEEK

        assert tidy(django_capture_on_commit_callbacks, now) == 0
        assert tidy(django_capture_on_commit_callbacks, now + timedelta(seconds=1)) == 1

        assert not StoredFile.objects.exists()
        assert not on_disk(stored)

    @db
    def test_keeps_what_a_record_holds_or_held(self, django_capture_on_commit_callbacks):
        story = town_story()
        linked = make_draft(story).files.get().file
        made = files.store_generated(
            pdf(), name="通知.pdf", content_type="application/pdf", by=story.clerk
        )

        assert tidy(django_capture_on_commit_callbacks, timezone.now() + 2 * WEEK) == 0

        assert on_disk(linked)
        assert on_disk(made)

    def test_keeps_the_content_while_the_row_may_still_come_back(self, clerk):
        stored = store(clerk)

        with transaction.atomic():
            assert files.sweep(now=timezone.now() + 2 * WEEK) == 1
            transaction.set_rollback(True)

        assert StoredFile.objects.filter(pk=stored.pk).exists()
        assert on_disk(stored)

    def test_survives_content_that_is_gone_already(self, clerk, django_capture_on_commit_callbacks):
        stored = store(clerk)
        stored.content.storage.delete(stored.content.name)

        assert tidy(django_capture_on_commit_callbacks, timezone.now() + 2 * WEEK) == 1

    def test_leaves_a_file_that_is_linked_in_this_moment(self, fresh_db):
        story = town_story()
        case, stored = make_draft(story), store(story.clerk)

        with transaction.atomic():
            workflow.edit(
                case,
                by=story.clerk,
                now=NOW,
                version=case.version,
                changes={},
                children=drafting.add_files([stored], "", by=again(story.clerk)),
            )
            swept = beside(lambda: files.sweep(now=timezone.now() + 2 * WEEK))
            wait_until(someone_waits_for_us, "the sweep waits for the link")

        assert swept() == 0
        assert on_disk(stored)


class TestApi:
    """Upload by multipart; the answer says what was kept."""

    def test_upload(self, clerk):
        answer = Api(clerk).send_file(upload("収支予算書.pdf", pdf()))

        told, stored = answer.json(), StoredFile.objects.get()
        assert answer.status_code == 201
        assert (told["id"], told["name"]) == (str(stored.public_id), "収支予算書.pdf")
        assert told["sha256"] == hashlib.sha256(pdf()).hexdigest()
        assert told["content_url"].endswith(f"/api/v1/core/files/{stored.public_id}/content/")

    def test_refusal_is_a_problem_in_japanese(self, clerk):
        answer = Api(clerk).send_file(upload("計画.exe", b"MZ"))

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert "「計画.exe」" in answer.json()["errors"][0]["message"]
        assert not StoredFile.objects.exists()

    def test_without_a_file(self, clerk):
        answer = Api(clerk).client.post("/api/v1/core/files/", {}, headers=Api(clerk).headers)

        assert answer.json()["errors"][0]["field"] == "file"
