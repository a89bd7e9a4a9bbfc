"""The body's pages of a change: what it is, whether it needs approval, the lines beside those before."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core import workflow
from core.fiscal import era_date_plain
from core.views import CaseScreens
from grants.actions import changes, drafting
from grants.change_forms import ChangeForm
from grants.filed import files_shown
from grants.forms import line_choices
from grants.models import Award, ChangeRequest
from grants.report_forms import LINE, ActualLineForm
from grants.views.part import CasePart
from grants.views.sheet import EXTRA_LINES, lines_of

S = ChangeRequest.Status
_NEXT = {
    "draft": gettext_lazy("Check below whether approval is needed or notice is enough, and send."),
    "submitted": gettext_lazy("CLAIR looks at the change and answers."),
    "returned": gettext_lazy("Correct the change as CLAIR asks and send it again."),
    "approved": gettext_lazy("The change is approved and holds from now on."),
    "denied": gettext_lazy("The change was denied. The decision stays as it was."),
    "noted": gettext_lazy("CLAIR took notice of the change."),
    "instructed": gettext_lazy("Follow CLAIR’s instruction below."),
    "withdrawn": gettext_lazy("The change was withdrawn. Nothing more is to be done."),
}
_TONES = {
    "draft": "neutral",
    "returned": "warning",
    "approved": "success",
    "noted": "success",
    "instructed": "warning",
    "denied": "error",
    "withdrawn": "neutral",
}


class ChangeRequestScreens(CaseScreens):
    """The changes of the body's awards."""

    model = ChangeRequest
    form_class = ChangeForm
    select_related = (
        "organization",
        "section",
        "edition__section",
        "award__edition__section",
        "award__organization",
        "award__application__rule_set",
        "award__application__edition__rules",
        "award__application__organization",
    )
    list_columns = tuple(
        (label, "")
        for label in (
            gettext_lazy("title of the project"),
            gettext_lazy("kind of change"),
            gettext_lazy("receipt number"),
            gettext_lazy("status"),
        )
    )

    def create_url(self) -> str:
        """A change is begun on the page of its award."""
        return reverse("grants:award-list")

    def list_queryset(self, user: Any) -> Any:
        """Read what a row shows."""
        return super().list_queryset(user).select_related(None).select_related("award")

    def list_row(self, case: ChangeRequest, user: Any) -> list[Any]:
        """Return the cells of one row."""
        return [
            case.award.title,
            case.get_kind_display(),
            case.receipt_number or "－",
            workflow.status_label(case, user),
        ]

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """Return the award that the address names; 404 without."""
        return {"award": self.award(request)}

    def award(self, request: HttpRequest) -> Award:
        """Return the award that the address names."""
        rows = Award.objects.visible_to(request.user)
        related = ("application__rule_set", "application__edition__rules", "edition")
        try:
            return get_object_or_404(
                rows.select_related(*related), public_id=request.GET.get("award", "")
            )
        except (ValueError, ValidationError) as error:
            raise Http404 from error

    def save_new(self, form: Any, request: HttpRequest) -> Any:
        """Begin the change; its lines begin as last approved."""
        award = self.award(request)
        return changes.begin_change(
            award, by=request.user, now=timezone.now(), changes=form.changes()
        )

    def detail_context(self, case: ChangeRequest, request: HttpRequest) -> dict[str, Any]:
        """Add what the rules say and the lines beside those before."""
        may_edit = workflow.may_edit(case, request.user)
        is_open = case.status in (S.DRAFT, S.RETURNED)
        findings = [f.to_dict() for f in changes.findings_of(case)] if is_open else case.findings
        needs = any(row["needs_approval"] for row in findings)
        return {
            "rows": facts_of(case),
            "status_tone": _TONES.get(case.status, "information"),
            "what_next": str(_NEXT[case.status]),
            "contact": case.edition.section,
            "award_url": case.award.get_absolute_url(),
            "files": files_shown(case),
            "files_url": reverse("grants:changerequest-files", args=[case.public_id])
            if may_edit
            else "",
            "findings": findings,
            "needs_approval": needs,
            "is_instructed": case.kind == ChangeRequest.Kind.DELAY,
            "compared": changes.compared(case) if case.moves_lines else None,
            "lines_url": reverse("grants:changerequest-lines", args=[case.public_id])
            if may_edit and case.moves_lines
            else "",
            "missing": [
                {"text": text, "url": ""}
                for texts in (changes.missing(case) if may_edit else {}).values()
                for text in texts
            ],
        }


def facts_of(case: ChangeRequest) -> list[dict[str, Any]]:
    """Return the change's own fields in words."""
    values = {
        "award": case.award.title,
        "kind": case.get_kind_display(),
        "reason": case.reason,
        "content": case.content,
        "new_amount": "" if case.new_amount is None else f"{case.new_amount:,}円",
        "new_starts_on": era_date_plain(case.new_starts_on) if case.new_starts_on else "",
        "new_ends_on": era_date_plain(case.new_ends_on) if case.new_ends_on else "",
        "document_number": case.document_number,
        "document_date": era_date_plain(case.document_date) if case.document_date else "",
        "return_comment": case.return_comment,
        "return_due": era_date_plain(case.return_due) if case.return_due else "",
        "answer": case.answer,
    }
    label = case._meta.get_field
    return [
        {"label": str(label(name).verbose_name), "value": text, "anchor": name}  # type: ignore[union-attr]
        for name, text in values.items()
        if text
    ]


class ChangeLines(CasePart):
    """The lines as they are to be after the change."""

    screens = ChangeRequestScreens()
    template = "grants/changerequest_lines.html"
    title = gettext_lazy("Lines after the change")

    def shown(self, case: Any) -> HttpResponse:
        """Show the lines."""
        initial = [
            {name: getattr(line, name) for name in LINE if name not in ("key", "amount")}
            | {"key": line.match_key, "amount": line.foreign_amount or line.amount}
            for line in changes.sorted_lines(case)
        ]
        return self.show(case, formset=self._sheet(case, initial=initial))

    def post(self, request: HttpRequest, public_id: Any) -> HttpResponse:
        """Save the whole list over the version that was read; what was typed stays on the page."""
        case = self.editable()
        sheet = self._sheet(case, data=request.POST)
        if not sheet.is_valid():
            return self.show(case, 400, formset=sheet)
        done = self.save(case, changes.lines_writer(lines_of(sheet)))
        return done or self.show(case, self.refusal, formset=sheet)

    def _sheet(self, case: Any, data: Any = None, initial: Any = None) -> Any:
        sheet = forms.formset_factory(
            ActualLineForm, extra=EXTRA_LINES, max_num=drafting.MAX_LINES, can_delete=True
        )
        choices = line_choices(case.award.application)
        return sheet(data, initial=initial, prefix="lines", form_kwargs=choices)
