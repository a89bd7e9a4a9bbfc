"""JSON log lines with the request id; ids and routes only, never personal data."""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from core.middleware import request_id


class RequestIdFilter(logging.Filter):
    """Put the current request id on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        record.request_id = request_id.get() or getattr(request, "request_id", "")
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line.

    What an exception says is left out: a broken constraint quotes the row, a refused mail its
    address. Its type and the places in the code remain. Of a request the route is told, not the
    path, which may hold the key of a password reset.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
        }
        if (request := getattr(record, "request", None)) is not None:
            line["event"] = line["event"].replace(request.path, _route(request))
        if record.exc_info and (error := record.exc_info[1]):
            chain = _chain(error)
            for one in chain:
                line["event"] = _without(line["event"], one)
            line["exception"] = [_told(one) for one in reversed(chain)]
        return json.dumps(line, ensure_ascii=False)


def _route(request: Any) -> str:
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(no route)"


def _chain(error: BaseException | None) -> list[BaseException]:
    """Return the exception and what led to it, each once."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _without(event: str, error: BaseException) -> str:
    """Return the event without the exception's own words (Celery puts them into its message)."""
    for words in (repr(error), str(error)):
        event = event.replace(words, type(error).__name__) if words else event
    return event


def _told(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    kind = type(error)
    return {
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
