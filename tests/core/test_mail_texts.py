"""The notices as they are read: short subjects, one link, no personal data, no amounts."""

import pytest
from django.template.loader import render_to_string

CASE_MAILS = [
    f"grants/mail/application_{name}"
    for name in (
        "submit",
        "forward",
        "return_for_correction",
        "accept_late",
        "refuse",
        "receive",
        "lapse",
        "notify_informally",
        "announce",
        "withdraw",
    )
]
ACCOUNT_MAILS = [
    f"accounts/mail/{name}"
    for name in (
        "invitation",
        "password_reset",
        "handover",
        "deputy",
        "factor_reset",
        "address_confirm",
        "address_asked",
        "address_changed",
    )
]
TASK_MAILS = [
    "core/mail/file_infected",
    "programs/mail/call_waiting",
    "programs/mail/call_held",
]
LINK = "https://portal.clair.example/applications/1/?a=1&b=2"


def context() -> dict[str, object]:
    return {
        "case": {
            "receipt_number": "2026-0000012-3",
            "title": "やさしい<日本語> & 防災",
            "organization": "岡山県倉敷市",
            "program": "令和4年度 多文化共生のまちづくり促進事業",
            "status_label": "受理済",
        },
        "organization": "岡山県倉敷市",
        "link": LINK,
        "due": "2021年9月30日（木）17時00分",
        "arrived": "2021年9月29日（水）16時58分07秒",
        "comment_count": 4,
        "reason": "髙﨑さんの3,000,000円の件",
        "recipient": "髙﨑 德邉",
        "contact": {
            "section": "多文化共生課",
            "phone": "03-5213-1725",
            "mail": "tabunka@clair.example",
        },
    }


@pytest.mark.parametrize("template", CASE_MAILS)
def test_case_mail_subject_names_kind_and_number_within_fifty_characters(template):
    subject = render_to_string(f"{template}.subject.txt", context()).strip()

    assert subject.startswith("【クレア】")
    assert subject.endswith(" 2026-0000012-3")
    assert len(subject) <= 50
    assert "\n" not in subject


@pytest.mark.parametrize("template", TASK_MAILS)
def test_mail_of_a_task_has_a_short_subject(template):
    subject = render_to_string(f"{template}.subject.txt", context() | {"days": 14}).strip()

    assert subject.startswith("【クレア】")
    assert len(subject) <= 50


@pytest.mark.parametrize("template", CASE_MAILS + ACCOUNT_MAILS + TASK_MAILS)
def test_mail_has_one_link_and_the_contact_of_the_section(template):
    body = render_to_string(f"{template}.body.txt", context())

    assert body.count("http") == 1
    assert LINK in body.splitlines()
    assert {"多文化共生課", "電話　03-5213-1725", "メール　tabunka@clair.example"} <= set(
        body.splitlines()
    )


@pytest.mark.parametrize("template", CASE_MAILS + ACCOUNT_MAILS + TASK_MAILS)
def test_mail_tells_neither_reason_nor_recipient(template):
    text = "".join(
        render_to_string(f"{template}.{part}.txt", context()) for part in ("subject", "body")
    )

    assert "髙﨑" not in text
    assert "3,000,000" not in text


@pytest.mark.parametrize("template", CASE_MAILS)
def test_case_mail_is_plain_text_without_escapes(template):
    body = render_to_string(f"{template}.body.txt", context())

    assert "件名　　　やさしい<日本語> & 防災" in body.splitlines()


def test_submit_mail_is_a_receipt_with_number_and_arrival():
    lines = render_to_string("grants/mail/application_submit.body.txt", context()).splitlines()

    assert "受付番号　2026-0000012-3" in lines
    assert "到達日時　2021年9月29日（水）16時58分07秒" in lines


def test_return_mail_counts_comments_and_says_until_when():
    template = "grants/mail/application_return_for_correction.body.txt"
    lines = render_to_string(template, context()).splitlines()

    assert "補正事項　4件" in lines
    assert "期限　　　2021年9月30日（木）17時00分" in lines


def test_mail_without_due_has_no_empty_line_for_it():
    values = context() | {"due": ""}

    for template in CASE_MAILS + ACCOUNT_MAILS:
        body = render_to_string(f"{template}.body.txt", values)
        assert "期限　" not in body
        assert "\n\n\n" not in body


def test_mail_without_a_section_in_charge_has_no_empty_contact():
    values = context() | {"contact": {"section": "", "phone": "", "mail": ""}}

    lines = render_to_string("accounts/mail/password_reset.body.txt", values).splitlines()

    assert "電話　" not in lines
    assert "メール　" not in lines


def test_withdrawal_of_a_draft_has_no_number():
    values = context()
    values["case"]["receipt_number"] = ""

    subject = render_to_string("grants/mail/application_withdraw.subject.txt", values)

    assert subject == "【クレア】申請の取下げ\n"
