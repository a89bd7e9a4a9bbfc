"""Approvals in the staff's admin: draft, circulate, sign, read later."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from approvals import actions
from approvals.forms import ApprovalForm, DraftFields, RouteRuleForm, value_of
from approvals.models import Approval, ApprovalStep, RouteRule, RouteRuleStep, post_ids
from approvals.workflow import may_revise
from core import chosen, registry
from core.admin import CaseAdmin, ScopedAdmin
from core.admin.base import ScopedTabularInline, StatusFilter, TodayFilter
from core.admin.cases import CaseAdminForm
from core.money import format_yen


class ApprovalAdminForm(DraftFields, CaseAdminForm):
    """The boxes of the screens' form; nobody files an approval on behalf of a body."""

    subject = ApprovalForm.base_fields["subject"]
    reason = ApprovalForm.base_fields["reason"]
    behalf_reason = None  # type: ignore[assignment]
    paper_arrived_on = None  # type: ignore[assignment]

    class Meta:
        model = Approval
        fields = ["subject", "reason"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.prepare()


class StepInline(ScopedTabularInline):
    """The route, to read; it is drafted above and signed by the buttons."""

    model = ApprovalStep
    fields = (
        "order",
        "kind",
        "post",
        "acted_by",
        "acted_at",
        "is_acting",
        "later_read_at",
        "comment",
    )
    readonly_fields = fields
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("post__section", "acted_by")
        return rows.order_by("order")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees the approval sees its route."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Steps are drafted in the form above."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Steps are signed by the buttons."""
        return False


class TurnFilter(admin.SimpleListFilter):
    """What waits for me."""

    title = _("my approvals")
    parameter_name = "mine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what may be asked for."""
        return [
            ("sign", _("to be signed by me")),
            ("read", _("to be read later by me")),
            ("drafted", _("drafted by me")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow to the posts that the person holds today."""
        posts = post_ids(request.user)
        if self.value() == "sign":
            return queryset.waiting_for(posts)
        if self.value() == "read":
            return queryset.to_read_later(posts)
        if self.value() == "drafted":
            return queryset.filter(drafted_by=request.user.pk)
        return queryset


@admin.register(Approval)
class ApprovalAdmin(CaseAdmin):
    """Approvals for staff."""

    form = ApprovalAdminForm
    likely = ("submit", "endorse", "decide")
    inlines = [StepInline]
    list_display = ["number", "subject", "shown_status", "waits_for", "section", "decided_at"]
    list_filter = [TodayFilter, TurnFilter, StatusFilter]
    search_fields = ["number", "subject"]
    readonly_fields = [
        "number",
        "proposed_act",
        "total",
        "asked_by",
        "records",
        "drafter",
        "section",
        "decided_at",
    ]
    drafted = ["subject", "cases", "reason", "read_version"]
    told = [
        "number",
        "shown_status",
        "proposed_act",
        "total",
        "asked_by",
        "records",
        "drafter",
        "section",
        "decided_at",
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.with_route()

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let the form know for whom it offers cases."""
        form = super().get_form(request, *args, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask while it may be drafted; show otherwise."""
        route = (_("route"), {"fields": [*DraftFields.BOXES, "decide"]})
        if obj is None:
            return [(None, {"fields": self.drafted}), route]
        if self.has_change_permission(request, obj):
            return [(None, {"fields": [*self.told, *self.drafted]}), route]
        return [(None, {"fields": [*self.told, "subject", "reason"]})]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Tick the cases that a list's action names (act, case_label and items in the address)."""
        act, wanted = request.GET.get("act", ""), chosen.named(request)
        try:
            model = registry.model_by_label(request.GET.get("case_label", ""))
            rows = model._default_manager.all().visible_to(request.user)  # type: ignore[attr-defined]
            cases = list(rows.filter(public_id__in=wanted))
        except (LookupError, ValidationError):
            cases = []
        return {"cases": [value_of(act, case) for case in cases]}

    def get_inlines(self, request: HttpRequest, obj: Any) -> list:
        """A new approval has no route to show yet."""
        return [] if obj is None else self.inlines

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By own right alone, under a post that drafts."""
        return request.user.has_perm("approvals.add_approval")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The drafter alone, and not while it circulates."""
        if obj is None:
            return request.user.has_perm("approvals.change_approval")
        return may_revise(obj, request.user)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Draft or revise by the same actions as the screens and the API."""
        now, data = timezone.now(), form.cleaned_data
        act, cases = form.chosen()
        words = {"subject": data["subject"], "reason": data["reason"]}
        if change:
            saved = actions.revise(
                Approval.objects.get(pk=obj.pk),
                by=request.user,
                now=now,
                version=data.get("read_version"),
                changes=words,
                cases=cases,
                steps=form.route(),
            )
        else:
            saved = actions.draft_approval(
                act=act, cases=cases, steps=form.route(), by=request.user, now=now, **words
            )
        obj.__dict__.update(saved.__dict__)

    @admin.display(description=_("waits for"))
    def waits_for(self, approval: Approval) -> str:
        """Return the step whose turn it is."""
        current = approval.current_step
        return current.label if current else ""

    @admin.display(description=_("proposed act"))
    def proposed_act(self, approval: Approval) -> str:
        """Return the act in words."""
        return f"{approval.case_model._meta.verbose_name}: {approval.act_label}"

    @admin.display(description=_("drafted by"))
    def drafter(self, approval: Approval) -> str:
        """Return post and name."""
        post = approval.drafted_post.label if approval.drafted_post else ""
        return f"{post} {approval.drafted_by}".strip()

    @admin.display(description=_("Count and total"))
    def total(self, approval: Approval) -> str:
        """Return how many cases and how much money one signature decides; not what was dropped."""
        dropped = {item.case_id for item in approval.items.all() if item.dropped_at}
        cases = [case for case in approval.cases() if case.pk not in dropped]
        amounts = [case.proposed_yen(approval.act) for case in cases]
        if None in amounts or not amounts:
            return gettext("%(count)s records") % {"count": len(cases)}
        total = format_yen(sum(amount or 0 for amount in amounts))
        return gettext("%(count)s records, %(total)s in all") % {
            "count": len(cases),
            "total": total,
        }

    @admin.display(description=_("rule of the route"))
    def asked_by(self, approval: Approval) -> str:
        """Return the rule that the sum falls under, and so who must decide."""
        return approval.rule.words if approval.rule else gettext("No rule: the usual route.")

    @admin.display(description=pgettext_lazy("approval", "records"))
    def records(self, approval: Approval) -> str:
        """Return the cases with links; what was withdrawn meanwhile says so."""
        notes = {item.case_id: item.note for item in approval.items.all()}
        meta = approval.case_model._meta
        name = f"admin:{meta.app_label}_{meta.model_name}_change"
        act = approval.act
        rows = (
            (reverse(name, args=[c.pk]), c.proposal(act), notes[c.pk]) for c in approval.cases()
        )
        lines = format_html_join("", '<li><a href="{}">{}</a> {}</li>', rows)
        return format_html("<ul>{}</ul>", lines)


@admin.register(RouteRule)
class RouteRuleAdmin(ScopedAdmin):
    """Who decides from which amount on: kept here, ended by its last day, never deleted."""

    form = RouteRuleForm
    list_display = [
        "name",
        "act_shown",
        "type_shown",
        "amount",
        "decider",
        "is_confirmed",
        "valid_from",
        "valid_to",
    ]
    list_filter = ["decider", "is_confirmed"]
    search_fields = ["name", "clause"]
    ordering = ["act", "case_label", "at_least", "pk"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the steps in boxes; show them in words to whoever may not change them."""
        fields = list(RouteRuleForm.Meta.fields)
        may = self.has_change_permission(request, obj) if obj else True
        steps = [*RouteRuleForm.BOXES] if may else ["steps_shown"]
        return [(None, {"fields": fields}), (_("Whom the rule asks"), {"fields": steps})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The steps in words are no field."""
        return ["steps_shown"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Save by the action, which writes the steps and the audit."""
        values = {name: form.cleaned_data[name] for name in RouteRuleForm.Meta.fields}
        saved = actions.save_route_rule(
            by=request.user,
            now=timezone.now(),
            steps=form.steps(),
            rule=obj if change else None,
            **values,
        )
        obj.__dict__.update(saved.__dict__)

    @admin.display(description=_("proposed act"))
    def act_shown(self, rule: RouteRule) -> str:
        """Return the act in words."""
        return rule.act_words

    @admin.display(description=_("record type"))
    def type_shown(self, rule: RouteRule) -> str:
        """Return the record type in words."""
        return rule.case_words

    @admin.display(description=_("from this amount on (yen)"), ordering="at_least")
    def amount(self, rule: RouteRule) -> str:
        """Return the amount."""
        return format_yen(rule.at_least)

    @admin.display(description=pgettext_lazy("approval", "steps"))
    def steps_shown(self, rule: RouteRule) -> str:
        """Return the steps in words."""
        return " → ".join(step.label for step in RouteRuleStep.in_order().filter(rule=rule))
