"""The budget as a workbook: out to circulate in the body, back as rows that LineForm reads."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from core.sheets import Column, Problem, ReadSheet, Row, Sheet, read, write
from grants import sections
from grants.forms import LineForm, expense_classes
from grants.models import Application, BudgetLine
from programs.rules import Currency

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST = 30_000  # characters that a cell may hold, with some to spare


def sheet_of(application: Application, currency: Currency | None) -> Sheet:
    """Return the table: the edition's classes of cost, income, the amount in its currency."""
    label = LineForm.base_fields
    unit = _("amount (%(currency)s)") % {"currency": currency.code} if currency else ""
    return Sheet(
        _("Budget"),
        (
            Column(
                "kind",
                str(label["kind"].label),
                "choice",
                tuple((value, str(text)) for value, text in BudgetLine.Kind.choices),
                required=True,
            ),
            Column(
                "category",
                str(label["category"].label),
                "choice",
                tuple(expense_classes(application)),
                width=24,
            ),
            Column(
                "description", str(label["description"].label), required=True, width=36, limit=200
            ),
            Column("basis", str(label["basis"].label), width=36, limit=300),
            Column(
                "amount",
                unit or str(label["amount"].label),
                "decimal" if currency else "yen",
                required=True,
                total=True,
            ),
        ),
        notes=(_("Rows may be added. Income has no class of cost."),),
    )


def rows_of(application: Application) -> list[Row]:
    """Return the stored lines."""
    lines = application.budget_lines.filter(stage=BudgetLine.Stage.APPLIED)
    return [
        Row(
            {
                "kind": line.kind,
                "category": line.category,
                "description": line.description,
                "basis": line.basis,
                "amount": line.amount if line.foreign_amount is None else line.foreign_amount,
            },
            key=str(line.pk),
        )
        for line in lines.order_by("order", "pk")
    ]


def workbook_of(application: Application, currency: Currency | None) -> bytes:
    """Return the workbook; whose it is and what stood in it are hidden in it, signed."""
    rows = rows_of(application)
    base = sections.sign(application, {"lines": texts_of(rows)})
    meta = {"case": str(application.public_id), "version": application.version}
    if len(base) <= _MOST:
        meta["base"] = base
    return write(sheet_of(application, currency), rows, meta=meta)


def read_workbook(
    application: Application, currency: Currency | None, file: BinaryIO, *, name: str
) -> tuple[Sheet, ReadSheet, list[Problem]]:
    """Return the table, what the file says, and all that does not fit, cell by cell.

    ValidationError where the file is no workbook of this table.
    """
    sheet = sheet_of(application, currency)
    found = read(sheet, file, name=name)
    told = {problem.cell for problem in found.problems}
    of_lines = _line_problems(application, currency, sheet, found.rows)
    return sheet, found, [*found.problems, *(p for p in of_lines if p.cell not in told)]


def _line_problems(
    application: Application, currency: Currency | None, sheet: Sheet, rows: Iterable[Row]
) -> Iterable[Problem]:
    columns = {column.key: (i, column) for i, column in enumerate(sheet.columns, start=1)}
    classes = expense_classes(application)
    for row, texts in zip(rows, texts_of(rows), strict=True):
        form = LineForm(dict(zip(sections.LINE, texts, strict=True)), classes=classes,
                        currency=currency)  # fmt: skip
        for name, errors in form.errors.items():
            index, column = columns.get(name, (1, sheet.columns[0]))
            cell = f"{get_column_letter(index)}{row.number}"
            value = column.shown(row.values.get(name))
            yield Problem("line", " ".join(map(str, errors)), cell, str(column.label), value)


def texts_of(rows: Iterable[Row]) -> list[list[str]]:
    """Return the rows as the sheet's boxes hold them."""
    return [[_text(row.values.get(name)) for name in sections.LINE] for row in rows]


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)


def rows_from(texts: Sequence[Sequence[str]], currency: Currency | None) -> list[Row]:
    """Return rows of texts as the table compares them."""
    found = []
    for row in texts:
        values: dict[str, Any] = dict(zip(sections.LINE, row, strict=True))
        number = values["amount"].replace(",", "")
        values["amount"] = (Decimal(number) if currency else int(number)) if number else None
        found.append(Row(values))
    return found
