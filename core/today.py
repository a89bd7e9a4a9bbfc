"""今日の仕事: what waits for a member of staff now, in short lists that each app fills."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

SHOWN = 5
COUNTED = 1000

LISTS: dict[str, Any] = {
    "mine": _("Waiting for me"),
    "new": _("New arrivals"),
    "back": _("Back from the body"),
    "due": _("Due within 7 days"),
    "overdue": _("Overdue"),
    "unassigned": _("Nobody in charge"),
}


@dataclass(frozen=True)
class Row:
    """One line: which record, whose, under what, what is asked, and since or until when."""

    number: str
    body: str
    program: str
    asked: Any
    at: Any
    url: str


@dataclass(frozen=True)
class Work:
    """One kind of work on one model: which rows, oldest first, and how a line reads."""

    model: type[models.Model]
    kind: str
    rows: Callable[[Any, Any, datetime], models.QuerySet]
    row: Callable[[Any], Row]

    def url(self) -> str:
        """Return the staff's list of all such rows."""
        meta = self.model._meta
        return f"{reverse(f'admin:{meta.app_label}_{meta.model_name}_changelist')}?work={self.kind}"


@dataclass(frozen=True)
class Listing:
    """One kind of work that is no query on one model: all its rows, and where they are listed."""

    kind: str
    label: Any
    rows: Callable[[Any, datetime], list[Row]]
    page: str

    def url(self) -> str:
        """Return the page with all rows; `page` is a URL name with its query."""
        name, _mark, query = self.page.partition("?")
        return f"{reverse(name)}?{query}"


@dataclass
class TodayList:
    """One list of the page: its first lines, how many there are, and where the rest is."""

    kind: str
    title: Any
    rows: list[Row] = field(default_factory=list)
    count: int = 0
    more: list[dict[str, Any]] = field(default_factory=list)


_works: list[Work] = []
_listings: list[Listing] = []


def register(
    model: type[models.Model],
    kind: str,
    *,
    rows: Callable[[Any, Any, datetime], models.QuerySet],
    row: Callable[[Any], Row],
) -> None:
    """Add a kind of work; `rows(queryset, user, now)` narrows and orders, oldest first."""
    _works.append(Work(model, kind, rows, row))


def add_listing(listing: Listing) -> None:
    """Add rows that come from elsewhere than one model's query."""
    _listings.append(listing)


def works_of(model: type[models.Model]) -> dict[str, Work]:
    """Return the kinds of work on a model, for the filter of its list."""
    return {work.kind: work for work in _works if work.model is model}


def lists(user: Any, now: datetime) -> list[TodayList]:
    """Return every list in page order; each takes two queries for each app that fills it."""
    found = {kind: TodayList(kind, title) for kind, title in LISTS.items()}
    for work in _works:
        view = f"{work.model._meta.app_label}.view_{work.model._meta.model_name}"
        if user.has_perm(view):
            _fill(found[work.kind], work, user, now)
    for listing in _listings:
        rows = listing.rows(user, now)
        if rows:
            part = found[listing.kind]
            part.rows += rows
            part.count += len(rows)
            part.more.append({"url": listing.url(), "kind": listing.label, "count": len(rows)})
    for part in found.values():
        part.rows = sorted(part.rows, key=lambda row: str(row.at))[:SHOWN]
    return list(found.values())


def _fill(part: TodayList, work: Work, user: Any, now: datetime) -> None:
    visible = work.model._default_manager.all().visible_to(user)  # type: ignore[attr-defined]
    rows = work.rows(visible, user, now)
    count = rows.order_by()[:COUNTED].count()
    if count:
        part.rows += [work.row(obj) for obj in rows[:SHOWN]]
        part.count += count
        kind = work.model._meta.verbose_name_plural
        part.more.append({"url": work.url(), "kind": kind, "count": count})
