"""ETags from the version and the class of viewer; compared inside the lock."""

import hashlib
import re
from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core.api.problems import PreconditionFailed, PreconditionRequired

_TAG = re.compile(r'^(?:W/)?"(\d+)-(\w+)"$')


def viewer_class(user: Any) -> str:
    """Return who reads: headquarters see more than owners, so their tags differ."""
    return "hq" if user.access.is_headquarters else "body"


def etag(case: Any, user: Any) -> str:
    """Return the entity tag of a case for this viewer."""
    return f'"{case.version}-{viewer_class(user)}"'


def required_version(request: Any) -> int | None:
    """Return the version that If-Match names (None for `*`); 428 without, 412 if not ours."""
    header = request.headers.get("If-Match")
    if not header:
        raise PreconditionRequired
    return _version(header, request.user)


def optional_version(request: Any) -> int | None:
    """Return the version that If-Match names, where the header is sent at all."""
    header = request.headers.get("If-Match")
    return _version(header, request.user) if header else None


def _version(header: str, user: Any) -> int | None:
    if header.strip() == "*":
        return None
    for tag in header.split(","):
        match = _TAG.match(tag.strip())
        if match and match[2] == viewer_class(user):
            return int(match[1])
    raise PreconditionFailed


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
