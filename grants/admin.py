"""Applications for staff."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin import CaseAdmin
from core.admin.base import ScopedRelatedFilter, ScopedTabularInline
from grants.actions import drafting
from grants.forms import answers_shown
from grants.judging import stored_verdict, verdict_of
from grants.models import Application, ApplicationFile, ApplicationParty, BudgetLine, ReturnComment
from grants.printing import facts_shown


class BudgetLineInline(ScopedTabularInline):
    """Lines applied for."""

    model = BudgetLine
    fields = ("kind", "category", "description", "basis", "amount", "order")

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .filter(stage=BudgetLine.Stage.APPLIED)
            .order_by("order", "pk")
        )


class PartyInline(ScopedTabularInline):
    """Bodies that take part."""

    model = ApplicationParty
    fields = ("organization", "kind", "share", "consented_on")
    autocomplete_fields = ("organization",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(kind="lead").select_related("organization")


class FileInline(ScopedTabularInline):
    """Files of the application; staff add a paper's scan with its own button."""

    model = ApplicationFile
    fields = ("question", "file_name", "file_sha256")
    readonly_fields = fields
    max_num = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("file").order_by("order", "pk")

    @staticmethod
    def file_name(link: ApplicationFile) -> str:
        """Return the file's name."""
        return link.file.name

    @staticmethod
    def file_sha256(link: ApplicationFile) -> str:
        """Return the file's digest."""
        return link.file.sha256

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CommentInline(ScopedTabularInline):
    """What was to be corrected, and the answers."""

    model = ReturnComment
    fields = ("round", "field", "text", "answer", "resolved_at")
    readonly_fields = ("round", "field", "text", "resolved_at")
    max_num = 0

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Application)
class ApplicationAdmin(CaseAdmin):
    """Applications: receive, return, recommend; decisions go through an approval."""

    list_display = (
        "receipt_number",
        "organization",
        "title",
        "edition",
        "requested_amount",
        "shown_status",
        "arrived_at",
    )
    list_display_links = ("receipt_number", "title")
    list_filter = ("status", ("edition", ScopedRelatedFilter), "organization__kind")
    search_fields = (
        "receipt_number",
        "title",
        "organization__name",
        "organization__kana",
        "organization__code",
    )
    list_select_related = ("organization", "edition__program")
    autocomplete_fields = ("organization",)
    actions = ("draft_approval", "announce_selected")
    inlines = (BudgetLineInline, PartyInline, FileInline, CommentInline)
    readonly_fields = (
        "receipt_number",
        "arrived_at",
        "incoming_number",
        "post_in_charge",
        "return_due",
        "expense_total",
        "income_total",
        "outcome",
        "decided_amount",
        "decision_reason",
        "decision_conditions",
        "decided_at",
        "announced_at",
        "closing_reason",
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Order the page: what it is, what the body says, the body's papers, CLAIR's handling."""
        begin = (None, {"fields": ("call", "section", "title")})
        behalf = (
            gettext_lazy("Filing on behalf of the body"),
            {"fields": ("behalf_reason", "paper_arrived_on", "read_version")},
        )
        if obj is None:
            return (begin, behalf)
        project = (
            "categories",
            "is_joint",
            "starts_on",
            "ends_on",
            "requested_amount",
            "has_other_grant",
            "answers",
        )
        paper = (
            "document_number",
            "document_date",
            "representative_title",
            "representative_name",
            "contact_name",
            "contact_phone",
            "contact_email",
            "is_decided_internally",
        )
        sections = [
            (
                None,
                {"fields": ("shown_status", "version", "call", "organization", "section", "title")},
            ),
            (gettext_lazy("Project"), {"fields": project}),
            (gettext_lazy("The body's document"), {"fields": paper}),
            (gettext_lazy("Handling"), {"fields": self.readonly_fields}),
        ]
        if self.has_change_permission(request, obj):
            sections.append(behalf)
        return sections

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Call and body are fixed once the application is begun."""
        found = super().get_readonly_fields(request, obj)
        return (*found, "call", "organization", "section") if obj else found

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Lines and parties come after the first save."""
        return self.inlines if obj else ()

    def initial_changes(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Edition, body and form follow from call and section."""
        call, section = changes["call"], changes["section"]
        return {
            "call": call,
            "section": section,
            "title": changes["title"],
            "edition": call.edition,
            "organization": section.organization,
            "form_version": call.form.current if call.form else None,
        }

    def after_lines(self, case: Any) -> dict[str, Any]:
        """Recompute the totals."""
        drafting.recompute_totals(case)
        return {}

    def case_context(self, request: HttpRequest, case: Any) -> dict[str, Any]:
        """Add the application as sent, the verdict, the budget left and earlier years."""
        earlier = Application.objects.visible_to(request.user).filter(
            organization=case.organization
        )
        return super().case_context(request, case) | {
            "facts": facts_shown(case),
            "answers": answers_shown(case),
            "application_files": case.files.select_related("file").order_by("order", "pk"),
            "verdict": stored_verdict(case) or verdict_of(case),
            "budget_left": case.edition.budget_left,
            "earlier": earlier.exclude(pk=case.pk).select_related("edition").order_by("-pk")[:10],
            "upload_url": reverse("grants:application-files", args=[case.public_id]),
        }

    @admin.action(description=gettext_lazy("Draft an approval for the selected applications"))
    def draft_approval(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the approval's form with the selected applications."""
        ready = queryset.filter(status=Application.Status.RECOMMENDED)
        if ready.count() != queryset.count():
            self.message_user(
                request, _("Choose only applications that wait for a decision."), messages.ERROR
            )
            return None
        ids = ",".join(
            str(public_id) for public_id in ready.order_by("pk").values_list("public_id", flat=True)
        )
        page = reverse("admin:approvals_approval_add")
        return redirect(f"{page}?act=decide&case_label=grants.application&items={ids}")

    @admin.action(description=gettext_lazy("Announce the selected decisions"))
    def announce_selected(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the preview of letters and mails; nothing is sent by this click."""
        ids = ",".join(
            str(pk) for pk in queryset.order_by("pk").values_list("public_id", flat=True)
        )
        return redirect(f"{reverse('grants:announce')}?items={ids}")
