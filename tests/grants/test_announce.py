"""Announcing: the list, the rehearsal that leaves no trace, all or none, and the grace."""

import io
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from core import outbox
from core.models import AuditEvent, Letter, LetterCounter, OutboxMessage
from core.workflow import InvalidTransition, StaleVersion
from grants.actions import announcing
from grants.models import Application, Award
from tests.factories.grants import NOW, decide, make_application, town_story
from tests.grants.test_concurrency import again, at_once, recommended

LIST, PREVIEW = "grants:announce", "grants:announce-preview"
GRACE = timedelta(seconds=60)


@pytest.fixture
def story(db):
    return town_story()


@pytest.fixture
def cases(story):
    rows = [
        make_application(
            story, "recommended", requested_amount=500_000, recommend={"amount": 500_000}
        )
        for _ in range(2)
    ]
    return decide(story, rows)


def items(cases):
    return ",".join(str(case.public_id) for case in cases)


def announced(client, cases):
    data = {"items": items(cases), "versions": ",".join(str(c.version) for c in cases)}
    return client.post(reverse(LIST), data)


def test_list_shows_what_is_decided_with_everything_chosen(staff, story, cases):
    waiting = make_application(
        story, "recommended", requested_amount=500_000, recommend={"amount": 500_000}
    )

    page = staff(story.desk.manager).get(reverse(LIST)).content.decode()

    assert page.count("checked") == 2
    assert all(case.receipt_number in page for case in cases)
    assert waiting.receipt_number not in page


def test_rehearsal_shows_letters_and_mails_and_leaves_no_trace(staff, story, cases):
    client = staff(story.desk.manager)
    before = AuditEvent.objects.count()

    chosen = {"items": [case.public_id for case in cases]}  # as the list's boxes send them
    page = client.get(reverse(PREVIEW), chosen).content.decode()

    for case in cases:
        assert case.receipt_number in page
        assert case.section.mailbox in page
    assert "審査結果のお知らせ" in page
    assert "取下げの期限" in page
    one = client.get(f"{reverse(PREVIEW)}?items={items(cases)}&one=2").content.decode()
    assert "<iframe" in one
    assert cases[0].receipt_number not in one
    assert (Letter.objects.count(), LetterCounter.objects.count()) == (0, 0)
    assert not OutboxMessage.objects.filter(template=announcing.ANNOUNCE).exists()
    assert AuditEvent.objects.count() == before
    assert {Application.objects.get(pk=c.pk).status for c in cases} == {"decided"}


def test_letters_are_bound_into_one_specimen_without_numbers(staff, story, cases):
    answer = staff(story.desk.manager).get(
        reverse("grants:announce-letters"), {"items": items(cases)}
    )

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert text.count("500,000") >= 2
    assert "見本" in text
    assert "照合番号" not in text
    assert not Letter.objects.exists()


def test_twenty_are_announced_in_three_pages(staff, story):
    rows = [recommended(story, 10_000) for _ in range(20)]
    decide(story, rows)
    client = staff(story.desk.manager)

    listed = client.get(reverse(LIST))
    chosen = [case.public_id for case in listed.context["cases"]]
    shown = client.get(reverse(PREVIEW), {"items": chosen})
    data = {name: shown.context[name] for name in ("items", "versions")}
    done = client.post(reverse(LIST), data, follow=True)

    assert len(shown.context["ready"]) == 20
    assert done.redirect_chain[0][0].startswith("/grants/announce/")
    assert Application.objects.filter(status="announced").count() == 20
    numbers = sorted(Letter.objects.values_list("serial", flat=True))
    assert numbers == list(range(1, 21))


def test_mails_wait_a_minute_and_then_leave(staff, story, cases):
    done = announced(staff(story.desk.manager), cases)
    notices = OutboxMessage.objects.filter(template=announcing.ANNOUNCE)
    assert {n.not_before for n in notices} == {NOW + GRACE}

    outbox.send_waiting(now=NOW + GRACE - timedelta(seconds=1))
    assert not [m for m in mail.outbox if "審査結果" in m.subject]
    outbox.send_waiting(now=NOW + GRACE)
    assert len([m for m in mail.outbox if "審査結果" in m.subject]) == 4

    late = staff(story.desk.manager).post(done["Location"], {"reason": "誤り"}, follow=True)
    page = late.content.decode()
    assert "送信済み" in page
    assert "止められません" in page
    assert notices.exclude(sent_at=None).count() == 4


def test_stopped_mails_do_not_leave_until_they_are_queued_again(staff, story, cases):
    client = staff(story.desk.manager)
    batch = announced(client, cases)["Location"]
    nobody = client.post(batch, {"reason": " "})
    assert nobody.status_code == 400

    page = client.post(batch, {"reason": "金額の再確認"}, follow=True).content.decode()

    assert "金額の再確認" in page
    outbox.send_waiting(now=NOW + 2 * GRACE)
    assert not [m for m in mail.outbox if "審査結果" in m.subject]
    assert {Application.objects.get(pk=c.pk).status for c in cases} == {"announced"}
    stops = AuditEvent.objects.filter(action="grants.application.stop_notices")
    assert sorted(e.note for e in stops) == ["金額の再確認"] * 2
    desk = client.get(reverse("admin:grants_application_change", args=[cases[0].pk]))
    assert "金額の再確認" in desk.content.decode()

    client.post(batch, {"act": "again"})
    assert AuditEvent.objects.filter(action="grants.application.send_notices_again").count() == 2
    outbox.send_waiting(now=NOW + GRACE)
    assert len([m for m in mail.outbox if "審査結果" in m.subject]) == 4


