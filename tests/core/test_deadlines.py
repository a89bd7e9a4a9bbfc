"""Deadlines: reminded on the planned day, to whom, once, and never after the thing is done."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import system_actor
from accounts.models import Post
from core import audit, deadlines, outbox, today
from core.deadlines import Deadline, reminder_days, schedule_of
from core.fiscal import JST, is_working_day
from core.models import OutboxMessage, Reminder
from core.outbox import Recipient
from core.tasks import remind_of_deadlines
from grants.models import Application
from tests.factories.core import at_once
from tests.factories.grants import make_application, town_story

db = pytest.mark.django_db
DUE = date(2021, 10, 29)  # a Friday


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=JST)


class Duties:
    """A provider whose cases are due until their status is no longer under review."""

    def __init__(self, due=DUE, **fields):
        self.due, self.fields = due, fields

    def __call__(self, *, now, case=None):
        rows = Application.objects.filter(status="under_review").select_related(
            "organization", "section", "edition__section", "edition__program"
        )
        for found in rows.filter(pk=case.pk) if case else rows:
            desk = found.edition.section
            yield Deadline(
                **{
                    "case_label": found._meta.label,
                    "case_id": found.pk,
                    "kind": "trial",
                    "due": self.due,
                    "label": "実績報告",
                    "url_for_owner": found.get_absolute_url(),
                    "url_for_staff": f"/admin/grants/application/{found.pk}/change/",
                    "owner_recipients": (Recipient(found.section.mailbox, found.section.name),),
                    "escalate_to": (Recipient("kacho@clair.example", "課長"),),
                    "staff_recipients": (Recipient(desk.mailbox, desk.name),),
                    "section": desk.name,
                    "body": found.organization.name,
                    "number": found.receipt_number,
                }
                | self.fields
            )


@pytest.fixture
def duties(monkeypatch):
    """Register the trial's provider alone."""
    monkeypatch.setattr(deadlines, "kinds", {})

    def register(due=DUE, **fields):
        deadlines.register("trial", Duties(due, **fields), label="試しの期限")

    register()
    return register


@pytest.fixture
def clock():
    with time_machine.travel(noon(DUE), tick=False) as traveller:
        yield traveller


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


@pytest.fixture
def case(story, duties):
    return make_application(story, "under_review")


def remind(day):
    return deadlines.remind(by=system_actor(), now=noon(day))


def mails(name="remind"):
    rows = OutboxMessage.objects.filter(template=f"core/mail/deadline_{name}")
    return list(rows.order_by("pk"))


@pytest.mark.parametrize(
    ("due", "planned"),
    [
        # Friday 29 October: 14, 7, 3 and 1 days before are the 15th, 22nd, 26th and 28th.
        (date(2021, 10, 29), ["10-15 -14", "10-22 -7", "10-26 -3", "10-28 -1"]),
        # Monday: 3 and 1 days before are Friday and Sunday; Sunday moves to Friday, once is enough.
        (date(2021, 10, 25), ["10-11 -14", "10-18 -7", "10-22 -1"]),
        # 3 November 2021 is 文化の日: 4 Nov minus 1 moves to the 2nd; 3 before is the 1st.
        (date(2021, 11, 4), ["10-21 -14", "10-28 -7", "11-01 -3", "11-02 -1"]),
        # 7 January 2022: the offices are closed from 29 December to 3 January.
        (date(2022, 1, 7), ["12-24 -14", "12-28 -7", "01-04 -3", "01-06 -1"]),
    ],
)
def test_days_before_that_are_no_working_days_move_forward(due, planned):
    assert [f"{day:%m-%d} {n}" for day, n in reminder_days(due, until=due)] == planned


