"""Where staff begin a case for a body whose paper arrived."""

from typing import Any

from django.urls import reverse

from core.workflow import FILE_FOR_BODY


def begin_url(model: Any, source: Any, user: Any) -> str:
    """Return where staff begin a case for a body; empty for those who may not."""
    if not user.has_perm(FILE_FOR_BODY, source):
        return ""
    page = reverse(f"admin:grants_{model._meta.model_name}_add")
    return f"{page}?{source._meta.model_name}={source.public_id}"
