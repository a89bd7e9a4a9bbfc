"""All papers of an application as one ZIP: the application itself, letters, receipts and files."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from core import audit, files, letters, receipts, typesetting
from core.fiscal import JST
from core.models import StoredFile
from core.uploads import clean_name
from core.views.screens import ScreenView
from grants.models import Award, ChangeRequest, DisposalRequest, TaxCreditReport
from grants.printing import draft_pdf, is_sent, pdf_name
from grants.views.screens import ApplicationScreens

FOLDERS = {
    "application": "申請書",
    "letters": "通知",
    "receipts": "受付票",
    "files": "添付書類",
    "award": "実績報告",
    "changerequest": "変更",
    "disposalrequest": "財産処分",
    "taxcreditreport": "消費税仕入控除税額",
}


class Papers(ScreenView):
    """Everything that the body sent and was sent, in one download."""

    screens = ApplicationScreens()

    def get(self, request: HttpRequest, public_id: Any) -> StreamingHttpResponse:
        """Stream the ZIP; 404 before there is anything but a draft."""
        case = self.case()
        if not case.receipt_number:
            raise Http404
        audit.record("download", case, by=request.user)
        members = list(members_of(case, request.user))
        response = StreamingHttpResponse(
            zipped(members, timezone.now().astimezone(JST)), content_type="application/zip"
        )
        name = f"申請書類_{case.receipt_number}.zip"
        header = content_disposition_header(as_attachment=True, filename=name)
        response["Content-Disposition"] = header
        response["Cache-Control"] = "private, no-store"
        return response


def members_of(case: Any, user: Any) -> Iterator[tuple[str, Any]]:
    """Yield (name in the ZIP, stored file or what makes it) of what this user may download."""
    if is_sent(case):
        made = partial(draft_pdf, case, now=timezone.now())
        yield f"{FOLDERS['application']}/{safe(pdf_name(case))}", made
    for letter in letters.for_case(case, user).select_related("file"):
        if letter.file:
            name = f"{letter.number}_{letter.subject[:100]}.pdf"
            yield f"{FOLDERS['letters']}/{safe(name)}", letter.file
    for receipt in receipts.for_case(case):
        yield (
            f"{FOLDERS['receipts']}/{receipt.number}-{receipt.round}.pdf",
            partial(_receipt, case, receipt),
        )
    for link in case.files.select_related("file").order_by("order", "pk"):
        if files.may_download(link.file, user):
            yield f"{FOLDERS['files']}/{safe(link.file.name)}", link.file
    yield from award_members(case, user)


def award_members(case: Any, user: Any) -> Iterator[tuple[str, Any]]:
    """Yield the papers of the award and of its later cases: letters, receipts and files."""
    award = Award.objects.visible_to(user).filter(application=case).first()
    if award is None:
        return
    for owner in (award, *later_cases(award)):
        for letter in letters.for_case(owner, user).select_related("file"):
            if letter.file:
                name = f"{letter.number}_{letter.subject[:100]}.pdf"
                yield f"{FOLDERS['letters']}/{safe(name)}", letter.file
        for receipt in receipts.for_case(owner):
            name = f"{receipt.number}-{receipt.round}.pdf"
            yield f"{FOLDERS['receipts']}/{name}", partial(_receipt, owner, receipt)
        folder = FOLDERS[owner._meta.model_name]
        for row in owner.files.select_related("file").order_by("order", "pk"):
            if files.may_download(row.file, user):
                yield f"{folder}/{safe(row.file.name)}", row.file


def later_cases(award: Award) -> Iterator[Any]:
    """Yield the award's changes, disposals and tax credit report."""
    for model in (ChangeRequest, DisposalRequest, TaxCreditReport):
        yield from (
            model.objects.filter(award=award).select_related("award", "edition").order_by("pk")
        )


def safe(name: str) -> str:
    """Return the name without what would lead out of its folder."""
    return clean_name(name.replace("/", "／").replace("\\", "＼"))


def zipped(members: Iterable[tuple[str, Any]], now: datetime) -> Iterator[bytes]:
    """Yield the ZIP piece by piece: no paper is held whole."""
    sink, taken = _Sink(), set()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, member in members:
            info = zipfile.ZipInfo(_free(name, taken), now.timetuple()[:6])
            with archive.open(info, "w", force_zip64=True) as stream:
                for chunk in _content(member):
                    stream.write(chunk)
                    yield sink.drain()
            yield sink.drain()
    yield sink.drain()


def _content(member: StoredFile | Callable[[], bytes]) -> Iterator[bytes]:
    if isinstance(member, StoredFile):
        yield from files.chunks(member)
    else:
        yield member()


def _receipt(case: Any, receipt: Any) -> bytes:
    return typesetting.render("core/letters/receipt.typ", case.receipt_context(receipt))


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no member has yet: two papers may be called alike."""
    stem, dot, suffix = name.rpartition(".")
    number, found = 2, name
    while found in taken:
        found = f"{stem}({number}){dot}{suffix}" if dot else f"{name}({number})"
        number += 1
    taken.add(found)
    return found


class _Sink(io.RawIOBase):
    """What the ZIP is written to: drained after each piece, never sought in."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    def writable(self) -> bool:
        """Say that this may be written to."""
        return True

    def write(self, data: Any) -> int:
        """Keep a piece until it is drained."""
        self._kept += data
        return len(data)

    def drain(self) -> bytes:
        """Return what was written since the last time."""
        piece = bytes(self._kept)
        self._kept.clear()
        return piece
