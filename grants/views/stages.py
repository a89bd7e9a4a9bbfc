"""The budget through its stages: applied, decided, changed, actual, fixed, side by side."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from core import audit, typesetting
from core.fiscal import era_date
from core.sheets import Column, Row, Sheet, write
from core.uploads import clean_name
from core.views.screens import ScreenView
from grants.award_desk import shows_report
from grants.budget_sheets import CONTENT_TYPE
from grants.models import Award, BudgetLine
from grants.stages import Stages, stages_of
from grants.views.awards import AwardScreens


class StagesPage(ScreenView):
    """Each line beside what it was the stage before."""

    screens = AwardScreens()

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Show the comparison."""
        case, found = self.compared()
        return self.page("stages", {
            "object": case,
            "title": _("Budget through its stages"),
            "stages": found,
            "crumbs": [{"label": str(case), "url": case.get_absolute_url()}],
            "pdf_url": reverse("grants:award-stages-pdf", args=[case.public_id]),
            "workbook_url": reverse("grants:award-stages-workbook", args=[case.public_id]),
        })  # fmt: skip

    def compared(self) -> tuple[Award, Stages]:
        """Return the award and its lines through the stages."""
        case = self.case()
        return case, stages_of(case, shows_report=shows_report(case, self.request.user))

    def file(self, case: Award, content: bytes, ending: str, kind: str) -> HttpResponse:
        """Return the comparison as a file; its download is an event."""
        audit.record("download", case, by=self.request.user)
        response = HttpResponse(content, content_type=kind)
        name = clean_name(f"経費の比較_{case.title[:40]}.{ending}")
        header = content_disposition_header(as_attachment=True, filename=name)
        response["Content-Disposition"] = header
        response["Cache-Control"] = "private, no-store"
        return response


class StagesPdf(StagesPage):
    """The comparison on paper."""

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Download the PDF."""
        case, found = self.compared()
        pdf = typesetting.render("grants/papers/stages.typ", paper_content(case, found))
        return self.file(case, pdf, "pdf", "application/pdf")


class StagesWorkbook(StagesPage):
    """The comparison as a workbook."""

    def get(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Download the XLSX."""
        case, found = self.compared()
        rows = [_row(row, found) for row in (*found.rows, *found.totals)]
        meta = {"case": str(case.public_id), "version": case.version}
        return self.file(case, write(_sheet(found), rows, meta=meta), "xlsx", CONTENT_TYPE)


def paper_content(case: Award, found: Stages) -> dict[str, Any]:
    """Return what the paper prints (yen)."""
    return {
        "organization": case.organization.name,
        "program": case.edition.name,
        "title": case.title,
        "number": case.award_number,
        "printed_on": era_date(timezone.localdate()),
        "contact": case.facts_told()["contact"],
        "stages": found.labels,
        "rows": [_printed(row) for row in found.rows],
        "totals": [_printed(row) for row in found.totals],
    }


def _printed(row: Any) -> dict[str, Any]:
    return {
        "category": row.category,
        "description": row.description,
        "cells": [{"amount": c.amount, "difference": c.difference} for c in row.cells],
    }


def _sheet(found: Stages) -> Sheet:
    columns = [
        Column("kind", _("kind"), "choice", tuple((v, str(t)) for v, t in BudgetLine.Kind.choices)),
        Column("category", _("class of cost"), width=24),
        Column("description", _("item"), width=36),
    ]
    for index, label in enumerate(found.labels):
        columns.append(Column(f"amount_{index}", label, "yen"))
        if index:
            name = _("%(stage)s: difference") % {"stage": label}
            columns.append(Column(f"difference_{index}", name, "yen"))
    return Sheet(_("Budget through its stages"), tuple(columns))


def _row(row: Any, found: Stages) -> Row:
    values = {"kind": row.kind, "category": row.category, "description": row.description}
    for index, cell in enumerate(row.cells):
        values[f"amount_{index}"] = cell.amount
        if index:
            values[f"difference_{index}"] = cell.difference
    return Row(values)
