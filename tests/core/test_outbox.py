"""Notices: written with their cause, sent once, by real conversations with a mail server."""

from datetime import timedelta

import pytest
from celery import Celery
from django.db import connection, transaction

from clair.celery import app
from core import outbox
from core.models import OutboxMessage
from core.outbox import Recipient
from tests.factories.core import at_once
from tests.factories.mail import MailServer, free_port
from tests.factories.programs import NOW

MINUTE = timedelta(minutes=1)
CONTEXT = {
    "case": {"title": "やさしい日本語の講座", "receipt_number": "2021-0000001-2"},
    "link": "https://portal.example/applications/1/",
}
TEMPLATE = "grants/mail/application_submit"


@pytest.fixture
def smtp(settings):
    """Say that mail goes out by SMTP to a port of this machine."""

    def use(port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port

    return use


@pytest.fixture
def server(smtp):
    """A mail server that takes everything."""
    with MailServer() as server:
        smtp(server.port)
        yield server


def enqueue(*addresses, **fields):
    """Queue a notice for each address; return the rows."""
    outbox.enqueue(
        TEMPLATE,
        recipients=[Recipient(address) for address in addresses],
        context=CONTEXT,
        now=fields.pop("now", NOW),
        **fields,
    )
    return list(OutboxMessage.objects.order_by("pk"))


def waiting():
    return OutboxMessage.objects.filter(sent_at=None, failed_at=None).count()


@pytest.mark.django_db
def test_notice_arrives_as_written_with_its_message_id(server):
    row = enqueue("kokusai@example.jp")[0]

    assert outbox.send_waiting(now=NOW) == 1

    mail = server.mails[0]
    row.refresh_from_db()
    assert (mail["To"], mail["Message-ID"]) == ("kokusai@example.jp", row.message_id)
    assert mail["Subject"].strip() == row.subject
    assert "やさしい日本語の講座" in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert row.sent_at is not None
    assert (row.attempts, row.last_error) == (1, "")


@pytest.mark.django_db
def test_nothing_is_sent_twice(server):
    enqueue("kokusai@example.jp")

    counts = [outbox.send_waiting(now=NOW + n * MINUTE) for n in range(3)]

    assert counts == [1, 0, 0]
    assert len(server.mails) == 1


@pytest.mark.django_db
def test_one_mailbox_gets_one_notice_and_an_empty_address_none():
    rows = enqueue("Kokusai@example.jp", "kokusai@example.jp", "", "soumu@example.jp")

    assert sorted(row.recipient.lower() for row in rows) == [
        "kokusai@example.jp",
        "soumu@example.jp",
    ]
    assert len({row.message_id for row in rows}) == 2


@pytest.mark.django_db
def test_notice_waits_for_its_time(server):
    enqueue("kokusai@example.jp", not_before=NOW + MINUTE)

    assert outbox.send_waiting(now=NOW) == 0
    assert outbox.send_waiting(now=NOW + MINUTE) == 1


@pytest.mark.django_db
def test_notice_of_a_cause_that_was_rolled_back_never_was():
    with transaction.atomic():
        enqueue("kokusai@example.jp")
        transaction.set_rollback(True)

    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_refused_recipient_holds_up_nobody(server):
    server.refused = {"gone@example.jp"}
    enqueue("gone@example.jp", "kokusai@example.jp", "soumu@example.jp")

    assert outbox.send_waiting(now=NOW) == 2

    row = OutboxMessage.objects.get(recipient="gone@example.jp")
    assert "550" in row.last_error
    assert (row.attempts, row.sent_at, row.failed_at) == (1, None, None)
    assert row.not_before == NOW + 2 * MINUTE


@pytest.mark.django_db
def test_refused_recipient_is_tried_less_and_less_often_and_given_up(server):
    server.refused = {"gone@example.jp"}
    row, now, waits = enqueue("gone@example.jp")[0], NOW, []

    while row.failed_at is None:
        outbox.send_waiting(now=now)
        assert outbox.send_waiting(now=now) == 0
        row.refresh_from_db()
        waits.append(int((row.not_before - now) / MINUTE))
        now = row.not_before

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256]
    assert row.attempts == outbox.MAX_ATTEMPTS
    outbox.send_waiting(now=now)
    row.refresh_from_db()
    assert row.attempts == outbox.MAX_ATTEMPTS
    assert server.mails == []


@pytest.mark.django_db
def test_server_that_is_away_gets_it_when_it_is_back(smtp):
    port = free_port()
    smtp(port)
    rows = enqueue("kokusai@example.jp", "soumu@example.jp")

    assert outbox.send_waiting(now=NOW) == 0
    assert waiting() == 2
    with MailServer(port) as server:
        assert outbox.send_waiting(now=NOW + MINUTE) == 0
        assert outbox.send_waiting(now=NOW + 2 * MINUTE) == 2

    assert sorted(server.ids()) == sorted(row.message_id for row in rows)
    assert "ConnectionRefusedError" in OutboxMessage.objects.first().last_error


@pytest.mark.django_db
def test_notice_that_cannot_be_written_as_mail_holds_up_nobody(server):
    outbox.enqueue_rendered(
        recipient="first@example.jp", subject="二行の\n件名", body="本文", template="x"
    )
    OutboxMessage.objects.update(not_before=NOW)
    enqueue("kokusai@example.jp")

    assert outbox.send_waiting(now=NOW) == 1

    bad = OutboxMessage.objects.get(recipient="first@example.jp")
    assert (bad.attempts, bad.sent_at) == (1, None)
    assert "BadHeaderError" in bad.last_error


@pytest.mark.django_db
def test_error_of_sending_is_kept_short(server):
    server.refused = {f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 55}.jp"}
    row = enqueue(*server.refused)[0]

    outbox.send_waiting(now=NOW)

    row.refresh_from_db()
    assert 0 < len(row.last_error) <= 300


def test_parallel_senders_share_the_work(fresh_db, server):
    rows = enqueue(*(f"town{number}@example.jp" for number in range(40)))

    counts = at_once(*[lambda: outbox.send_waiting(now=NOW)] * 4)

    assert sum(counts) == 40
    assert sorted(server.ids()) == sorted(row.message_id for row in rows)


def test_sender_that_dies_before_it_commits_repeats_one_mail_with_its_message_id(
    fresh_db, server, monkeypatch
):
    rows = enqueue(*(f"town{number}@example.jp" for number in range(3)))
    save = OutboxMessage.save

    def die(self, **options):
        if self.pk == rows[1].pk:
            raise KeyboardInterrupt
        save(self, **options)

    monkeypatch.setattr(OutboxMessage, "save", die)
    with pytest.raises(KeyboardInterrupt):
        outbox.send_waiting(now=NOW)
    monkeypatch.undo()
    assert not connection.in_atomic_block

    assert waiting() == 2
    assert server.ids() == [rows[0].message_id, rows[1].message_id]


@pytest.fixture
def broker_away(settings):
    """A broker at an address where nothing listens, with the portal's own options."""
    away = Celery("away", broker=f"redis://127.0.0.1:{free_port()}/0", set_as_current=False)
    away.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    away.set_current()
    yield
    app.set_current()


@pytest.mark.django_db
def test_broker_that_is_away_fails_no_act_and_makes_it_hardly_wait(
    broker_away, django_capture_on_commit_callbacks, monkeypatch, caplog
):
    naps = []
    monkeypatch.setattr("kombu.utils.functional.sleep", naps.append)

    with django_capture_on_commit_callbacks(execute=True):
        enqueue("kokusai@example.jp")

    assert waiting() == 1
    assert "left to the sweep" in caplog.text
    assert sum(naps) < 0.5
