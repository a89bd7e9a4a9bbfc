"""Filling in: sections one by one, saving while one types, two colleagues, and last year's."""

import io
import re
import zipfile
from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from pypdf import PdfReader

from accounts.actors import system_actor
from core import letters, workflow
from core.autosave import autosave
from core.fiscal import deadline_text
from core.models import AuditEvent, Letter
from grants import sections
from grants.models import Application
from grants.views.papers import safe
from tests.factories.accounts import make_body
from tests.factories.grants import (
    LINES,
    NOW,
    edit,
    make_application,
    make_draft,
    pdf_bytes,
    town_story,
    upload,
)
from tests.factories.programs import make_call, make_edition
from tests.factories.rest import Caller, one

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


@pytest.fixture
def clerk(client, story):
    client.force_login(story.clerk)
    return client


def page_of(case, screen="section", *args):
    return reverse(f"grants:application-{screen}", args=[case.public_id, *args])


def basics(case, **changes):
    """The first section as the browser sends it."""
    return {
        "title": case.title,
        "categories": case.categories,
        "starts_on": "2022年6月1日",
        "ends_on": "2023年2月28日",
    } | changes


def hidden(answer, name):
    return re.search(rf'name="{name}" value="([^"]*)"', answer.content.decode())[1]


def opened(client, page):
    """What an opened page carries: the version and the signed base."""
    answer = client.get(page)
    return {name: hidden(answer, name) for name in ("version", "base")}


def type_in(client, case, section, carried, **fields):
    data = carried | {"section": section} | fields
    return client.post(page_of(case, "autosave"), data, headers={"Accept": "application/json"})


def fresh(case):
    return Application.objects.get(pk=case.pk)


def test_section_is_saved_and_leads_to_the_next(clerk, story):
    case = make_draft(story)
    page = page_of(case, "section", "basics")
    sent = basics(case, title="ﾔｻｼｲ日本語", starts_on="R4.7.1", go="next") | opened(clerk, page)

    answer = clerk.post(page, sent)

    assert answer["Location"] == page_of(case, "section", "questions-1")
    saved = fresh(case)
    assert (saved.title, saved.starts_on.isoformat()) == ("ヤサシイ日本語", "2022-07-01")
    assert saved.answers == case.answers  # other sections stay as they were
    assert saved.contact_name == case.contact_name


def test_every_section_opens_and_the_last_leads_back_to_the_list(clerk, story):
    case = make_draft(story)
    found = sections.sections_of(case)

    assert [clerk.get(section.url(case)).status_code for section in found] == [200] * len(found)
    assert clerk.get(page_of(case, "section", "nonsense")).status_code == 404
    page = page_of(case, "section", "document")
    document = {name: getattr(case, name) for name in sections.DOCUMENT} | opened(clerk, page)
    answer = clerk.post(page, document | {"document_date": "2021-08-09", "go": "next"})
    assert answer["Location"] == page_of(case, "detail")


def test_task_list_says_how_far_each_section_is(clerk, story):
    section = story.clerk.access.posts[0].section
    begin = f"{reverse('grants:application-create')}?call={story.call.public_id}"
    clerk.post(begin, {"section": section.pk, "title": "講座"})
    case = Application.objects.get()

    def words():
        rows = clerk.get(page_of(case, "detail")).context["tasks"]
        return {row["label"]: row["status"] for row in rows}

    assert words() == {
        "基本情報": "未着手",
        "事業の内容": "未着手",
        "収支予算": "未着手",
        "添付書類": "未着手",
        "参加団体": "任意",
        "申請団体の文書": "未着手",
    }
    carried = opened(clerk, page_of(case, "section", "questions-1"))
    type_in(clerk, case, "questions-1", carried, answer_purpose="書きかけ")
    assert words()["事業の内容"] == "入力中"
    done = make_draft(story)
    rows = clerk.get(page_of(done, "detail")).context["tasks"]
    assert {row["status"] for row in rows} == {"完了", "任意"}


