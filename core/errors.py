"""Error pages that say what happened, what was kept and what to do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.api import problems
from core.middleware import request_id


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or cookies are off: say so, in words, with 403."""
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400"""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403; the exception's own sentence is shown where it has one."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: a problem to programs, a page to people."""
    if request.path.startswith(problems.FOR_PROGRAMS):
        return problems.not_found(request)
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; a problem for callers of the API, a plain page for people, both with the request id."""
    if request.path.startswith(problems.FOR_PROGRAMS):
        return problems.server_error(request)
    return render(request, "500.html", {"request_id": request_id.get()}, status=500)
