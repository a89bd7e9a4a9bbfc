"""A town's clerk on the screens: from the call's page to the letter, and what is refused."""

import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from accounts.actors import system_actor
from core import letters
from core.models import Letter, Receipt, StoredFile
from grants.models import Application
from grants.printing import differs_from_print
from grants.views.screens import steps
from tests.factories.accounts import make_body, make_member
from tests.factories.grants import (
    DATA,
    NOW,
    PATHS,
    decide,
    make_application,
    make_draft,
    pdf_bytes,
    town_story,
    upload,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def clerk(client, story):
    client.force_login(story.clerk)
    return client


def page_of(case, screen="detail", *args):
    return reverse(f"grants:application-{screen}", args=[case.public_id, *args])


def act(case, name):
    return page_of(case, "transition", name)


def text_of(answer):
    """The page's words without markup, for what a reader sees."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def typed(**changes):
    """The form as a clerk types it, in the ways that people type."""
    return {
        "title": "ﾔｻｼｲ日本語の講座",
        "categories": ["language", "disaster"],
        "starts_on": "令和4年6月1日",
        "ends_on": "2023/2/28",
        "requested_amount": "￥１，０００，０００",
        "document_number": "国際第１２号",
        "document_date": "R3.8.9",
        "representative_title": "町長",
        "representative_name": "見本　太郎",
        "contact_name": "例示 花子",
        "contact_phone": "0276(62)2121",
        "contact_email": "hanako@example.jp",
        "is_decided_internally": "on",
        "answer_purpose": "外国人住民の生活を支えるため",
        "answer_visitors": "１２０",
        "version": "1",
    } | changes


def sheet(prefix, *rows, initial=0, **more):
    """A formset as the browser sends it."""
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    for index, row in enumerate(rows):
        data |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return data | more


COST = {"kind": "expense", "category": "honoraria", "description": "謝金", "amount": "80万円"}
INCOME = {"kind": "income", "category": "", "description": "会費", "amount": "5,000"}


def version(case):
    return Application.objects.values_list("version", flat=True).get(pk=case.pk)


def test_clerk_goes_from_the_call_to_the_letter(clerk, story):
    call = clerk.get(reverse("call", args=[story.call.public_id]))
    begin = f"{reverse('grants:application-create')}?call={story.call.public_id}"
    assert begin in call.content.decode()
    assert clerk.get(begin).status_code == 200
    section = story.clerk.access.posts[0].section
    begun = clerk.post(begin, {"section": section.pk, "title": "講座"})
    case = Application.objects.get()
    assert begun["Location"] == page_of(case)
    assert "「目的」" not in text_of(clerk.get(page_of(case)))

    assert clerk.get(page_of(case, "update")).status_code == 200
    assert clerk.post(page_of(case, "update"), typed()).status_code == 302
    budget = sheet("lines", COST, COST | {"amount": "30万円"}, INCOME, {"kind": "expense"})
    saved = clerk.post(page_of(case, "budget"), budget | {"version": version(case)})
    assert saved.status_code == 302
    files = {"files": [upload()], "question": "project_plan", "version": version(case)}
    assert clerk.post(page_of(case, "files"), files).status_code == 302
    case.refresh_from_db()
    assert (case.title, case.requested_amount, case.expense_total, case.income_total) == (
        "ヤサシイ日本語の講座",
        1_000_000,
        1_100_000,
        5_000,
    )
    assert case.answers == {"purpose": "外国人住民の生活を支えるため", "visitors": 120}

    detail = clerk.get(page_of(case)).content.decode()
    assert act(case, "submit") in detail
    assert clerk.get(act(case, "submit")).status_code == 200
    sent = clerk.post(act(case, "submit"))
    receipt = Receipt.objects.get()
    assert sent["Location"] == reverse("receipt", args=[receipt.public_id])
    shown = text_of(clerk.get(sent["Location"]))
    for words in (receipt.number, "事業計画書.pdf", StoredFile.objects.get().sha256):
        assert words in shown

    for name in ("receive", "start_review", "recommend"):
        case = story.run(case, name)
    (case,) = decide(story, [case])
    assert "審査中" in text_of(clerk.get(page_of(case)))
    story.run(case, "announce")
    letters.render_waiting(now=NOW, by=system_actor())
    announced = clerk.get(page_of(case))
    letter = Letter.objects.get()
    assert "1,000,000円" in text_of(announced)
    link = reverse("letter-content", args=[letter.public_id])
    assert link in announced.content.decode()
    assert b"".join(clerk.get(link).streaming_content)[:5] == b"%PDF-"


def test_repeated_submit_leads_to_the_receipt_and_gives_no_second_one(clerk, story):
    case = make_draft(story)

    answers = [clerk.post(act(case, "submit")) for _ in range(3)]

    receipt = reverse("receipt", args=[Receipt.objects.get().public_id])
    assert [answer["Location"] for answer in answers] == [receipt] * 3


def test_nothing_is_begun_without_or_under_a_closed_call(clerk, story, clock):
    page = reverse("grants:application-create")
    section = story.clerk.access.posts[0].section
    assert clerk.get(page).status_code == 404
    assert clerk.get(f"{page}?call=nonsense").status_code == 404

    clock.move_to(story.call.closes_at + timedelta(seconds=1))
    clerk.force_login(story.clerk)
    answer = clerk.post(
        f"{page}?call={story.call.public_id}", {"section": section.pk, "title": "消えない題名"}
    )

    assert answer.status_code == 400
    assert "消えない題名" in answer.content.decode()
    assert "募集は" in text_of(answer)
    assert not Application.objects.exists()


def test_clerk_begins_only_for_the_own_section(clerk, story):
    theirs = story.other.access.posts[0].section
    page = f"{reverse('grants:application-create')}?call={story.call.public_id}"

    assert clerk.post(page, {"section": theirs.pk, "title": "講座"}).status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requested_amount", "百円くらい"),
        ("starts_on", "2022-02-30"),
        ("contact_phone", "なし"),
        ("contact_email", "花子"),
        ("title", "123456789018"),
        ("answer_visitors", "多数"),
        ("categories", "sport"),
    ],
)
def test_error_stands_beside_its_field_and_what_was_typed_is_kept(clerk, story, field, value):
    case = make_draft(story)

    answer = clerk.post(page_of(case, "update"), typed(**{field: value}, version=version(case)))

    html = answer.content.decode()
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in html
    assert f"#id_{field}" in html  # the summary leads there
    assert "<title>エラー" in html
    assert field == "categories" or value in html
    assert "国際第１２号" in html or "国際第12号" in html
    assert version(case) == case.version


def test_project_that_ends_before_it_begins_is_refused(clerk, story):
    case = make_draft(story)

    days = {"starts_on": "2022-06-01", "ends_on": "2022-05-31"}
    answer = clerk.post(page_of(case, "update"), typed(**days, version=version(case)))

    assert answer.status_code == 400
    assert case.starts_on == Application.objects.get().starts_on


def test_draft_may_be_saved_half_filled(clerk, story):
    case = make_draft(story)

    empty = {name: "" for name in typed() if name != "categories"}
    empty |= {"title": "題名だけ", "version": version(case)}
    answer = clerk.post(page_of(case, "update"), empty)

    assert answer.status_code == 302
    missing = text_of(clerk.get(page_of(case)))
    assert "助成申請額" in missing or "申請額" in missing


def test_second_of_two_editors_gets_409_and_sees_both(clerk, story):
    case = make_draft(story)
    read = version(case)
    clerk.post(page_of(case, "update"), typed(title="先に保存した題名", version=read))

    late = clerk.post(page_of(case, "update"), typed(title="後から打った題名", version=read))

    html = late.content.decode()
    assert late.status_code == 409
    assert "先に保存した題名" in html
    assert "後から打った題名" in html
    assert Application.objects.get().title == "先に保存した題名"
    again = re.search(r'name="version" value="(\d+)"', html)[1]
    merged = typed(title="合わせた題名", version=again)
    assert clerk.post(page_of(case, "update"), merged).status_code == 302


def test_edit_after_the_submission_is_409_and_overwrites_nothing(clerk, story):
    case = make_draft(story)
    read = version(case)
    story.run(case, "submit")

    answer = clerk.post(page_of(case, "update"), typed(title="遅い編集", version=read))

    case.refresh_from_db()
    assert (answer.status_code, case.status) == (409, "submitted")
    assert case.title != "遅い編集"
    for part in ("budget", "files", "parties"):
        assert clerk.get(page_of(case, part))["Location"] == page_of(case)


def test_parts_saved_over_a_newer_version_are_409_and_keep_what_was_typed(clerk, story):
    case = make_draft(story)
    stale = {"version": 1}
    city = make_body("city", name="前橋市")
    parties = sheet("parties", {"code": "前橋市", "kind": "joint"})

    budget = clerk.post(
        page_of(case, "budget"), sheet("lines", COST | {"description": "打った行"}) | stale
    )
    party = clerk.post(page_of(case, "parties"), parties | stale)
    added = clerk.post(page_of(case, "files"), {"files": [upload()], "question": ""} | stale)

    assert [answer.status_code for answer in (budget, party, added)] == [409, 409, 409]
    assert "打った行" in budget.content.decode()
    assert "講師謝金" in text_of(budget)  # what is stored, to compare
    case.refresh_from_db()
    assert (case.budget_lines.count(), case.parties.count(), case.files.count()) == (3, 1, 1)
    again = re.search(r'name="version" value="(\d+)"', party.content.decode())[1]
    assert clerk.post(page_of(case, "parties"), parties | {"version": again}).status_code == 302
    assert case.parties.filter(organization=city, kind="joint").exists()


def test_budget_refuses_a_wrong_line_beside_it(clerk, story):
    case = make_draft(story)
    rows = sheet("lines", COST, COST | {"amount": "たくさん"}, {"kind": "expense", "amount": "5"})

    answer = clerk.post(page_of(case, "budget"), rows | {"version": version(case)})

    html = answer.content.decode()
    assert answer.status_code == 400
    assert 'id="id_lines-1-amount_error"' in html
    assert "たくさん" in html
    assert case.budget_lines.count() == 3


def test_line_marked_to_delete_is_left_out(clerk, story):
    case = make_draft(story)
    rows = sheet("lines", COST, COST | {"DELETE": "on"}, initial=2)

    clerk.post(page_of(case, "budget"), rows | {"version": version(case)})

    assert list(case.budget_lines.values_list("amount", flat=True)) == [800_000]


def test_several_files_at_once_and_each_refusal_says_why(clerk, story):
    case = make_draft(story)
    page = page_of(case, "files")
    uploads = [
        upload("共同実施の協定書.pdf", pdf_bytes() + b"\n"),
        upload("名簿.exe"),
        upload("写真.pdf", b"<html>"),
        upload("空.pdf", b""),
    ]

    answer = clerk.post(page, {"files": uploads, "question": "agreement", "version": version(case)})

    shown = text_of(answer)
    assert answer.status_code == 400
    assert [name in shown for name in ("名簿.exe", "写真.pdf", "空.pdf")] == [True] * 3
    links = case.files.order_by("order").values_list("question", "file__name")
    assert list(links) == [
        ("project_plan", "事業計画書.pdf"),
        ("agreement", "共同実施の協定書.pdf"),
    ]
    again = re.search(r'name="version" value="(\d+)"', answer.content.decode())[1]
    more = {"files": [upload("見積書.pdf")], "question": "", "version": again}
    assert clerk.post(page, more).status_code == 302
    assert case.files.count() == 3


def test_page_without_a_file_asks_for_one(clerk, story):
    case = make_draft(story)

    answer = clerk.post(page_of(case, "files"), {"question": "", "version": version(case)})

    assert answer.status_code == 400
    assert "ファイル" in text_of(answer)


def test_file_is_taken_out_and_no_more_downloaded_by_others(clerk, story):
    case = make_draft(story)
    file = case.files.get().file

    answer = clerk.post(
        page_of(case, "files"), {"remove": str(file.public_id), "version": version(case)}
    )

    assert (answer.status_code, case.files.count()) == (302, 0)
    assert clerk.get(reverse("file-content", args=[file.public_id])).status_code == 404


def test_parties_are_found_by_code_number_or_name(clerk, story):
    case = make_draft(story)
    make_body("city", code="102016", name="前橋市")
    make_body("npo", name="みどりの会", corporate_number="7000012050002")
    rows = sheet(
        "parties",
        {"code": "１０２０１６", "kind": "joint", "share": "50万円"},
        {"code": "7000012050002", "kind": "implementer"},
    )

    assert (
        clerk.post(page_of(case, "parties"), rows | {"version": version(case)}).status_code == 302
    )
    found = case.parties.exclude(kind="lead").values_list("organization__name", "kind", "share")
    assert set(found) == {("前橋市", "joint", 500_000), ("みどりの会", "implementer", None)}
    unknown = sheet("parties", {"code": "どこにもない町", "kind": "joint"})
    answer = clerk.post(page_of(case, "parties"), unknown | {"version": version(case)})
    assert answer.status_code == 400
    assert "どこにもない町" in answer.content.decode()


def test_printed_draft_holds_the_text_and_a_later_change_is_told(clerk, story):
    case = make_draft(story, title="印刷する講座")
    page = page_of(case, "draft")

    read = clerk.get(page)
    assert not Application.objects.exclude(printed_sha256="").exists()  # GET changes nothing
    printed = clerk.post(page)

    for answer in (read, printed):
        text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(answer.content)).pages)
        assert "印刷する講座" in text.replace("\n", "")
        for words in ("1,050,000", "事業計画書", "国際課", "0276-62-2121"):
            assert words in text
    clerk.post(page_of(case, "update"), typed(title="変えた題名", version=version(case)))
    assert differs_from_print(Application.objects.get())
    warned = text_of(clerk.get(act(case, "submit")))
    assert "団体内" in warned or "決裁用" in warned


def test_reader_prints_without_it_counting_as_the_bodys_print(client, story):
    case = make_draft(story)
    client.force_login(story.viewer)

    assert client.get(page_of(case, "draft")).status_code == 200
    assert client.post(page_of(case, "draft")).status_code == 403


def test_submission_lists_everything_that_is_missing(clerk, story):
    case = make_draft(story, requested_amount=400_000)
    case.files.all().delete()

    answer = clerk.post(act(case, "submit"))

    shown = text_of(answer)
    assert answer.status_code == 400
    assert "500,000円" in shown
    assert "事業計画書" in shown
    assert "<title>エラー" in answer.content.decode()
    case.refresh_from_db()
    assert case.status == "draft"


def test_returned_one_shows_comments_due_and_takes_the_answer(clerk, story):
    case = make_application(story, "returned")
    comment = case.comments.get()
    shown = text_of(clerk.get(page_of(case)))
    assert comment.text in shown
    assert "令和3年9月1日" in shown

    refused = clerk.post(act(case, "submit"))
    assert (refused.status_code, "事業の目的" in text_of(refused)) == (400, True)
    answer = {f"reply_{comment.pk}": "第2段落に書きました。"}
    kept = {"answer_purpose": case.answers["purpose"]}
    edited = clerk.post(page_of(case, "update"), typed(**answer, **kept, version=version(case)))
    assert edited.status_code == 302
    assert clerk.post(act(case, "submit")).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.comments.get().answer) == ("received", "第2段落に書きました。")


def test_withdrawal_asks_for_a_reason(clerk, story):
    case = make_application(story, "submitted")

    assert clerk.get(act(case, "withdraw")).status_code == 200
    assert clerk.post(act(case, "withdraw"), {"reason": ""}).status_code == 400
    assert clerk.post(act(case, "withdraw"), DATA["withdraw"]).status_code == 302
    case.refresh_from_db()
    assert case.status == "withdrawn"


# Who sees what


SCREENS = ("detail", "update", "budget", "files", "parties", "draft")


def test_other_town_finds_nothing(client, story):
    case = make_application(story, "announced")
    letters.render_waiting(now=NOW, by=system_actor())
    letter, receipt = Letter.objects.get(), Receipt.objects.get()
    client.force_login(story.other)

    pages = [page_of(case, screen) for screen in SCREENS]
    pages += [act(case, name) for name in ("submit", "withdraw", "receive", "announce")]
    pages += [
        reverse("file-content", args=[case.files.get().file.public_id]),
        reverse("letter-content", args=[letter.public_id]),
        reverse("receipt", args=[receipt.public_id]),
        reverse("receipt-pdf", args=[receipt.public_id]),
    ]
    statuses = {
        page: (client.get(page).status_code, client.post(page).status_code) for page in pages
    }

    assert set(statuses.values()) <= {(404, 404), (404, 405)}, statuses
    assert case.title not in text_of(client.get(reverse("grants:application-list")))
    assert case.title not in text_of(client.get(reverse("home")))


def test_reader_reads_and_may_do_nothing(client, story):
    case = make_draft(story)
    client.force_login(story.viewer)

    assert client.get(page_of(case)).status_code == 200
    assert client.get(reverse("grants:application-create")).status_code == 403
    for page in ("update", "budget", "files", "parties"):
        assert client.get(page_of(case, page)).status_code == 403
        assert client.post(page_of(case, page)).status_code == 403
    for name in ("submit", "withdraw", "receive"):
        assert client.get(act(case, name)).status_code == 403
        assert client.post(act(case, name)).status_code == 403
    assert page_of(case, "update") not in client.get(page_of(case)).content.decode()


def test_drafter_drafts_and_does_not_submit(client, story):
    case = make_draft(story)
    client.force_login(story.drafter)

    assert client.get(page_of(case, "update")).status_code == 200
    assert act(case, "submit") not in client.get(page_of(case)).content.decode()
    assert client.post(act(case, "submit")).status_code == 403


def test_branch_forwards_and_returns_on_its_screens(client):
    story = town_story(routed=True)
    case = make_application(story, "at_intermediary")
    client.force_login(story.branch)
    detail = client.get(page_of(case)).content.decode()

    assert act(case, "forward") in detail
    assert act(case, "return_for_correction") in detail
    asked = client.get(act(case, "return_for_correction"))
    assert "comment_title" in asked.content.decode()
    returned = {"due": "2021-09-01", "comment_title": "短くしてください。"}
    assert client.post(act(case, "return_for_correction"), returned).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.returned_by_branch) == ("returned", True)


@pytest.mark.parametrize("status", ["recommended", "decided"])
def test_pages_of_the_owner_hide_the_outcome(clerk, story, status):
    adopted = make_application(story, status, title="講座", recommend={"reason": "秘密の理由"})
    rejected = make_application(
        story,
        status,
        title="講座",
        recommend={"outcome": "rejected", "amount": "", "reason": "秘密の理由"},
    )

    def shown(case):
        text = text_of(clerk.get(page_of(case)))
        text = re.sub("ほかの申請の分を除く） [0-9,]+円", "", text)  # they were sent in turn
        text = text.replace("採択事業一覧", "")  # the way to the public list stands on each page
        return text.replace(case.receipt_number, "").replace(str(case.public_id), "")

    assert shown(adopted) == shown(rejected)
    assert "審査中" in shown(adopted)
    for words in ("秘密の理由", "決裁待ち", "採択", "起案"):
        assert words not in shown(adopted)
    listed = text_of(clerk.get(reverse("grants:application-list")))
    assert "決裁" not in listed


def test_joint_body_sees_the_application_and_the_implementer_its_forms(client, story):
    case = make_draft(story)
    joint, npo = make_member(make_body("city")), make_member(make_body("npo"))
    for user, kind in ((joint, "joint"), (npo, "implementer")):
        body = user.access.posts[0].section.organization
        case.parties.create(organization=body, kind=kind)

    for user, status in ((joint, 403), (npo, 200)):
        client.force_login(user)
        assert client.get(page_of(case)).status_code == 200
        assert client.get(page_of(case, "update")).status_code == status
        assert client.get(page_of(case, "budget")).status_code == status
        assert client.post(act(case, "submit")).status_code == 403


@pytest.mark.parametrize("status", PATHS)
def test_page_of_every_status_is_shown_to_its_town(client, status):
    story = town_story(routed=status == "at_intermediary")
    case = make_application(story, status)
    client.force_login(story.clerk)

    page = client.get(page_of(case))

    assert page.status_code == 200
    assert page.context["what_next"]


def test_list_and_home_ask_no_query_per_row(clerk, story):
    counts = {}
    for rows in (1, 3):
        while Application.objects.count() < rows * 3:
            for status in ("draft", "returned", "submitted"):
                make_application(story, status, requested_amount=500_000)
        for name in ("grants:application-list", "home"):
            clerk.get(reverse(name))
            with CaptureQueriesContext(connection) as queries:
                assert clerk.get(reverse(name)).status_code == 200
            counts.setdefault(name, []).append(len(queries))

    assert {name: len(set(found)) for name, found in counts.items()} == dict.fromkeys(counts, 1)


def test_list_leads_to_the_calls_where_an_application_begins(clerk):
    page = clerk.get(reverse("grants:application-list"))

    assert page.context["create_url"] == reverse("calls")


@pytest.mark.parametrize(
    ("status", "present", "count"),
    [
        ("draft", "提出", 8),
        ("submitted", "受付", 8),
        ("returned", "受付", 8),
        ("decided", "審査", 8),
        ("informally_notified", "決定", 8),
        ("announced", "実施", 8),
        ("withdrawn", "", 0),
    ],
)
def test_status_page_tells_step_what_comes_next_and_who_is_in_charge(
    clerk, story, status, present, count
):
    case = make_application(story, status)

    answer = clerk.get(page_of(case))

    found = answer.context["steps"]
    assert len(found) == count
    assert [str(s["label"]) for s in found if s["state"] == "current"] == [present][: count and 1]
    assert answer.context["what_next"]
    html = answer.content.decode()
    assert story.desk.section.name in html
    assert story.desk.section.phone in html


def test_steps_end_with_a_decision_against_the_application():
    line = steps("announced", is_adopted=False)

    assert [str(step["label"]) for step in line] == ["提出", "受付", "審査", "決定"]
    assert {step["state"] for step in line} == {"done"}


def test_files_page_begins_with_the_paper_that_is_missing_and_keeps_the_choice(clerk, story):
    case = make_draft(story)
    page = page_of(case, "files")
    assert clerk.get(page).context["form"]["question"].value() == ""
    taken = {"remove": str(case.files.get().file.public_id), "version": version(case)}
    clerk.post(page, taken)

    shown = clerk.get(page)
    assert shown.context["form"]["question"].value() == "project_plan"
    assert '<option value="project_plan" selected>' in shown.content.decode()
    wrong = {"files": [upload("名簿.exe", b"MZ")], "question": "agreement"}
    answer = clerk.post(page, wrong | {"version": version(case)})
    assert answer.context["form"]["question"].value() == "agreement"


def test_home_offers_a_call_only_to_the_kinds_of_bodies_that_may_apply(client, story):
    client.force_login(story.clerk)
    begin = f"?call={story.call.public_id}"
    assert begin in client.get("/home/").content.decode()

    story.town.kind = "company"
    story.town.save()
    page = client.get("/home/").content.decode()

    assert begin not in page
    assert "対象となる団体の種類が異なります" in page


def test_empty_rows_of_the_bodies_page_are_no_fault(clerk, story):
    """A browser sends the empty rows too, each with the part that its box shows."""
    case = make_draft(story)
    city = make_body(name="川崎市")
    page = clerk.get(page_of(case, "parties")).content.decode()
    rows = re.findall(r'<select name="(parties-\d+-kind)".*?<option value="(\w+)"', page, re.DOTALL)
    sent = {**dict(rows), "parties-TOTAL_FORMS": len(rows), "parties-INITIAL_FORMS": 0}
    assert len(rows) == 3

    answer = clerk.post(
        page_of(case, "parties"),
        sent | {"parties-0-code": city.name, "version": case.version},
    )

    assert answer.status_code == 302
    assert case.parties.filter(organization=city, kind="joint").exists()