def test_what_cannot_be_read_is_kept_and_stands_there_again(clerk, story):
    case = make_draft(story)
    page = page_of(case, "section", "basics")

    refused = clerk.post(page, basics(case, starts_on="来年の春") | opened(clerk, page))

    assert refused.status_code == 400
    assert fresh(case).starts_on == case.starts_on
    assert 'value="来年の春"' in clerk.get(page).content.decode()
    both = basics(case, title="新しい題名", starts_on="来年の春") | opened(clerk, page)
    assert clerk.post(page, both).status_code == 400
    assert fresh(case).draft_input == {"title": "新しい題名", "starts_on": "来年の春"}


def test_typing_is_kept_without_audit_and_another_section_leaves_it(clerk, story):
    case = make_draft(story)
    events = AuditEvent.objects.count()
    carried = opened(clerk, page_of(case, "section", "basics"))

    answer = type_in(clerk, case, "basics", carried, **basics(case, ends_on="R5.2"))

    assert answer.status_code == 200
    assert (AuditEvent.objects.count(), fresh(case).draft_input) == (events, {"ends_on": "R5.2"})
    assert answer.json()["version"] == fresh(case).version == case.version + 1
    other = page_of(case, "section", "questions-1")
    answers = {"answer_purpose": "新しい目的", "answer_visitors": "90"}
    assert clerk.post(other, answers | opened(clerk, other)).status_code == 302
    assert fresh(case).draft_input == {"ends_on": "R5.2"}
    assert 'value="R5.2"' in clerk.get(page_of(case, "section", "basics")).content.decode()


def test_typing_goes_on_with_what_the_last_answer_gave(clerk, story):
    case = make_draft(story)
    carried = opened(clerk, page_of(case, "section", "basics"))
    for text in ("講", "講座", "講座の計画"):
        answer = type_in(clerk, case, "basics", carried, **basics(case, title=text))
        carried = {name: answer.json()[name] for name in ("version", "base")}

    assert fresh(case).draft_input == {"title": "講座の計画"}
    back = type_in(clerk, case, "basics", carried, **basics(case))  # typed back to what is stored
    assert back.status_code == 200
    assert fresh(case).draft_input == {}


def test_two_colleagues_in_different_fields_both_keep_theirs(client, story):
    case = make_draft(story)
    page = page_of(case, "section", "basics")
    client.force_login(story.clerk)
    mine = opened(client, page)
    client.force_login(story.drafter)
    theirs = opened(client, page)

    client.force_login(story.clerk)
    first = client.post(page, basics(case, title="私の題名") | mine)
    client.force_login(story.drafter)
    second = client.post(page, basics(case, ends_on="2023-01-31") | theirs)

    assert [first.status_code, second.status_code] == [302, 302]
    saved = fresh(case)
    assert (saved.title, saved.ends_on.isoformat()) == ("私の題名", "2023-01-31")


def test_conflict_shows_base_mine_and_theirs_and_each_may_be_chosen(client, story):
    case = make_draft(story, title="元の題名")
    page = page_of(case, "section", "basics")
    client.force_login(story.drafter)
    late = opened(client, page)
    edit(story, case, title="先の題名", starts_on=NOW.date().replace(year=2022))

    asked = client.post(page, basics(case, title="後の題名") | late)

    html = asked.content.decode()
    assert asked.status_code == 409
    assert all(words in html for words in ("元の題名", "先の題名", "後の題名"))
    assert [row["name"] for row in asked.context["conflicts"]] == ["title"]
    carried = {name: hidden(asked, name) for name in ("version", "base")}
    keep = basics(case, title="後の題名") | carried
    assert client.post(page, keep | {"choose_title": "theirs"}).status_code == 302
    assert fresh(case).title == "先の題名"
    assert client.post(page, keep | {"choose_title": "mine"}).status_code == 302
    assert fresh(case).title == "後の題名"
    assert fresh(case).starts_on.year == 2022  # what only the colleague changed stays


