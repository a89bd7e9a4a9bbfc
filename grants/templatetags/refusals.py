"""Where each sentence of a refusal leads."""

from collections.abc import Iterable
from typing import Any

from django import template

register = template.Library()


@register.filter
def leading_to(errors: Iterable[Any], missing: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return the errors, those of fields last and in page order, each with its field's address."""
    told = [str(error) for error in errors]
    known = [row for row in missing if row["text"] in told]
    texts = {row["text"] for row in known}
    return [{"text": text, "url": ""} for text in told if text not in texts] + known
