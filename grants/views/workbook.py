"""The budget out as XLSX and back in: differences cell by cell before anything is saved."""

import io
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from core import audit, files
from core.sheets import ReadSheet, Sheet, compare, mark
from core.uploads import clean_name
from grants import budget_sheets, sections
from grants.actions import drafting
from grants.budget_sheets import CONTENT_TYPE, rows_from, rows_of, texts_of
from grants.forms import LineForm, expense_classes
from grants.views.sheet import ApplicationBudget

_SALT = "grants.budget.file"


class BudgetWorkbook(ApplicationBudget):
    """The budget as a workbook, for internal circulation; it changes nothing."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Download it."""
        case = self.case()
        content = budget_sheets.workbook_of(case, self.currency)
        audit.record("download", case, by=request.user)
        response = HttpResponse(content, content_type=CONTENT_TYPE)
        name = clean_name(f"経費内訳書_{case.title[:40]}_第{case.version}版.xlsx")
        response["Content-Disposition"] = content_disposition_header(
            as_attachment=True, filename=name
        )
        response["Cache-Control"] = "private, no-store"
        return response


class BudgetUpload(ApplicationBudget):
    """A workbook that came back: what it would change, then, once confirmed, the change."""

    template = "grants/application_workbook.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, public_id: Any, **named: Any) -> HttpResponse:
        """Compare the file with what is stored, or write what was compared."""
        case = self.editable()
        if token := request.POST.get("rows"):
            return self._confirm(case, token)
        upload = request.FILES.get("file")
        if upload is None:
            return self._told(case, [_("Choose at least one file.")])
        try:
            sheet, found, problems = budget_sheets.read_workbook(
                case, self.currency, upload.file, name=upload.name
            )
        except ValidationError as error:
            return self._told(case, error.messages)
        if found.meta.get("case") and found.differs(case=case.public_id):
            return self._told(case, [_("The file belongs to another application.")])
        if problems:
            return self._returned(case, sheet, upload, problems)
        return self._compared(case, sheet, found)

    def _told(self, case: Any, texts: list[str], status: int = 400) -> HttpResponse:
        return self.show(case, status, errors=texts)

    def _returned(self, case: Any, sheet: Sheet, upload: Any, problems: list) -> HttpResponse:
        """Give the same file back with marks; it is the uploader's own and swept after days."""
        marked = mark(sheet, upload.file, problems, name=upload.name)
        kept = files.store_made(
            io.BytesIO(marked),
            name=_("to correct %(name)s") % {"name": upload.name},
            content_type=CONTENT_TYPE,
            by=self.request.user,
        )
        return self.show(case, 400, problems=problems, marked=kept)

    def _compared(self, case: Any, sheet: Sheet, found: ReadSheet) -> HttpResponse:
        """Show what the file changes; refuse a file that is older than what is stored."""
        stored = rows_of(case)
        base = sections.read_base(case, found.meta.get("base", ""))
        if base is not None and base.get("lines") != texts_of(stored):
            before = rows_from(base["lines"], self.currency)
            return self.show(
                case,
                409,
                mine=compare(sheet, before, _keyless(found.rows)),
                theirs=compare(sheet, before, _keyless(stored)),
            )
        texts = texts_of(found.rows)
        token = signing.dumps(
            {"case": str(case.public_id), "version": case.version, "rows": texts},
            salt=_SALT,
            compress=True,
        )
        changes = compare(sheet, stored, found.rows)
        return self.show(
            case,
            changes=changes,
            rows=token if changes else "",
            is_compared=True,
            is_unsaved="lines" in case.draft_input,
        )

    def _confirm(self, case: Any, token: str) -> HttpResponse:
        """Write the rows that were shown, over the version that they were compared with."""
        try:
            said = signing.loads(token, salt=_SALT)
        except signing.BadSignature:
            return self._told(case, [_("Add the file again.")])
        if said["case"] != str(case.public_id):
            return self._told(case, [_("The file belongs to another application.")])
        choices = {"classes": expense_classes(case), "currency": self.currency}
        lines = [
            LineForm(dict(zip(sections.LINE, row, strict=True)), **choices) for row in said["rows"]
        ]
        if not all(line.is_valid() for line in lines):
            return self._told(case, [_("Add the file again.")])
        done = self.save(
            case,
            drafting.lines_writer(line.cleaned_data for line in lines),
            changes={"currency": self.currency.code} if self.currency else {},
            settled=("lines", "currency") if self.currency else ("lines",),
            version=said["version"],
        )
        return done or self._told(case, [], self.refusal)

    def next_url(self, case: Any) -> str:
        """Return to the sheet, which shows what was written."""
        return self.section.url(case)


def _keyless(rows: Any) -> list:
    """Return the rows without their keys: the base has none, so they are matched by words."""
    return [type(row)(row.values, number=row.number) for row in rows]