def test_typing_over_a_colleagues_entry_is_told_with_all_three(client, story):
    case = make_draft(story, title="元の題名")
    client.force_login(story.drafter)
    late = opened(client, page_of(case, "section", "basics"))
    edit(story, case, title="先の題名")

    answer = type_in(client, case, "basics", late, **basics(case, title="後の題名"))

    told = answer.json()["conflicts"]
    assert answer.status_code == 409
    assert [(c["base"], c["mine"], c["theirs"]) for c in told] == [
        ("元の題名", "後の題名", "先の題名")
    ]
    assert fresh(case).title == "先の題名"
    untouched = type_in(client, case, "basics", late, **basics(case, title="元の題名"))
    assert untouched.status_code == 200  # what I did not touch is no conflict
    assert fresh(case).draft_input == {}


def test_forged_base_and_ended_session_and_closed_case_keep_nothing(client, story):
    case = make_draft(story)
    page = page_of(case, "section", "basics")
    client.force_login(story.clerk)
    carried = opened(client, page)
    forged = type_in(client, case, "basics", carried | {"base": "forged"}, **basics(case))
    client.logout()
    ended = type_in(client, case, "basics", carried, **basics(case, title="消えない"))
    client.force_login(story.clerk)
    story.run(case, "submit")
    closed = type_in(client, case, "basics", carried, **basics(case, title="遅い"))

    assert [a.status_code for a in (forged, ended, closed)] == [400, 401, 409]
    assert fresh(case).draft_input == {}


def test_typing_is_for_those_who_may_change(client, story):
    case = make_draft(story)
    for user, status in ((story.viewer, 403), (story.other, 404)):
        client.force_login(user)
        assert type_in(client, case, "basics", {}, title="x").status_code == status
    with pytest.raises(PermissionDenied):
        autosave(case, by=story.viewer, version=case.version, raw={"title": "x"})
    with pytest.raises(workflow.StaleVersion):
        autosave(case, by=story.clerk, version=case.version - 1, raw={"title": "x"})


def test_submission_takes_over_what_was_typed_and_shows_it_before(clerk, story):
    case = make_draft(story)
    npo = make_body("npo", corporate_number="7000012050002", name="みどりの会")
    paper = {"files": [upload("協定書.pdf")], "question": "agreement", "version": case.version}
    clerk.post(page_of(case, "files"), paper)
    case = fresh(case)
    raw = {
        "title": "ﾔｻｼｲ講座",
        "requested_amount": "５０万円",
        "answer_visitors": "３００",
        "lines": [["expense", "printing", "印刷", "", "120万円"]],
        "parties": [["implementer", "７０００01２０５０００２", "", "R3.8.1"]],
    }
    autosave(case, by=story.clerk, version=case.version, raw=raw)
    before = fresh(case)
    submit = page_of(case, "transition", "submit")

    html = clerk.get(submit).content.decode()

    assert all(
        words in html for words in ("ヤサシイ講座", "500,000円", "300", "1,200,000", "基本情報")
    )
    assert fresh(case).__dict__ | {"_state": 0} == before.__dict__ | {"_state": 0}
    assert case.budget_lines.count() == 3
    answer = clerk.post(submit)
    assert answer.status_code == 302, answer.context["errors"]
    done = fresh(case)
    assert (done.title, done.requested_amount) == ("ヤサシイ講座", 500_000)
    assert (done.answers["visitors"], done.expense_total, done.draft_input) == (300, 1_200_000, {})
    party = done.parties.get(organization=npo)
    assert (party.kind, party.consented_on.isoformat()) == ("implementer", "2021-08-01")
    told = AuditEvent.objects.filter(action="grants.application.change").latest("pk").changes
    assert {"title", "requested_amount", "budget_lines.applied", "parties"} <= set(told)


