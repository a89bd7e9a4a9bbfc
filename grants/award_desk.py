"""What the pages of an award show on every face: report, results, papers (grants.desk)."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from grants.actions import reporting
from grants.filed import file_row
from grants.models import Award


def shows_report(case: Award, user: Any) -> bool:
    """Say whether this user may see actual lines: staff only once the report was sent."""
    return bool(case.reported_at) or not user.access.is_headquarters


def status_reports(case: Award) -> list[dict[str, Any]]:
    """Return the reports on how the project stood, the latest first."""
    rows = case.status_reports.prefetch_related("files__file").order_by("-pk")
    return [
        {
            "text": row.text,
            "who": row.author_label,
            "at": timezone.localtime(row.reported_at),
            "files": [
                {"name": x.file.name, "url": reverse("file-content", args=[x.file.public_id])}
                for x in row.files.all()
            ],
        }
        for row in rows
    ]


def results_shown(case: Award) -> list[dict[str, Any]]:
    """Return the indicators with target and actual, once one was entered."""
    stored = {row.key: row for row in case.results.all()}
    return [
        {"name": i.name, "unit": i.unit, "target": row.target, "actual": row.actual}
        for i in reporting.indicators_of(case)
        if (row := stored.get(i.key))
    ]


def files_shown(case: Award, user: Any) -> list[dict[str, Any]]:
    """Return the report's files, each with the cost that it proves."""
    if not shows_report(case, user):
        return []
    links = case.files.exclude(purpose="status").select_related("file").order_by("order", "pk")
    return [
        file_row(
            link,
            link.line.rpartition("|")[2]
            if link.purpose == "receipt"
            else link.get_purpose_display(),
        )
        for link in links
    ]
