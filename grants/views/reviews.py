"""The reviewers' screens: their list, the declaration, the sheet beside the application."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from core import files, registry, workflow
from core.fiscal import era_date_plain
from core.views.screens import (
    CaseCreateView,
    CaseDetailView,
    CaseListView,
    CaseScreens,
    CaseTransitionView,
    CaseUpdateView,
)
from grants import reviewing
from grants.actions.review import NOT_NOW
from grants.desk import as_sent
from grants.models import Application, Review
from grants.reviewing_forms import SheetForm

RELATED = (
    "application__edition__section",
    "application__edition__program",
    "application__organization",
    "application__section",
    "application__form_version",
)


class ReviewScreens(CaseScreens):
    """A reviewer's sheets."""

    model = Review
    form_class = SheetForm
    select_related = RELATED
    likely = ("declare", "submit")
    list_columns = (
        (gettext_lazy("receipt number"), ""),
        (gettext_lazy("body"), ""),
        (gettext_lazy("project"), ""),
        (gettext_lazy("programme"), ""),
        (gettext_lazy("review due"), ""),
        (gettext_lazy("status"), ""),
    )

    def list_queryset(self, user: Any) -> Any:
        """Return the rows with the names that a blind list must mask."""
        return self.queryset(user).prefetch_related("application__parties__organization")

    def list_row(self, case: Review, user: Any) -> list[Any]:
        """Return the cells of one sheet."""
        application = case.application
        return [
            application.receipt_number or "－",
            reviewing.shown_body(case),
            reviewing.shown_title(case),
            str(application.edition),
            era_date_plain(case.due_on) if case.due_on else "－",
            case.status_text,
        ]

    def create_url(self) -> str:
        """Sheets are given by the officer, from the list of applications."""
        return reverse("admin:grants_application_changelist")

    def detail_context(self, case: Review, request: HttpRequest) -> dict[str, Any]:
        """Return what the sheet is about, the application once it may be read, and the points."""
        facts = [
            (_("body"), reviewing.shown_body(case)),
            (_("project"), reviewing.shown_title(case)),
            (_("programme"), str(case.application.edition)),
            (_("review due"), era_date_plain(case.due_on) if case.due_on else "－"),
        ]
        shown = case.is_open_to_reviewer or request.user.access.is_headquarters  # type: ignore[union-attr]
        return {
            "rows": [{"label": label, "value": value} for label, value in facts],
            "what_next": _WHAT_NEXT.get(case.status, ""),
            "waits": waits(case),
            "reopened": case.reopen_reason if case.status == Review.Status.SCORED else "",
            "sent": reviewing.as_reviewed(case, as_sent(case.application)) if shown else None,
            "sheet": sheet_shown(case) if shown else [],
            "overall": case.overall if shown else "",
            "total": total_shown(case),
            "others": others_shown(case),
        }

    @classmethod
    def urls(cls) -> list:
        """Return the five patterns; the sheet's page is the one that edits."""
        screens = cls()
        registry.screens[cls.model] = screens
        return [
            path("", CaseListView.as_view(screens=screens), name="review-list"),
            path("new/", NoReview.as_view(screens=screens), name="review-create"),
            path(
                "<uuid:public_id>/", CaseDetailView.as_view(screens=screens), name="review-detail"
            ),
            path(
                "<uuid:public_id>/edit/", SheetView.as_view(screens=screens), name="review-update"
            ),
            path("<uuid:public_id>/papers/<uuid:file>/", PaperView.as_view(), name="review-paper"),
            path(
                "<uuid:public_id>/<slug:name>/",
                ReviewTransitionView.as_view(screens=screens),
                name="review-transition",
            ),
        ]


_WHAT_NEXT = {
    Review.Status.ASSIGNED: gettext_lazy(
        "First say whether you have an interest in this application. Then the application opens."
    ),
    Review.Status.DECLARED: gettext_lazy("Read the application and give points."),
    Review.Status.SCORED: gettext_lazy("Check the points and submit the sheet."),
    Review.Status.SUBMITTED: gettext_lazy("The sheet is submitted. Thank you."),
    Review.Status.CONFLICTED: gettext_lazy("You do not review this application."),
}


def sheet_shown(review: Review) -> list[dict[str, Any]]:
    """Return points and comment of each criterion."""
    return [
        {
            "name": criterion.name,
            "weight": criterion.weight,
            "maximum": criterion.maximum,
            "points": review.scores.get(criterion.key),
            "comment": review.comments.get(criterion.key, ""),
        }
        for criterion in reviewing.criteria_of(review.application)
    ]


def waits(review: Review) -> str:
    """Return why points cannot be given now, while the sheet is the reviewer's to fill in."""
    is_open = review.status in workflow.workflow_for(review).editable
    if not is_open or review.application.status == Application.Status.UNDER_REVIEW:
        return ""
    return NOT_NOW


