"""The officer's list of decisions that are not announced yet, with a line of sums."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from grants import pending


class PendingFilter(admin.SimpleListFilter):
    """Decisions proposed, or decided and not announced."""

    title = _("decision pending")
    parameter_name = "pending"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the two ways to wait."""
        return [
            ("proposed", _("waiting for decision")),
            ("decided", _("decided, not yet announced")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep what waits in that way."""
        statuses = pending.PENDING.get(self.value() or "")
        return queryset.filter(status__in=statuses) if statuses else queryset


def with_sums(request: HttpRequest, response: Any) -> Any:
    """Add the sums of the listed rows where decisions that are pending are listed."""
    context = getattr(response, "context_data", None)
    if context and "cl" in context and request.GET.get("pending") in pending.PENDING:
        context["sums"] = pending.sums_of(context["cl"].queryset)
    return response
