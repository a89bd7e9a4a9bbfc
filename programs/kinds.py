"""The kinds of bodies in words, as rules, pages and the API name them."""

from typing import Any

from accounts.models import Organization

KINDS: dict[str, Any] = dict(Organization.Kind.choices)