def total_shown(review: Review) -> str:
    """Return the sheet's total of the most possible, empty while points are missing."""
    criteria = reviewing.criteria_of(review.application)
    total = reviewing.weighted_total(criteria, review.scores)
    if total is None:
        return ""
    full = reviewing.full_points(criteria)
    return _("%(total)s of %(full)s points") % {
        "total": reviewing.one_decimal(total),
        "full": full,
    }


def others_shown(review: Review) -> dict[str, Any] | None:
    """Return mean and median of the submitted sheets, once the reviewer's own is submitted."""
    if review.status != Review.Status.SUBMITTED:
        return None
    submitted = review.application.reviews.filter(status=Review.Status.SUBMITTED)
    totals = list(submitted.values_list("total", flat=True))
    return {
        "count": len(totals),
        "mean": reviewing.one_decimal(reviewing.mean_of(totals)),
        "median": reviewing.one_decimal(reviewing.median_of(totals)),
    }


class NoReview(CaseCreateView):
    """Nobody begins a sheet here: the officer assigns it from the list of applications."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Lead to the list of applications."""
        return redirect(self.screens.create_url())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Lead to the list of applications."""
        return redirect(self.screens.create_url())


class SheetView(CaseUpdateView):
    """The score sheet beside the application: kept for later, or finished and checked."""

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Keep what is there, or score it all and go on to submit."""
        if request.POST.get("act") != "score":
            return super().post(request, public_id)
        case = self._editable()
        version = request.POST.get("version", "")
        try:
            workflow.run(
                case,
                "score",
                by=request.user,
                now=timezone.now(),
                data=request.POST,
                version=int(version) if version.isdecimal() else None,
            )
        except ValidationError as error:
            return self._form(case, self._refused(case, error), 400)
        except (workflow.StaleVersion, workflow.InvalidTransition) as error:
            form = SheetForm(request.POST, user=request.user, instance=case)
            form.add_error(None, str(error))
            return self._form(case, form, 409, conflict=[])
        return redirect(self.screens.url("transition", case.public_id, "submit"))

    def _refused(self, case: Review, error: ValidationError) -> SheetForm:
        """Return the form as typed, each fault beside its box."""
        form = SheetForm(self.request.POST, user=self.request.user, instance=case)
        form.is_valid()
        told = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
        for name, faults in told.items():
            known = name if name in form.fields else None
            if known not in form.errors:
                form.add_error(known, faults)
        return form

    def _form(
        self, case: Any, form: Any, status: int = 200, conflict: list | None = None
    ) -> HttpResponse:
        self.shown = reviewing.as_reviewed(case, as_sent(case.application))
        return super()._form(case, form, status, conflict)

    def page(self, kind: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Show the application beside the boxes."""
        form = context["form"]
        boxes = [
            (form[f"score_{c.key}"], form[f"comment_{c.key}"])
            for c in getattr(form, "criteria", ())
        ]
        extra = {
            "sent": self.shown,
            "waits": waits(context["object"]),
            "boxes": boxes,
            "body_name": reviewing.shown_body(context["object"]),
            "project": reviewing.shown_title(context["object"]),
        }
        return super().page(kind, context | extra, status)


class ReviewTransitionView(CaseTransitionView):
    """The acts; a declaration of no interest leads on to the sheet."""

    def get(self, request: HttpRequest, public_id: Any, name: str) -> HttpResponse:  # type: ignore[override]
        """Points are given on the sheet's own page."""
        if name == "score" and workflow.may_edit(self.case(), request.user):
            return redirect(self.screens.url("update", public_id))
        return super().get(request, public_id, name)

    def _after(self, case: Any, name: str) -> HttpResponse:
        case = type(case).objects.get(pk=case.pk)
        if name == "declare" and case.status == Review.Status.DECLARED:
            return redirect(self.screens.url("update", case.public_id))
        if name == "submit":
            return redirect(self.screens.url("list"))
        return redirect(self.screens.url("detail", case.public_id))


class PaperView(LoginRequiredMixin, View):
    """A paper of the application for its reviewer; named by its kind where the review is blind."""

    def get(self, request: HttpRequest, public_id: Any, file: Any) -> HttpResponse:
        """Download the paper: 404 out of scope, 403 before the declaration."""
        rows = Review.objects.visible_to(request.user).select_related(*RELATED)
        review = get_object_or_404(rows, public_id=public_id)
        if not (review.is_open_to_reviewer or request.user.access.is_headquarters):  # type: ignore[union-attr]
            raise PermissionDenied
        link = get_object_or_404(
            review.application.files.select_related("file"), file__public_id=file
        )
        if link.file.scan_state == "infected":
            raise Http404
        papers = reviewing.papers_of(
            as_sent(review.application)["papers"], is_blind=reviewing.is_blind(review)
        )
        names = {row["id"]: row["name"] for paper in papers for row in paper["files"]}
        response = files.download(link.file, by=request.user)
        name = names[link.file.public_id]
        response["Content-Disposition"] = content_disposition_header(
            as_attachment=True, filename=name
        )
        return response
