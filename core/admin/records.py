"""Core's own records for staff: letters with their seal, notices, and the audit. Read only."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core import audit, deadlines, letter_batch, letters
from core.admin.base import ScopedAdmin, TodayFilter
from core.forms import PlainReasonForm
from core.models import AuditEvent, Letter, OutboxMessage, Reminder
from core.workflow import InvalidTransition


class ReadOnlyAdmin(ScopedAdmin):
    """Shown, never typed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Made by acts alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Changed by acts alone."""
        return False


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """The ledger of letters; the document officer issues what waits for a seal, and voids."""

    list_display = ("number", "subject", "addressee", "status", "seal", "decided_on", "issued_on")
    list_filter = ("status", "fiscal_year", "sign")
    search_fields = ("subject", "addressee", "code")
    exclude = ("context", "file")
    change_form_template = "admin/letter_change_form.html"
    change_list_template = "admin/letter_change_list.html"
    actions = ("pack_selected",)

    @admin.action(description=gettext_lazy("Take out as one ZIP"))
    def pack_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        """Begin a job for the chosen letters."""
        return self._packed(request, queryset)

    def pack_listed(self, request: HttpRequest) -> HttpResponse:
        """Begin a job for every letter of the list, as the address filters it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            listed = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            listed = Letter.objects.none()
        return self._packed(request, listed)

    def _packed(self, request: HttpRequest, rows: Any) -> HttpResponse:
        try:
            job = letter_batch.start(rows[: letter_batch.MOST + 1], by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(reverse("admin:core_letter_changelist"))
        return redirect("admin:job", job.public_id)

    def get_urls(self) -> list:
        """Add the document officer's acts, and the list as a ZIP."""
        views = {
            "issue": self.issue_view,
            "void": self.void_view,
            "reissue": self.reissue_view,
        }
        acts = [
            path(f"<int:pk>/{act}/", self.admin_site.admin_view(view), name=f"core_letter_{act}")
            for act, view in views.items()
        ]
        packed = self.admin_site.admin_view(require_POST(self.pack_listed))
        listed = path("pack/", packed, name="core_letter_pack")
        return [listed, *acts, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Add the PDF and the acts that are possible now."""
        letter = self.get_object(request, object_id)
        extra = {
            "letter": letter,
            "may_issue": bool(letter) and letter.waits_for_seal and _may(request, "issue"),
            "may_void": bool(letter) and letter.status == "issued" and _may(request, "void"),
            "may_reissue": bool(letter) and letter.may_be_reissued and _may(request, "void"),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def _letter(self, request: HttpRequest, pk: int, verb: str) -> Letter:
        letter = get_object_or_404(self.get_queryset(request), pk=pk)
        if not _may(request, verb):
            raise PermissionDenied
        return letter

    def issue_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Issue a letter that was rendered and now carries its seal."""
        letter = self._letter(request, pk, "issue")
        if request.method == "POST":
            letters.issue(letter, by=request.user, now=timezone.now())
            messages.success(request, _("The letter is issued."))
        return redirect(reverse("admin:core_letter_change", args=[pk]))

    def void_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason (GET), void the letter (POST)."""

        def void(letter: Letter, reason: str) -> Letter:
            done = letters.void(letter, by=request.user, now=timezone.now(), reason=reason)
            messages.success(request, _("The letter is void."))
            return done

        note = _("The number stays taken, and the verification page says that the letter is void.")
        return self._ask_why(request, pk, _("Void the letter"), note, void)

    def reissue_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason (GET), void the letter and number a new one in its place (POST)."""

        def reissue(letter: Letter, reason: str) -> Letter:
            done = letters.reissue(letter, by=request.user, now=timezone.now(), reason=reason)
            messages.success(request, _("The letter is issued again under a new number."))
            return done

        note = _(
            "A letter with the same content gets the next number; the old one is void and keeps its"
            " number."
        )
        return self._ask_why(request, pk, _("Issue the letter again"), note, reissue)

    def _ask_why(
        self,
        request: HttpRequest,
        pk: int,
        title: str,
        note: str,
        act: Callable[[Letter, str], Letter],
    ) -> HttpResponse:
        letter = self._letter(request, pk, "void")
        form = PlainReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                letter = act(letter, form.cleaned_data["reason"])
            except InvalidTransition as error:
                messages.error(request, str(error))
            return redirect(reverse("admin:core_letter_change", args=[letter.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "note": note,
            "opts": self.opts,
            "letter": letter,
            "form": form,
        }
        return render(request, "admin/letter_void.html", context)


def _may(request: HttpRequest, verb: str) -> bool:
    return request.user.has_perm(f"core.{verb}_letter")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Notices: what went out, what waits, what failed."""

    list_display = ("subject", "recipient", "created_at", "sent_at", "attempts", "failed_at")
    list_filter = (
        ("failed_at", admin.EmptyFieldListFilter),
        ("sent_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("recipient", "subject", "message_id")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Hide the words of sign-in mails: whoever reads their link could use it."""
        return () if obj and obj.case_label else ("body",)


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    """Reminders told of deadlines; one whose mailbox failed waits for the officer."""

    list_display = (
        "label",
        "body",
        "number",
        "due",
        "offset",
        "sent_at",
        "is_escalated",
        "problem",
    )
    list_filter = (TodayFilter, "problem", "kind", "section", "is_escalated")
    search_fields = ("label", "body", "number")
    exclude = ("case_label", "case_id", "url")
    change_form_template = "admin/reminder_change_form.html"

    def get_urls(self) -> list:
        """Add the officer's act."""
        view = self.admin_site.admin_view(require_POST(self.handle_view))
        return [path("<int:pk>/handle/", view, name="core_reminder_handle"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Add the record that it is about, and the act where a mailbox failed."""
        row = self.get_object(request, object_id)
        waits = bool(row) and bool(row.problem) and row.handled_at is None
        extra = {
            "reminder": row,
            "may_handle": waits and request.user.has_perm("core.handle_reminder"),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def handle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Note that the body was reached otherwise, or the mailbox mended."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not request.user.has_perm("core.handle_reminder"):
            raise PermissionDenied
        deadlines.handle(row, by=request.user, now=timezone.now())
        messages.success(request, _("It is noted that this was taken care of."))
        return redirect(reverse("admin:core_reminder_changelist"))


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The audit, for auditors and administrators; reading it is recorded too."""

    list_display = (
        "at",
        "actor_label",
        "on_behalf_of",
        "action",
        "target_label",
        "target_id",
        "note",
    )
    list_filter = ("target_label",)
    search_fields = ("action", "target_id", "request_id")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Record who read which event."""
        event = self.get_object(request, object_id)
        if event and self.has_view_permission(request, event):
            audit.record("read", event, by=request.user)
        return super().change_view(request, object_id, form_url, extra_context)
