"""What an upload really is, told by its content, and whether it may be kept."""

import io
import unicodedata
import zipfile
from pathlib import PurePosixPath
from typing import IO

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image
from pypdf import PdfReader

OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_OFFICE_PART = {
    "docx": "word/document.xml",
    "xlsx": "xl/workbook.xml",
    "pptx": "ppt/presentation.xml",
}
LEGACY = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
IMAGES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
TEXTS = {"txt": "text/plain", "csv": "text/csv"}
ALLOWED = {
    "pdf": "application/pdf",
    "zip": "application/zip",
    **OFFICE,
    **LEGACY,
    **IMAGES,
    **TEXTS,
}
ALLOWED_TEXT = "PDF, Word, Excel, PowerPoint, PNG, JPEG, CSV, TXT, ZIP"
MAX_MEMBERS = 2_000
MAX_UNPACKED = 500 * 1024 * 1024
MAX_PIXELS = 80_000_000
_MACRO = ("vbaproject.bin", "macrosheets/", "xl/macrosheets/")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
_OTHER = gettext_lazy(
    "The content of “%(name)s” is not what its ending says. Save it again as %(kind)s."
)


def clean_name(name: str) -> str:
    """Return the last part of a file name: Japanese kept, controls and path tricks gone."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    name = PurePosixPath(name).name
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"})
    stem, dot, ending = name.strip(" .").rpartition(".")
    return f"{(stem or 'file')[:200]}{dot}{ending[:10]}" if dot else (ending or "file")[:200]


def inspect(stream: IO[bytes], name: str, size: int) -> str:
    """Return the content type; ValidationError with what to do where the file is refused."""
    _check_size(name, size)
    ending = name.rpartition(".")[2].lower()
    if ending not in ALLOWED:
        raise ValidationError(
            _("“%(name)s” cannot be taken. Use one of: %(kinds)s.")
            % {"name": name, "kinds": ALLOWED_TEXT},
            code="file_type",
        )
    stream.seek(0)
    head = stream.read(4096)
    _CHECKS[_family(ending)](stream, head, name, ending)
    stream.seek(0)
    return ALLOWED[ending]


def _check_size(name: str, size: int) -> None:
    if size == 0:
        raise ValidationError(
            _("“%(name)s” is empty. Choose the file again.") % {"name": name}, code="file_empty"
        )
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise ValidationError(
            _("“%(name)s” is larger than %(limit)s MB. Divide it or make it smaller.")
            % {"name": name, "limit": limit},
            code="file_size",
        )


def _family(ending: str) -> str:
    for family, endings in (
        ("office", OFFICE),
        ("legacy", LEGACY),
        ("image", IMAGES),
        ("text", TEXTS),
    ):
        if ending in endings:
            return family
    return ending


def _wrong(name: str, kind: str) -> ValidationError:
    return ValidationError(str(_OTHER) % {"name": name, "kind": kind.upper()}, code="file_content")


def _encrypted(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” is protected by a password. Save it without one and add it again.")
        % {"name": name},
        code="file_encrypted",
    )


def _macros(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” contains macros. Save it without macros and add it again.") % {"name": name},
        code="file_macro",
    )


def _check_pdf(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    if not head.startswith(b"%PDF-"):
        raise _wrong(name, ending)
    stream.seek(0)
    try:
        encrypted = PdfReader(stream).is_encrypted
    except Exception as error:  # a broken file makes its reader fail in any way
        raise _wrong(name, ending) from error
    if encrypted:
        raise _encrypted(name)


def _check_zip(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    archive = _open_zip(stream, head, name, ending)
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise _encrypted(name)


def _check_office(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    if head.startswith(_OLE) and _ENCRYPTED_PART in head + stream.read():
        raise _encrypted(name)  # a workbook with a password is an OLE file whatever its ending
    members = {info.filename.lower() for info in _open_zip(stream, head, name, ending).infolist()}
    if _OFFICE_PART[ending] not in members:
        raise _wrong(name, ending)
    if any(mark in member for member in members for mark in _MACRO):
        raise _macros(name)


def _open_zip(stream: IO[bytes], head: bytes, name: str, ending: str) -> zipfile.ZipFile:
    if not head.startswith(b"PK"):
        raise _wrong(name, ending)
    stream.seek(0)
    try:
        archive = zipfile.ZipFile(stream)
    except Exception as error:  # a broken file makes its reader fail in any way
        raise _wrong(name, ending) from error
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise ValidationError(
            _("“%(name)s” unpacks to too much. Divide it into smaller files.") % {"name": name},
            code="file_bomb",
        )
    return archive


def _check_legacy(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    if not head.startswith(_OLE):
        raise _wrong(name, ending)
    stream.seek(0)
    if b"_VBA_PROJECT" in stream.read().replace(b"\0", b""):
        raise _macros(name)


def _check_image(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    stream.seek(0)
    try:
        with Image.open(io.BytesIO(stream.read()), formats=["PNG", "JPEG"]) as image:
            good = (
                image.width * image.height <= MAX_PIXELS
                and Image.MIME[image.format or ""] == IMAGES[ending]
            )
            image.verify()
    except Exception as error:  # a broken file makes its reader fail in any way
        raise _wrong(name, ending) from error
    if not good:
        raise _wrong(name, ending)


def _check_text(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    looks_binary = b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
    found = {match.extension for match in _magic(head)}
    if looks_binary or found & {".pdf", ".zip", ".exe", ".png", ".jpg", ".html", ".htm"}:
        raise _wrong(name, ending)


def _magic(head: bytes) -> list:
    try:
        return puremagic.magic_string(head)
    except puremagic.PureError:
        return []


_CHECKS = {
    "pdf": _check_pdf,
    "zip": _check_zip,
    "office": _check_office,
    "legacy": _check_legacy,
    "image": _check_image,
    "text": _check_text,
}
