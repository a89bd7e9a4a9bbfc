"""Pages opened from a check-list: the cursor stands in the box, and a save leads back."""

from typing import Any

from django.http import HttpRequest, HttpResponseRedirect

from programs.checklist import back_to
from programs.models import Edition

PARAMETER = "check"
# The boxes of a check-list's items, by the last word of the item's key.
BOXES = {
    "name": "name",
    "budget": "budget",
    "routing": "routes_through_branch",
    "blind_review": "blind_review",
    "window": "opens_at",
    "decision": "decides_on",
}


def focus(request: HttpRequest, form: Any) -> Any:
    """Put the cursor into the box of the item from which the page was opened."""
    box = BOXES.get(request.GET.get(PARAMETER, "").rpartition("-")[2], "")
    if box in form.base_fields:
        widget = form.base_fields[box].widget
        getattr(widget, "widgets", [widget])[0].attrs["autofocus"] = True
    return form


def back(request: HttpRequest, edition: Edition) -> HttpResponseRedirect | None:
    """Return the way back to the item, where the page was opened from a check-list."""
    key = request.GET.get(PARAMETER, "")
    return HttpResponseRedirect(back_to(edition, key)) if key else None
