"""Decisions that are not announced yet: their list with sums, and the informal notice to many."""

import io

import docx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Letter, OutboxMessage
from grants import pending
from grants.actions import announcing
from grants.models import Application
from tests.factories.grants import NOW, decide, make_application, make_draft, town_story
from tests.grants.test_concurrency import recommended

pytestmark = pytest.mark.django_db

LIST, PREVIEW = "grants:announce", "grants:announce-preview"
REJECTED = {"outcome": "rejected", "amount": ""}


@pytest.fixture
def story():
    return town_story()


def decided(story, *amounts):
    """Applications for 1,000,000 each, adopted for these yen; 0 is refused."""
    rows = [
        make_application(
            story,
            "recommended",
            requested_amount=500_000,
            recommend={"outcome": "adopted_with_modification", "amount": yen} if yen else REJECTED,
        )
        for yen in amounts
    ]
    return decide(story, rows)


def items(cases):
    return ",".join(str(case.public_id) for case in cases)


def test_list_adds_up_by_edition_and_is_narrowed_to_one(staff, story):
    decided(story, 400_000, 300_000, 0)
    other = town_story()
    decided(other, 200_000)
    client = staff(story.desk.manager)

    page = client.get(reverse(LIST))
    [first, second] = page.context["sums"]

    # 400,000 + 300,000; the refused one adds nothing
    assert (first["count"], first["adopted"], first["decided"]) == (3, 2, 700_000)
    assert (second["count"], second["adopted"], second["decided"]) == (1, 1, 200_000)
    one = client.get(reverse(LIST), {"edition": other.call.edition.public_id})
    assert len(one.context["cases"]) == 1


def test_sums_cost_the_same_queries_for_more_decisions(story):
    counts = []
    for _each in range(2):
        decided(story, 400_000)
        with CaptureQueriesContext(connection) as queries:
            pending.by_edition(Application.objects.filter(status="decided"))
        counts.append(len(queries))

    assert counts == [2, 2]


def test_officers_filter_pending_decisions_and_see_their_sum(staff, story):
    decided(story, 400_000, 0)
    recommended(story, 100_000)
    client = staff(story.desk.officer)
    page = reverse("admin:grants_application_changelist")

    taken = client.get(page, {"pending": "decided"}).context_data["sums"]
    proposed = client.get(page, {"pending": "proposed"}).context_data["sums"]

    assert (taken["count"], taken["decided"]) == (2, 400_000)
    assert (proposed["count"], proposed["decided"]) == (1, 100_000)
    assert "sums" not in client.get(page).context_data


def test_informal_notices_go_out_together_after_a_preview(staff, story):
    cases = decided(story, 400_000, 300_000)
    client = staff(story.desk.manager)
    asked = {"items": items(cases), "act": "notify_informally"}

    shown = client.get(reverse(PREVIEW), asked)
    assert (shown.context["adopted"], shown.context["total"]) == (2, 700_000)
    assert {row["letter"].template for row in shown.context["ready"]} == {
        "grants/letters/application_notify_informally.typ"
    }
    assert not Letter.objects.exists()  # a preview takes no number
    data = {name: shown.context[name] for name in ("items", "versions", "act")}
    done = client.post(reverse(LIST), data, follow=True)

    assert done.status_code == 200
    statuses = Application.objects.values_list("status", flat=True)
    assert set(statuses) == {"informally_notified"}
    mails = OutboxMessage.objects.filter(template=announcing.TOLD["notify_informally"])
    assert len(set(mails.values_list("batch", flat=True))) == 1
    assert all(mail.not_before > NOW for mail in mails)  # the grace
    assert Letter.objects.count() == 2


def test_refused_application_is_not_told_informally(staff, story):
    cases = decided(story, 400_000, 0)
    client = staff(story.desk.manager)
    asked = {"items": items(cases), "act": "notify_informally"}

    shown = client.get(reverse(PREVIEW), asked)
    client.post(reverse(LIST), asked)

    assert [row["case"] for row in shown.context["others"]] == [cases[1]]
    assert not Application.objects.filter(status="informally_notified").exists()


def test_draft_as_word_says_what_the_pdf_says(client, story):
    case = make_draft(story)
    client.force_login(story.clerk)
    page = reverse("grants:application-word", args=[case.public_id])

    answer = client.post(page)

    paper = docx.Document(io.BytesIO(answer.content))
    told = [row.text for row in paper.paragraphs]
    told += [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    for text in (case.title, "外国人住民の生活を支えるため", "講師謝金", "800,000"):
        assert any(text in words for words in told), text
    assert Application.objects.get(pk=case.pk).printed_sha256
    client.force_login(story.other)
    assert client.get(page).status_code == 404
