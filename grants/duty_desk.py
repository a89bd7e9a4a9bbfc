"""What the pages of a disposal and of a tax credit report show on every face (grants.desk)."""

from typing import Any

from core.fiscal import era_date_plain
from grants.models import DisposalRequest, TaxCreditReport


def _rows(case: Any, values: dict[str, Any]) -> list[dict[str, Any]]:
    label = case._meta.get_field
    return [
        {"label": str(label(name).verbose_name), "value": text, "anchor": name}
        for name, text in values.items()
        if text not in ("", None)
    ]


def disposal_rows(case: DisposalRequest) -> list[dict[str, Any]]:
    """Return the disposal's fields in words."""
    return _rows(case, {
        "award": case.award.title,
        "asset": case.asset.name,
        "manner": case.get_manner_display(),
        "reason": case.reason,
        "planned_on": era_date_plain(case.planned_on),
        "proceeds": f"{case.proceeds:,}円",
        "receipt_number": case.receipt_number,
        "to_return": f"{case.to_return:,}円" if case.to_return else "",
        "answer": case.answer,
    })  # fmt: skip


def tax_rows(case: TaxCreditReport) -> list[dict[str, Any]]:
    """Return the report's fields in words."""
    return _rows(case, {
        "award": case.award.title,
        "due_on": era_date_plain(case.due_on),
        "tax_status": case.get_tax_status_display() if case.tax_status else "",
        "input_tax": f"{case.input_tax:,}円",
        "to_return": f"{case.to_return:,}円" if case.receipt_number else "",
        "receipt_number": case.receipt_number,
    })  # fmt: skip
