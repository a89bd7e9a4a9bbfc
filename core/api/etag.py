"""ETags from the version as shown and the class of viewer; compared inside the lock."""

import hashlib
import re
from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core import shown
from core.api.problems import PreconditionFailed, PreconditionRequired

_TAG = re.compile(r'^(?:W/)?"(\d+)-(\w+)"$')


def viewer_class(user: Any) -> str:
    """Return who reads: headquarters see more than owners, so their tags differ."""
    return "hq" if user.access.is_headquarters else "body"


def etag(case: Any, user: Any) -> str:
    """Return the entity tag of a case for this viewer; hidden steps leave a body's as it was."""
    return f'"{shown.version(case, user)}-{viewer_class(user)}"'


def required_version(request: Any, case: Any) -> int | None:
    """Return the version that If-Match names (None for `*`); 428 without, 412 if not ours."""
    if not request.headers.get("If-Match"):
        raise PreconditionRequired
    return optional_version(request, case)


def optional_version(request: Any, case: Any) -> int | None:
    """Return the version that If-Match names, where the header is sent at all.

    A version as shown becomes the real one: the case's own if it is the one that was just read,
    else 0, which no case has, so that the lock refuses it.
    """
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return None
    found = [match for tag in header.split(",") if (match := _TAG.match(tag.strip()))]
    named = {int(match[1]) for match in found if match[2] == viewer_class(request.user)}
    if not named:
        raise PreconditionFailed
    return int(case.version) if shown.version(case, request.user) in named else 0


def not_modified(request: Any, tag: str) -> bool:
    """Say whether the caller already has this very version."""
    header = request.headers.get("If-None-Match", "")
    return header.strip() == "*" or any(
        part.strip().removeprefix("W/") == tag for part in header.split(",")
    )


def tagged(request: Any, data: Any) -> Response:
    """Return what has no version with a tag of its content; 304 where the caller has it."""
    content = JSONRenderer().render(data)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if not_modified(request, tag):
        return Response(status=304, headers={"ETag": tag})
    return Response(data, headers={"ETag": tag})
