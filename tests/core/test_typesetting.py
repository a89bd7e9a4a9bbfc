"""PDFs of letters, receipts and drafts, read back as text."""

import hashlib
import io

import pytest
from pypdf import PdfReader

from core import typesetting

ANNOUNCE = "grants/letters/application_announce.typ"
URL = "https://portal.clair.example/letters/7K3M-92QX-HP4T-AB2C/"
GRANT = "令和４年度多文化共生のまちづくり促進事業助成金"


def letter(**values):
    """Return the data of an adopted application's letter, changed by `values`."""
    return {
        "number": "クレア多第1234号",
        "date": "令和元年12月１日",
        "addressee": {"organization": "岡山県倉敷市", "title": "倉敷市長", "name": "髙﨑　德邉𠮷"},
        "sender": {
            "organization": "一般財団法人自治体国際化協会",
            "title": "理事長",
            "name": "見本　一郎",
            "seal": "omitted",
        },
        "subject": f"{GRANT}の交付決定について（通知）",
        "contact": {
            "section": "多文化共生課",
            "phone": "03-5213-1725",
            "mail": "tabunka@clair.example",
        },
        "verification": {
            "code": "7K3M-92QX-HP4T-AB2C",
            "url": URL,
            "qr_svg": typesetting.qr_svg(URL),
        },
        "outcome": "adopted",
        "application": {"number": "倉国第45号", "date": "令和３年９月15日"},
        "grant": GRANT,
        "title": "やさしい日本語でつながる防災まちづくり事業",
        "amounts": {"requested": 3000000, "decided": 2500000},
        "lines": [
            {"category": "報償費", "description": "講師謝金", "applied": 600000, "decided": None},
            {"category": "委託料", "description": "翻訳", "applied": 2400000, "decided": 2500000},
        ],
        "conditions": ["目的外に使用しないこと。", {"text": "次の書類", "items": ["報告書"]}],
        "withdraw_by": "令和元年12月11日",
        "reason": "",
        "receipt_number": "2026-0000012-3",
        "returned_on": "令和３年10月15日",
        "due": "令和３年10月29日",
        **values,
    }


def receipt(**values):
    """Return the data of a receipt, changed by `values`."""
    return {
        "number": "2026-0000012-3",
        "round": 1,
        "arrived_at": "2021年9月30日（木）16時58分",
        "organization": "岡山県倉敷市",
        "program": "多文化共生のまちづくり促進事業",
        "title": "防災まちづくり事業",
        "submitted_by": "国際課 主事",
        "on_behalf_of": "",
        "behalf_reason": "",
        "paper_arrived_on": "",
        "files": [],
        "content_sha256": hashlib.sha256(b"content").hexdigest(),
        "contact": letter()["contact"],
        **values,
    }


def draft(**values):
    """Return the data of a draft for the body's own decision, changed by `values`."""
    return {
        "document": "交付申請書",
        "version": 3,
        "hash": hashlib.sha256(b"draft").hexdigest(),
        "printed_at": "2021年9月21日（火）14時03分",
        "deadline": "2021年9月30日（木）17時00分",
        "organization": "岡山県倉敷市",
        "program": "多文化共生のまちづくり促進事業",
        "title": "防災まちづくり事業",
        "sections": [
            {
                "title": "事業の内容",
                "questions": [
                    {"label": "目的", "answer": "情報を届ける。"},
                    {"label": "分野", "answer": ["防災", "教育"]},
                    {"label": "外国人住民数", "answer": 12345},
                    {"label": "共同で申請する団体", "answer": None},
                ],
            }
        ],
        "budget": {
            "expenses": [
                {
                    "category": "報償費",
                    "description": "講師謝金",
                    "basis": "30,000円×2人",
                    "amount": 60000,
                }
            ],
            "incomes": [{"description": "参加費", "basis": "500円×20人", "amount": 10000}],
            "totals": [{"label": "総事業費", "amount": 60000}],
        },
        "annexes": [{"label": "事業計画書", "name": "plan.pdf", "size": 1234, "sha256": "0" * 64}],
        "contact": letter()["contact"],
        **values,
    }


def pages(template, data):
    """Return the text of each page without the spaces that extraction guesses."""
    reader = PdfReader(io.BytesIO(typesetting.render(template, data)))
    return ["".join(page.extract_text().split()) for page in reader.pages]


def text(template, data):
    return "".join(pages(template, data))


def test_letter_has_number_date_addressee_and_amounts():
    words = text(ANNOUNCE, letter())

    for part in (
        "クレア多第1234号",
        "令和元年12月１日",
        "岡山県倉敷市",
        "倉敷市長髙﨑德邉𠮷様",
        "（公印省略）",
        "令和３年９月15日付け倉国第45号で申請のあった",
        "3,000,0002,500,000",
        "計3,000,0002,500,000",
        "令和元年12月11日までに",
        "以上",
        "7K3M-92QX-HP4T-AB2C",
        URL,
    ):
        assert part in words


def test_letter_is_tagged_japanese_and_archival():
    reader = PdfReader(io.BytesIO(typesetting.render(ANNOUNCE, letter())))
    catalog = reader.trailer["/Root"]

    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"].lower().startswith("ja")
    assert reader.metadata.title == f"{GRANT}の交付決定について（通知）"
    metadata = catalog["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata


def test_body_without_a_person_is_addressed_as_onchu():
    addressee = {"organization": "公益財団法人岡山県国際交流協会", "title": "", "name": ""}

    assert "公益財団法人岡山県国際交流協会御中" in text(ANNOUNCE, letter(addressee=addressee))


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        ("adopted", "下記のとおり交付することに決定したので、通知します。"),
        ("adopted_with_modification", "申請の内容に修正を加え、下記のとおり交付する"),
        ("rejected", "審査の結果、下記のとおり採択しないことに決定した"),
    ],
)
def test_announcement_says_the_outcome(outcome, sentence):
    assert sentence in text(ANNOUNCE, letter(outcome=outcome, reason="理由の文。"))


