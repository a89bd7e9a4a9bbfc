"""Opening a year: copy an edition or the whole plan, then confirm what was copied."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import BoxField
from core.fiscal import FiscalYear
from programs import actions, checklist
from programs.models import Edition, PlanLine


class FiscalYearField(BoxField):
    """A fiscal year as 令和9年度, R9 or 2027."""

    box_attributes = {"autocomplete": "off"}

    def read(self, text: str) -> int:
        """Return the year in which the fiscal year begins."""
        return int(FiscalYear.parse(text))

    def show(self, value: int) -> str:
        return FiscalYear(value).label


class YearForm(forms.Form):
    """The year to open; later than the one that is copied."""

    year = FiscalYearField(label=gettext_lazy("fiscal year to open"))

    def __init__(self, *args: Any, after: int, **kwargs: Any) -> None:
        super().__init__(*args, initial={"year": after + 1}, **kwargs)
        self.after = after

    def clean_year(self) -> int:
        """Refuse a year that is not later, or so far ahead that it is a slip."""
        year: int = self.cleaned_data["year"]
        if not self.after < year <= self.after + 10:
            text = _("Enter a fiscal year after %(year)s, at most ten years later.")
            raise ValidationError(text % {"year": FiscalYear(self.after).label}, code="year")
        return year


def copy_page(request: HttpRequest, frame: dict[str, Any], pk: int) -> HttpResponse:
    """Say what is copied from an edition, then copy it and lead to the check-list."""
    _require(request, "add")
    edition = get_object_or_404(checklist.with_all(Edition.objects.filter(pk=pk)))
    form = YearForm(request.POST if request.method == "POST" else None, after=edition.fiscal_year)
    if form.is_valid():
        year = form.cleaned_data["year"]
        exists = edition.program.editions.filter(fiscal_year=year).exists()
        new = actions.copy_edition(edition, fiscal_year=year, by=request.user, now=timezone.now())
        if exists:
            messages.warning(request, _("%(edition)s was there already.") % {"edition": new})
        else:
            messages.success(request, _("%(edition)s was made.") % {"edition": new})
        return redirect("admin:programs_edition_checklist", new.pk)
    context = {
        **frame,
        "title": _("Open the next year: %(edition)s") % {"edition": edition},
        "edition": edition,
        "form": form,
        "errors": form.errors,
        "calls": [(call, checklist.window_text(call)) for call in edition.calls.all()],
        "criteria": edition.criteria.all(),
    }
    return render(request, "programs/year_copy.html", context, status=400 if form.errors else 200)


def checklist_page(request: HttpRequest, frame: dict[str, Any], pk: int) -> HttpResponse:
    """Show what to confirm in an edition; POST keeps one tick, or takes it back."""
    edition = get_object_or_404(checklist.with_all(Edition.objects.filter(pk=pk)))
    fault = ""
    if request.method == "POST":
        _require(request, "change")
        key = request.POST.get("item", "")
        try:
            _tick(request, edition, key)
        except ValidationError as error:
            fault = error.messages[0]
        else:
            return redirect(checklist.back_to(edition, key))
    found = checklist.items(edition)
    context = {
        **frame,
        "title": _("Check-list: %(edition)s") % {"edition": edition},
        "edition": edition,
        "items": found,
        "groups": [(name, list(rows)) for name, rows in groupby(found, lambda i: i.row.group)],
        "done": sum(item.is_confirmed for item in found),
        "problems": sum(bool(item.row.problem) for item in found),
        "waits": any(call.awaits_check and call.status == "draft" for call in edition.calls.all()),
        "may_confirm": request.user.has_perm("programs.change_edition"),
        "fault": fault,
        "errors": fault,
    }
    return render(request, "programs/year_checklist.html", context, status=409 if fault else 200)


def _tick(request: HttpRequest, edition: Edition, key: str) -> None:
    if request.POST.get("act") == "take_back":
        checklist.take_back(edition, key, by=request.user, now=timezone.now())
        return
    kept = request.POST.get("kept", "")
    checklist.confirm(edition, key, kept, by=request.user, now=timezone.now())


def year_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """Show how far each year's editions are confirmed; POST opens a year from its whole plan."""
    planned = set(PlanLine.objects.values_list("fiscal_year", flat=True).distinct())
    years = sorted(planned | checklist.years(), reverse=True)
    latest = max(planned, default=None)
    shown = _year(request.GET.get("year", "")) or (years[0] if years else None)
    form = None
    if latest is not None and request.user.has_perm("programs.add_edition"):
        form = YearForm(request.POST if request.method == "POST" else None, after=latest)
    if request.method == "POST":
        _require(request, "add")
        if form is not None and latest is not None and form.is_valid():
            return _open(request, latest, form.cleaned_data["year"])
    context = {
        **frame,
        "title": _("Opening a year"),
        "years": [(year, FiscalYear(year).label) for year in years],
        "shown": shown,
        "shown_label": FiscalYear(shown).label if shown else "",
        "latest_label": FiscalYear(latest).label if latest else "",
        "rows": checklist.of_year(shown) if shown else [],
        "form": form,
        "errors": form.errors if form else None,
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "programs/year_opening.html", context, status=status)


def _open(request: HttpRequest, latest: int, year: int) -> HttpResponse:
    count = actions.copy_plan(from_year=latest, to_year=year, by=request.user, now=timezone.now())
    told = {"year": FiscalYear(year).label, "count": count}
    messages.success(request, _("%(year)s is open: %(count)s lines were copied.") % told)
    return redirect(f"{reverse('admin:programs_edition_opening')}?year={year}")


def _year(text: str) -> int | None:
    try:
        return int(FiscalYear(int(text))) if text.isdecimal() else None
    except ValueError:
        return None


def _require(request: HttpRequest, verb: str) -> None:
    if not request.user.has_perm(f"programs.{verb}_edition"):
        raise PermissionDenied
