"""The application as paper: the draft that circulates in the body, and the copy of what was sent."""

from datetime import datetime
from typing import Any

from django.db.models import Sum

from core import documents, receipts, typesetting
from core.documents import Paper, Part, Table
from core.fiscal import deadline_text, era_date_plain
from core.uploads import clean_name
from grants.actions import drafting
from grants.amounts import foreign_text, rate_text
from grants.filed import file_row
from grants.forms import answers_shown, categories_of, expense_classes
from grants.models import Application, BudgetLine
from programs.answers import questions_of


def draft_pdf(application: Application, *, now: datetime) -> bytes:
    """Return the draft, or once it is sent the copy, as PDF with the digest of its text."""
    digest = drafting.text_sha256(application)
    return typesetting.render("core/letters/draft.typ", draft_content(application, digest, now=now))


def draft_docx(application: Application, *, now: datetime) -> bytes:
    """Return the same paper as Word, for the body's office to work on."""
    content = draft_content(application, drafting.text_sha256(application), now=now)
    parts = [
        Part(section["title"], [(q["label"], q["answer"]) for q in section["questions"]])
        for section in content["sections"]
    ]
    contact = content["contact"]
    return documents.write(
        Paper(
            title=content["document"],
            facts=[
                ("団体名", content["organization"]),
                ("事業", content["program"]),
                ("事業名", content["title"]),
                ("担当", f"{contact['section']} {contact['phone']} {contact['mail']}"),
            ],
            parts=[*parts, _budget_part(content["budget"]), _annexes(content["annexes"])],
            notice=_notice(content),
            footer=f"{content['title']}　第{content['version']}版　{content['printed_at']}",
        )
    )


def _notice(content: dict[str, Any]) -> str:
    """Return what the paper is: a draft, which is no submission, or the copy of what was sent."""
    sent = content["sent"]
    if sent:
        return f"提出した申請の写し　受付番号 {sent['number']}　{sent['arrived_at']} 到達"
    return f"申請書案（団体内の回付用。このファイルの送付は申請になりません）　締切 {content['deadline']}"


def _budget_part(budget: dict[str, Any]) -> Part:
    head = ("経費区分", "内容", "積算", "金額（円）")
    rows = [
        [row["category"] or "収入", row["description"], row["basis"], row["amount"]]
        for row in (*budget["expenses"], *budget["incomes"])
    ]
    sums = [[total["label"], total["amount"]] for total in budget["totals"]]
    return Part(
        "経費内訳",
        tables=[
            Table(head, rows, (2, 4, 4, 2)),
            Table(("計", "金額（円）"), sums, (10, 2)),
        ],
    )


def _annexes(annexes: list[dict[str, Any]]) -> Part:
    rows = [[row["label"], row["name"], row["sha256"]] for row in annexes]
    return Part("添付書類", tables=[Table(("書類", "ファイル名", "SHA-256"), rows, (3, 4, 5))])


def pdf_name(application: Application) -> str:
    """Return the PDF's file name, as the clerk would call it."""
    return paper_name(application, "pdf")


def paper_name(application: Application, ending: str) -> str:
    """Return the paper's file name with its ending."""
    if is_sent(application):
        return clean_name(f"申請書_{application.receipt_number}.{ending}")
    return clean_name(f"申請書案_{application.title[:40]}_第{application.version}版.{ending}")


def is_sent(application: Application) -> bool:
    """Say whether the text is what lies at CLAIR: sent, and not being corrected."""
    states = application.Status
    is_editable = application.status in (states.DRAFT, states.RETURNED)
    return bool(application.receipt_number) and not is_editable


def remember_print(application: Application) -> None:
    """Keep the digest of what circulates in the body, so that a later change is noticed."""
    digest = drafting.text_sha256(application)
    Application.objects.filter(pk=application.pk).update(printed_sha256=digest)


def differs_from_print(application: Application) -> bool:
    """Say whether the text was changed after the draft was printed for internal approval."""
    printed = application.printed_sha256
    return bool(printed) and printed != drafting.text_sha256(application)


def draft_content(application: Application, digest: str, *, now: datetime) -> dict[str, Any]:
    """Return what the draft prints."""
    section, version = application.section, application.form_version
    papers = {q.key: q.label for q in questions_of(version)} if version else {}
    questions = [
        {"label": label, "answer": text} for _key, label, text in answers_shown(application)
    ]
    return {
        "document": "助成申請書",
        "sent": _sent(application),
        "is_returned": application.status == application.Status.RETURNED,
        "version": application.version,
        "hash": digest,
        "printed_at": deadline_text(now),
        "deadline": deadline_text(application.call.closes_at),
        "organization": application.organization.name,
        "program": application.edition.name,
        "title": application.title,
        "sections": [
            {"title": "申請の概要", "questions": facts_shown(application)},
            {"title": "質問と回答", "questions": questions},
        ],
        "budget": budget_printed(application),
        "annexes": [
            {
                "label": papers.get(link.question, ""),
                "name": link.file.name,
                "size": link.file.size,
                "sha256": link.file.sha256,
            }
            for link in application.files.select_related("file").order_by("order", "pk")
        ],
        "contact": {
            "section": section.name,
            "phone": application.contact_phone or section.phone,
            "mail": application.contact_email or section.mailbox,
        },
    }


