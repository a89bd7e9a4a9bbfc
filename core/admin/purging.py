"""What is kept how long, what is past its time, and the lists that a person decides."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from core import purge, today
from core.admin.base import TodayFilter
from core.admin.records import ReadOnlyAdmin
from core.forms import PlainReasonForm
from core.models import PurgeList
from core.today import Row
from core.workflow import InvalidTransition

_DECIDE = "core.decide_purgelist"


@admin.register(PurgeList)
class PurgeListAdmin(ReadOnlyAdmin):
    """The lists: proposed by the portal, decided or dismissed here, carried out at night."""

    list_display = ("period", "state", "total", "proposed_at", "decided_by", "done_at")
    list_filter = (TodayFilter, "state")
    list_select_related = ("decided_by",)
    exclude = ("parts",)
    change_form_template = "admin/purge_change_form.html"
    change_list_template = "admin/purge_change_list.html"

    @admin.display(description=gettext_lazy("rows"))
    def total(self, row: PurgeList) -> int:
        """Return how many rows the list names."""
        return row.total

    def get_urls(self) -> list:
        """Add the rules with their dry run, and the decision."""
        guarded = self.admin_site.admin_view
        return [
            path("rules/", guarded(require_safe(self.rules_view)), name="core_purgelist_rules"),
            path(
                "<int:pk>/decide/",
                guarded(require_POST(self.decide_view)),
                name="core_purgelist_decide",
            ),
            *super().get_urls(),
        ]

    def rules_view(self, request: HttpRequest) -> HttpResponse:
        """Say of every model how long it is kept, and count what is past that now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("How long personal data is kept"),
            "opts": self.opts,
            "rules": purge.report(now=timezone.now()),
            "others": purge.OTHERS,
        }
        return render(request, "admin/purge_rules.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Add the rows by model, and the decision where it is still to be made."""
        row = self.get_object(request, object_id)
        waits = bool(row) and row.state == PurgeList.State.PROPOSED  # type: ignore[union-attr]
        extra = {
            "parts": [_told(part) for part in row.parts] if row else [],
            "form": PlainReasonForm() if waits and request.user.has_perm(_DECIDE) else None,
            "purge_list": row,
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide or dismiss the list, with a reason."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not request.user.has_perm(_DECIDE):
            raise PermissionDenied
        form = PlainReasonForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Give the reason."))
            return redirect(reverse("admin:core_purgelist_change", args=[pk]))
        dismiss = request.POST.get("act") == "dismiss"
        reason = form.cleaned_data["reason"]
        try:
            purge.decide(row, by=request.user, now=timezone.now(), reason=reason, dismiss=dismiss)
        except InvalidTransition as error:
            messages.error(request, str(error))
        else:
            done = (
                _("Dismissed: nothing is deleted.") if dismiss else _("Decided: it goes tonight.")
            )
            messages.success(request, done)
        return redirect(reverse("admin:core_purgelist_change", args=[pk]))


def _told(part: dict[str, Any]) -> dict[str, Any]:
    """Return one part of a list in words; ids alone, since the rows hold what is personal."""
    model = apps.get_model(part["model"])
    return (
        part
        | {
            "name": model._meta.verbose_name,
            "before": parse_datetime(part["cutoff"]),
            "count": len(part["ids"]),
            "is_erased": hasattr(model, "erase"),
            "retention": model.retention,  # type: ignore[attr-defined]
            "shown": part["ids"][:50],
        }
    )


def waiting(rows: Any, user: Any, now: datetime) -> Any:
    """Return the lists that wait for the person's decision."""
    return rows.filter(state="proposed").order_by("pk") if user.has_perm(_DECIDE) else rows.none()


def _row(found: PurgeList) -> Row:
    return Row(
        number=found.period,
        body="",
        program=str(PurgeList._meta.verbose_name),
        asked=_("Decide what is deleted"),
        at=found.proposed_at,
        url=reverse("admin:core_purgelist_change", args=[found.pk]),
    )


today.register(PurgeList, "mine", rows=waiting, row=_row)
