"""Files of the later cases of an award; whose files may be added is asked here for all cases."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import files
from core.models import StoredFile
from core.workflow import Step

MAX_FILES = 50


def require_own(
    wanted: Collection[StoredFile], kept: Collection[int], *, by: Any, most: int
) -> None:
    """Take the caller's own new uploads and what is there already, at most so many."""
    if len(wanted) > most:
        raise ValidationError({"files": [_("At most %(limit)s files.") % {"limit": most}]})
    for stored in wanted:
        is_own = stored.uploaded_by_id == by.pk and not stored.is_linked
        if stored.pk not in kept and not is_own:
            text = _("“%(name)s” is not yours to add.") % {"name": stored.name}
            raise ValidationError({"files": [text]})


def files_of(case: Any) -> list[StoredFile]:
    """Return the case's files in their order."""
    links = case.files.select_related("file").order_by("order", "pk")
    return [link.file for link in links]


def files_told(case: Any) -> list[list[str]]:
    """Return the files as plain values, for the audit and the receipt."""
    return [[stored.name, stored.sha256] for stored in files_of(case)]


def files_writer(stored: Iterable[StoredFile], *, by: Any) -> Callable:
    """Return a writer of the whole list of a case's files."""
    wanted = list(stored)

    def write(case: Any) -> dict[str, Any]:
        before = files_told(case)
        kept = set(case.files.values_list("file_id", flat=True))
        require_own(wanted, kept, by=by, most=MAX_FILES)
        case.files.all().delete()
        link = case.files.model
        link.objects.bulk_create(
            link(case=case, file=stored, order=order) for order, stored in enumerate(wanted, 1)
        )
        files.link(wanted)
        after = files_told(case)
        return {} if before == after else {"files": [before, after]}

    return write


def add_files(stored: Iterable[StoredFile], *, by: Any) -> Callable:
    """Return a writer that adds files to those that are there."""
    added = list(stored)
    return lambda case: files_writer([*files_of(case), *added], by=by)(case)


def remove_file(stored: StoredFile, *, by: Any) -> Callable:
    """Return a writer that takes one file out of the case; its content stays stored."""

    def write(case: Any) -> dict[str, Any]:
        kept = [row for row in files_of(case) if row.pk != stored.pk]
        return files_writer(kept, by=by)(case)

    return write


def read_files_back(step: Step) -> dict[int, str]:
    """Read every file back from storage before the lock: the receipt proves what lies there."""
    return files.verified(files_of(step.case))


def received(step: Step) -> dict[str, Any]:
    """Return the files and their digests for the receipt."""
    stored = files_of(step.case)
    digests = dict(step.prepared or {})
    digests |= files.verified(f for f in stored if f.pk not in digests)
    return {"stored": stored, "digests": digests}