def test_weeks_after_the_deadline_never_move_to_it_or_before():
    # Golden Week 2019 was ten days: 27 April to 6 May. Due on 26 April, the 7th day after is
    # 3 May, whose working day before is the 26th itself: so the first word is on 7 May.
    days = reminder_days(date(2019, 4, 26), until=date(2019, 5, 20))

    assert [(f"{d:%m-%d}", n) for d, n in days if n > 0] == [
        ("05-07", 7),
        ("05-10", 14),
        ("05-17", 21),
    ]
    assert all(is_working_day(day) for day, _n in days)


@db
def test_body_is_told_on_each_planned_day_once(case):
    told = {n: remind(DUE + timedelta(days=n)) for n in (-20, -14, -7, -6, -3, -1, 0, 3)}

    assert [n for n, count in told.items() if count] == [-14, -7, -3, -1]
    assert remind(DUE - timedelta(days=1)) == 0
    assert [mail.subject for mail in mails()] == [
        f"【クレア】期限まであと{n}日：実績報告" for n in (14, 7, 3, 1)
    ]
    mail = mails()[0]
    assert mail.recipient == case.section.mailbox
    assert "令和3年10月29日（金）" in mail.body
    assert case.get_absolute_url() in mail.body
    assert mails("escalate") == []
    assert len([e for e in audit.events_for(case) if e.action.endswith(".remind")]) == 4


@db
def test_manager_is_told_beside_the_body_every_week_once_it_is_late(case):
    remind(DUE + timedelta(days=7))
    remind(DUE + timedelta(days=14))

    assert [mail.subject for mail in mails()] == [
        "【クレア】期限超過：実績報告（7日経過）",
        "【クレア】期限超過：実績報告（14日経過）",
    ]
    assert [mail.recipient for mail in mails("escalate")] == ["kacho@clair.example"] * 2
    assert case.organization.name in mails("escalate")[0].body
    assert list(Reminder.objects.values_list("offset", "is_escalated")) == [(7, True), (14, True)]


@db
def test_nothing_is_told_once_it_is_done_even_between_looking_and_telling(case, monkeypatch):
    Application.objects.filter(pk=case.pk).update(status="received")
    assert remind(DUE - timedelta(days=7)) == 0

    Application.objects.filter(pk=case.pk).update(status="under_review")
    seen = list(deadlines.upcoming(now=noon(DUE)))
    Application.objects.filter(pk=case.pk).update(status="received")
    monkeypatch.setattr(
        deadlines,
        "upcoming",
        lambda *, case=None, **kw: seen if case is None else Duties()(now=noon(DUE), case=case),
    )

    assert remind(DUE - timedelta(days=7)) == 0
    assert not Reminder.objects.exists()


@db
def test_a_missed_morning_is_made_up_for_but_a_missed_week_is_not(case):
    assert remind(DUE - timedelta(days=5)) == 1  # the word of the 7th day, two days late
    assert "あと5日" in mails()[0].subject
    assert remind(DUE - timedelta(days=10)) == 0


@db
def test_what_was_planned_before_the_duty_stood_is_not_told(case, duties):
    duties(since=DUE - timedelta(days=7))

    assert remind(DUE - timedelta(days=7)) == 0
    assert remind(DUE - timedelta(days=3)) == 1


@db
def test_missing_mailbox_is_told_to_the_officer_and_waits_in_todays_work(case, story, client):
    type(case.section).objects.filter(pk=case.section_id).update(mailbox="")

    assert remind(DUE - timedelta(days=7)) == 1
    assert remind(DUE - timedelta(days=7)) == 0

    assert mails() == []
    assert [m.recipient for m in mails("undelivered")] == [story.call.edition.section.mailbox]
    row = Reminder.objects.get()
    rows = {part.kind: part.rows for part in today.lists(story.desk.officer, noon(DUE))}
    assert [r.url for r in rows["mine"] if r.program == "実績報告"] == [
        reverse("admin:core_reminder_change", args=[row.pk])
    ]
    client.force_login(story.desk.officer)
    page = client.post(reverse("admin:core_reminder_handle", args=[row.pk]))
    assert page.status_code == 302
    assert Reminder.objects.get().handled_at


