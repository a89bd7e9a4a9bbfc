"""Staff set up a second factor before anything else."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.adapters import SECOND_FACTORS

ALWAYS = frozenset({"set_language", "healthz", "readyz", "jsi18n"})
SIGN_IN = ("account_", "mfa_")


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
