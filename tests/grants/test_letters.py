"""The letters as they are printed: number, era dates, amounts, conditions, reasons."""

import io
import re

import pytest
from pypdf import PdfReader

from accounts.actors import system_actor
from core import files, letters
from core.models import Letter
from tests.factories.grants import DATA, NOW, make_application, town_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


def printed(case):
    """The text of the case's one letter, rendered as the worker does, without its spaces."""
    letters.render_waiting(now=NOW, by=system_actor())
    letter = Letter.objects.get(case_id=case.pk)
    assert letter.status == "issued"
    reader = PdfReader(io.BytesIO(b"".join(files.chunks(letter.file))))
    text = "".join(page.extract_text() for page in reader.pages)
    return letter, re.sub(r"\s", "", text)


def assert_all_in(text, *wanted):
    missing = [words for words in wanted if re.sub(r"\s", "", words) not in text]
    assert missing == [], text


def test_decision_names_number_dates_amounts_and_conditions(story):
    letter, text = printed(make_application(story, "announced"))

    assert (letter.number, letter.serial) == (f"クレア{story.desk.section.sign}第1号", 1)
    assert (letter.issued_on, letter.decided_on) == (NOW.date(), NOW.date())
    assert letter.addressee == story.town.name
    assert_all_in(
        text,
        letter.number,
        "令和３年８月10日",
        f"{story.town.name}町長",
        "交付決定について（通知）",
        "令和３年８月９日付け国際第12号で申請のあった",
        "令和４年度",
        "下記のとおり交付することに決定した",
        "1,000,000",
        "講師謝金",
        "800,000",
        "報償費（謝金）",
        "内容を変えるときは、承認を受けること。",
        "完了後30日以内に報告すること。",
        "令和３年８月24日までに申請を取り下げることができます",
        letter.code,
        story.desk.section.name,
        "03-5213-1725",
    )
    assert "修正の理由" not in text


def test_modified_decision_shows_both_amounts_and_the_reason(story):
    recommend = {
        "outcome": "adopted_with_modification",
        "amount": 900_000,
        "reason": "印刷部数を見直したため",
    }

    _letter, text = printed(make_application(story, "announced", recommend=recommend))

    assert_all_in(
        text,
        "申請の内容に修正を加え",
        "1,000,000",
        "900,000",
        "修正の理由",
        "印刷部数を見直したため",
    )


def test_rejection_names_the_reason_and_no_money(story):
    recommend = {"outcome": "rejected", "amount": "", "reason": "同種の事業との違いがないため"}

    letter, text = printed(make_application(story, "announced", recommend=recommend))

    assert letter.subject.endswith("の審査結果について（通知）")
    assert_all_in(
        text,
        "審査の結果、下記のとおり採択しないことに決定した",
        "不採択の理由",
        "同種の事業との違いがないため",
    )
    for words in ("1,000,000", "交付条件", "取り下げることができます", "講師謝金"):
        assert words not in text


def test_informal_notice_is_a_letter_of_its_own(story):
    letter, text = printed(make_application(story, "informally_notified"))

    assert letter.subject.endswith("の内定について（通知）")
    assert_all_in(text, letter.number, story.town.name, "1,000,000")


def test_refusal_names_receipt_number_and_reason(story):
    case = make_application(story, "not_accepted")

    letter, text = printed(case)

    assert_all_in(text, letter.number, case.receipt_number, DATA["refuse"]["reason"])
    assert letter.decided_on is None


def test_lapse_names_the_return_and_its_due_day(story):
    case = make_application(story, "returned")
    case = story.run(case, "lapse", NOW.replace(month=9, day=2))

    _letter, text = printed(case)

    assert_all_in(
        text, "令和３年８月10日", "令和３年９月１日", case.receipt_number, DATA["lapse"]["reason"]
    )


def test_letters_of_one_ledger_are_numbered_in_the_order_of_announcement(story):
    cases = [make_application(story, "decided") for _ in range(3)]

    for case in cases:
        story.run(case, "announce")

    serials = [Letter.objects.get(case_id=case.pk).serial for case in cases]
    assert serials == [1, 2, 3]


def test_body_without_a_document_number_still_gets_a_whole_sentence(story):
    case = make_application(story, "decided")
    type(case).objects.filter(pk=case.pk).update(document_number="", document_date=None)
    case.refresh_from_db()

    _letter, text = printed(story.run(case, "announce"))

    assert_all_in(text, "申請のあった")
    assert "付けで申請" not in text