def test_typing_that_cannot_be_read_stops_the_submission_by_name_and_is_kept(clerk, story):
    case = make_draft(story)
    raw = {
        "starts_on": "来年の春",
        "title": "新しい題名",
        "answer_visitors": "多数",
        "lines": [["expense", "printing", "印刷", "", "1,000ドル"]],
        "parties": [["joint", "どこにもない町", "", ""]],
    }
    autosave(case, by=story.clerk, version=case.version, raw=raw)
    submit = page_of(case, "transition", "submit")

    answer = clerk.post(submit)

    assert answer.status_code == 400
    html = answer.content.decode()
    assert all(
        words in html
        for words in (
            "事業の開始日」：",
            "参加者の見込み数」：",
            "収支予算の1行目",
            "参加団体の1つ目",
        )
    )
    kept = fresh(case)
    assert (kept.status, kept.title, kept.draft_input) == ("draft", case.title, raw)
    assert "多数" in clerk.get(page_of(case, "section", "questions-1")).content.decode()


def test_bodies_that_take_part_are_saved_while_one_types(clerk, story):
    case = make_draft(story)
    page = page_of(case, "parties")
    row = {"parties-0-kind": "joint", "parties-0-code": "前橋", "parties-0-consented_on": "R3.8"}
    typed = {"parties-TOTAL_FORMS": 1, "parties-INITIAL_FORMS": 0} | row

    answer = type_in(clerk, case, "parties", opened(clerk, page), **typed)

    assert answer.status_code == 200
    assert fresh(case).draft_input == {"parties": [["joint", "前橋", "", "R3.8"]]}
    html = clerk.get(page).content.decode()
    assert 'value="前橋"' in html
    assert 'value="R3.8"' in html
    rows = clerk.get(page_of(case, "detail")).context["tasks"]
    assert {r["label"]: r["status"] for r in rows}["参加団体"] == "入力中"


def test_two_lists_of_bodies_are_compared_whole(client, story):
    case = make_draft(story)
    make_body("city", name="前橋市")
    make_body("city", name="高崎市")
    page = page_of(case, "parties")

    def rows(name):
        row = {"parties-0-kind": "joint", "parties-0-code": name}
        return {"parties-TOTAL_FORMS": 1, "parties-INITIAL_FORMS": 0} | row

    client.force_login(story.drafter)
    early = opened(client, page)
    client.force_login(story.clerk)
    assert client.post(page, rows("前橋市") | opened(client, page)).status_code == 302
    client.force_login(story.drafter)
    asked = client.post(page, rows("高崎市") | early)

    assert asked.status_code == 409
    html = asked.content.decode()
    assert "前橋市" in html
    assert "高崎市" in html
    carried = {name: hidden(asked, name) for name in ("version", "base")}
    chosen = {"choose_parties": "mine"}
    assert client.post(page, rows("高崎市") | carried | chosen).status_code == 302
    names = case.parties.exclude(kind="lead").values_list("organization__name", flat=True)
    assert list(names) == ["高崎市"]


def test_edit_by_the_system_leaves_what_colleagues_type_elsewhere(client, story):
    case = make_draft(story)
    raw = {
        "title": "書きかけ",
        "answer_purpose": "途中",
        "lines": [["expense", "", "印刷", "", ""]],
    }
    autosave(case, by=story.clerk, version=case.version, raw=raw)
    partner = Caller(client, story.clerk)

    done = partner.send("patch", one(case), {"answers": {"purpose": "送った目的"}}, if_match="*")

    assert done.status_code == 200, done.json()
    assert fresh(case).draft_input == {"title": "書きかけ", "lines": raw["lines"]}
    partner.send("put", one(case, "budget-lines/"), LINES, if_match="*")
    assert fresh(case).draft_input == {"title": "書きかけ"}


# The budget


def sheet(*rows, **more):
    data = {"lines-TOTAL_FORMS": len(rows), "lines-INITIAL_FORMS": 0}
    for index, row in enumerate(rows):
        data |= {f"lines-{index}-{n}": v for n, v in zip(sections.LINE, row, strict=True)}
    return data | more


FEE = ("expense", "honoraria", "謝金", "20人", "80万円")
PRINT = ("expense", "printing", "印刷", "", "３０万円")


