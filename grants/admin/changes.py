"""Changes for staff: what is asked, whether it needs approval, and the acts."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.base import StatusFilter, TodayFilter, UsedRelatedFilter
from core.admin.cases import CaseAdminForm
from grants.actions import changes
from grants.admin.awards import to_approval
from grants.admin.begun import BegunAdmin
from grants.change_forms import FIELDS, ChangeForm, require_fitting
from grants.filed import files_shown
from grants.models import ChangeRequest


class ChangeRequestAdminForm(CaseAdminForm):
    """A change is written by the body, or from its paper: the same boxes and checks."""

    reason, content, new_amount, new_starts_on, new_ends_on, document_number, document_date = (
        ChangeForm.base_fields[name] for name in FIELDS[1:]
    )

    class Meta:
        model = ChangeRequest
        fields = FIELDS

    def clean(self) -> dict[str, Any]:
        """Ask for an amount and for days only where the kind has them."""
        return require_fitting(self, super().clean())


@admin.register(ChangeRequest)
class ChangeRequestAdmin(BegunAdmin):
    """Changes: taken notice of, denied, returned; an approval goes through 決裁."""

    form = ChangeRequestAdminForm
    typed = FIELDS
    begin = staticmethod(changes.begin_change)
    require_begun = staticmethod(changes.require_changeable)
    likely = ("note", "instruct", "submit")
    list_display = (
        "receipt_number",
        "shown_status",
        "organization",
        "award",
        "kind",
        "needs_approval",
        "arrived_at",
    )
    list_display_links = ("receipt_number", "award")
    list_filter = (
        TodayFilter,
        StatusFilter,
        "kind",
        "needs_approval",
        ("edition", UsedRelatedFilter),
    )
    search_fields = ("receipt_number", "award__title", "organization__name", "organization__code")
    list_select_related = ("organization", "award", "edition__program")
    actions = ("draft_approval",)
    readonly_fields = (
        "award",
        "receipt_number",
        "arrived_at",
        "needs_approval",
        "return_comment",
        "return_due",
        "answer",
        "decided_at",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read with a change what its page names."""
        return (
            super()
            .get_queryset(request)
            .select_related(
                "organization",
                "section",
                "edition__section",
                "award__edition__section",
                "award__organization",
                "award__application__rule_set",
                "award__application__edition__rules",
            )
        )

    def case_context(self, request: HttpRequest, case: ChangeRequest) -> dict[str, Any]:
        """Add what the rules say and the lines beside those before."""
        is_open = case.status in ("draft", "returned")
        findings = [f.to_dict() for f in changes.findings_of(case)] if is_open else case.findings
        return super().case_context(request, case) | {
            "is_sent": True,
            "sent": {
                "case": case,
                "findings": findings,
                "needs_approval": any(row["needs_approval"] for row in findings),
                "is_instructed": case.kind == ChangeRequest.Kind.DELAY,
                "compared": changes.compared(case) if case.moves_lines else None,
                "award_url": case.award.staff_url(),
                "files": files_shown(case),
                "lines_url": self._lines_url(request, case),
            },
            "sent_template": "grants/_change_sent.html",
            "upload_url": reverse("grants:changerequest-files", args=[case.public_id]),
            "thread_template": "correspondence/case_threads.html",
        }

    def _lines_url(self, request: HttpRequest, case: ChangeRequest) -> str:
        may = case.moves_lines and self.has_change_permission(request, case)
        return reverse("grants:changerequest-lines", args=[case.public_id]) if may else ""

    @admin.action(description=gettext_lazy("Draft an approval for the selected changes"))
    def draft_approval(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the approval's form with the selected changes."""
        if queryset.exclude(status="submitted", needs_approval=True).exists():
            text = _("Choose only changes that were sent and need approval.")
            self.message_user(request, text, messages.ERROR)
            return None
        return to_approval(request, "approve", queryset)
