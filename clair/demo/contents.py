"""What an invented applicant writes: lines.yaml for one line, amount and year."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from accounts.models import User
from core import files
from core.fiscal import FiscalYear
from grants.actions import drafting
from grants.models import Application
from programs.loading import read_yaml
from programs.models import Call
from programs.rules import RuleData

HERE = Path(__file__).resolve().parent
_OFFICES = {
    "prefecture": "知事",
    "designated_city": "市長",
    "city": "市長",
    "special_ward": "区長",
    "town": "町長",
    "village": "村長",
    "jetaa_chapter": "会長",
}


@dataclass(frozen=True)
class Wish:
    """What one application differs in from its line's usual one; amount in yen."""

    title: str
    amount: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    parties: Sequence[dict[str, Any]] = ()
    starts_on: date | None = None


@cache
def lines() -> dict[str, Any]:
    """Return the contents of every line by its programme's code."""
    return dict(read_yaml(HERE / "lines.yaml"))


def facts(call: Call, user: User, wish: Wish) -> dict[str, Any]:
    """Return the columns and answers of an application (yen, JST dates)."""
    line = lines()[call.edition.program.code]
    year = FiscalYear(call.edition.fiscal_year)
    kind = user.access.posts[0].section.organization.kind
    return {
        "categories": line["categories"],
        "place": line.get("place", ""),
        "currency": line.get("currency", ""),
        "starts_on": wish.starts_on or year.starts.replace(month=6),
        "ends_on": year.ends.replace(month=1, day=31),
        "requested_amount": wish.amount or line["usual"],
        "answers": line["answers"],
        "document_number": f"国協第{user.pk}号",
        "document_date": call.opens_at.date(),
        "representative_title": _OFFICES.get(kind, "代表者"),
        "representative_name": "見本　太郎",
        "contact_name": user.name,
        "contact_phone": "03-0000-0000",
        "contact_email": user.email,
        "is_decided_internally": True,
        **wish.changes,
    }


def children(call: Call, user: User, wish: Wish) -> Callable[[Application], dict[str, Any]]:
    """Return the writer of budget, parties and the papers that the rules ask for."""
    rules = call.edition.rules.rules  # type: ignore[union-attr]
    asked = {"always", "joint"} if wish.parties else {"always"}
    papers = [
        (paper(document.name, user), document.key)
        for document in rules.documents
        if document.when in asked
    ]
    budget = budget_lines(call, wish.amount or lines()[call.edition.program.code]["usual"])

    def write(case: Application) -> dict[str, Any]:
        told = drafting.lines_writer(budget)(case)
        if wish.parties:
            told |= drafting.parties_writer(wish.parties)(case)
        return told | drafting.files_writer(papers, by=user)(case)

    return write


def budget_lines(call: Call, amount: int) -> list[dict[str, Any]]:
    """Return costs that the amount is a possible part of, and the body's own money (yen)."""
    line = lines()[call.edition.program.code]
    rules: RuleData = call.edition.rules.rules  # type: ignore[union-attr]
    currency = rules.currency(line.get("currency", ""))
    is_usual = amount == line["usual"]
    cost = round(amount * line["cost"])
    rows = []
    for category, item, thousandths, basis in line["budget"]:
        share = round(cost * thousandths / 1000, -3)
        rows.append(_expense(category, item, basis if is_usual else "一式", int(share)))
    rows[-1]["amount"] += cost - sum(row["amount"] for row in rows)
    if cost > amount:
        rows.append(_expense("", "団体負担", "", cost - amount) | {"kind": "income"})
    if currency:
        for row in rows:
            row["foreign_amount"] = round(Decimal(row["amount"]) / currency.rate)
            row["amount"] = currency.yen(row["foreign_amount"])
    return rows


def _expense(category: str, item: str, basis: str, amount: int) -> dict[str, Any]:
    values = {"category": category, "description": item, "basis": basis, "amount": amount}
    return {"kind": "expense", **values}


def paper(name: str, user: User) -> Any:
    """Store an empty page as that paper."""
    content_type = "application/pdf"
    upload = SimpleUploadedFile(f"{name}.pdf", _blank_pdf(), content_type=content_type)
    return files.store(upload, by=user)


@cache
def _blank_pdf() -> bytes:
    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(stream)
    return stream.getvalue()
