"""The ranking page: by mean points against the budget; the whole list recommended in one act."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import exports, reports
from core.fields import NormalizedCharField, YenField
from grants import ranking, reviewing
from grants.actions.announcing import RowErrors, recommend_all
from grants.models import Application
from grants.ranking import RANKED, Ranked
from programs.models import Call, Edition

Outcome = Application.Outcome
_TEXT = {"rows": 2}


class RowForm(forms.Form):
    """What is proposed for one application; without an outcome it is left for later."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("outcome"),
        choices=[("", "－"), *Outcome.choices],
        required=False,
    )
    amount = YenField(label=gettext_lazy("amount (yen)"), required=False)
    reason = NormalizedCharField(label=gettext_lazy("reason"), required=False, max_length=2000)


class ListForm(forms.Form):
    """What holds for the whole list."""

    subject = NormalizedCharField(label=gettext_lazy("subject of the approval"), max_length=200)
    reason_adopted = NormalizedCharField(
        label=gettext_lazy("reason for those adopted"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=gettext_lazy("Used where the row has no reason of its own."),
    )
    reason_rejected = NormalizedCharField(
        label=gettext_lazy("reason for those not adopted"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=gettext_lazy("Used where the row has no reason of its own."),
    )
    conditions = NormalizedCharField(
        label=gettext_lazy("conditions"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=gettext_lazy("One condition a line."),
    )


class WhatIfForm(forms.Form):
    """Another budget, to see where the line would fall."""

    budget = YenField(label=gettext_lazy("budget to try (yen)"), required=False)


def ranking_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """Show the editions, or one edition's ranking; POST recommends the chosen rows."""
    if not request.user.has_perm("grants.view_review"):
        raise PermissionDenied
    edition, call = _asked(request)
    if edition is None:
        context = {**frame, "title": _("Ranking"), "editions": _editions(request)}
        return render(request, "grants/ranking_list.html", context)
    rows = ranking.ranked(edition, request.user, call)
    if request.method == "POST":
        return _recommend(request, frame, rows, edition, call)
    _fill(rows, edition, _budget(request, edition)[0], fill="fill" in request.GET)
    common = ListForm(initial={"subject": _("Decision on %(edition)s") % {"edition": edition}})
    return _page(request, frame, rows, edition, call, common)


def export(request: HttpRequest) -> HttpResponse:
    """Begin a job that writes the ranking as CSV or XLSX."""
    edition, call = _asked(request)
    report, kind = reports.named("ranking"), request.POST.get("format", "")
    if edition is None or report is None or kind not in exports.FORMATS:
        raise Http404
    if not report.may(request.user):
        raise PermissionDenied
    job = exports.start(report, kind=kind, query=_query(edition, call), by=request.user)
    return redirect("admin:job", job.public_id)


def _asked(request: HttpRequest) -> tuple[Edition | None, Call | None]:
    given = request.POST if request.method == "POST" else request.GET
    edition = _found(Edition.objects.select_related("section"), given.get("edition", ""))
    call = _found(Call.objects.filter(edition=edition), given.get("call", ""))
    return edition, call


def _found(rows: Any, public_id: str) -> Any:
    """Return the row of the id, None where none is named; 404 where there is none."""
    if not public_id:
        return None
    try:
        row = rows.filter(public_id=public_id).first()
    except ValidationError as error:
        raise Http404 from error
    if row is None:
        raise Http404
    return row


def _query(edition: Edition, call: Call | None) -> str:
    return f"edition={edition.public_id}" + (f"&call={call.public_id}" if call else "")


def _editions(request: HttpRequest) -> Any:
    """Return the editions that have something to rank, the latest first."""
    of_status = Q(applications__status__in=RANKED)
    rows = Edition.objects.annotate(
        count=Count("applications", filter=of_status),
        open=Count("applications", filter=Q(applications__status="under_review")),
    )
    return rows.filter(count__gt=0).order_by("-fiscal_year", "pk")


def _budget(request: HttpRequest, edition: Edition) -> tuple[int | None, WhatIfForm]:
    """Return the budget to draw the line at: the one typed, else the edition's (yen)."""
    form = WhatIfForm(request.GET if request.GET.get("budget") else None)
    typed = form.cleaned_data["budget"] if form.is_bound and form.is_valid() else None
    return (edition.budget if typed is None else typed), form


def _fill(rows: Sequence[Ranked], edition: Edition, budget: int | None, *, fill: bool) -> None:
    """Give every open row its boxes; filled in, adoption is proposed as far as the budget goes."""
    spent = ranking.elsewhere(edition, rows)
    spent += sum(row.proposed for row in rows if not row.is_open)
    for row in rows:
        row.amount = row.proposed
        if not row.is_open:
            continue
        initial: dict[str, Any] = {"amount": row.proposed}
        if fill and row.mean is not None:
            fits = budget is None or spent + row.proposed <= budget
            spent += row.proposed if fits else 0
            initial["outcome"] = _suggested(row) if fits else Outcome.REJECTED
        row.form = RowForm(prefix=_prefix(row), initial=initial)


def _suggested(row: Ranked) -> str:
    whole = row.proposed == row.application.requested_amount
    return Outcome.ADOPTED if whole else Outcome.MODIFIED


def _prefix(row: Ranked) -> str:
    return f"row-{row.application.pk}"


def _page(  # noqa: PLR0917 - one page, shown from three places
    request: HttpRequest,
    frame: dict[str, Any],
    rows: Sequence[Ranked],
    edition: Edition,
    call: Call | None,
    common: ListForm,
    status: int = 200,
) -> HttpResponse:
    budget, what_if = _budget(request, edition)
    start = ranking.elsewhere(edition, rows)
    total = ranking.against(rows, start=start, budget=budget)
    criteria = list(edition.criteria.order_by("order", "pk"))
    context = {
        **frame,
        "title": _("Ranking: %(edition)s") % {"edition": edition},
        "edition": edition,
        "call": call,
        "calls": edition.calls.order_by("round", "pk"),
        "rows": rows,
        "start": start,
        "total": total,
        "budget": budget,
        "left": None if budget is None else budget - total,
        "what_if": what_if,
        "is_trial": budget != edition.budget,
        "full": reviewing.full_points(criteria),
        "common": common,
        "may_recommend": request.user.has_perm("grants.recommend_application")
        and any(row.is_open for row in rows),
        "formats": list(exports.FORMATS),
        "form": common if common.is_bound else None,
        "errors": [f"{row.application.receipt_number}: {e}" for row in rows for e in row.errors],
    }
    return render(request, "grants/ranking.html", context, status=status)


def _recommend(
    request: HttpRequest,
    frame: dict[str, Any],
    rows: Sequence[Ranked],
    edition: Edition,
    call: Call | None,
) -> HttpResponse:
    """Recommend the rows with an outcome and put them into one draft approval; all or none."""
    if not request.user.has_perm("grants.recommend_application"):
        raise PermissionDenied
    common = ListForm(request.POST)
    proposals = _proposals(request, rows, common)
    if not proposals and common.is_valid():
        common.add_error(None, _("Choose an outcome for at least one application."))
    if common.is_valid() and not any(row.errors for row in rows):
        try:
            approval = recommend_all(
                proposals,
                subject=common.cleaned_data["subject"],
                by=request.user,
                now=timezone.now(),
            )
        except RowErrors as refused:
            _tell(rows, refused)
        except ValidationError as error:
            common.add_error(None, error)
        else:
            text = _("%(count)d applications are recommended in the approval %(number)s.")
            facts = {"count": len(proposals), "number": approval.number}
            messages.success(request, text % facts)
            return redirect("admin:approvals_approval_change", approval.pk)
    return _page(request, frame, rows, edition, call, common, 400)


def _proposals(
    request: HttpRequest, rows: Sequence[Ranked], common: ListForm
) -> dict[Application, dict[str, Any]]:
    """Read the typed rows; a row that is no longer open but was typed gets its error."""
    common.is_valid()
    shared = common.cleaned_data
    found = {}
    for row in rows:
        row.amount = row.proposed
        is_typed = bool(request.POST.get(f"{_prefix(row)}-outcome"))
        if not (row.is_open or is_typed):
            continue
        row.form = RowForm(request.POST, prefix=_prefix(row))
        if not row.form.is_valid():
            row.errors += _faults(row.form)
            continue
        typed = row.form.cleaned_data
        is_rejected = typed["outcome"] == Outcome.REJECTED
        row.amount = 0 if is_rejected else typed["amount"] or 0
        if is_typed:
            reason = shared.get("reason_rejected" if is_rejected else "reason_adopted")
            found[row.application] = {
                "outcome": typed["outcome"],
                "amount": typed["amount"],
                "reason": typed["reason"] or reason or "",
                "conditions": "" if is_rejected else shared.get("conditions", ""),
            }
    return found


def _tell(rows: Sequence[Ranked], refused: RowErrors) -> None:
    """Put each refusal beside its row, in the box that it names where there is one."""
    for row in rows:
        error = refused.errors.get(row.application.pk)
        if error is None:
            continue
        told = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
        for name, faults in told.items():
            row.form.add_error(name if name in row.form.fields else None, faults)
        row.errors += _faults(row.form)


def _faults(form: forms.Form) -> list[str]:
    """Return the faults with the name of their box."""
    return [
        f"{form[name].label}：{fault}" if name in form.fields else str(fault)
        for name, faults in form.errors.items()
        for fault in faults
    ]


def links() -> list[dict[str, Any]]:
    """Return the pages that a list of applications leads to."""
    return [
        {"url": reverse("admin:grants_application_ranking"), "label": _("Ranking")},
        {"url": reverse("grants:announce"), "label": _("Announce decisions")},
    ]
