"""The virus scan over clamd's own protocol: what is found is marked and told, and stops nothing."""

import socketserver
import struct
import threading
from datetime import timedelta

import pytest
from django.urls import reverse
from PIL import Image

from core import files, today, workflow
from core.models import OutboxMessage, StoredFile
from core.tasks import sweep_scans
from grants.actions import drafting
from tests.factories.core import Api, picture, read, upload
from tests.factories.grants import make_draft, town_story
from tests.factories.programs import NOW

pytestmark = pytest.mark.django_db
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.StreamRequestHandler):
    """INSTREAM as clamd speaks it: a command, chunks with their length, an empty one."""

    def handle(self):
        assert self.rfile.readline() == b"nINSTREAM\n"
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        found = b"Win.Test.EICAR_HDB-1 FOUND" if EICAR in content else b"OK"
        self.wfile.write(b"stream: " + found + b"\n")


@pytest.fixture
def scanner(settings):
    """A scanner at CLAMD_URL."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        settings.CLAMD_URL = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def story():
    return town_story()


def infected(by):
    return files.store(upload("感染.txt", EICAR), by=by)


def add(story, case, stored):
    return workflow.edit(
        case,
        by=story.clerk,
        now=NOW,
        version=case.version,
        changes={},
        children=drafting.add_files([stored], "", by=story.clerk),
    )


def alerts():
    return OutboxMessage.objects.filter(template="core/mail/file_infected")


def asked_of(user):
    mine = next(part for part in today.lists(user, NOW) if part.kind == "mine")
    return [str(row.asked) for row in mine.rows]


def test_clean_file_is_marked_clean(scanner, story):
    assert files.store(upload("覚書.txt", b"x"), by=story.clerk).scan_state == "clean"


def test_virus_is_marked_told_to_the_post_in_charge_and_stops_no_submission(
    scanner, story, time_machine
):
    time_machine.move_to(NOW, tick=False)
    stored = infected(story.clerk)
    assert (stored.scan_state, alerts().count()) == ("infected", 0)  # nobody's yet

    case = add(story, make_draft(story), stored)

    mail = alerts().get()
    assert mail.recipient == story.desk.section.mailbox
    assert "ウイルス" in mail.subject
    assert reverse("admin:grants_application_change", args=[case.pk]) in mail.body
    case = story.run(case, "submit")
    assert case.status == "submitted"
    assert "ウイルスの検出されたファイルの差替えを求める" in asked_of(story.desk.officer)
    case = story.run(case, "receive")
    assert "ウイルスの検出されたファイルの差替えを求める" in asked_of(story.desk.officer)
    assert alerts().count() == 1


def test_virus_is_told_at_the_download_and_not_sent(scanner, story, client, settings):
    settings.STAFF_MFA_OPTIONAL = True
    stored = infected(story.clerk)
    case = add(story, make_draft(story), stored)
    page = reverse("file-content", args=[stored.public_id])

    for user, status in ((story.clerk, 403), (story.desk.officer, 403), (story.other, 404)):
        client.force_login(user)
        answer = client.get(page)
        assert answer.status_code == status
        assert EICAR not in read(answer)
        told = "このファイルからウイルスが検出されました" in answer.content.decode()
        assert told is (status == 403)
        api = Api(user)("GET", f"core/files/{stored.public_id}/content/")
        assert api.status_code == 404
    client.force_login(story.clerk)
    html = client.get(reverse("grants:application-detail", args=[case.public_id])).content.decode()
    assert "「感染.txt」からウイルスが検出されました" in html


def test_file_that_came_while_the_scanner_was_away_is_scanned_later(story, settings, request):
    settings.CLAMD_URL = "tcp://127.0.0.1:1"
    stored = infected(story.clerk)
    case = add(story, make_draft(story), stored)
    clean = case.files.exclude(file=stored).get().file
    assert sweep_scans() == 0
    assert {stored.scan_state, clean.scan_state} == {"pending"}

    request.getfixturevalue("scanner")
    assert sweep_scans() == 2
    assert sweep_scans() == 0

    stored.refresh_from_db()
    clean.refresh_from_db()
    assert (stored.scan_state, clean.scan_state) == ("infected", "clean")
    assert alerts().get().recipient == story.desk.section.mailbox


def test_photo_that_tells_its_place_is_taken_and_the_clerk_is_told(story, client, tmp_path):
    case = make_draft(story)
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    photo = tmp_path / "photo.jpg"
    Image.new("RGB", (8, 8)).save(photo, exif=exif)
    client.force_login(story.clerk)
    page = reverse("grants:application-files", args=[case.public_id])

    sent = [upload("祭り.jpg", photo.read_bytes()), upload("地図.png", picture())]
    answer = client.post(
        page, {"files": sent, "question": "", "version": case.version}, follow=True
    )

    html = answer.content.decode()
    assert "「祭り.jpg」には撮影場所" in html
    assert "「地図.png」には" not in html
    assert StoredFile.objects.filter(name="祭り.jpg", is_linked=True).exists()


def test_uploads_that_nobody_linked_are_not_told(scanner, story):
    infected(story.clerk)

    files.sweep(now=NOW + timedelta(days=3650))

    assert not alerts().exists()
