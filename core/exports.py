"""A report as CSV by COPY or as XLSX row by row, in memory that does not grow with the rows."""

import csv
import io
import tempfile
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models import Func, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from core import files, jobs
from core.fiscal import JST
from core.jobs import JobRefused
from core.models import Job, StoredFile
from core.reports import Column, Report, named

FORMATS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
STEP = 2_000
XLSX_ROWS = 1_048_575
BOM = b"\xef\xbb\xbf"  # Excel in Japan reads CSV as Shift_JIS without it
# What a spreadsheet may take for a formula; an apostrophe before it makes it text.
_FORMULA = r"^(?=[\t\r\n]|\s*[-=+@－＝＋＠])"
_DATES = {"date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}


def start(report: Report, *, kind: str, query: str, by: Any) -> Job:
    """Begin an export of the rows that the query string names."""
    title = f"{report.title}（{kind.upper()}）"
    params = {"report": report.name, "format": kind, "query": query}
    return jobs.start("export", title=title, params=params, by=by)


def export(job: Job) -> StoredFile:
    """Write the job's report; the rows are those that its owner may see now."""
    report = named(job.params["report"])
    if report is None:
        raise JobRefused(_("This report is no longer offered."))
    owner = get_user_model()._default_manager.get(pk=job.owner_id)
    rows = report.rows(owner, job.params["query"])
    job.total = rows.order_by().count()
    kind = job.params["format"]
    with tempfile.TemporaryFile() as stream:
        _WRITERS[kind](job, report, rows, stream)
        name = f"{report.title}_{timezone.now().astimezone(JST):%Y%m%d_%H%M}.{kind}"
        return files.store_made(stream, name=name, content_type=FORMATS[kind], by=owner)


jobs.register("export", export)


def _values(rows: models.QuerySet, expressions: dict[str, Any]) -> models.QuerySet:
    """Select the expressions under names that no field of the model has."""
    return rows.annotate(**expressions).values_list(*expressions)


def _write_csv(job: Job, report: Report, rows: models.QuerySet, stream: IO[bytes]) -> None:
    """Let PostgreSQL write the lines: COPY of the list's own SQL."""
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow(str(column.label) for column in report.columns)
    stream.write(BOM + head.getvalue().encode())
    chosen = {f"column_{i}": _csv_value(column) for i, column in enumerate(report.columns)}
    sql, params = _values(rows, chosen).query.sql_with_params()
    copy = f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)"
    done = 0
    with connection.cursor() as cursor, cursor.cursor.copy(copy, params) as lines:
        for done, line in enumerate(lines, start=1):
            stream.write(bytes(line))
            if done % STEP == 0:
                jobs.progress(job, done, beat=False)  # the connection is busy
    job.done = done


def _csv_value(column: Column) -> Any:
    value = column.expression()
    if column.kind == "moment":
        local = Func(Value("Asia/Tokyo"), value, function="timezone")
        return Func(local, Value("YYYY-MM-DD HH24:MI"), function="to_char", output_field=_text())
    if column.kind in ("text", "choice"):
        pattern, quote = Value(_FORMULA), Value("'")
        return Func(value, pattern, quote, function="regexp_replace", output_field=_text())
    return value


def _text() -> models.Field:
    return models.TextField()


def _write_xlsx(job: Job, report: Report, rows: models.QuerySet, stream: IO[bytes]) -> None:
    """Write cells by their kind; a text is a text cell, whatever it begins with."""
    if job.total > XLSX_ROWS:
        raise JobRefused(_("XLSX holds too few rows for this list. Filter it, or choose CSV."))
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet()
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _DATES.items()}
        formats["number"] = book.add_format({"num_format": "#,##0"})
        formats["decimal"] = book.add_format({"num_format": "#,##0.0"})
        _write_head(book, sheet, report.columns)
        chosen = {f"column_{i}": column.expression() for i, column in enumerate(report.columns)}
        found = _values(rows, chosen).iterator(chunk_size=STEP)
        for number, values in enumerate(found, start=1):
            for index, (column, value) in enumerate(zip(report.columns, values, strict=True)):
                _write_cell(sheet, (number, index), value, formats.get(column.kind))
            if number % STEP == 0:
                jobs.progress(job, number)
            job.done = number
        sheet.autofilter(0, 0, max(job.total, 1), len(report.columns) - 1)


def _write_head(book: Any, sheet: Any, columns: tuple[Column, ...]) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(columns):
        sheet.set_column(index, index, 14 if column.kind != "text" else 24)
        sheet.write_string(0, index, str(column.label), bold)


def _write_cell(sheet: Any, place: tuple[int, int], value: Any, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        sheet.write_datetime(*place, value.astimezone(JST).replace(tzinfo=None), style)
    elif isinstance(value, date):
        sheet.write_datetime(*place, value, style)
    elif isinstance(value, int | Decimal):
        sheet.write_number(*place, value, style)
    else:
        sheet.write_string(*place, str(value))


_WRITERS = {"csv": _write_csv, "xlsx": _write_xlsx}
