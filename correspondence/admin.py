"""Threads for staff: what waits for CLAIR, what was said, and the acts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import workflow
from core.admin import CaseAdmin
from core.admin.base import StatusFilter, TodayFilter, UsedRelatedFilter
from core.admin.cases import CaseAdminForm
from correspondence import actions
from correspondence.forms import take_uploads
from correspondence.models import Message, Thread


class ThreadAdminForm(CaseAdminForm):
    """Nothing of a thread is edited."""

    behalf_reason = None  # type: ignore[assignment]
    paper_arrived_on = None  # type: ignore[assignment]

    class Meta:
        model = Thread
        fields: list[str] = []


class KindFilter(admin.SimpleListFilter):
    """Questions, or what headquarters noted."""

    title = _("content")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the kinds of message."""
        return list(Message.Kind.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow to threads that have a message of the kind."""
        if not self.value():
            return queryset
        holding = Message.objects.filter(kind=self.value())
        return queryset.filter(pk__in=holding.values("thread"))


@admin.register(Thread)
class ThreadAdmin(CaseAdmin):
    """Threads: read, answer, close; they are begun on the page of their case."""

    form = ThreadAdminForm
    likely = ("answer",)
    change_form_template = "correspondence/thread_change.html"
    act_templates = dict.fromkeys(("answer", "ask", "reopen"), "correspondence/thread_act.html")
    list_display = (
        "subject",
        "shown_status",
        "new_to_me",
        "waiting_for",
        "case_number",
        "organization",
        "case_title",
        "desk",
        "last_at",
    )
    list_select_related = ("organization", "desk__office")
    list_filter = (
        TodayFilter,
        "waiting_for",
        StatusFilter,
        KindFilter,
        ("desk", UsedRelatedFilter),
        ("organization", UsedRelatedFilter),
    )
    search_fields = (
        "subject",
        "case_number",
        "case_title",
        "organization__name",
        "messages__text",
    )
    readonly_fields = ("subject", "organization", "case_number", "case_title", "desk")
    fields = ("subject", "organization", "case_number", "case_title", "desk", "shown_status")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Add what is new to the person."""
        rows: Any = super().get_queryset(request)
        return rows.with_news(request.user, timezone.now())

    @admin.display(description=_("new to me"))
    def new_to_me(self, thread: Any) -> str:
        """Say whether there is a message that the person has not seen."""
        return gettext("New") if thread.is_new else ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Mark the new messages, and clear the person's own mark."""
        thread, now = self.get_object(request, object_id), timezone.now()
        extra = dict(extra_context or {})
        if request.method == "GET" and thread and self.has_view_permission(request, thread):
            before = actions.mark_seen(thread, by=request.user, now=now)
            extra["new_since"] = actions.new_to(request.user, before, now)
        return super().change_view(request, object_id, form_url, extra)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Threads are begun on the page of their case."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing that was written is changed."""
        return False

    def case_context(self, request: HttpRequest, case: Thread) -> dict[str, Any]:
        """Add the messages, whose word is next, and where staff note something."""
        of_case = case.case
        meta = of_case._meta
        page = f"admin:{meta.app_label}_{meta.model_name}_change"
        may_note = request.user.has_perm("correspondence.add_message", case)
        record = reverse("correspondence:thread-record", args=[case.public_id])
        context = super().case_context(request, case)
        for row in context["transitions"]:
            row["is_likely"] &= case.waiting_for == Thread.Waiting.STAFF
        return context | {
            "shown_messages": Message.objects.shown(case, request.user),
            "what_next": case.next_word(request.user),
            "thread": case,
            "case_url": reverse(page, args=[of_case.pk]),
            "record_url": record if may_note else "",
        }

    def act_context(self, request: HttpRequest, case: Thread, form: Any) -> dict[str, Any]:
        """Show above the box what was said so far."""
        return {"shown_messages": Message.objects.shown(case, request.user)}

    def transition_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Store the files first, so that a second try need not send them."""
        case = self.get_queryset(request).filter(pk=object_id).first()
        if request.method == "POST" and case and workflow.available(case, request.user):
            take_uploads(request)
        return super().transition_view(request, object_id, name)