@db
def test_mail_that_a_server_refuses_for_good_is_told_to_the_officer_once(case, story):
    remind(DUE - timedelta(days=7))
    OutboxMessage.objects.filter(pk=mails()[0].pk).update(failed_at=noon(DUE - timedelta(days=6)))

    remind(DUE - timedelta(days=6))
    remind(DUE - timedelta(days=6))

    assert Reminder.objects.get().problem == "undelivered"
    assert [m.recipient for m in mails("undelivered")] == [story.call.edition.section.mailbox]


@db
def test_post_without_a_mailbox_is_reached_through_who_holds_it(case, story):
    Post.objects.filter(section=case.section, role="submitter").update(mailbox="post@example.jp")
    found = case.section.recipients("submitter", on=DUE)
    assert {r.email for r in found} == {case.section.mailbox, "post@example.jp"}

    Post.objects.filter(section=case.section, role="submitter").update(mailbox="")
    found = case.section.recipients("submitter", on=DUE)
    assert {r.email for r in found} == {case.section.mailbox, story.clerk.email}


def test_two_workers_at_once_tell_once(fresh_db, monkeypatch):
    monkeypatch.setattr(deadlines, "kinds", {"trial": deadlines.Kind("trial", "試し", Duties())})
    make_application(town_story(), "under_review")

    counts = at_once(*[lambda: remind(DUE - timedelta(days=7))] * 2)

    assert sorted(counts) == [0, 1]
    assert len(mails()) == 1


@db
def test_case_page_knows_what_was_told_and_what_comes(case):
    remind(DUE - timedelta(days=14))

    (found,) = schedule_of(case, now=noon(DUE - timedelta(days=10)))

    assert (found.deadline.due, found.days_left, found.is_over) == (DUE, 10, False)
    assert [(r.offset, bool(r.sent_at)) for r in found.reminders] == [
        (-14, True),
        (-7, False),
        (-3, False),
        (-1, False),
        (7, False),
    ]
    assert found.next.offset == -7
    assert found.last.offset == -14
    (late,) = schedule_of(case, now=noon(DUE + timedelta(days=30)))
    assert (late.is_over, late.days_over, late.next.offset) == (True, 30, 35)


@db
def test_staff_list_narrows_by_section_kind_and_days(case, story, client, clock):
    clock.move_to(noon(DUE - timedelta(days=5)))
    client.force_login(story.desk.officer)
    page = reverse("admin:deadlines")

    assert case.organization.name in client.get(page).content.decode()
    assert (
        case.organization.name in client.get(page, {"days": "7", "kind": "trial"}).content.decode()
    )
    assert case.organization.name not in client.get(page, {"days": "over"}).content.decode()
    assert case.organization.name not in client.get(page, {"section": "無い課"}).content.decode()
    client.force_login(story.clerk)
    assert client.get(page).status_code == 404


@db
def test_due_and_late_stand_in_todays_work_of_the_section_alone(case, story):
    def listed(day):
        parts = today.lists(story.desk.officer, noon(day))
        return {p.kind for p in parts for r in p.rows if str(r.asked) == "実績報告"}

    assert listed(DUE - timedelta(days=8)) == set()
    assert listed(DUE - timedelta(days=7)) == {"due"}
    assert listed(DUE + timedelta(days=1)) == {"overdue"}


@db
def test_list_asks_no_more_for_three_cases_than_for_one(
    case, story, client, clock, django_assert_num_queries
):
    client.force_login(story.desk.officer)
    deadlines.register("trial", Duties(owner_recipients=()))
    client.get(reverse("admin:deadlines"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("admin:deadlines"))
    for _n in range(2):
        make_application(story, "under_review")

    with django_assert_num_queries(len(one)):
        client.get(reverse("admin:deadlines"))


@db
def test_task_uses_the_clock(case, clock):
    clock.move_to(noon(DUE - timedelta(days=7)))

    assert remind_of_deadlines() == 1
    outbox.send_waiting(now=noon(DUE))
