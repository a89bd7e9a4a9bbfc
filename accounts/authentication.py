"""API keys: `Authorization: Bearer <key>`, compared as SHA-256."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.models.keys import KeyScope
from core.api import limits

SCHEME = "Bearer"
LAST_USE_EVERY = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """The caller acts as the key's user, within the key's scopes and its rate limit."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        """Return the user and the key; 401 for a key that opens nothing, whatever the reason."""
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME.lower().encode():
            return None
        now = timezone.now()
        key = _find(secret.strip())
        if key is None or not key.is_usable(now):
            raise AuthenticationFailed(_("The API key is unknown, expired or revoked."))
        plain: Any = request._request
        plain.api_key = key  # for the request log (accounts.middleware)
        _count(request, key)
        _require_scope(request, key)
        _note_use(key, now)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a missing or wrong key is 401."""
        return f'{SCHEME} realm="clair"'


def _find(secret: bytes) -> ApiKey | None:
    digest = hashlib.sha256(secret).hexdigest()
    return ApiKey.objects.select_related("user").filter(sha256=digest).first()


def _count(request: Request, key: ApiKey) -> None:
    """Count the request of the key; 429 for what is over the limit of the minute."""
    allowance = limits.take(f"key:{key.pk}", limit=settings.API_REQUESTS_PER_MINUTE)
    plain: Any = request._request
    plain.allowance = allowance
    if allowance.is_used_up:
        raise Throttled(wait=allowance.reset)


def _require_scope(request: Request, key: ApiKey) -> None:
    """Raise 403 where the key's scopes do not open the app of the address (/api/v1/<app>/…)."""
    app = (*request.path.split("/"), "", "", "")[3]
    is_reading = request.method in SAFE_METHODS
    if key.may((KeyScope.READ if is_reading else KeyScope.WRITE).value, app):
        return
    if any(scope.partition(":")[2] for scope in key.key_scopes):
        raise PermissionDenied(_("The scopes of this API key do not open this address."))
    raise PermissionDenied(_("This API key may only read."))


def _note_use(key: ApiKey, now: datetime) -> None:
    """Write the last use at most once a minute."""
    since = now - LAST_USE_EVERY
    if key.last_used_at is None or key.last_used_at < since:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=since)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """The key in the schema."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return an HTTP bearer scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API key of the portal."}
