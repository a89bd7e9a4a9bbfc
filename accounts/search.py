"""What the one search box finds here: bodies by name, reading and code."""

from typing import Any

from django.urls import reverse

from accounts.models import Organization
from core import search


def _address(organization: Any) -> str:
    return reverse("admin:accounts_organization_change", args=[organization.pk])


search.register(Organization, keys=("search_key",), url=_address)