def test_sheet_is_judged_as_typed_and_nothing_is_saved(clerk, story):
    case = make_draft(story)
    page = page_of(case, "budget-check")

    told = clerk.post(page, sheet(FEE, PRINT, requested_amount="９００万円")).json()

    assert (told["expense_total"], told["requested_amount"]) == (1_100_000, 9_000_000)
    assert "1,100,000円" in told["html"]
    verdict = clerk.post(page, sheet(FEE, PRINT, requested_amount="110万円")).json()["html"]
    assert verdict != told["html"]
    assert fresh(case).expense_total == case.expense_total


def test_sheet_typed_halfway_is_kept_and_shown_again(clerk, story):
    case = make_draft(story)
    page = page_of(case, "budget")
    half = ("expense", "", "単価を確認中", "", "")
    carried = opened(clerk, page)

    answer = type_in(
        clerk, case, "budget", carried, **sheet(FEE, half, requested_amount="1,000,000")
    )

    assert answer.status_code == 200
    assert "単価を確認中" in clerk.get(page).content.decode()
    assert fresh(case).budget_lines.count() == case.budget_lines.count()
    saved = clerk.post(page, sheet(FEE, requested_amount="80万円") | opened(clerk, page))
    assert saved.status_code == 302
    now = fresh(case)
    assert (now.expense_total, now.requested_amount, now.draft_input) == (800_000, 800_000, {})


def test_two_sheets_are_compared_whole(client, story):
    case = make_draft(story)
    page = page_of(case, "budget")
    client.force_login(story.drafter)
    late = opened(client, page)
    client.force_login(story.clerk)
    client.post(page, sheet(FEE, requested_amount="80万円") | opened(client, page))
    client.force_login(story.drafter)

    asked = client.post(page, sheet(PRINT, requested_amount="1,000,000") | late)

    html = asked.content.decode()
    assert asked.status_code == 409
    assert all(words in html for words in ("講師謝金", "謝金", "印刷"))
    carried = {name: hidden(asked, name) for name in ("version", "base")}
    mine = sheet(PRINT, requested_amount="1,000,000") | carried
    assert client.post(page, mine | {"choose_lines": "mine"}).status_code == 302
    lines = fresh(case).budget_lines.values_list("description", flat=True)
    assert list(lines) == ["印刷"]
    assert fresh(case).requested_amount == 800_000  # the colleague's, which I did not touch


# Files, comments, last year's, papers


def test_script_is_told_what_was_kept_and_why_not(clerk, story):
    case = make_draft(story)
    page, json = page_of(case, "files"), {"Accept": "application/json"}
    good = upload("見積書.pdf", pdf_bytes() + b"\n")

    sent = {"files": [good], "question": "", "version": case.version}
    kept = clerk.post(page, sent, headers=json)
    sent = {"files": [upload("名簿.exe")], "question": "", "version": kept.json()["version"]}
    refused = clerk.post(page, sent, headers=json)

    assert (kept.status_code, kept.json()["stored"]) == (200, ["見積書.pdf"])
    assert refused.status_code == 400
    assert "名簿.exe" in refused.json()["refused"][0]
    assert fresh(case).files.count() == 2


def test_comment_stands_at_its_field_and_is_answered_there(clerk, story):
    case = make_application(story, "returned")
    comment = case.comments.get()
    page = page_of(case, "section", "questions-1")
    row = next(r for r in clerk.get(page).context["rows"] if r["comments"])
    assert row["field"].name == "answer_purpose"
    listed = clerk.get(page_of(case, "detail")).context
    assert [task["status"] for task in listed["tasks"]].count("要修正") == 1
    assert listed["comments"][0]["url"].startswith(page)

    answers = {"answer_purpose": case.answers["purpose"], "answer_visitors": "120"}
    reply = {f"reply_{comment.pk}": "第2段落に書きました。"}
    assert clerk.post(page, answers | reply | opened(clerk, page)).status_code == 302
    assert clerk.post(page_of(case, "transition", "submit")).status_code == 302
    assert case.comments.get().answer == "第2段落に書きました。"


