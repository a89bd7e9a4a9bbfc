"""One application by API alone, with the demo keys: from the call to the letter and the mail."""

import re
from datetime import datetime, timedelta
from typing import Any

from tests.journeys.files import ESTIMATE, PLAN, pdf, sha256, text_of
from tests.journeys.portal import Client, Portal, eventually

PATH = "grants/applications/"
LINES = [
    ("honoraria", "講師謝金", "20,000円×10回", "２００，０００"),
    ("outsourcing", "教材の翻訳", "一式", 250_000),
    ("printing", "案内の印刷", "3,000部", 120_000),
]
ANSWERS = {
    "purpose": "生活に必要な情報が届きにくい状況を改めます。",
    "content": "やさしい日本語の講座と交流会を行います。",
    "schedule": "6月から翌年2月まで、月1回実施します。",
    "participants": 240,
    "necessity": "転入直後の外国人住民に情報が届いていません。",
    "model_value": "教材と運営手順を公開します。",
    "indicator": "講座の修了者60人",
    "continues": "no",
    "partners": "自治会と連携します。",
}


def open_call(client: Client) -> dict[str, Any]:
    """Return the open call of the grant for multicultural communities."""
    calls = client.get("programs/calls/?status=open")["results"]
    return next(c for c in calls if c["is_open"] and "多文化共生" in c["title"])


def draft(town: Client, title: str) -> dict[str, Any]:
    """Begin and fill in an application; the town's own papers are uploaded first."""
    call = open_call(town)
    case = town.post(PATH, {"call": call["id"], "title": title}, expect=201)
    year = call["fiscal_year"]
    facts = {
        "categories": ["disaster", "language"],
        "starts_on": f"令和{year - 2018}年6月1日",
        "ends_on": f"{year + 1}-01-31",
        "requested_amount": "５００，０００円",
        "answers": ANSWERS,
        "document_number": "東国第12号",
        "document_date": f"{year - 1}-11-20",
        "representative_title": "町長",
        "representative_name": "見本　太郎",
        "contact_name": "見本　花子",
        "contact_phone": "０１６６（８２）２１１１",
        "contact_email": "contact-b@example.jp",
        "is_decided_internally": True,
    }
    case = town.write("PATCH", f"{PATH}{case['id']}/", facts)
    names = ("category", "description", "basis", "amount")
    lines = [{"kind": "expense", **dict(zip(names, line, strict=True))} for line in LINES]
    lines.append({"kind": "income", "category": "", "description": "町負担", "amount": 70_000})
    return dict(town.write("PUT", f"{PATH}{case['id']}/budget-lines/", lines))


def attach(town: Client, case: dict[str, Any], *contents: tuple[str, str, bytes]) -> dict[str, Any]:
    """Upload files and link them to their questions."""
    rows = [
        {"file": town.upload(name, content)["id"], "question": question}
        for name, question, content in contents
    ]
    return dict(town.write("PUT", f"{PATH}{case['id']}/files/", rows))


def decide(portal: Portal, case_id: str) -> None:
    """Put the application into an approval and sign it step by step; each by their own key."""
    officer = portal.client("officer")
    approval = officer.post(
        "approvals/approvals/",
        {
            "subject": "助成事業の採択について（API）",
            "act": "decide",
            "case_label": "grants.application",
            "items": [case_id],
            "steps": [
                {"kind": "review", "role": "manager"},
                {"kind": "consult", "role": "finance"},
                {"kind": "decide", "role": "director"},
            ],
        },
        expect=201,
    )
    path = f"approvals/approvals/{approval['id']}/transitions/"
    officer.post(f"{path}submit/")
    early = portal.client("director").ask("POST", f"{path}decide/", {})
    assert early.status in {403, 409}, early
    portal.client("manager").post(f"{path}endorse/")
    portal.client("finance").post(f"{path}endorse/")
    assert portal.client("director").post(f"{path}decide/")["status"] == "decided"


