"""Reviews for staff: who reviews what, how far it is; sheets are assigned from applications."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import chosen
from core.admin import CaseAdmin
from core.admin.base import StatusFilter
from core.fiscal import today
from grants.actions import review
from grants.models import Application, Review
from grants.reviewing import criteria_of, full_points, one_decimal, weighted_total
from grants.reviewing_forms import AssignForm

MAX_AT_ONCE = 500


@admin.register(Review)
class ReviewAdmin(CaseAdmin):
    """Score sheets: read here, reopened with a reason; filled in by their reviewer alone."""

    list_display = ("receipt_number", "organization", "reviewer", "shown_status", "due_on", "total")
    list_display_links = ("receipt_number",)
    list_filter = (StatusFilter, "application__edition__fiscal_year")
    list_select_related = ("application__organization", "reviewer")
    search_fields = ("reviewer__name", "application__receipt_number", "application__title")
    likely = ("reopen",)
    fields = (
        "application",
        "reviewer",
        "shown_status",
        "due_on",
        "points_shown",
        "overall",
        "conflict_reason",
        "reopen_reason",
        "submitted_at",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Sheets are assigned from the applications."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody types into another's sheet."""
        return False

    @admin.display(
        description=gettext_lazy("receipt number"), ordering="application__receipt_number"
    )
    def receipt_number(self, obj: Review) -> str:
        """Return the application's number."""
        return obj.application.receipt_number or "－"

    @admin.display(description=gettext_lazy("body"))
    def organization(self, obj: Review) -> str:
        """Return the body that applies."""
        return str(obj.application.organization)

    @admin.display(description=gettext_lazy("points"))
    def points_shown(self, obj: Review) -> str:
        """Return each criterion's points and comment, and the weighted total."""
        criteria = criteria_of(obj.application)
        lines = [
            f"{c.name}: {obj.scores.get(c.key, '－')} / {c.maximum} × {c.weight}"
            f"  {obj.comments.get(c.key, '')}".rstrip()
            for c in criteria
        ]
        total = weighted_total(criteria, obj.scores)
        if total is not None:
            lines.append(f"{_('weighted total')}: {one_decimal(total)} / {full_points(criteria)}")
        return "\n".join(lines)


def assign_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """Ask which reviewers get the named applications (GET), assign them (POST)."""
    if not request.user.has_perm("grants.add_review"):
        raise PermissionDenied
    now = timezone.now()
    cases = _named(request)
    people, day = review.reviewers(today(now)), today(now)
    form = AssignForm(request.POST or None, people=people, today=day)
    if request.method == "POST" and form.is_valid():
        try:
            made = review.assign(
                cases,
                form.cleaned_data["reviewers"],
                by=request.user,
                now=now,
                due_on=form.cleaned_data["due_on"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%(count)d sheets are assigned.") % {"count": len(made)})
            return _back(cases)
    context = {
        **frame,
        "title": _("Assign reviewers"),
        "cases": cases,
        "items": chosen.keep(request, [case.public_id for case in cases]),
        "form": form,
        "errors": form.non_field_errors(),
    }
    status = 400 if form.is_bound else 200
    return render(request, "grants/review_assign.html", context, status=status)


def _named(request: HttpRequest) -> list[Application]:
    values = chosen.named(request)
    rows = Application.objects.visible_to(request.user).select_related("organization", "edition")
    try:
        found = list(rows.filter(public_id__in=values).order_by("pk")[:MAX_AT_ONCE])
    except ValidationError as error:
        raise Http404 from error
    if not found:
        raise Http404
    return found


def _back(cases: list[Application]) -> HttpResponse:
    if len(cases) == 1:
        return redirect("admin:grants_application_change", cases[0].pk)
    return redirect("admin:grants_review_changelist")
