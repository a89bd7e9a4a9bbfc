"""Applications for staff."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from core import chosen, workflow
from core.admin import CaseAdmin
from core.admin.base import StatusFilter, TodayFilter, UsedRelatedFilter
from core.forms import behalf_from
from core.models import OutboxMessage
from grants.actions import drafting, moving
from grants.actions.announcing import TOLD
from grants.actions.review import REVIEWED_IN
from grants.admin.entry import ApplicationAdminForm, typed_questions
from grants.admin.judging import judge_again_page, may_judge_again
from grants.admin.parts import BudgetLineInline, CommentInline, PartyInline
from grants.admin.pending import PendingFilter, with_sums
from grants.admin.ranking import export, links, ranking_page
from grants.admin.reviews import assign_page
from grants.admin.statistics import statistics_page
from grants.desk import as_sent, award_of, comments_of, facts_of, words_of
from grants.forms import (
    answer_field,
)
from grants.judging import stored_verdict, verdict_of
from grants.models import Application
from grants.models.application import DOCUMENT_FIELDS


@admin.register(Application)
class ApplicationAdmin(CaseAdmin):
    """Applications: receive, return, recommend; decisions go through an approval."""

    list_display = (
        "receipt_number",
        "shown_status",
        "organization",
        "title",
        "edition",
        "amount_shown",
        "arrived_at",
    )
    list_display_links = ("receipt_number", "title")
    more_columns = (
        "incoming_number",
        "section",
        "post_in_charge",
        "expense_total",
        "return_due",
        "outcome",
        "decided_amount",
        "decided_at",
        "updated_at",
    )
    list_filter = (
        TodayFilter,
        StatusFilter,
        PendingFilter,
        ("edition", UsedRelatedFilter),
        "organization__kind",
    )
    search_fields = (
        "receipt_number",
        "title",
        "organization__name",
        "organization__kana",
        "organization__code",
    )
    list_select_related = ("organization", "section", "edition__program", "post_in_charge__section")
    autocomplete_fields = ("organization",)
    actions = ("assign_reviewers", "draft_approval", "announce_selected")
    change_list_template = "grants/ranking_change_list.html"
    act_templates = {"return_for_correction": "admin/case_return.html"}
    likely = ("receive", "accept_late", "start_review", "recommend", "announce", "lapse", "submit")
    form = ApplicationAdminForm
    inlines = (BudgetLineInline, PartyInline, CommentInline)
    readonly_fields = (
        "receipt_number",
        "arrived_at",
        "incoming_number",
        "post_in_charge",
        "return_due",
        "form_version",
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
        behalf = (
            gettext_lazy("Filing on behalf of the body"),
            {"fields": ("behalf_reason", "paper_arrived_on", "read_version")},
        )
        if obj is None:
            return ((None, {"fields": ("call", "section", "title")}), behalf)
        rules = obj.rules
        project = (
            "categories",
            *(("place",) if rules and rules.places else ()),
            "is_joint",
            "starts_on",
            "ends_on",
            *(("currency",) if rules and rules.currencies else ()),
            "requested_amount",
            *(("lead_share",) if rules and rules.joint_shares else ()),
            "has_other_grant",
        )
        paper = (
            *DOCUMENT_FIELDS,
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
            asked = [f"answer_{question.key}" for question in typed_questions(obj)]
            answers = [(gettext_lazy("Answers"), {"fields": asked})] if asked else []
            return [*sections[:2], *answers, *sections[2:], behalf]
        return sections[-1:]  # the page itself shows what was sent, in words

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Ask the questions of the application's form version, each in a box of its own."""
        questions = typed_questions(obj)
        boxes = {f"answer_{question.key}": answer_field(question) for question in questions}
        name = ApplicationAdminForm.__name__
        kwargs["form"] = type(name, (ApplicationAdminForm,), {"questions": questions, **boxes})
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Call and body are fixed once the application is begun."""
        found = super().get_readonly_fields(request, obj)
        return (*found, "call", "organization", "section") if obj else found

    @admin.display(
        description=gettext_lazy("amount applied for (yen)"), ordering="requested_amount"
    )
    def amount_shown(self, application: Application) -> str:
        """Return the amount as people read it."""
        return f"{application.requested_amount:,}"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name a section with its body: many bodies have a section of the same name."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "section":
            bodies = field.queryset.filter(organization__isnull=False)
            field.queryset = bodies.select_related("organization").order_by("organization_id", "pk")
            field.label_from_instance = lambda section: f"{section.organization} {section.name}"
        return field

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Lines and parties come after the first save; what was sent is shown in words."""
        if obj is None:
            return ()
        is_typed = self.has_change_permission(request, obj)
        return self.inlines if is_typed else (PartyInline, CommentInline)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Begin as the body itself would, its paper's day of arrival named; or edit."""
        if change:
            if form.answers != form.instance.answers:
                form.cleaned_data["answers"] = form.answers
                form.changed_data.append("answers")
            super().save_model(request, obj, form, change)
            self._save_what_follows(request, obj, form)
            return
        data = form.cleaned_data
        body = Application(organization=data["section"].organization)
        case = drafting.begin(
            call=data["call"],
            section=data["section"],
            by=request.user,
            now=timezone.now(),
            changes={"title": data["title"]},
            behalf=behalf_from(data, body),
        )
        obj.__dict__.update(case.__dict__)

    def _save_what_follows(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Write the applicant's share, and the yen at another currency's rate."""
        if not {"lead_share", "currency"} & set(form.changed_data):
            return
        share = form.cleaned_data.get("lead_share")

        def write(case: Any) -> dict[str, Any]:
            told = drafting.reprice(case)
            if "lead_share" in form.changed_data:
                told |= drafting.write_lead_share(case, share)
            return told

        saved = workflow.edit(
            Application.objects.get(pk=obj.pk),
            by=request.user,
            now=timezone.now(),
            version=None,
            changes={},
            children=write,
            settled=(),
            behalf=behalf_from(form.cleaned_data, obj),
        )
        obj.__dict__.update(saved.__dict__)

    def after_lines(self, case: Any) -> dict[str, Any]:
        """Recompute the yen of a currency, and the totals."""
        told = drafting.reprice(case)
        drafting.recompute_totals(case)
        return told

    def get_urls(self) -> list:
        """Add the pages about many applications: their reviewers, ranking and statistics."""
        pages = [
            path("reviewers/", self._page(assign_page), name="grants_application_reviewers"),
            path("ranking/", self._page(ranking_page), name="grants_application_ranking"),
            path(
                "statistics/",
                self._page(require_safe(statistics_page)),
                name="grants_application_statistics",
            ),
            path(
                "<path:object_id>/judge-again/",
                self.admin_site.admin_view(self.judge_again_view),
                name="grants_application_judge_again",
            ),
            path(
                "ranking/export/",
                self.admin_site.admin_view(require_POST(export)),
                name="grants_application_ranking_export",
            ),
        ]
        return [*pages, *super().get_urls()]

    def _page(self, view: Callable) -> Callable:
        """Give a page the frame of the admin."""

        @wraps(view)
        def framed(request: HttpRequest) -> HttpResponse:
            frame = {**self.admin_site.each_context(request), "opts": self.opts}
            return view(request, frame)

        return self.admin_site.admin_view(framed)

    def judge_again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Judge a submitted application by the present rules, for a reason."""
        case = get_object_or_404(self.get_queryset(request), pk=object_id)
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return judge_again_page(request, case, frame)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Add the ways to the ranking and to the announcements."""
        extra = {**(extra_context or {}), "list_links": links()}
        return with_sums(request, super().changelist_view(request, extra))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Move a draft that staff may write to its form's new version first."""
        case = self.get_object(request, object_id)
        if case and self.has_change_permission(request, case):
            moving.follow_form(case, by=request.user, now=timezone.now())
        return super().change_view(request, object_id, form_url, extra_context)

    def case_context(self, request: HttpRequest, case: Any) -> dict[str, Any]:
        """Add the application as sent, the verdict, the budget left and earlier years."""
        earlier = Application.objects.visible_to(request.user).filter(
            organization=case.organization
        )
        return super().case_context(request, case) | {
            "facts": facts_of(case),
            "sent": as_sent(case) | {"comments": comments_of(case)},
            "sent_template": "grants/_sent.html",
            "news": moving.shown_news(case),
            "aside": moving.shown_aside(case),
            "thread_template": "correspondence/case_threads.html",
            "verdict": stored_verdict(case) or verdict_of(case),
            "budget_left": case.edition.budget_left,
            "earlier": earlier.exclude(pk=case.pk).select_related("edition").order_by("-pk")[:10],
            "upload_url": reverse("grants:application-files", args=[case.public_id]),
            "later_url": award.staff_url() if (award := award_of(case)) else "",
            **self._review_context(request, case),
        }

    def history_words(self, obj: Any) -> dict[str, Any]:
        """Name questions, classes of cost and parts."""
        return words_of(obj)

    def _review_context(self, request: HttpRequest, case: Application) -> dict[str, Any]:
        """Return the sheets, the way to assign more, and where the decision's mails stand."""
        may_assign = request.user.has_perm("grants.add_review") and case.status in REVIEWED_IN
        assign = f"{reverse('admin:grants_application_reviewers')}?items={case.public_id}"
        notices = OutboxMessage.objects.filter(
            case_label=case._meta.label, case_id=case.pk, template__in=TOLD.values()
        )
        return {
            "reviews": case.reviews.select_related("reviewer").order_by("pk"),
            "assign_url": assign if may_assign else "",
            "notices": notices.order_by("pk"),
            "may_announce": request.user.has_perm("grants.announce_application"),
            "review_template": "grants/review_side.html",
            "may_judge_again": may_judge_again(request.user, case),
        }

    def act_context(self, request: HttpRequest, case: Any, form: Any) -> dict[str, Any]:
        """Show the application with a box for a comment beside each field."""
        return {"sent": as_sent(case, form), "sent_template": "grants/_sent.html"}

    def transition_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Announce one by the page that shows its letter and mail first."""
        if name in TOLD and request.method == "GET":
            case = get_object_or_404(self.get_queryset(request), pk=object_id)
            if request.user.has_perm("grants.announce_application", case):
                page = reverse("grants:announce-preview")
                told = "" if name == "announce" else f"&act={name}"
                return redirect(f"{page}?items={case.public_id}{told}")
        return super().transition_view(request, object_id, name)

    @admin.action(
        description=gettext_lazy("Assign reviewers to the selected applications"),
        permissions=["assign"],
    )
    def assign_reviewers(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the choice of reviewers."""
        return self._lead_to(request, "admin:grants_application_reviewers", queryset)

    def has_assign_permission(self, request: HttpRequest) -> bool:
        """Offer the action to those who assign."""
        return request.user.has_perm("grants.add_review")

    def _lead_to(self, request: HttpRequest, name: str, queryset: Any) -> HttpResponse:
        ids = queryset.order_by("pk").values_list("public_id", flat=True)
        return redirect(f"{reverse(name)}?items={chosen.keep(request, ids)}")

    @admin.action(description=gettext_lazy("Draft an approval for the selected applications"))
    def draft_approval(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the approval's form with the selected applications."""
        ready = queryset.filter(status=Application.Status.RECOMMENDED)
        if ready.count() != queryset.count():
            self.message_user(
                request, _("Choose only applications that wait for a decision."), messages.ERROR
            )
            return None
        ids = chosen.keep(request, ready.order_by("pk").values_list("public_id", flat=True))
        page = reverse("admin:approvals_approval_add")
        return redirect(f"{page}?act=decide&case_label=grants.application&items={ids}")

    @admin.action(description=gettext_lazy("Announce the selected decisions"))
    def announce_selected(self, request: HttpRequest, queryset: Any) -> Any:
        """Lead to the preview of letters and mails; nothing is sent by this click."""
        return self._lead_to(request, "grants:announce-preview", queryset)
