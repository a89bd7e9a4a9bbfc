"""Default deny: the model's own permission, with the object where there is one."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from rest_framework import permissions

from core.workflow import may_file_for, permission_name

_NO_SCOPE = _("The scopes of this API key do not open this address.")
_VERBS = {"list": "view", "retrieve": "view", "create": "add", "metadata": "view"}


def opens(request: Any, app: str) -> bool:
    """Say whether the caller's key, where there is one, reads the app.

    What every key may ask for (files, letters, tables) is still of the app of its record.
    """
    return request.auth is None or request.auth.may("read", app)


def require_opened(request: Any, apps: Collection[str]) -> None:
    """Raise 403 where the key reads none of the apps; what is of no app is the person's own."""
    if apps and not any(opens(request, app) for app in apps):
        raise PermissionDenied(_NO_SCOPE)


class WholeWrite(permissions.BasePermission):
    """Changing who acts for a body asks for `write` itself: no scope of one app covers it."""

    message = _NO_SCOPE

    def has_permission(self, request: Any, view: Any) -> bool:
        """Let reading pass, and people at their browser."""
        is_reading = request.method in permissions.SAFE_METHODS
        return is_reading or request.auth is None or "write" in request.auth.key_scopes


class ModelPermission(permissions.BasePermission):
    """Order of the checks: 401, 404 by scope, 403 (design.md §4 API)."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if view.detail:  # an object out of scope is 404 before anything is 403
            return True
        return self._may(request.user, view, None)

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        verb = _VERBS.get(view.action, getattr(view, "verb", "view"))
        return request.user.has_perm(permission_name(obj, verb), obj)

    def _may(self, user: Any, view: Any, obj: Any) -> bool:
        verb = _VERBS.get(view.action, getattr(view, "verb", "view"))
        if user.has_perm(permission_name(view.queryset.model, verb)):
            return True
        return verb == "add" and may_file_for(view.queryset.model, user)
