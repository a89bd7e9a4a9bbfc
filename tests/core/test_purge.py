"""Personal data whose time is over: proposed, decided by a person, let go, and nothing else."""

from datetime import date, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts.actions import forget_sessions
from accounts.actors import system_actor
from accounts.models import Post, Section, User
from core import audit, purge, today
from core.fiscal import JST
from core.models import AuditEvent, Job, OutboxMessage, PurgeList
from core.workflow import InvalidTransition
from grants.models import Application
from tests.factories.accounts import make_body, make_member, make_section, make_staff, make_user
from tests.factories.grants import make_application, town_story

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 5, 10, 3, 40, tzinfo=JST)
LONG_AGO = NOW - timedelta(days=1200)


@pytest.fixture
def administrator():
    return make_staff("administrator", make_section())


@pytest.fixture
def leaver():
    """Somebody of a body who left more than three years ago."""
    user = make_member(make_body())
    User.objects.filter(pk=user.pk).update(is_active=False, left_on=LONG_AGO.date())
    return User.objects.get(pk=user.pk)


def mail(sent_at):
    return OutboxMessage.objects.create(
        template="t", recipient="a@example.jp", subject="件名", body="本文", not_before=sent_at,
        message_id=f"<{sent_at.timestamp()}@x>", sent_at=sent_at,
    )  # fmt: skip


def decided(administrator):
    found = purge.propose(now=NOW)
    return purge.decide(found, by=administrator, now=NOW, reason="保存期間の満了")


def test_report_counts_what_is_past_its_time_and_changes_nothing(leaver):
    old, _new = mail(NOW - timedelta(days=401)), mail(NOW - timedelta(days=399))

    counts = {rule.label: rule.count for rule in purge.report(now=NOW)}

    assert counts["core.OutboxMessage"] == 1
    assert counts["accounts.User"] == 1
    assert OutboxMessage.objects.filter(pk=old.pk).exists()
    assert not PurgeList.objects.exists()


def test_nothing_goes_without_a_decision(leaver):
    mail(LONG_AGO)
    purge.propose(now=NOW)

    assert purge.carry_out(by=system_actor(), now=NOW) == 0
    assert OutboxMessage.objects.count() == 1


def test_decided_rows_go_and_the_audit_keeps_ids_without_words(administrator, leaver):
    old, new = mail(LONG_AGO), mail(NOW - timedelta(days=10))
    name, email = leaver.name, leaver.email
    decided(administrator)

    purge.carry_out(by=system_actor(), now=NOW + timedelta(hours=1))

    assert list(OutboxMessage.objects.values_list("pk", flat=True)) == [new.pk]
    erased = User.objects.get(pk=leaver.pk)
    assert (erased.name, erased.kana, erased.is_active) == ("", "", False)
    assert erased.email.endswith("@deleted.invalid")
    assert not erased.has_usable_password()
    row = PurgeList.objects.get()
    assert (row.state, row.decided_by) == ("done", administrator)
    events = AuditEvent.objects.filter(action__endswith=".purge")
    assert {e.target_label: e.target_ids for e in events} == {
        "core.OutboxMessage": [old.pk],
        "accounts.User": [leaver.pk],
    }
    words = " ".join(f"{e.note} {e.changes}" for e in AuditEvent.objects.all())
    assert name not in words
    assert email not in words
    assert not list(audit.problems())


def test_row_that_became_needed_again_stays(administrator, leaver):
    decided(administrator)
    User.objects.filter(pk=leaver.pk).update(left_on=None, is_active=True)

    purge.carry_out(by=system_actor(), now=NOW)

    assert User.objects.get(pk=leaver.pk).email == leaver.email
    part = next(p for p in PurgeList.objects.get().parts if p["model"] == "accounts.User")
    assert (part["done"], part["left"]) == (0, 1)


def test_dead_worker_leaves_a_list_that_goes_on(administrator, monkeypatch):
    monkeypatch.setattr(purge, "AT_ONCE", 2)
    for day in range(5):
        mail(LONG_AGO - timedelta(days=day))
    row = decided(administrator)
    assert purge._next_rows(row.pk, by=system_actor(), now=NOW) == 2

    assert purge.carry_out(by=system_actor(), now=NOW) == 3
    assert not OutboxMessage.objects.exists()