def test_stop_reaches_the_own_batch_alone(staff, story, cases):
    client = staff(story.desk.manager)
    first, second = (announced(client, [case])["Location"] for case in cases)

    client.post(first, {"reason": "誤り"})

    states = Counter(n.state for n in OutboxMessage.objects.exclude(batch=None))
    assert states == {"cancelled": 2, "waiting": 2}
    assert "送信待ち" in client.get(second).content.decode()


def test_change_after_the_preview_is_refused_and_nothing_is_sent(staff, story, cases):
    client = staff(story.desk.manager)
    read = [Application.objects.get(pk=case.pk) for case in cases]
    story.run(cases[1], "notify_informally")

    refused = announced(client, read)

    assert PREVIEW.split(":")[1].split("-", maxsplit=1)[0] in refused["Location"]
    assert Application.objects.filter(status="announced").count() == 0
    assert not OutboxMessage.objects.filter(template=announcing.ANNOUNCE).exists()


def test_one_that_is_not_ready_is_named_and_there_is_no_button(staff, story, cases):
    story.run(cases[0], "withdraw")

    answer = staff(story.desk.manager).get(reverse(PREVIEW), {"items": items(cases)})

    assert [row["case"] for row in answer.context["others"]] == [cases[0]]
    assert 'name="versions"' not in answer.content.decode()


def test_announcing_is_the_managers(staff, story, cases):
    pages = [reverse(LIST), f"{reverse(PREVIEW)}?items={items(cases)}"]
    pages += [f"{reverse('grants:announce-letters')}?items={items(cases)}"]
    pages += [announced(staff(story.desk.manager), cases)["Location"]]

    for user, status in ((story.desk.officer, 403), (story.clerk, 404), (story.other, 404)):
        client = staff(user)
        assert {client.get(page).status_code for page in pages} == {status}


def test_one_is_announced_by_way_of_its_preview_and_can_be_stopped_too(staff, story, cases):
    client = staff(story.desk.manager)
    button = reverse("admin:grants_application_transition", args=[cases[0].pk, "announce"])
    assert client.get(button)["Location"] == f"{reverse(PREVIEW)}?items={items(cases[:1])}"
    assert staff(story.desk.officer).get(button).status_code == 403

    story.run(cases[0], "announce")  # as by the API

    notices = OutboxMessage.objects.filter(case_id=cases[0].pk, template=announcing.ANNOUNCE)
    [batch] = {notice.batch for notice in notices}
    assert announcing.stop_notices(batch, by=story.desk.manager, now=NOW, reason="誤り") == 1


def test_nothing_chosen_leads_back_to_the_list(staff, story):
    answer = staff(story.desk.manager).get(reverse(PREVIEW), follow=True)

    assert answer.redirect_chain == [(reverse(LIST), 302)]
    assert "1件以上" in answer.content.decode()


def test_two_managers_announcing_at_once_announce_each_case_once(fresh_db):
    story = town_story()
    cases = decide(story, [recommended(story, 10_000) for _ in range(4)])

    def act(chosen):
        versions = {case.pk: case.version for case in chosen}
        announcing.announce_all(chosen, by=again(story.desk.manager), now=NOW, versions=versions)

    outcomes = at_once(lambda: act(cases), lambda: act(cases[::-1]), lambda: act(cases[2:]))

    assert Counter(outcome is None for outcome in outcomes)[True] in (1,)
    count = Application.objects.filter(status="announced").count()
    assert Letter.objects.count() == count
    serials = sorted(Letter.objects.values_list("serial", flat=True))
    assert serials == list(range(1, count + 1))


def test_stop_and_worker_at_once_never_stop_what_has_left(fresh_db):
    story = town_story()
    cases = decide(story, [recommended(story, 10_000) for _ in range(3)])
    versions = {case.pk: case.version for case in cases}
    batch = announcing.announce_all(cases, by=story.desk.manager, now=NOW, versions=versions)

    at_once(
        lambda: outbox.send_waiting(now=NOW + GRACE),
        lambda: announcing.stop_notices(
            batch, by=again(story.desk.manager), now=NOW, reason="再確認"
        ),
    )

    notices = list(announcing.notices(batch))
    assert {n.state for n in notices} <= {"sent", "cancelled"}
    sent = sum(n.state == "sent" for n in notices)
    assert len([m for m in mail.outbox if "審査結果" in m.subject]) == sent


def test_many_chosen_rows_stand_in_no_address(staff, story):
    rows = [recommended(story, 10_000) for _ in range(5)]
    decide(story, rows)
    client = staff(story.desk.manager)
    chosen = {"items": [case.public_id for case in rows], "act": "announce"}

    sent = client.post(reverse(PREVIEW), chosen)

    assert len(sent["Location"]) < 80
    assert len(client.get(sent["Location"]).context["ready"]) == 5


def test_each_more_costs_the_same_and_a_second_announcement_none(story):
    """Constant queries per item, so a list of 300 is one act; what is announced is not again."""
    stories = [town_story() for _ in range(4)]
    amounts = {"requested_amount": 500_000, "recommend": {"amount": 500_000}}
    rows = [decide(each, [make_application(each, "recommended", **amounts)])[0] for each in stories]

    def announce(cases):
        with CaptureQueriesContext(connection) as queries:
            versions = {case.pk: case.version for case in cases}
            announcing.announce_all(cases, by=story.desk.manager, now=NOW, versions=versions)
        return len(queries)

    one, three = announce(rows[:1]), announce(rows[1:])

    assert three <= 3 * one
    letters = Letter.objects.count()
    with pytest.raises((InvalidTransition, StaleVersion)):
        announce(rows)
    assert (letters, Letter.objects.count(), Award.objects.count()) == (4, 4, 4)
