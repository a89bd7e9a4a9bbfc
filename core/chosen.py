"""Records chosen in a list, on their way to the page of an act: many are kept in the session.

The address then names them by a short word, so 500 rows stand in no address, log or history, and a
page that is loaded again still knows them. `items` is read from the form or the address.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

NAME = "items"
FEW = 3  # ids that may stand in an address
KEPT = 10  # choices of one session; the oldest is forgotten
_MARK, _SESSION = "kept-", "chosen"


def keep(request: HttpRequest, ids: Iterable[Any]) -> str:
    """Return what to write for the records: their ids, or the word under which they are kept."""
    chosen = [str(public_id) for public_id in ids]
    if len(chosen) <= FEW:
        return ",".join(chosen)
    key = hashlib.sha256(",".join(chosen).encode()).hexdigest()[:16]
    kept = {k: v for k, v in request.session.get(_SESSION, {}).items() if k != key}
    latest = [*kept.items()][-(KEPT - 1) :]
    request.session[_SESSION] = dict([*latest, (key, chosen)])
    return f"{_MARK}{key}"


def named(request: HttpRequest) -> list[str]:
    """Return the ids that the form or the address names, without doubles, in their order."""
    given = request.POST if request.method == "POST" else request.GET
    kept = request.session.get(_SESSION, {})
    found: dict[str, None] = {}
    for word in (word for text in given.getlist(NAME) for word in text.split(",") if word):
        key = word.removeprefix(_MARK)
        found |= dict.fromkeys(kept.get(key, []) if word.startswith(_MARK) else [word])
    return list(found)
