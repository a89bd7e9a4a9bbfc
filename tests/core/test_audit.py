"""The audit: what is written, that nobody changes it, and that a change is named."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from accounts.actors import system_actor
from accounts.models import User
from core import audit, tasks
from core.middleware import request_id
from core.models import AuditEvent, AuditSeal
from programs.models import Call
from tests.factories.accounts import make_body, make_member, make_user
from tests.factories.core import at_once, beside
from tests.factories.programs import NOW

APPEND_ONLY = (("core_auditevent", "note"), ("core_auditseal", "hash"), ("core_receipt", "number"))
STATEMENTS = ("UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}")


@pytest.fixture(autouse=True)
def heads(settings, tmp_path):
    """The file of exported heads of this test alone."""
    settings.AUDIT_HEAD_FILE = tmp_path / "away" / "heads.jsonl"
    return settings.AUDIT_HEAD_FILE


def write(count, by=None):
    """Record events about one record; it need not exist, for the audit points at nothing."""
    by, target = by or system_actor(), Call(pk=7)
    return [
        audit.record("read", target, by=by, changes={"number": [None, number]})
        for number in range(count)
    ]


def forge(superuser, statement, *values):
    """Change rows as somebody who owns the server and switched the triggers off."""
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(statement, values)


def problems():
    return list(audit.problems())


class TestRecord:
    """One event says who, as which post, did what, to which record, when."""

    @pytest.mark.django_db
    def test_names_actor_post_record_and_request(self):
        town, call = make_body(name="大泉町"), Call(pk=7)
        clerk = make_member(town)
        token = request_id.set("request-0001")

        event = audit.record("read", call, by=clerk, at=NOW, note="照会", on_behalf_of="大泉町")

        request_id.reset(token)
        event.refresh_from_db()
        assert (event.actor_id, event.actor_label) == (clerk.pk, clerk.access.label)
        assert (event.action, event.target_label) == ("programs.call.read", "programs.Call")
        assert (event.target_id, event.at, event.note) == (str(call.pk), NOW, "照会")
        assert (event.on_behalf_of, event.request_id) == ("大泉町", "request-0001")

    @pytest.mark.django_db
    def test_of_many_rows_is_one_event_with_their_ids(self):
        event = audit.record("export", Call(pk=7), by=system_actor(), ids=[3, 1, 2])

        event.refresh_from_db()
        assert event.target_ids == [3, 1, 2]
        assert audit.digest(event) == event.digest

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"title": ["", "髙﨑德邉𠮷「」\\ \"'"]},
            {"b": [1, None], "a": [{"z": [1, 2], "y": True}, []]},
            {"amount": [3_000_000, 10**18], "rate": [0.1, 2.0]},
        ],
    )
    @pytest.mark.parametrize("at", [NOW, datetime(2021, 8, 9, 15, 0, 0, 1, tzinfo=UTC)])
    def test_digest_survives_the_database(self, changes, at):
        event = audit.record("change", Call(pk=7), by=system_actor(), at=at, changes=changes)

        assert audit.digest(AuditEvent.objects.get(pk=event.pk)) == event.digest

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("at", NOW + timedelta(microseconds=1)),
            ("actor_id", 1),
            ("actor_label", "別の課 課長"),
            ("on_behalf_of", "別の町"),
            ("action", "programs.call.open"),
            ("target_label", "grants.Application"),
            ("target_id", "0"),
            ("target_ids", [1]),
            ("changes", {"title": ["A", "B"]}),
            ("note", "別の理由"),
            ("request_id", "request-0002"),
        ],
    )
    def test_digest_covers_every_field(self, field, value):
        event = audit.record("read", Call(pk=7), by=system_actor(), at=NOW)
        assert {f.attname for f in AuditEvent._meta.concrete_fields} - {"id", "digest"} >= {field}

        setattr(event, field, value)

        assert audit.digest(event) != event.digest

    @pytest.mark.django_db
    def test_changes_are_old_and_new_by_field_and_secrets_only_named(self):
        user = make_user(name="試験 太郎", password="correct horse battery staple")
        before = audit.snapshot(user)
        user.name = "試験 花子"
        user.set_password("another horse battery staple")

        changes = audit.changes_between(before, user)

        assert changes == {"name": ["試験 太郎", "試験 花子"], "password": ["***", "***"]}

    @pytest.mark.django_db
    def test_rolls_back_with_what_it_tells(self):
        def fail():
            with transaction.atomic():
                write(1)
                raise LookupError

        with pytest.raises(LookupError):
            fail()

        assert not AuditEvent.objects.exists()

    @pytest.mark.django_db
    def test_events_of_a_record_newest_first_and_no_others(self):
        first = write(1)[0]
        audit.record("open", Call(pk=8), by=system_actor())
        audit.record("change", make_user(), by=system_actor())

        last = audit.record("open", Call(pk=7), by=system_actor())

        assert list(audit.events_for(Call(pk=7))) == [last, first]

    @pytest.mark.django_db
    def test_latest_actor_of_an_act(self):
        call, first, second = Call(pk=7), make_user(), make_user()
        for user in (first, second):
            audit.record("open", call, by=user)
        audit.record("close", call, by=first)

        assert audit.latest_actor(call, "open") == second.pk
        assert audit.latest_actor(call, "extend") is None


class TestAppendOnly:
    """Nobody changes or removes a row: not the web role by grant, not others by trigger."""

    @pytest.mark.django_db
    @pytest.mark.parametrize(("table", "column"), APPEND_ONLY)
    @pytest.mark.parametrize("statement", STATEMENTS)
    def test_web_role_is_refused(self, table, column, statement):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("clair_web",)
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(statement.format(table, column, "'x'"))

    def test_superuser_is_stopped_by_the_trigger(self, fresh_db, superuser):
        write(1)
        audit.seal(now=NOW)

        for table, column in APPEND_ONLY[:2]:
            for statement in STATEMENTS:
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                    superuser.execute(statement.format(table, column, "'x'"))

        assert (AuditEvent.objects.count(), AuditSeal.objects.count()) == (1, 1)

    @pytest.mark.django_db
    def test_django_cannot_change_it_either(self):
        event = write(1)[0]
        event.note = "後から"

        with pytest.raises(ProgrammingError), transaction.atomic():
            event.save()
        with pytest.raises(ProgrammingError), transaction.atomic():
            AuditEvent.objects.all().delete()


def change_row(superuser, events):
    forge(superuser, "UPDATE core_auditevent SET note = 'x' WHERE id = %s", events[2].pk)


def change_row_and_digest(superuser, events):
    event = AuditEvent.objects.get(pk=events[2].pk)
    event.note = "x"
    change_row(superuser, events)
    statement = "UPDATE core_auditevent SET digest = %s WHERE id = %s"
    forge(superuser, statement, audit.digest(event), event.pk)


def delete_event(superuser, events):
    forge(superuser, "DELETE FROM core_auditevent WHERE id = %s", events[1].pk)


def delete_event_and_seal(superuser, events):
    delete_event(superuser, events)
    forge(superuser, "DELETE FROM core_auditseal WHERE position = 2")


def change_previous(superuser, events):
    forge(superuser, "UPDATE core_auditseal SET previous = %s WHERE position = 2", "1" * 64)


def cut_tail(superuser, events):
    forge(superuser, "DELETE FROM core_auditseal WHERE position > 3")
    forge(superuser, "DELETE FROM core_auditevent WHERE id >= %s", events[3].pk)


def cut_tail_and_grow_again(superuser, events):
    cut_tail(superuser, events)
    write(2)
    audit.seal(now=NOW)
    audit.export_head(now=NOW)


def cut_all(superuser, events):
    forge(superuser, "TRUNCATE core_auditevent, core_auditseal")


FORGERIES = (
    (
        "a changed row",
        change_row,
        ["event {id3}: its content was changed after it was written"],
    ),
    (
        "a changed row whose digest fits",
        change_row_and_digest,
        ["event {id3}: does not fit the chain at position 3"],
    ),
    ("a deleted event", delete_event, ["event {id2}: sealed at position 2, but gone"]),
    (
        "an event deleted with its seal",
        delete_event_and_seal,
        [
            "chain: position 2 is missing (next is 3)",
            "event {id3}: does not fit the chain at position 3",
        ],
    ),
    (
        "a rewritten seal",
        change_previous,
        ["event {id2}: does not fit the chain at position 2"],
    ),
    (
        "a cut tail",
        cut_tail,
        ["chain: the tail was cut; position 5 was exported, 3 is the last left"],
    ),
    (
        "a cut tail that grew again, its new head exported",
        cut_tail_and_grow_again,
        ["chain: position 5 differs from the exported head"],
    ),
    (
        "an emptied audit",
        cut_all,
        ["chain: the tail was cut; position 5 was exported, 0 is the last left"],
    ),
)


class TestVerify:
    """`verify_audit` is silent about a whole audit and names each break."""

    def verify(self):
        """Run the command; return its refusal and what it printed."""
        with pytest.raises(CommandError) as refusal:
            call_command("verify_audit")
        return refusal.value

    @pytest.mark.django_db
    def test_whole_audit(self, capsys):
        write(5)
        audit.seal(now=NOW)
        write(2)

        call_command("verify_audit")

        assert "7 events, 5 sealed, 2 waiting" in capsys.readouterr().out
        assert problems() == []

    @pytest.mark.django_db
    def test_empty_audit(self):
        assert problems() == []
        assert audit.export_head(now=NOW) is None

    def test_each_forgery_is_named_by_the_command(self, fresh_db, superuser, capsys, heads):
        write(5)
        audit.seal(now=NOW)
        audit.export_head(now=NOW)
        exported = heads.read_text()
        events = list(AuditEvent.objects.order_by("pk"))
        superuser.execute("CREATE TABLE kept_events AS TABLE core_auditevent")
        superuser.execute("CREATE TABLE kept_seals AS TABLE core_auditseal")

        for name, forgery, found in FORGERIES:
            capsys.readouterr()
            forgery(superuser, events)

            refusal = self.verify()

            ids = {f"id{number}": event.pk for number, event in enumerate(events, start=1)}
            assert capsys.readouterr().err.splitlines() == [f.format(**ids) for f in found], name
            assert refusal.returncode == 1
            forge(superuser, "TRUNCATE core_auditevent, core_auditseal")
            forge(superuser, "INSERT INTO core_auditevent TABLE kept_events")
            forge(superuser, "INSERT INTO core_auditseal TABLE kept_seals")
            heads.write_text(exported)
        assert problems() == []

    def test_changed_row_that_is_not_sealed_yet_is_named(self, fresh_db, superuser):
        event = write(2)[1]
        forge(superuser, "UPDATE core_auditevent SET actor_id = 1 WHERE id = %s", event.pk)

        assert problems() == [f"event {event.pk}: its content was changed before it was sealed"]

    @pytest.mark.django_db
    def test_file_of_heads_that_cannot_be_read_is_named(self, heads):
        write(2)
        audit.seal(now=NOW)
        audit.export_head(now=NOW)
        heads.write_text(heads.read_text() + '{"position": 9, "ha')

        assert [sentence.partition(":")[0] for sentence in problems()] == ["heads"]

    @pytest.mark.django_db
    def test_heads_are_kept_outside_the_database_line_by_line(self, heads):
        for count in (2, 3):
            write(count)
            audit.seal(now=NOW)
            audit.export_head(now=NOW)

        lines = [json.loads(line) for line in heads.read_text().splitlines()]
        assert [line["position"] for line in lines] == [2, 5]
        assert lines[1]["hash"] == AuditSeal.objects.get(position=5).hash

    def test_exit_code_of_the_command(self, fresh_db, superuser, cluster, heads):
        event = write(2)[0]
        audit.seal(now=NOW)
        forge(superuser, "UPDATE core_auditevent SET note = 'x' WHERE id = %s", event.pk)
        env = os.environ | {
            "DATABASE_URL": cluster.postgres.url("clair_web", fresh_db),
            "CLAIR_AUDIT_HEADS": str(heads),
        }

        done = subprocess.run(
            [sys.executable, "manage.py", "verify_audit"],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 1
        assert f"event {event.pk}: its content was changed" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.django_db
    def test_costs_a_few_queries_however_many_events(self, django_assert_max_num_queries):
        write(40)
        audit.seal(now=NOW)

        with django_assert_max_num_queries(4):
            assert problems() == []


class TestSealing:
    """Every committed event is sealed once, in a chain without gap; writers never wait for it."""

    def positions(self):
        return list(AuditSeal.objects.order_by("position").values_list("position", flat=True))

    @pytest.mark.django_db
    def test_in_portions(self):
        write(5)

        assert [audit.seal(now=NOW, limit=2) for _ in range(4)] == [2, 2, 1, 0]
        assert self.positions() == [1, 2, 3, 4, 5]
        assert problems() == []

    def test_under_16_parallel_writers(self, fresh_db):
        user, done = make_user(), threading.Event()

        def writer():
            by = User.objects.get(pk=user.pk)
            for number in range(15):
                with transaction.atomic():
                    audit.record("read", Call(pk=7), by=by)
                    transaction.set_rollback(number % 5 == 4)

        def sealer():
            count = 0
            while not done.is_set():
                count += audit.seal_waiting(now=NOW)
            return count

        sealers = [beside(sealer), beside(sealer)]
        refused = [outcome for outcome in at_once(*[writer] * 16) if outcome]
        done.set()
        sealed = sum(outcome() for outcome in sealers) + audit.seal_waiting(now=NOW)

        assert refused == []
        assert sealed == AuditEvent.objects.count() == 16 * 12
        assert self.positions() == list(range(1, 16 * 12 + 1))
        assert set(AuditSeal.objects.values_list("event_id", flat=True)) == set(
            AuditEvent.objects.values_list("pk", flat=True)
        )
        assert problems() == []

    def test_of_ids_that_commit_out_of_order(self, fresh_db):
        with transaction.atomic():
            early = write(1)[0]
            late = beside(lambda: write(1)[0])()
            assert late.pk > early.pk
            beside(lambda: audit.seal(now=NOW))()
        audit.seal(now=NOW)

        order = AuditSeal.objects.order_by("position").values_list("event_id", flat=True)
        assert list(order) == [late.pk, early.pk]
        assert problems() == []

    def test_of_what_committed_later_than_the_sealer_looks_back(self, fresh_db, monkeypatch):
        monkeypatch.setattr(audit, "_SEAL_WINDOW", 0)
        with transaction.atomic():
            early = write(1)[0]
            beside(lambda: write(1) and audit.seal(now=NOW))()
        assert audit.seal(now=NOW) == 0

        tasks.export_audit_head()

        assert AuditSeal.objects.filter(event_id=early.pk).count() == 1
        assert problems() == []

    def test_second_sealer_leaves_the_work_to_the_first(self, fresh_db):
        write(1)
        with transaction.atomic():
            assert audit.seal(now=NOW) == 1
            assert beside(lambda: audit.seal(now=NOW))() == 0
        assert self.positions() == [1]

    def test_makes_no_writer_wait(self, fresh_db):
        write(1)
        with transaction.atomic():
            audit.seal(now=NOW)
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM core_auditseal")
            event = beside(lambda: write(1)[0])()

        assert isinstance(event, AuditEvent)
