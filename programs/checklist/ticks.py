"""The ticks of a check-list: who confirmed what, and how it read then.

A tick lapses by itself when the setting changes. With the last one, copied calls that wait for the
check-list open by themselves at their time; a tick that is taken back or lapses lets them wait again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from core import audit
from programs import actions
from programs.checklist.rows import Row, rows_of
from programs.models import Call, Confirmation, Criterion, Edition, FormVersion


@dataclass(frozen=True)
class Item:
    """One thing to confirm: how it stands now, and its tick.

    `kept` is how it reads in the portal's own language, so that a tick is the same to all readers.
    """

    row: Row
    kept: str
    confirmation: Confirmation | None

    @property
    def key(self) -> str:
        """Return the name under which the tick is kept."""
        return self.row.key

    @property
    def is_confirmed(self) -> bool:
        """Say whether somebody confirmed it as it stands now."""
        return self.confirmation is not None and self.confirmation.state == self.kept

    @property
    def has_lapsed(self) -> bool:
        """Say whether it was confirmed and has changed since."""
        return self.confirmation is not None and not self.is_confirmed


@dataclass(frozen=True)
class Progress:
    """How far an edition's check-list has come."""

    edition: Edition
    done: int
    total: int
    problems: int


def with_all(editions: QuerySet[Edition]) -> QuerySet[Edition]:
    """Return the editions with what their check-lists look at, in as many queries as for one."""
    published = FormVersion.objects.exclude(published_at=None).order_by("-number")
    calls = Call.objects.select_related("form").order_by("round", "pk")
    return editions.select_related("program", "section", "rules").prefetch_related(
        Prefetch("criteria", Criterion.objects.order_by("order", "pk")),
        Prefetch("calls", calls),
        Prefetch("calls__form__versions", published),
        Prefetch("confirmations", Confirmation.objects.select_related("confirmed_by")),
    )


_USED = Q(rules__isnull=False) | Q(calls__isnull=False)


def years() -> set[int]:
    """Return the fiscal years with an edition that has rules or calls."""
    return set(Edition.objects.filter(_USED).values_list("fiscal_year", flat=True).distinct())


def of_year(fiscal_year: int) -> list[Progress]:
    """Return the progress of every edition of the year that has rules or calls."""
    rows = Edition.objects.filter(_USED, fiscal_year=fiscal_year).distinct()
    found = with_all(rows).order_by("program__area__number", "pk")
    return [_progress(edition) for edition in found]


def _progress(edition: Edition) -> Progress:
    found = items(edition)
    done = sum(item.is_confirmed for item in found)
    return Progress(edition, done, len(found), sum(bool(item.row.problem) for item in found))


def items(edition: Edition) -> list[Item]:
    """Return the check-list of an edition that comes from `with_all`."""
    ticks = {row.item: row for row in edition.confirmations.all()}
    rows = own = list(rows_of(edition))
    if get_language() != settings.LANGUAGE_CODE:
        with override(settings.LANGUAGE_CODE):
            own = list(rows_of(edition))
    kept = {row.key: row.kept[:1000] for row in own}
    return [Item(row, kept[row.key], ticks.get(row.key)) for row in rows]


@transaction.atomic
def confirm(edition: Edition, key: str, kept: str, *, by: Any, now: datetime) -> None:
    """Keep that the item was confirmed as it reads; refuse what has changed meanwhile."""
    calls, found = _lock(edition)
    item = next((item for item in items(found) if item.key == key), None)
    if item is None or item.kept != kept:
        raise ValidationError(
            _("This has changed meanwhile. Read it again, then confirm it."), code="stale"
        )
    values = {"state": kept, "confirmed_at": now, "confirmed_by_id": by.pk}
    Confirmation.objects.update_or_create(edition=edition, item=key, defaults=values)
    note = f"{item.row.title}: {kept}"[:500]
    audit.record("confirm_setting", edition, by=by, at=now, note=note)
    others = (row for row in items(found) if row.key != key)
    if all(row.is_confirmed for row in others):
        _wait(calls, waits=False, by=by, now=now)


@transaction.atomic
def take_back(edition: Edition, key: str, *, by: Any, now: datetime) -> None:
    """Take a tick back; calls that have not begun wait for the check-list again."""
    calls, found = _lock(edition)
    item = next((item for item in items(found) if item.key == key), None)
    if item is None or item.confirmation is None:
        raise ValidationError(_("This is not confirmed."), code="stale")
    item.confirmation.delete()
    note = f"{item.row.title}: {item.kept}"[:500]
    audit.record("take_back_setting", edition, by=by, at=now, note=note)
    _wait([call for call in calls if call.opens_at > now], waits=True, by=by, now=now)


@transaction.atomic
def hold_again(edition: Edition, *, by: Any, now: datetime) -> None:
    """Let calls that have not begun wait again where a confirmed setting has changed since."""
    calls, found = _lock(edition)
    if any(item.has_lapsed for item in items(found)):
        _wait([call for call in calls if call.opens_at > now], waits=True, by=by, now=now)


def _lock(edition: Edition) -> tuple[list[Call], Edition]:
    """Lock the calls in preparation, then the edition; return them as they stand now."""
    drafts = Call.objects.filter(edition=edition, status=Call.Status.DRAFT).order_by("pk")
    calls = list(drafts.select_for_update(of=("self",), no_key=True))
    actions.lock_edition(edition.pk)
    return calls, with_all(Edition.objects.filter(pk=edition.pk)).get()


def _wait(calls: list[Call], *, waits: bool, by: Any, now: datetime) -> None:
    for call in calls:
        if call.awaits_check != waits:
            call.awaits_check = waits
            call.save(update_fields=["awaits_check"])
            changes = {"awaits_check": [not waits, waits]}
            audit.record("change", call, by=by, at=now, changes=changes)
