"""Default deny: the model's own permission, with the object where there is one."""

from typing import Any

from rest_framework import permissions

from core.workflow import may_file_for, permission_name

_VERBS = {"list": "view", "retrieve": "view", "create": "add", "metadata": "view"}


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
