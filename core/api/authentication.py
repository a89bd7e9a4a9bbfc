"""Signed-in people may use the API from their browser; answers are 401, not 403."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session with CSRF, naming the scheme so that a missing sign-in is 401."""

    def authenticate_header(self, request):
        return "Bearer"


class SessionScheme(OpenApiAuthenticationExtension):
    """The session cookie in the schema."""

    target_class = "core.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
