"""Files: kept by content, read back from storage, downloaded only through a visible link."""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any

import clamd
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.http import FileResponse
from django.utils import timezone

from core import audit, outbox, registry, uploads
from core.models import FileLink, Job, ReportRun, StoredFile

logger = logging.getLogger(__name__)

KEEP_UNLINKED = timedelta(days=7)
RESCANNED = 200  # files of one sweep; the next one follows in minutes


class FileDamaged(Exception):
    """What lies in storage is not what was received; a receipt cannot be given."""


def store(upload: Any, *, by: Any) -> StoredFile:
    """Check and keep an upload; the digest is of what storage gives back."""
    name = uploads.clean_name(upload.name)
    content_type = uploads.inspect(upload.file, name, upload.size)
    return _keep(File(upload.file), name=name, size=upload.size, content_type=content_type, by=by)


def store_generated(content: bytes, *, name: str, content_type: str, by: Any) -> StoredFile:
    """Keep a file that the portal made (a letter, a receipt, an export)."""
    kept = _keep(
        ContentFile(content), name=name, size=len(content), content_type=content_type, by=by
    )
    link([kept])
    return kept


def store_made(stream: IO[bytes], *, name: str, content_type: str, by: Any) -> StoredFile:
    """Keep what a job wrote for one person; no record takes it, so the sweep deletes it."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return _keep(
        File(stream), name=uploads.clean_name(name), size=size, content_type=content_type, by=by
    )


def _keep(content: File, *, name: str, size: int, content_type: str, by: Any) -> StoredFile:
    stored = StoredFile(name=name, size=size, content_type=content_type)
    stored.uploaded_by_id = by.pk
    stored.content.save(name, content, save=False)
    stored.sha256 = reread(stored)
    stored.scan_state = scan(stored)
    stored.save(force_insert=True)
    return stored


def chunks(stored: StoredFile) -> Iterator[bytes]:
    """Yield the file's content from storage."""
    with stored.content.storage.open(stored.content.name or "") as stream:
        while chunk := stream.read(1024 * 1024):
            yield chunk


def reread(stored: StoredFile) -> str:
    """Return the SHA-256 of what lies in storage now."""
    sha = hashlib.sha256()
    for chunk in chunks(stored):
        sha.update(chunk)
    return sha.hexdigest()


def verified(stored_files: Iterable[StoredFile]) -> dict[int, str]:
    """Return {id: SHA-256 read from storage now}; FileDamaged where one differs or is gone."""
    found = {}
    for stored in stored_files:
        try:
            sha = reread(stored)
        except OSError as error:
            raise FileDamaged(stored.name) from error
        if sha != stored.sha256:
            raise FileDamaged(stored.name)
        found[stored.pk] = sha
    return found


def scan(stored: StoredFile) -> str:
    """Return the scan state; a scanner that is away leaves it pending and never blocks."""
    if not settings.CLAMD_URL:
        return StoredFile.ScanState.NOT_CONFIGURED
    host, _colon, port = settings.CLAMD_URL.removeprefix("tcp://").partition(":")
    try:
        with stored.content.storage.open(stored.content.name or "") as stream:
            result = clamd.ClamdNetworkSocket(host, int(port or 3310), timeout=30).instream(stream)
    except (clamd.ClamdError, OSError):
        return StoredFile.ScanState.PENDING
    answer = result["stream"][0]
    if answer == "FOUND":
        logger.error("files: virus found in upload %s", stored.public_id)
        return StoredFile.ScanState.INFECTED
    return StoredFile.ScanState.CLEAN if answer == "OK" else StoredFile.ScanState.PENDING


def rescan(*, now: datetime) -> int:
    """Scan what waits for the scanner, until it is away again; returns how many were told."""
    count = 0
    waiting = StoredFile.objects.filter(scan_state=StoredFile.ScanState.PENDING).order_by("pk")
    for stored in waiting[:RESCANNED]:
        state = scan(stored)
        if state == StoredFile.ScanState.PENDING:
            break
        with transaction.atomic():
            found = StoredFile.objects.filter(pk=stored.pk, scan_state=stored.scan_state)
            if found.update(scan_state=state):
                count += 1
                stored.scan_state = state
                alert([stored], now=now)
    return count


