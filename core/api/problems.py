"""RFC 9457 problem details for every error, in the language the caller asked for."""

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.api.catalogue import PROBLEMS
from core.files import FileDamaged
from core.middleware import request_id
from core.workflow import InvalidTransition, StaleVersion

CONTENT_TYPE = "application/problem+json"
FOR_PROGRAMS = ("/api/", "/common-grants/")


class PreconditionRequired(exceptions.APIException):
    """The caller must say which version it read (428)."""

    status_code = 428
    default_code = "precondition-required"

    def __init__(self) -> None:
        super().__init__(_("Send the ETag that you read as If-Match."))


class PreconditionFailed(exceptions.APIException):
    """The record was changed since it was read (412)."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "stale-version"

    def __init__(self) -> None:
        super().__init__(_("Someone else changed this record meanwhile. Read it again and repeat."))


class Conflict(exceptions.APIException):
    """The act does not fit the record's present state (409)."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "invalid-transition"


class TooLarge(exceptions.APIException):
    """The body is larger than the portal takes (413)."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too-large"


class KeyReused(exceptions.APIException):
    """An Idempotency-Key came back with another body (422)."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency-key-reused"

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key was used with another body. Use a new key."))


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn our and Django's exceptions into DRF's, and every answer into a problem."""
    error = _translated(error)
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = problem(response.status_code, _code(error), response.data)
    response.content_type = CONTENT_TYPE
    return response


def _translated(error: Exception) -> Exception:
    """Return our or Django's exception as DRF's."""
    found: Exception = error
    if isinstance(error, InvalidTransition):
        found = Conflict(str(error))
    elif isinstance(error, StaleVersion):
        found = PreconditionFailed()
    elif isinstance(error, FileDamaged):
        text = _("“%(name)s” could not be read back from storage. Add the file again.")
        found = Conflict(text % {"name": str(error)}, code="file-damaged")
    elif isinstance(error, Http404):
        found = exceptions.NotFound()  # Django's text is English, and names the model
    elif isinstance(error, exceptions.ParseError):
        text = _("The body cannot be read: %(reason)s") % {"reason": error.detail}
        error.detail = exceptions.ErrorDetail(text, code="parse-error")
    elif isinstance(error, RequestDataTooBig):
        found = TooLarge(_("The body is larger than the portal takes. Send less at once."))
    elif isinstance(error, exceptions.Throttled):
        text = _("Too many requests. Wait for %(seconds)s seconds.") % {"seconds": error.wait}
        error.detail = exceptions.ErrorDetail(text, code="throttled")
    elif isinstance(error, DjangoPermissionDenied) and str(error):
        found = exceptions.PermissionDenied(str(error))
    elif isinstance(error, DjangoValidationError):
        found = exceptions.ValidationError(as_errors(error))
    return found


def as_errors(error: DjangoValidationError) -> Any:
    """Return a Django ValidationError in the shape of DRF's."""
    if hasattr(error, "error_dict"):
        return {
            ("non_field_errors" if name == "__all__" else name): [
                exceptions.ErrorDetail(message, code=e.code or "invalid")
                for e in errors
                for message in e.messages
            ]
            for name, errors in error.error_dict.items()
        }
    return [
        exceptions.ErrorDetail(m, code=getattr(error, "code", None) or "invalid")
        for m in error.messages
    ]


def _code(error: Exception) -> str:
    if isinstance(error, Http404 | exceptions.NotFound):
        return "not-found"
    if isinstance(error, exceptions.ValidationError):
        return "invalid"
    if isinstance(error, exceptions.PermissionDenied | DjangoPermissionDenied):
        return "not-allowed"
    codes = error.get_codes() if isinstance(error, exceptions.APIException) else "error"
    return codes.replace("_", "-") if isinstance(codes, str) else "invalid"


def problem(status_code: int, code: str, data: Any) -> dict[str, Any]:
    """Return the problem's members; `errors` names each field with its message."""
    detail = data.get("detail") if isinstance(data, dict) and set(data) == {"detail"} else None
    body: dict[str, Any] = {
        "type": f"/api/v1/problems/{code}/",
        "title": str(PROBLEMS[code].title) if code in PROBLEMS else _("Error"),
        "status": status_code,
        "code": code,
        "detail": str(detail) if detail else _("Correct the entries named in “errors”."),
        "request_id": request_id.get(),
    }
    if detail is None:
        body["errors"] = list(_flatten(data))
    return body


def _flatten(data: Any, path: str = "") -> Any:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _flatten(value, f"{path}.{name}" if path else str(name))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            nested = isinstance(value, dict | list)
            yield from _flatten(value, f"{path}.{index}" if nested else path)
    else:
        yield {
            "field": path,
            "code": getattr(data, "code", None) or "invalid",
            "message": str(data),
        }


@csrf_exempt
def not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """Answer an unknown API address with a problem, not a page."""
    body = problem(404, "not-found", {"detail": _("There is nothing at this address.")})
    return JsonResponse(body, status=404, content_type=CONTENT_TYPE)


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer our own failure with a problem; the error itself is in the log under the request id."""
    body = problem(500, "error", {"detail": _("The portal failed. Try again later.")})
    return JsonResponse(body, status=500, content_type=CONTENT_TYPE)
