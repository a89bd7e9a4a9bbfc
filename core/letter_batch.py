"""Letters of many cases as one job: what is pending is rendered, all go into one ZIP with an index.

Stopped or failed, the job gives no ZIP, but letters that it rendered stay issued; begun again after a
dead worker it takes them as they are. The ZIP is written to a file, so memory does not grow with it.
"""

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core import audit, files, jobs, letters, registry, uploads
from core.exports import BOM, plain_text
from core.fiscal import JST
from core.jobs import JobRefused
from core.models import Job, Letter, StoredFile

MOST = 5_000
CONTENT_TYPE = "application/zip"
NO_CODE = "000000"  # a body without a 全国地方公共団体コード
_TOLD = 20  # faults on the job's page; the index names them all
_AT_ONCE = 100  # letters whose cases are read together
_HEAD = ("連番", "ファイル名", "文書番号", "宛先", "件名", "日付", "状態", "検証コード", "SHA-256")


def start(found: Iterable[Letter], *, by: Any) -> Job:
    """Begin a job for the letters, in the order of their numbers; ValidationError for none."""
    chosen = sorted(found, key=lambda x: (x.fiscal_year, x.sign, x.serial))
    if not chosen:
        raise ValidationError(_("Choose at least one letter."), code="no_letters")
    if len(chosen) > MOST:
        text = _("Take out at most %(most)d letters at once. Choose fewer.") % {"most": MOST}
        raise ValidationError(text, code="too_many_letters")
    params = {
        "letters": [letter.pk for letter in chosen],
        "apps": sorted({letter.case_label.partition(".")[0] for letter in chosen}),
    }
    title = _("%(count)d letters (ZIP)") % {"count": len(chosen)}
    return jobs.start("letters", title=title, params=params, by=by)


def make(job: Job) -> StoredFile:
    """Render and pack the job's letters, as far as its owner may still read them."""
    owner = get_user_model()._default_manager.get(pk=job.owner_id)
    if not owner.is_active:
        raise JobRefused(_("You may no longer read these records."))
    pks = job.params["letters"]
    job.total = len(pks)
    with tempfile.TemporaryFile(buffering=1024 * 1024) as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
            packed_pks = _pack(job, pks, packed, owner)
        if not packed_pks:
            raise JobRefused(_("None of the letters could be made. See their pages."))
        name = f"{_('Letters')}_{timezone.now().astimezone(JST):%Y%m%d_%H%M}.zip"
        stored = files.store_made(stream, name=name, content_type=CONTENT_TYPE, by=owner)
    audit.record("download", Letter(), by=owner, ids=packed_pks, note=job.title)
    return stored


jobs.register("letters", make)


def _pack(job: Job, pks: list[int], packed: zipfile.ZipFile, owner: Any) -> list[int]:
    """Write letter after letter, then the index; returns the ids of those that are in it."""
    actor = import_string(settings.CORE_SYSTEM_ACTOR)()
    index, inside = io.StringIO(), []
    rows = csv.writer(index, lineterminator="\r\n")
    rows.writerow(_HEAD)
    width = max(3, len(str(len(pks))))
    for number, (pk, found, case) in enumerate(_letters(pks, owner), start=1):
        letter, fault = _ready(found, actor)
        name = ""
        if letter and letter.file and not fault:
            name = f"{number:0{width}}_{_named(letter, case)}.pdf"
            fault = _copy(letter.file, packed, name)
        if letter:
            rows.writerow(_line(number, letter, "" if fault else name, fault))
        if not fault:
            inside.append(pk)
        elif len(job.errors) < _TOLD:
            job.errors = [*job.errors, f"{letter or number}: {fault}"]
        job.done = number
        jobs.progress(job, number)
    packed.writestr(_entry("index.csv"), BOM + index.getvalue().encode())
    return inside


def _ready(letter: Letter | None, actor: Any) -> tuple[Letter | None, str]:
    """Return the letter with its PDF, or what is wrong with it."""
    if letter is None:
        return None, _("no longer yours to read")
    return (letter, "") if letter.file else _rendered(letter, actor)


def _letters(pks: list[int], owner: Any) -> Iterator[tuple[int, Letter | None, Any]]:
    """Yield each letter that the owner may read, and its case, a hundred at a time."""
    for begin in range(0, len(pks), _AT_ONCE):
        part = pks[begin : begin + _AT_ONCE]
        rows = Letter.objects.visible_to(owner).select_related("file").in_bulk(part)
        cases = _cases(rows.values())
        for pk in part:
            letter = rows.get(pk)
            yield pk, letter, cases.get((letter.case_label, letter.case_id)) if letter else None


def _cases(found: Iterable[Letter]) -> dict[tuple[str, int], Any]:
    ids: dict[str, set[int]] = {}
    for letter in found:
        ids.setdefault(letter.case_label, set()).add(letter.case_id)
    cases: dict[tuple[str, int], Any] = {}
    for label, wanted in ids.items():
        rows = registry.model_by_label(label)._default_manager.filter(pk__in=wanted)
        if any(field.name == "organization" for field in rows.model._meta.concrete_fields):
            rows = rows.select_related("organization")
        cases |= {(label, case.pk): case for case in rows}
    return cases


def _rendered(letter: Letter, actor: Any) -> tuple[Letter, str]:
    """Render a letter that waits; the sweep may have it, then wait for that."""
    try:
        letters.render_one(letter.pk, now=timezone.now(), by=actor, wait=True)
    except Exception as error:  # noqa: BLE001 - told in the index; the others go on
        letters.logger.error(
            "letters: letter %s was not rendered: %s", letter.pk, type(error).__name__
        )
        return letter, _("could not be typeset; the section in charge is asked to look")
    return Letter.objects.select_related("file").get(pk=letter.pk), ""


def _named(letter: Letter, case: Any) -> str:
    """Return `<6-digit code>_<body>_<number>`, safe on every system."""
    body = getattr(case, "organization", None)
    code = getattr(body, "code", "") or NO_CODE
    name = getattr(body, "name", "") or letter.addressee
    parts = (code, name[:60], letter.number)
    return "_".join(_safe(part) for part in parts)


def _safe(part: str) -> str:
    plain = uploads.clean_name(re.sub(r"[/\\.\s]", "_", part))
    return re.sub("_+", "_", plain).strip("_") or "_"


def _copy(stored: StoredFile, packed: zipfile.ZipFile, name: str) -> str:
    """Copy the file from storage if it is what was kept; returns the fault otherwise."""
    try:
        files.verified([stored])
    except files.FileDamaged:
        return _("the stored file is damaged; tell the operators its number")
    with packed.open(_entry(name), "w") as member:
        for chunk in files.chunks(stored):
            member.write(chunk)
    return ""


def _entry(name: str) -> zipfile.ZipInfo:
    """Return a member dated in Japan, readable for its owner alone."""
    at = timezone.now().astimezone(JST)
    info = zipfile.ZipInfo(name, date_time=(at.year, at.month, at.day, at.hour, at.minute, 0))
    info.external_attr = 0o600 << 16
    return info


def _line(number: int, letter: Letter, name: str, fault: str) -> list[Any]:
    """Return the letter's line of the index; no text in it is taken for a formula."""
    stored = letter.file
    texts = (letter.number, letter.addressee, letter.subject)
    state = fault or str(letter.get_status_display())
    digest = stored.sha256 if stored else ""
    return [
        number,
        name,
        *map(plain_text, texts),
        letter.issued_on.isoformat(),
        plain_text(state),
        letter.code,
        digest,
    ]
