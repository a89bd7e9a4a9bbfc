"""What an upload really is, told by its content, and whether it may be kept."""

import io
import re
import unicodedata
import zipfile
from pathlib import PurePosixPath
from typing import IO

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import ExifTags, Image
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
MAX_NESTED_SIZE = 100 * 1024 * 1024  # read into memory
MAX_PIXELS = 80_000_000
_NOT_IN_WINDOWS = re.compile('[<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_RUN_BY_WINDOWS = re.compile(
    r"[.](bat|chm|cmd|com|cpl|dll|docm|dotm|exe|hta|iso|jar|jse?|lnk|ms[ip]|pp[ast]m|ps1|reg"
    r"|scr|sys|vb[es]?|wsf|xl[ast]m)$"
)
MAX_NESTED = 50
_MACRO = ("vbaproject.bin", "macrosheets/", "xl/macrosheets/")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
_OTHER = gettext_lazy(
    "The content of “%(name)s” is not what its ending says. Save it again as %(kind)s."
)


def clean_name(name: str) -> str:
    """Return the last part of a file name: Japanese kept, controls and path tricks gone.

    What Windows cannot store becomes `_`, and its reserved names (CON, NUL …) get one in front.
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    name = PurePosixPath(name).name
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"})
    name = _NOT_IN_WINDOWS.sub("_", name).strip(" .")
    name = f"_{name}" if _RESERVED.match(name) else name
    stem, dot, ending = name.rpartition(".")
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


def tells_position(stream: IO[bytes]) -> bool:
    """Say whether a photo tells where it was taken (EXIF GPS): its sender should know."""
    stream.seek(0)
    try:
        with Image.open(stream, formats=["JPEG", "PNG"]) as image:
            return bool(image.getexif().get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:  # noqa: BLE001 - a broken picture makes its reader fail in any way
        return False
    finally:
        stream.seek(0)


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


def _bomb(name: str) -> ValidationError:
    return ValidationError(
        _("“%(name)s” unpacks to too much. Divide it into smaller files.") % {"name": name},
        code="file_bomb",
    )


def _check_pdf(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    if not head.startswith(b"%PDF-"):
        raise _wrong(name, ending)
    _refuse_two_in_one(stream, name, ending)
    stream.seek(0)
    try:
        encrypted = PdfReader(stream).is_encrypted
    except Exception as error:  # a broken file makes its reader fail in any way
        raise _wrong(name, ending) from error
    if encrypted:
        raise _encrypted(name)


def _check_zip(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    archive = _open_zip(stream, head, name, ending)
    infos = archive.infolist()
    if any(info.flag_bits & 1 for info in infos):
        raise _encrypted(name)
    for info in infos:
        if _RUN_BY_WINDOWS.search(info.filename.lower().rstrip(" .")):
            raise ValidationError(
                _("“%(name)s” holds the program “%(member)s”. Take it out and add it again.")
                % {"name": name, "member": PurePosixPath(info.filename).name},
                code="file_program",
            )
    _check_nested(archive, infos, name)


def _check_nested(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], name: str) -> None:
    """Look into archives in the archive; one more level is a bomb's way, no office's."""
    inner = [info for info in infos if info.filename.lower().endswith(".zip")]
    total = sum(info.file_size for info in infos)
    if len(inner) > MAX_NESTED or sum(info.file_size for info in inner) > MAX_NESTED_SIZE:
        raise _bomb(name)
    for info in inner:
        try:
            members = zipfile.ZipFile(io.BytesIO(archive.read(info))).infolist()
        except Exception as error:  # a broken file makes its reader fail in any way
            raise _wrong(name, "zip") from error
        total += sum(member.file_size for member in members)
        deeper = any(member.filename.lower().endswith(".zip") for member in members)
        if deeper or total > MAX_UNPACKED or len(members) > MAX_MEMBERS:
            raise _bomb(name)


def _refuse_two_in_one(stream: IO[bytes], name: str, ending: str) -> None:
    """Refuse a PDF or picture with an archive behind it: readers would disagree what it is."""
    stream.seek(0)
    if zipfile.is_zipfile(stream):
        raise _wrong(name, ending)


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
        raise _bomb(name)
    return archive


def _check_legacy(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    if not head.startswith(_OLE):
        raise _wrong(name, ending)
    stream.seek(0)
    if b"_VBA_PROJECT" in stream.read().replace(b"\0", b""):
        raise _macros(name)


def _check_image(stream: IO[bytes], head: bytes, name: str, ending: str) -> None:
    _refuse_two_in_one(stream, name, ending)
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