def test_application_by_api_from_call_to_letter(portal: Portal) -> None:
    """draft → submitted → received → returned → corrected → recommended → 決裁 → announced."""
    town, other = portal.client("town-b"), portal.client("town-a")
    officer, manager = portal.client("officer"), portal.client("manager")

    # The town drafts, in full-width digits and 和暦, and attaches two papers.
    plan, estimate = pdf(2), pdf(3)
    case = draft(town, "外国人住民の防災リーダー養成")
    assert (case["requested_amount"], case["expense_total"]) == (500_000, 570_000)
    assert case["contact_phone"] == "0166-82-2111"
    case = attach(town, case, (PLAN, "project_plan", plan), (ESTIMATE, "", estimate))
    address, acts = f"{PATH}{case['id']}/", f"{PATH}{case['id']}/transitions/"
    assert case["verdict"]["is_acceptable"], case["verdict"]

    # A stale write is refused and changes nothing.
    stale = town.ask("PATCH", address, {"title": "古い版"}, {"If-Match": '"1-owner"'})
    assert stale.status == 412
    assert town.get(address)["title"] == "外国人住民の防災リーダー養成"

    # It submits twice with the same key and gets the same answer.
    once = {"Idempotency-Key": "journey-by-api-submit"}
    first = town.ask("POST", f"{acts}submit/", {}, once)
    again = town.ask("POST", f"{acts}submit/", {}, once)
    assert (first.status, again.status, again.json) == (200, 200, first.json), again
    case = first.json
    number = case["receipt_number"]
    assert case["status"] == "submitted"
    assert re.fullmatch(r"20\d\d-\d{7}-\d", number)

    # The receipt names number, arrival and the digest of each file as it lies on the town's disk.
    (receipt,) = town.get(f"{address}receipts/")
    assert receipt["number"] == number
    assert datetime.fromisoformat(receipt["arrived_at"]).utcoffset() is not None
    digests = {row["name"]: row["sha256"] for row in receipt["files"]}
    assert digests == {PLAN: sha256(plan), ESTIMATE: sha256(estimate)}

    # The officer receives it and returns it with two comments.
    officer.post(f"{acts}receive/", {"incoming_number": "収受第501号"})
    due = (datetime.fromisoformat(receipt["arrived_at"]) + timedelta(days=14)).date().isoformat()
    comments = [
        {"field": "lines", "text": "翻訳の語数と単価を記入してください。"},
        {"field": "answers.indicator", "text": "目標値の根拠を補ってください。"},
    ]
    returned = officer.post(f"{acts}return_for_correction/", {"due": due, "comments": comments})
    assert returned["status"] == "returned"

    # The town reads them, changes the budget, answers the other, and submits under its number.
    case = town.get(address)
    assert [c["text"] for c in case["comments"]] == [c["text"] for c in comments]
    refused = town.ask("POST", f"{acts}submit/", {})
    assert refused.status == 400, refused
    lines = [{k: v for k, v in line.items() if k != "stage"} for line in case["budget_lines"]]
    lines[1]["basis"] = "25,000語×10円"
    case = town.write("PUT", f"{address}budget-lines/", lines)
    second = next(c for c in case["comments"] if c["field"] == "answers.indicator")
    reply = [{"id": second["id"], "answer": "前年度の修了者50人の2割増です。"}]
    case = town.write("PUT", f"{address}replies/", reply)
    case = town.post(f"{acts}submit/")
    assert (case["status"], case["receipt_number"]) == ("received", number)
    assert [r["round"] for r in town.get(f"{address}receipts/")] == [1, 2]

    # Review and draft of the decision; the town still sees a review, and no outcome.
    officer.post(f"{acts}start_review/")
    data = {"outcome": "adopted", "amount": 500_000, "reason": "必要性が認められるため"}
    assert officer.post(f"{acts}recommend/", data)["status"] == "recommended"
    alone = manager.ask("POST", f"{acts}decide/", {})
    assert alone.status == 409, alone
    decide(portal, case["id"])
    assert officer.get(address)["status"] == "decided"
    hidden = town.get(address)
    assert (hidden["status"], hidden["outcome"]) == ("under_review", None)

    # Announced: the letter with its number and 和暦 date, and the mail to the town.
    assert manager.post(f"{acts}announce/")["status"] == "announced"
    shown = town.get(address)
    assert (shown["outcome"], shown["decided_amount"]) == ("adopted", 500_000)
    letter = eventually(
        lambda: [x for x in town.get(f"{address}letters/") if x["status"] == "issued"], "the letter"
    )[0]
    content = town.ask("GET", f"core/letters/{letter['id']}/content/")
    assert content.headers["Content-Disposition"].startswith("attachment")
    told = text_of(content.body)
    assert letter["number"] in told
    assert re.fullmatch(r"クレア多第\d+号", letter["number"])
    assert re.search(r"令和[０-９\d]+年[０-９\d]+月[０-９\d]+日", told)
    assert "東川町" in told
    assert "500,000" in told

    # The other town finds nothing of this at any address, by reading or writing.
    file_id = shown["files"][0]["file"]
    paths = [address, f"{address}receipts/", f"{address}letters/", f"{address}available/"]
    paths += [f"core/letters/{letter['id']}/", f"core/letters/{letter['id']}/content/"]
    file_id = file_id["id"] if isinstance(file_id, dict) else file_id
    paths += [f"core/files/{file_id}/", f"core/files/{file_id}/content/"]
    assert {path: other.ask("GET", path).status for path in paths} == dict.fromkeys(paths, 404)
    assert other.ask("PATCH", address, {"title": "x"}, {"If-Match": '"1"'}).status == 404
    assert other.ask("POST", f"{acts}withdraw/", {"reason": "x"}).status == 404
    listed = other.get(f"{PATH}?limit=500")["results"]
    assert case["id"] not in {row["id"] for row in listed}

    # The town's mailbox was told once of each act.
    mails = eventually(
        lambda: [m for m in mails_to(portal, "contact-b@example.jp") if "審査結果のお知らせ" in m],
        "the mail",
    )
    assert len(mails) == 1
    assert number in " ".join(mails_to(portal, "contact-b@example.jp"))


def mails_to(portal: Portal, recipient: str) -> list[str]:
    """Return the subjects in the demo's mailbox, as its page lists them."""
    page = Client(portal.url, "").ask("GET", f"{portal.url}/demo/mail/?to={recipient}")
    return re.findall(r'<a href="/demo/mail/[^"]+">([^<]+)</a>', page.body.decode())


def test_partner_reads_what_is_public_and_writes_nothing(portal: Portal) -> None:
    partner = portal.client("partner")
    plan = partner.get("programs/plan-lines/?fiscal_year=2021&limit=500")["results"]
    assert len(plan) == 118
    assert partner.ask("GET", PATH).status == 403
    call = open_call(partner)
    assert partner.ask("POST", PATH, {"call": call["id"], "title": "x"}).status == 403
    assert Client(portal.url, "demo-nobody").ask("GET", PATH).status == 401