def _sent(application: Application) -> dict[str, str] | None:
    """Return number and arrival (JST) of the submission that the text is the copy of."""
    receipt = receipts.for_case(application).last() if is_sent(application) else None
    if not receipt:
        return None
    return {"number": receipt.number, "arrived_at": deadline_text(receipt.arrived_at)}


def facts_shown(application: Application) -> list[dict[str, str]]:
    """Return the application's own fields in words, in page order."""
    categories = dict(categories_of(application.edition))
    values = {
        "title": application.title,
        "categories": "、".join(categories.get(key, key) for key in application.categories),
        **_by_rules(application),
        "is_joint": "共同で実施" if application.is_joint else "単独で実施",
        "starts_on": era_date_plain(application.starts_on) if application.starts_on else "",
        "ends_on": era_date_plain(application.ends_on) if application.ends_on else "",
        "requested_amount": f"{application.requested_amount:,}円",
        "has_other_grant": "あり" if application.has_other_grant else "なし",
        "document_number": application.document_number,
        "document_date": era_date_plain(application.document_date)
        if application.document_date
        else "",
        "representative_title": application.representative_title,
        "representative_name": application.representative_name,
        "contact_name": application.contact_name,
        "contact_phone": application.contact_phone,
        "contact_email": application.contact_email,
        "is_decided_internally": "済み" if application.is_decided_internally else "未確認",
    }
    label = application._meta.get_field
    return [
        {"name": name, "label": str(label(name).verbose_name), "answer": text}  # type: ignore[union-attr]
        for name, text in values.items()
    ]


def _by_rules(application: Application) -> dict[str, str]:
    """Return what only some editions ask for, in words."""
    rules = application.rules
    found = {}
    if rules and rules.places:
        found["place"] = str(application.get_place_display())
    if rules and rules.currencies:
        rate = rate_text(application.budget_currency)
        found["currency"] = f"{application.currency}（{rate}）" if rate else application.currency
    return found


def budget_printed(application: Application) -> dict[str, Any]:
    """Return the lines applied for, costs and incomes apart, and the totals (yen)."""
    lines = _lines(application)
    in_currency = {k: f"（{text}）" if text else "" for k, text in _foreign(application).items()}
    return {
        "expenses": [row for kind, row in lines if kind == BudgetLine.Kind.EXPENSE],
        "incomes": [row for kind, row in lines if kind == BudgetLine.Kind.INCOME],
        "totals": [
            {
                "label": "対象経費の合計" + in_currency[BudgetLine.Kind.EXPENSE],
                "amount": application.expense_total,
            },
            {
                "label": "収入の合計" + in_currency[BudgetLine.Kind.INCOME],
                "amount": application.income_total,
            },
            {"label": "助成申請額", "amount": application.requested_amount},
        ],
    }


def _foreign(application: Application) -> dict[str, str]:
    """Return the totals by kind in the budget's currency, empty for a budget in yen."""
    lines = application.budget_lines.filter(stage=BudgetLine.Stage.APPLIED).order_by()
    found = lines.values_list("kind").annotate(total=Sum("foreign_amount"))
    totals = dict(found) if application.currency else {}
    return {kind: foreign_text(application.currency, totals.get(kind)) for kind in BudgetLine.Kind}


def _lines(application: Application) -> list[tuple[str, dict[str, Any]]]:
    """Return the lines applied for in their order, each with its kind (yen)."""
    classes = dict(expense_classes(application))
    lines = application.budget_lines.filter(stage=BudgetLine.Stage.APPLIED)
    return [
        (
            line.kind,
            {
                "category": classes.get(line.category, line.category),
                "description": line.description,
                "basis": _basis(application, line),
                "amount": line.amount,
            },
        )
        for line in lines.order_by("order", "pk")
    ]


def _basis(application: Application, line: BudgetLine) -> str:
    """Return how the yen come about: the calculation, and the amount in the budget's currency."""
    foreign = foreign_text(application.currency, line.foreign_amount)
    return "　".join(text for text in (line.basis, foreign) if text)


def files_shown(application: Application) -> list[dict[str, Any]]:
    """Return the files with their links, each under the document that it is."""
    version = application.form_version
    papers = {q.key: q.label for q in questions_of(version)} if version else {}
    links = application.files.select_related("file").order_by("order", "pk")
    return [file_row(link, papers.get(link.question, "")) for link in links]


def budget_shown(application: Application) -> dict[str, Any]:
    """Return the budget as a page's table shows it (yen)."""
    foreign = _foreign(application)
    return {
        "expense_foreign": foreign[BudgetLine.Kind.EXPENSE],
        "income_foreign": foreign[BudgetLine.Kind.INCOME],
        "rate": rate_text(application.budget_currency),
        "lines": [
            {"kind": BudgetLine.Kind(kind).label, **row} for kind, row in _lines(application)
        ],
        "expense_total": application.expense_total,
        "income_total": application.income_total,
        "requested_amount": application.requested_amount,
    }
