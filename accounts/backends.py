"""Who signs in, and who may do what: roles are the only source of permissions."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend
from django.db import models
from django.http import HttpRequest


class RoleBackend(BaseBackend):
    """Sign-in by e-mail, and has_perm(perm, obj) from accounts.roles."""

    def authenticate(  # type: ignore[override]
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        email: str | None = None,
    ) -> Any | None:
        """Return the active user of the address; as slow for an unknown address as for a known."""
        address, model = email or username, get_user_model()
        if not address or not password:
            return None
        user = model.objects.filter(email=model.objects.normalize_email(address)).first()
        if user is None:
            model().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> Any | None:
        """Return the active user of the session; a closed account ends its sessions."""
        return get_user_model().objects.filter(pk=user_id, is_active=True).first()

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """Tell whether one of the user's roles (on obj, or on anything) has the permission."""
        return user_obj.is_authenticated and user_obj.access.may(perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Tell whether the app is worth showing to a member of staff."""
        return user_obj.is_authenticated and user_obj.access.may_open(app_label)
