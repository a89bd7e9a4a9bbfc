"""Staff set up a second factor before anything else; each key has a log of its requests."""

import time
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actions
from accounts.adapters import SECOND_FACTORS
from accounts.models.keys import ApiRequest

ALWAYS = frozenset({"set_language", "healthz", "readyz", "jsi18n"})
SIGN_IN = ("account_", "mfa_")


class ApiLogMiddleware:
    """Say on every answer of the API what is left of the limit, and log what a key asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = self.get_response(request)
        if allowance := getattr(request, "allowance", None):
            for name, value in allowance.headers.items():
                response[name] = value
        if key := getattr(request, "api_key", None):
            entry = ApiRequest(
                method=request.method or "",
                path=request.path[:200],
                status=response.status_code,
                milliseconds=int((time.monotonic() - began) * 1000),
                request_id=getattr(request, "request_id", ""),
            )
            actions.note_request(key=key, now=timezone.now(), entry=entry)
        return response


class SecondFactorMiddleware:
    """Send signed-in staff without TOTP or passkey to set one up; the rest passes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer instead of the view where the second factor is missing."""
        if settings.STAFF_MFA_OPTIONAL or _is_exempt(request) or not _lacks_factor(request.user):
            return None
        words = _("Set up a second factor first: an authenticator app or a passkey.")
        if request.path.startswith("/api/"):
            problem = {
                "type": "about:blank",
                "title": "Not allowed",
                "status": 403,
                "detail": words,
            }
            return JsonResponse(problem, status=403, content_type="application/problem+json")
        messages.warning(request, words)
        return redirect("mfa_index")


def _is_exempt(request: HttpRequest) -> bool:
    name = request.resolver_match.view_name if request.resolver_match else ""
    return name in ALWAYS or name.startswith(SIGN_IN)


def _lacks_factor(user: Any) -> bool:
    staff = user.is_authenticated and user.is_staff
    return staff and not get_adapter().is_mfa_enabled(user, types=SECOND_FACTORS)