def alert(stored_files: Iterable[StoredFile], *, now: datetime) -> None:
    """Tell those in charge of the records that hold a file in which a virus was found."""
    for stored in stored_files:
        if stored.scan_state != StoredFile.ScanState.INFECTED:
            continue
        for model in link_models():
            for held in model.objects.filter(file=stored):
                outbox.enqueue(
                    "core/mail/file_infected",
                    recipients=held.in_charge(),
                    context=held.notice_context(),
                    now=now,
                )


def link(stored_files: Iterable[StoredFile]) -> None:
    """Mark files as belonging to a record, so that the sweep keeps them."""
    rows = StoredFile.objects.filter(pk__in=[f.pk for f in stored_files])
    infected = list(rows.filter(is_linked=False, scan_state=StoredFile.ScanState.INFECTED))
    rows.update(is_linked=True)
    alert(infected, now=timezone.now())


def link_models() -> list[type[FileLink]]:
    """Return the concrete link models of all apps."""
    return [model for model in apps.get_models() if issubclass(model, FileLink)]


def may_download(stored: StoredFile, user: Any) -> bool:
    """A file is its uploader's until it is linked; then whoever sees a link may read it."""
    return stored.scan_state != StoredFile.ScanState.INFECTED and sees(stored, user)


def sees(stored: StoredFile, user: Any) -> bool:
    """Say whether the file is this user's to know of, infected or not."""
    if not stored.is_linked:
        return user.pk is not None and stored.uploaded_by_id == user.pk
    return any(
        model.objects.visible_to(user).filter(file=stored).exists() for model in link_models()
    )


def apps_of(stored: StoredFile, user: Any) -> frozenset[str]:
    """Return the apps whose records show the file to the user; a key must open one of them.

    A table taken out is of its report's app, a ZIP of letters of their cases'; an upload that no
    record took is of none.
    """
    made = Job.objects.filter(result=stored).values_list("params__report", flat=True)
    runs = ReportRun.objects.visible_to(user).filter(file=stored)
    names = {*made, *runs.values_list("report", flat=True)} & set(registry.reports)
    links = (model for model in link_models() if model is not ReportRun)
    seen = [model for model in links if model.objects.visible_to(user).filter(file=stored).exists()]
    models = [*(registry.reports[name].model for name in names), *seen]
    packed = Job.objects.filter(result=stored, params__has_key="apps").values_list("params__apps")
    packed_apps = (app for (apps_of_letters,) in packed for app in apps_of_letters)
    return frozenset([*(model._meta.app_label for model in models), *packed_apps])


def sweep(*, now: datetime) -> int:
    """Delete uploads that no record took within seven days; returns how many."""
    old = StoredFile.objects.filter(is_linked=False, created_at__lt=now - KEEP_UNLINKED)
    count = 0
    for pk in old.order_by("pk").values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            stored = StoredFile.objects.select_for_update().filter(pk=pk, is_linked=False).first()
            if stored is None:
                continue
            stored.delete()
            remove = partial(stored.content.storage.delete, stored.content.name or "")
            transaction.on_commit(remove)  # a row without content would be worse than the reverse
            count += 1
    return count


def download(stored: StoredFile, *, by: Any) -> FileResponse:
    """Send a file as an attachment and record who read it."""
    return _sent(stored, by=by, act="download")


def preview(stored: StoredFile, *, by: Any) -> FileResponse:
    """Send a file to be shown inside a page, and record who looked at it."""
    return _sent(stored, by=by, act="preview")


def _sent(stored: StoredFile, *, by: Any, act: str) -> FileResponse:
    content = stored.content.storage.open(stored.content.name or "")
    audit.record(act, stored, by=by)
    response = FileResponse(
        content,
        as_attachment=act == "download",
        filename=stored.name,
        content_type=stored.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