def test_correcting_leads_from_comment_to_comment_and_then_to_the_check(clerk, story):
    case = make_draft(story)
    for act in ("submit", "receive"):
        case = story.run(case, act)
    asked = [{"field": name, "text": "直してください。"} for name in ("title", "document_number")]
    case = story.run(case, "return_for_correction", comments=asked)
    first, second = case.comments.order_by("pk")
    page = page_of(case, "section", "basics")

    unanswered = clerk.post(page, basics(case, go="next") | opened(clerk, page))
    assert unanswered["Location"] == f"{page_of(case, 'section', 'document')}#id_reply_{second.pk}"
    answer = basics(case, go="next") | {f"reply_{first.pk}": "直しました。"}
    moved = clerk.post(page, answer | opened(clerk, page))
    assert moved["Location"].startswith(page_of(case, "section", "document"))
    page = page_of(case, "section", "document")
    document = {name: getattr(case, name) for name in sections.DOCUMENT}
    changed = document | {"document_number": "国際第13号", "go": "next"}
    done = clerk.post(page, changed | opened(clerk, page))
    assert done["Location"] == page_of(case, "transition", "submit")
    assert clerk.post(done["Location"]).status_code == 302
    assert fresh(case).status == "received"


def test_last_years_application_is_copied_without_dates_and_papers(clerk, story):
    old = make_application(story, "submitted", title="昨年の講座")
    program = story.call.edition.program
    edition = make_edition(program=program, fiscal_year=2023, section=story.desk.section)
    call = make_call(edition, form=story.call.form)
    page = f"{reverse('grants:application-create')}?call={call.public_id}"
    assert "昨年の講座" in clerk.get(page).content.decode()
    section = story.clerk.access.posts[0].section

    begun = clerk.post(
        page, {"section": section.pk, "title": "今年の講座", "copy_of": str(old.public_id)}
    )

    new = Application.objects.exclude(pk=old.pk).get()
    assert begun["Location"] == page_of(new, "detail")
    assert (new.title, new.answers, new.expense_total) == (
        "今年の講座",
        old.answers,
        old.expense_total,
    )
    assert (new.starts_on, new.document_number, new.files.count()) == (None, "", 0)
    assert new.categories == old.categories
    assert new.contact_name == old.contact_name


def test_other_towns_application_cannot_be_copied(client, story):
    old = make_application(story, "submitted")
    client.force_login(story.other)
    page = f"{reverse('grants:application-create')}?call={story.call.public_id}"
    section = story.other.access.posts[0].section

    answer = client.post(
        page, {"section": section.pk, "title": "講座", "copy_of": str(old.public_id)}
    )

    mine = Application.objects.filter(organization=section.organization)
    assert old.title not in answer.content.decode()
    assert [case.answers for case in mine] in ([], [{}])


def test_all_papers_come_as_one_zip_under_their_own_names(clerk, client, story):
    case = make_application(story, "submitted")
    page = page_of(case, "papers")

    answer = clerk.get(page)
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert archive.read("添付書類/事業計画書.pdf") == pdf_bytes()
        sent = words_of(archive.read(f"申請書/申請書_{case.receipt_number}.pdf"))

    assert sorted(names) == [
        f"受付票/{case.receipt_number}-1.pdf",
        "添付書類/事業計画書.pdf",
        f"申請書/申請書_{case.receipt_number}.pdf",
    ]
    assert f"提出した申請書の控え受付番号{case.receipt_number}" in sent
    assert clerk.get(page_of(make_draft(story), "papers")).status_code == 404
    client.force_login(story.other)
    assert client.get(page).status_code == 404


