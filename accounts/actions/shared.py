"""What every action of accounts needs: the permission asked, and secrets kept as digests."""

import hashlib
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models

TOKEN_BYTES = 32  # 256 random bits, twice what design.md asks of a key


def require(by: Any, permission: str, obj: models.Model) -> None:
    """Raise PermissionDenied where the actor may not."""
    if not by.has_perm(permission, obj):
        raise PermissionDenied


def digest(secret: str) -> str:
    """Return the SHA-256 under which a secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()
