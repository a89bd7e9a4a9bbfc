"""A call opens and closes at the second its window says, whatever the task has done."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.actors import system_actor
from core import audit, workflow
from core.fiscal import JST
from core.models import OutboxMessage
from core.outbox import Recipient
from programs import carriers
from programs.carriers import Carrier
from programs.models import Call
from programs.moving import move_due_calls
from tests.factories.accounts import make_body, make_member, make_staff
from tests.factories.programs import NOW, make_call, make_edition

pytestmark = pytest.mark.django_db

OPENS = datetime(2021, 8, 2, 9, 0, 0, tzinfo=JST)
CLOSES = datetime(2021, 9, 30, 17, 0, 0, tzinfo=JST)
SECOND = timedelta(seconds=1)


def call(status="open", **fields):
    return make_call(status=status, opens_at=OPENS, closes_at=CLOSES, **fields)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (OPENS - SECOND, False),
        (OPENS, True),
        (CLOSES, True),
        (CLOSES + timedelta(microseconds=1), False),
        (CLOSES + SECOND, False),
    ],
)
@pytest.mark.parametrize("status", ["draft", "open"])
def test_window_to_the_second(now, is_open, status):
    assert call(status=status).is_open(now) is is_open


@pytest.mark.parametrize("status", ["closed", "decided"])
def test_closed_call_is_not_open_within_its_window(status):
    assert not call(status=status).is_open(NOW)


def test_call_without_a_form_or_rules_never_opens():
    found = call(status="draft")
    found.form = None
    assert not found.is_open(NOW)
    assert not found.is_announced(NOW)


def test_task_opens_and_closes_and_may_repeat():
    found = call(status="draft")
    system = system_actor()
    assert move_due_calls(by=system, now=OPENS - SECOND) == 0
    assert move_due_calls(by=system, now=OPENS) == 1
    assert move_due_calls(by=system, now=CLOSES) == 0
    assert move_due_calls(by=system, now=CLOSES + SECOND) == 1
    assert move_due_calls(by=system, now=CLOSES + SECOND) == 0
    found.refresh_from_db()
    assert found.status == "closed"


def test_task_leaves_a_call_that_is_not_ready():
    found = call(status="draft")
    Call.objects.filter(pk=found.pk).update(form=None)
    assert move_due_calls(by=system_actor(), now=OPENS) == 0


def test_call_cannot_be_closed_before_its_deadline():
    with pytest.raises(ValidationError):
        workflow.run(call(), "close", by=system_actor(), now=CLOSES)


def test_manager_announces_a_call_before_it_opens():
    found = call(status="draft")
    now = OPENS - timedelta(days=3)
    found = workflow.run(found, "open", by=make_staff("manager"), now=now)
    assert (found.is_open(now), found.is_upcoming(now)) == (False, True)
    assert Call.objects.announced(now).get() == found


def test_officer_may_not_extend():
    with pytest.raises(PermissionDenied):
        workflow.run(
            call(), "extend", by=make_staff("officer"), now=NOW,
            data={"reason": "要望", "closes_at": "2021-10-15T17:00:00+09:00"},
        )  # fmt: skip


def test_manager_extends_and_everybody_concerned_is_told(monkeypatch):
    town = Recipient("town@example.jp", "試験町")
    carrier = Carrier(Call, lambda line: False, lambda lines: {}, followers=lambda call: [town])
    monkeypatch.setattr(carriers, "_carriers", [carrier])
    found = call(status="closed")
    later = CLOSES + timedelta(days=1)
    found = workflow.run(
        found, "extend", by=make_staff("manager"), now=later,
        data={"reason": "災害のため", "closes_at": "2021-10-15T17:00:00+09:00"},
    )  # fmt: skip
    assert (found.status, found.is_open(later)) == ("open", True)
    message = OutboxMessage.objects.get()
    assert message.recipient == "town@example.jp"
    assert "2021年10月15日（金）17時00分" in message.body
    assert "災害のため" in message.body
    assert len(message.subject.strip()) <= 50


@pytest.mark.parametrize("closes_at", ["2021-09-30T17:00:00+09:00", "2021-08-01T00:00:00+09:00"])
def test_extension_must_be_later(closes_at):
    with pytest.raises(ValidationError):
        workflow.run(
            call(), "extend", by=make_staff("manager"), now=NOW,
            data={"reason": "要望", "closes_at": closes_at},
        )  # fmt: skip


def test_draft_call_is_hidden_from_the_town_and_seen_by_headquarters():
    tomorrow = datetime.now(JST) + timedelta(days=1)
    found = make_call(status="draft", opens_at=tomorrow, closes_at=tomorrow + timedelta(days=1))
    town = make_member(make_body())
    assert not Call.objects.all().visible_to(town).exists()
    assert Call.objects.all().visible_to(make_staff("officer")).get() == found


def test_two_rounds_of_an_edition_are_two_calls():
    edition = make_edition()
    make_call(edition, round=1)
    make_call(edition, round=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_call(edition, round=2)


def test_window_must_open_before_it_closes():
    with pytest.raises(IntegrityError), transaction.atomic():
        make_call(opens_at=CLOSES, closes_at=OPENS)


def test_planned_day_of_the_decision_is_moved_with_a_reason_and_followers_are_told(monkeypatch):
    town = Recipient("town@example.jp", "試験町")
    carrier = Carrier(Call, lambda line: False, lambda lines: {}, followers=lambda call: [town])
    monkeypatch.setattr(carriers, "_carriers", [carrier])
    found = call(decides_on=date(2022, 3, 15))
    found = workflow.run(
        found, "move_decision", by=make_staff("manager"), now=NOW,
        data={"reason": "審査委員会の延期", "decides_on": "令和4年3月22日"},
    )  # fmt: skip
    assert (found.status, found.decides_on) == ("open", date(2022, 3, 22))
    message = OutboxMessage.objects.get()
    assert "2022年3月22日（火）" in message.body
    assert "審査委員会の延期" in message.body
    assert audit.events_for(found)[0].changes["decides_on"] == ["2022-03-15", "2022-03-22"]


@pytest.mark.parametrize("day", ["2021-09-30", "2021-08-10", "2022-03-15", ""])
def test_planned_day_is_after_the_deadline_and_another_one(day):
    with pytest.raises(ValidationError):
        workflow.run(
            call(decides_on=date(2022, 3, 15)), "move_decision", by=make_staff("manager"),
            now=NOW, data={"reason": "延期", "decides_on": day},
        )  # fmt: skip


def test_officer_moves_no_planned_day():
    with pytest.raises(PermissionDenied):
        workflow.run(
            call(), "move_decision", by=make_staff("officer"), now=NOW,
            data={"reason": "延期", "decides_on": "2022-03-22"},
        )  # fmt: skip


def test_page_of_a_call_asks_for_no_paper(client, settings):
    settings.STAFF_MFA_OPTIONAL = True
    client.force_login(make_staff("manager"), backend="accounts.backends.RoleBackend")
    for url in (
        reverse("admin:programs_call_add"),
        reverse("admin:programs_call_change", args=[call(status="draft").pk]),
    ):
        shown = client.get(url).content.decode()
        assert 'name="decides_on"' in shown
        assert "behalf_reason" not in shown
        assert "paper_arrived_on" not in shown