def test_rejection_gives_the_reason_and_no_amount():
    words = text(ANNOUNCE, letter(outcome="rejected", reason="対象事業に当たらないため。"))

    assert "２不採択の理由対象事業に当たらないため。" in words
    assert "助成金額" not in words
    assert "2,500,000" not in words


def test_unknown_outcome_is_never_printed_as_a_rejection():
    with pytest.raises(typesetting.TypesettingError, match="unknown outcome"):
        typesetting.render(ANNOUNCE, letter(outcome="modified"))


def test_items_are_numbered_without_gap():
    words = text(ANNOUNCE, letter(lines=[], conditions=[]))

    assert "２助成金額" in words
    assert "３取下げ期限" in words


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("application_notify_informally", "下記のとおり内定したので、通知します。"),
        ("application_refuse", "下記の理由により受理しないこととしたので、通知します。"),
        ("application_lapse", "期限の令和３年10月29日までに再提出がなかったため"),
    ],
)
def test_other_letters_say_what_happened(template, sentence):
    assert sentence in text(f"grants/letters/{template}.typ", letter())


@pytest.mark.parametrize(
    "value", ['#panic("x")', "*太字*", '"引用"', "$x$", "@ref", "\\ ~ -- //", "<b>&amp;", "`a`"]
)
def test_data_is_printed_literally(value):
    words = text(ANNOUNCE, letter(title=value, reason=value, outcome="rejected"))

    assert words.count("".join(value.split())) == 2


def test_long_letter_keeps_every_line_and_one_foot():
    lines = [
        {"category": "委託料", "description": f"経費{i:03d}番", "applied": i, "decided": i}
        for i in range(1, 41)
    ]
    sheets = pages(ANNOUNCE, letter(lines=lines))

    assert len(sheets) > 1
    assert all(f"経費{i:03d}番" in "".join(sheets) for i in range(1, 41))
    assert [sheet.count("メールtabunka@clair.example") for sheet in sheets] == (
        [0] * (len(sheets) - 1) + [1]
    )
    assert [sheet.endswith(f"{n}/{len(sheets)}") for n, sheet in enumerate(sheets, 1)] == (
        [True] * len(sheets)
    )


def test_letter_of_one_page_has_no_page_number():
    assert "1/1" not in text(ANNOUNCE, letter(conditions=[]))


def test_character_without_a_glyph_does_not_stop_the_letter(caplog):
    words = text(ANNOUNCE, letter(title="防災\U0001f600事業"))

    assert "クレア多第1234号" in words
    assert caplog.messages == [f"typesetting.not_archival template={ANNOUNCE}"]


def test_missing_value_is_an_error_that_names_the_template():
    data = letter()
    del data["outcome"]

    with pytest.raises(typesetting.TypesettingError, match=ANNOUNCE) as raised:
        typesetting.render(ANNOUNCE, data)

    assert raised.value.template == ANNOUNCE
    assert "outcome" in str(raised.value)


def test_unknown_template_is_an_error_that_names_it():
    with pytest.raises(typesetting.TypesettingError, match=r"core/letters/none\.typ"):
        typesetting.render("core/letters/none.typ", {})


def test_receipt_shows_every_file_with_its_whole_digest():
    files = [
        {
            "name": f"{i:02d}_" + "long_name_without_any_space_" * 4 + ".pdf",
            "size": 1048576 + i,
            "sha256": hashlib.sha256(str(i).encode()).hexdigest(),
        }
        for i in range(20)
    ]
    words = text("core/letters/receipt.typ", receipt(files=files))

    for file in files:
        assert file["name"] in words
        assert file["sha256"] in words
        assert f"{file['size']:,}" in words


def test_receipt_names_who_filed_on_behalf_and_when_the_paper_came():
    values = receipt(
        on_behalf_of="岡山県倉敷市",
        behalf_reason="通信の障害のため。",
        paper_arrived_on="令和3年9月29日",
    )
    words = text("core/letters/receipt.typ", values)

    assert "受付番号2026-0000012-3" in words
    assert "2021年9月30日（木）16時58分（日本標準時）" in words
    assert "代理提出岡山県倉敷市に代わって入力" in words
    assert "代理提出の理由通信の障害のため。" in words
    assert "紙の到達日令和3年9月29日" in words


def test_receipt_without_behalf_does_not_mention_it():
    words = text("core/letters/receipt.typ", receipt())

    assert "代理" not in words
    assert hashlib.sha256(b"content").hexdigest() in words


def test_draft_has_version_hash_answers_budget_and_annexes():
    words = text("core/letters/draft.typ", draft())

    for part in (
        "下書き（団体内決裁用）",
        "第3版",
        hashlib.sha256(b"draft").hexdigest(),
        "目的情報を届ける。",
        "分野防災、教育",
        "外国人住民数12,345",
        "共同で申請する団体（未記入）",
        "報償費講師謝金30,000円×2人60,000",
        "参加費500円×20人10,000",
        "総事業費60,000",
        "事業計画書plan.pdf",
    ):
        assert part in words


def test_template_version_is_short_and_stable():
    version = typesetting.template_version(ANNOUNCE)

    assert version == typesetting.template_version(ANNOUNCE)
    assert len(version) == 12
    assert version != typesetting.template_version("grants/letters/application_refuse.typ")


def test_qr_code_is_one_path_of_its_own_text():
    drawing = typesetting.qr_svg(URL)

    assert drawing.count("<path") == 1
    assert drawing == typesetting.qr_svg(URL)
    assert drawing != typesetting.qr_svg(URL + "x")