def test_a_month_has_one_list_and_none_while_one_waits(administrator):
    mail(LONG_AGO)
    first = purge.propose(now=NOW)
    assert purge.propose(now=NOW + timedelta(days=60)) is None

    purge.decide(first, by=administrator, now=NOW, reason="残す", dismiss=True)
    assert purge.propose(now=NOW + timedelta(days=1)) is None
    assert purge.propose(now=NOW + timedelta(days=60)).period == "2030-07"
    assert OutboxMessage.objects.count() == 1


def test_only_an_administrator_decides_and_once(administrator):
    mail(LONG_AGO)
    found = purge.propose(now=NOW)
    with pytest.raises(PermissionDenied):
        purge.decide(found, by=make_staff("auditor", make_section()), now=NOW, reason="x")
    purge.decide(found, by=administrator, now=NOW, reason="満了")

    with pytest.raises(InvalidTransition):
        purge.decide(found, by=administrator, now=NOW, reason="満了")


def test_application_keeps_its_amounts_and_loses_its_persons_five_years_after_its_year(
    administrator,
):
    story = town_story()
    case = make_application(story, "received")
    Application.objects.filter(pk=case.pk).update(status="withdrawn")
    year = case.edition.fiscal_year  # ends on 31 March of the next year
    ends = datetime(year + 1, 4, 1, 12, tzinfo=JST)
    before, after = ends + timedelta(days=1825), ends + timedelta(days=1826)
    label = "grants.Application"

    assert {r.label: r.count for r in purge.report(now=before)}[label] == 0
    assert {r.label: r.count for r in purge.report(now=after)}[label] == 1
    found = purge.propose(now=after)
    purge.decide(found, by=administrator, now=after, reason="満了")
    purge.carry_out(by=system_actor(), now=after)

    erased = Application.objects.get(pk=case.pk)
    assert (erased.contact_name, erased.contact_phone, erased.contact_email) == ("", "", "")
    assert erased.requested_amount == case.requested_amount
    assert erased.version == case.version + 1
    assert {r.label: r.count for r in purge.report(now=after)}[label] == 0


def test_closed_post_and_section_lose_their_mailbox(administrator):
    section = make_section(make_body(), mailbox="old@example.jp")
    Section.objects.filter(pk=section.pk).update(valid_to=date(2028, 3, 31))
    decided(administrator)

    purge.carry_out(by=system_actor(), now=NOW)

    assert Section.objects.get(pk=section.pk).mailbox == ""
    assert not Post.objects.filter(section=section).exclude(mailbox="").exists()


def test_operator_sets_the_days(settings, administrator):
    mail(NOW - timedelta(days=100))
    assert purge.propose(now=NOW) is None
    settings.RETENTION_DAYS = {"core.OutboxMessage": 30}

    assert purge.propose(now=NOW).total == 1


def test_jobs_go_with_time_but_not_those_of_reports(administrator):
    user = make_user()
    Job.objects.create(kind="export", title="x", owner=user, state="done", finished_at=LONG_AGO)
    decided(administrator)

    assert purge.carry_out(by=system_actor(), now=NOW) == 1
    assert not Job.objects.exists()


def test_sessions_that_are_over_go_without_a_list():
    Session.objects.create(session_key="a", session_data="", expire_date=NOW - timedelta(hours=1))
    Session.objects.create(session_key="b", session_data="", expire_date=NOW + timedelta(hours=1))

    assert forget_sessions(now=NOW) == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == ["b"]


def test_pages_show_rules_and_the_list_waits_in_todays_work(client, settings, administrator):
    settings.STAFF_MFA_OPTIONAL = True
    mail(LONG_AGO)
    found = purge.propose(now=NOW)
    rows = {part.kind: part.rows for part in today.lists(administrator, NOW)}
    address = reverse("admin:core_purgelist_change", args=[found.pk])
    assert address in [row.url for row in rows["mine"]]

    client.force_login(administrator)
    rules = client.get(reverse("admin:core_purgelist_rules")).content.decode()
    page = client.get(address).content.decode()
    decision = reverse("admin:core_purgelist_decide", args=[found.pk])
    without = client.post(decision, {"act": "decide", "reason": ""})
    assert PurgeList.objects.get().state == "proposed"
    client.post(decision, {"act": "decide", "reason": "保存期間の満了"})

    assert "core.OutboxMessage" in rules
    assert "a@example.jp" not in page
    assert without.status_code == 302
    assert PurgeList.objects.get().state == "decided"
