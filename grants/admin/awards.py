"""Awards for staff: what was decided, what was reported, the amount, and the acts."""

from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import chosen, deadlines
from core.admin import CaseAdmin
from core.admin.base import StatusFilter, TodayFilter, UsedRelatedFilter
from core.admin.cases import CaseAdminForm
from core.fiscal import era_date_plain
from correspondence.forms import take_uploads
from finance.actions import commitments
from grants import stages
from grants.actions.changes import CHANGEABLE
from grants.award_desk import files_shown, results_shown, status_reports
from grants.behalf import begin_url
from grants.models import Asset, Award, ChangeRequest, DisposalRequest, TaxCreditReport
from grants.report_forms import TEXTS, comment_label


class AwardAdminForm(CaseAdminForm):
    """A report that arrived on paper: its words; its lists are written on the body's pages."""

    class Meta:
        model = Award
        fields = TEXTS


@admin.register(Award)
class AwardAdmin(CaseAdmin):
    """Awards: check reports, close; the fixed amount and a cancellation go through an approval."""

    form = AwardAdminForm
    likely = ("check_report", "close", "report")
    list_display = (
        "award_number",
        "shown_status",
        "organization",
        "title",
        "edition",
        "decided_shown",
        "fixed_shown",
        "report_due",
    )
    list_display_links = ("award_number", "title")
    more_columns = ("receipt_number", "section", "correction_due", "retention_until", "updated_at")
    list_filter = (TodayFilter, StatusFilter, ("edition", UsedRelatedFilter), "organization__kind")
    search_fields = (
        "award_number",
        "receipt_number",
        "title",
        "organization__name",
        "organization__code",
        "application__receipt_number",
    )
    list_select_related = ("organization", "section", "edition__program")
    actions = ("draft_fixing", "draft_cancelling")
    readonly_fields = (
        "award_number",
        "application",
        "title",
        "decided_amount",
        "starts_on",
        "ends_on",
        "withdraw_by",
        "report_due",
        "correction_due",
        "receipt_number",
        "reported_at",
        "is_report_late",
        "actual_expense",
        "actual_income",
        "checked_on",
        "check_record",
        "fixed_amount",
        "fixed_at",
        "retention_until",
        "closing_reason",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read with an award what its page names."""
        rows = super().get_queryset(request)
        return rows.select_related(
            "organization",
            "section",
            "edition__section",
            "edition__program",
            "application__rule_set",
            "application__edition__rules",
            "application__edition__section",
            "application__organization",
        )

    @admin.display(
        description=gettext_lazy("amount decided (yen)"),
        ordering="decided_amount",
        empty_value="－",
    )
    def decided_shown(self, obj: Award) -> str:
        """Return the decided yen with commas."""
        return f"{obj.decided_amount:,}"

    @admin.display(
        description=gettext_lazy("amount fixed (yen)"), ordering="fixed_amount", empty_value="－"
    )
    def fixed_shown(self, obj: Award) -> str | None:
        """Return the fixed yen with commas."""
        return None if obj.fixed_amount is None else f"{obj.fixed_amount:,}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An award is made by the announced decision."""
        return False

    def case_context(self, request: HttpRequest, case: Award) -> dict[str, Any]:
        """Add money, stages, report, files and the way to the fixed amount."""
        return super().case_context(request, case) | {
            "is_sent": True,
            "sent": as_sent(case, request.user),
            "sent_template": "grants/_award_sent.html",
            "thread_template": "correspondence/case_threads.html",
            "review_template": "finance/case_money.html",
        }

    def transition_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Store the files of a status report first."""
        if name == "report_status" and request.method == "POST":
            take_uploads(request)
        return super().transition_view(request, object_id, name)

    @admin.action(description=gettext_lazy("Draft an approval of the fixed amounts"))
    def draft_fixing(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the approval's form with the selected awards."""
        if queryset.exclude(status=Award.Status.CHECKED).exists():
            text = _("Choose only awards whose report is checked.")
            self.message_user(request, text, messages.ERROR)
            return None
        return to_approval(request, "fix_amount", queryset)

    @admin.action(description=gettext_lazy("Draft an approval of the proposed cancellations"))
    def draft_cancelling(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the approval's form: whole or part, as proposed."""
        amounts = {bool(award.proposed.get("amount")) for award in queryset if award.proposed}
        if len(amounts) != 1 or any(not award.proposed for award in queryset):
            text = _("Choose only awards with a drafted cancellation, all whole or all in part.")
            self.message_user(request, text, messages.ERROR)
            return None
        return to_approval(request, "cancel_part" if amounts.pop() else "cancel", queryset)


def to_approval(request: HttpRequest, act: str, queryset: Any) -> HttpResponse:
    """Lead to the form of an approval of the act on the chosen cases."""
    ids = queryset.order_by("pk").values_list("public_id", flat=True)
    return redirect(approval_url(act, queryset.model, chosen.keep(request, ids)))


def approval_url(act: str, model: Any, items: Any) -> str:
    """Return the address of the form of an approval of the act on the cases (core.chosen)."""
    page = reverse("admin:approvals_approval_add")
    return f"{page}?act={act}&case_label={model._meta.label_lower}&items={items}"


def as_sent(case: Award, user: Any) -> dict[str, Any]:
    """Return what the officer reads: money, stages, the report, its papers, the way to the amount."""
    is_shown = bool(case.reported_at)
    label = case._meta.get_field
    may_draft = case.status == Award.Status.CHECKED and user.has_perm("approvals.add_approval")
    return {
        "fix_url": approval_url("fix_amount", Award, case.public_id) if may_draft else "",
        "settlement": commitments.settlement_of(case),
        "stages": stages.stages_of(case, shows_report=is_shown),
        "stages_url": reverse("grants:award-stages", args=[case.public_id]),
        "application_url": case.application.staff_url(),
        **later_of(case, user),
        "schedules": deadlines.schedule_of(case, now=timezone.now()),
        "fixing": case.fixing,
        "proposed": case.proposed,
        "is_reported": is_shown,
        "words": [
            {"label": label(name).verbose_name, "value": shown_value(case, name)}  # type: ignore[union-attr]
            for name in TEXTS
        ],
        "results": results_shown(case) if is_shown else [],
        "passed_on": list(case.passed_on.select_related("organization").order_by("pk")),
        "files": files_shown(case, user),
        "status_reports": status_reports(case),
        "comments": [
            {"label": comment_label(row), "text": row.text, "answer": row.answer}
            for row in case.comments.order_by("pk")
        ],
    }


def later_of(case: Award, user: Any) -> dict[str, Any]:
    """Return the award's changes and duties, and where staff begin one from a paper."""
    may_change = case.status in CHANGEABLE
    changes = case.changes.order_by("-pk")
    duties = [*case.disposals.select_related("asset").order_by("-pk")]
    if report := TaxCreditReport.objects.filter(award=case).select_related("award").first():
        duties.insert(0, report)  # type: ignore[arg-type]
    return {
        "changes": [_named(change, change.get_kind_display()) for change in changes],
        "change_url": begin_url(ChangeRequest, case, user) if may_change else "",
        "duties": [_named(duty, str(duty)) for duty in duties],
        "assets": [
            {"asset": asset, "url": "" if asset.disposed_on else _begin(asset, user)}
            for asset in case.assets.select_related("award").order_by("pk")
        ],
        "assets_url": reverse("grants:award-assets", args=[case.public_id]),
    }


def _begin(asset: Asset, user: Any) -> str:
    return begin_url(DisposalRequest, asset, user)


def _named(row: Any, label: str) -> dict[str, str]:
    number = row.receipt_number or ""
    return {"label": label, "number": number, "url": row.staff_url(), "status": row.status_text}


def shown_value(case: Award, name: str) -> Any:
    """Return a field of the report in words."""
    value = getattr(case, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return era_date_plain(value)
    return value or "－"
