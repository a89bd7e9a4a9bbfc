"""The check-list of an edition that was opened for a year: what stands, what to confirm, where."""

from programs.checklist.rows import Row, back_to, window_text
from programs.checklist.ticks import (
    Item,
    Progress,
    confirm,
    hold_again,
    items,
    of_year,
    take_back,
    with_all,
    years,
)

__all__ = [
    "Item",
    "Progress",
    "Row",
    "back_to",
    "confirm",
    "hold_again",
    "items",
    "of_year",
    "take_back",
    "window_text",
    "with_all",
    "years",
]
