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
Chosen = tuple[Column, Any]  # a column, and its value in SQL as the person may know it
STEP = 10_000  # rows between two words of how far the job is
XLSX_ROWS = 1_048_575
BOM = b"\xef\xbb\xbf"  # Excel in Japan reads CSV as Shift_JIS without it
# What a spreadsheet may take for a formula; an apostrophe before it makes it text.
_SIGNS, _BREAKS = "-=+@－＝＋＠", "\t\r\n"
_SPACES = " \t\r\n\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_DATES = {"date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}


def start(report: Report, *, kind: str, by: Any, **rows: Any) -> Job:
    """Begin an export of the rows that the admin's `query` or the API's `filters` name."""
    title = f"{report.title}（{kind.upper()}）"
    params = {"report": report.name, "format": kind, **rows}
    return jobs.start("export", title=title, params=params, by=by)


def export(job: Job) -> StoredFile:
    """Write the job's report; the rows are those that its owner may see now."""
    return write(job, by=get_user_model()._default_manager.get(pk=job.owner_id))


jobs.register("export", export)


def write(job: Job, *, by: Any) -> StoredFile:
    """Write the report that the job names, as the person may see it, and keep the file."""
    report = named(job.params["report"])
    if report is None:
        raise JobRefused(_("This report is no longer offered."))
    if "query" in job.params:
        rows = report.listed(by, job.params["query"])
    else:
        rows = report.rows(by, job.params.get("filters", {}))
    job.total = rows.order_by().count()
    kind, columns = job.params["format"], report.columns_for(by)
    chosen = [(column, report.value(column, by)) for column in columns]
    with tempfile.TemporaryFile(buffering=1024 * 1024) as stream:
        _WRITERS[kind](job, chosen, rows, stream)
        name = f"{report.title}_{timezone.now().astimezone(JST):%Y%m%d_%H%M}.{kind}"
        return files.store_made(stream, name=name, content_type=FORMATS[kind], by=by)


def _values(rows: models.QuerySet, expressions: dict[str, Any]) -> models.QuerySet:
    """Select the expressions under names that no field of the model has."""
    return rows.annotate(**expressions).values_list(*expressions)


def _write_csv(job: Job, chosen: list[Chosen], rows: models.QuerySet, stream: IO[bytes]) -> None:
    """Let PostgreSQL write the lines: COPY of the list's own SQL."""
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow(str(column.label) for column, _value in chosen)
    stream.write(BOM + head.getvalue().encode())
    values = {f"column_{i}": _csv_value(*pair) for i, pair in enumerate(chosen)}
    sql, params = _values(rows, values).query.sql_with_params()
    copy = f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)"
    done = 0
    with connection.cursor() as cursor, cursor.cursor.copy(copy, params) as lines:
        for done, line in enumerate(lines, start=1):
            stream.write(line)
            if done % STEP == 0:
                jobs.progress(job, done, beat=False)  # the connection is busy
    job.done = done


def _csv_value(column: Column, value: Any) -> Any:
    value = column.words(value)
    if column.kind == "moment":
        local = Func(Value("Asia/Tokyo"), value, function="timezone")
        return Func(local, Value("YYYY-MM-DD HH24:MI"), function="to_char", output_field=_text())
    return AsText(value) if column.kind == "text" else value


class AsText(Func):
    """A text that no spreadsheet takes for a formula; without a regular expression for each cell."""

    output_field = models.TextField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        """Return the guard: the first sign that is no space, or a break at the beginning."""
        text, own = compiler.compile(self.source_expressions[0])
        trimmed = f"ltrim({text}, %s)"
        sql = (
            f"CASE WHEN strpos(%s, left({text}, 1)) = 0 THEN {text}"  # nearly all: quick
            f" WHEN ({trimmed} <> '' AND strpos(%s, left({trimmed}, 1)) > 0)"
            f" OR ({text} <> '' AND strpos(%s, left({text}, 1)) > 0)"
            f" THEN %s || {text} ELSE {text} END"
        )
        quick = [_SIGNS + _SPACES, *own, *own]
        guard = [*own, _SPACES, _SIGNS, *own, _SPACES, *own, _BREAKS, *own]
        return sql, [*quick, *guard, "'", *own, *own]


def plain_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, as `AsText` does in SQL."""
    trimmed = text.lstrip(_SPACES)
    risky = trimmed[:1] in _SIGNS or text[:1] in _BREAKS
    return f"'{text}" if text and trimmed and risky else text


def _text() -> models.Field:
    return models.TextField()


def _write_xlsx(job: Job, chosen: list[Chosen], rows: models.QuerySet, stream: IO[bytes]) -> None:
    """Write cells by their kind; a text is a text cell, whatever it begins with."""
    if job.total > XLSX_ROWS:
        raise JobRefused(_("XLSX holds too few rows for this list. Filter it, or choose CSV."))
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet()
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _DATES.items()}
        formats["number"] = book.add_format({"num_format": "#,##0"})
        formats["decimal"] = book.add_format({"num_format": "#,##0.0"})
        columns = [column for column, _value in chosen]
        _write_head(book, sheet, columns)
        cells = {f"column_{i}": column.words(value) for i, (column, value) in enumerate(chosen)}
        found = _values(rows, cells).iterator(chunk_size=2_000)
        for number, values in enumerate(found, start=1):
            for index, (column, value) in enumerate(zip(columns, values, strict=True)):
                _write_cell(sheet, (number, index), value, formats.get(column.kind))
            if number % STEP == 0:
                jobs.progress(job, number)
            job.done = number
        sheet.autofilter(0, 0, max(job.total, 1), len(columns) - 1)


def _write_head(book: Any, sheet: Any, columns: list[Column]) -> None:
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