def words_of(pdf):
    """The text of a PDF without its spaces."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


@pytest.mark.parametrize(
    ("status", "told", "name"),
    [
        ("draft", "まだ提出されていません", "申請書案_"),
        ("returned", "まだ再提出されていません", "申請書案_"),
        ("received", "提出した申請書の控え", "申請書_"),
    ],
)
def test_printed_application_says_whether_it_was_sent(clerk, story, status, told, name):
    case = make_application(story, status)

    answer = clerk.get(page_of(case, "draft"))

    text = words_of(answer.content)
    assert told in text
    assert (f"受付番号{case.receipt_number}" in text) == (status == "received")
    assert quote(name) in answer["Content-Disposition"]
    is_offered = "提出した申請書（PDF）" in clerk.get(page_of(case, "detail")).content.decode()
    assert is_offered == (status == "received")


def test_names_in_the_zip_stay_as_the_clerk_wrote_them():
    names = ("見積書（株式会社〇〇） 第1回.pdf", "=1+1【最終】.csv", "../../etc/passwd.txt")

    assert [safe(name) for name in names] == [
        "見積書（株式会社〇〇） 第1回.pdf",
        "=1+1【最終】.csv",
        "／..／etc／passwd.txt",
    ]


def test_what_is_missing_leads_to_its_field_in_page_order(clerk, story):
    case = make_draft(story, starts_on=None, document_number="")
    case.files.all().delete()

    for page in (page_of(case, "detail"), page_of(case, "transition", "submit")):
        shown = clerk.get(page).content.decode()
        links = re.findall(r'<li><a href="([^"]+)">', shown[shown.index('id="missing"') :])
        assert links[:3] == [
            page_of(case, "section", "basics") + "#id_starts_on",
            page_of(case, "files"),
            page_of(case, "section", "document") + "#id_document_number",
        ]


def test_first_page_names_the_call_and_its_deadline(clerk, story):
    call = make_draft(story).call

    shown = clerk.get(reverse("grants:application-create"), {"call": str(call.public_id)})

    words = shown.content.decode()
    assert call.get_absolute_url() in words
    assert deadline_text(call.closes_at) in words


def test_letter_in_the_zip_is_named_by_number_and_subject(clerk, story):
    case = make_application(story, "announced")
    letters.render_waiting(now=NOW, by=system_actor())
    letter = Letter.objects.get(case_id=case.pk)

    answer = clerk.get(page_of(case, "papers"))

    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert f"通知/{letter.number}_{letter.subject}.pdf" in archive.namelist()


def test_letter_stands_beside_the_status_and_not_only_at_the_foot(clerk, story):
    case = make_application(story, "announced")
    letters.render_waiting(now=NOW, by=system_actor())
    letter = Letter.objects.get(case_id=case.pk)

    shown = clerk.get(page_of(case, "detail")).content.decode()

    beside = shown[shown.index("columns__aside") : shown.index("columns__main")]
    assert reverse("letter-content", args=[letter.public_id]) in beside


def test_drafter_is_told_who_submits(client, story):
    case = make_draft(story)
    told = "提出は、代表の団体の提出者が行います。"

    client.force_login(story.drafter)
    assert told in client.get(page_of(case, "detail")).content.decode()
    client.force_login(story.clerk)
    assert told not in client.get(page_of(case, "detail")).content.decode()


def test_refusal_leads_to_each_field_in_page_order(clerk, story):
    case = make_draft(story, starts_on=None, document_number="")
    case.files.all().delete()

    answer = clerk.post(page_of(case, "transition", "submit"))

    shown = answer.content.decode()
    summary = shown[shown.index("data-error-summary") : shown.index("<h1>")]
    assert answer.status_code == 400
    assert re.findall(r'<a href="([^"]+)"', summary)[:3] == [
        page_of(case, "section", "basics") + "#id_starts_on",
        page_of(case, "files"),
        page_of(case, "section", "document") + "#id_document_number",
    ]
    assert 'id="missing"' not in shown


def test_withdrawal_says_that_it_cannot_be_undone(clerk, story):
    case = make_application(story, "submitted")

    shown = clerk.get(page_of(case, "transition", "withdraw")).content.decode()

    assert "取り下げると、元には戻せません。" in shown
