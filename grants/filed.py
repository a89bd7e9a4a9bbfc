"""A file as the pages of every case show it."""

from typing import Any

from django.urls import reverse

from core.models import FileLink


def file_row(link: FileLink, kind: str = "") -> dict[str, Any]:
    """Return the file of a link with its address, and what it is."""
    stored = link.file
    return {
        "name": stored.name,
        "size": stored.size,
        "sha256": stored.sha256,
        "kind": kind,
        "note": stored.get_scan_state_display(),
        "url": reverse("file-content", args=[stored.public_id]),
        "id": stored.public_id,
    }


def files_shown(case: Any) -> list[dict[str, Any]]:
    """Return the files of a case in their order."""
    links = case.files.select_related("file").order_by("order", "pk")
    return [file_row(link) for link in links]
