"""The public pages: the front, the year's plan, the calls."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from core.fiscal import FiscalYear, today
from programs import answers, reports
from programs.kinds import KINDS
from programs.models import Call
from programs.rules import sentences
from programs.rules.words import amounts, who

PAST_CALLS = 50


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show what a newcomer needs: what is open now, and where the plan is."""
    if request.user.is_authenticated:
        return redirect("home")
    calls = _announced(timezone.now())
    return render(request, "programs/front.html", {"open_calls": calls["open"]})


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """Lead to the plan of the present year, or to the newest there is."""
    current = FiscalYear.of(timezone.now())
    return redirect("plan-year", fiscal_year=reports.latest_year(current) or int(current))


@require_safe
def plan_year(request: HttpRequest, fiscal_year: int) -> HttpResponse:
    """Show one year's plan by area, each line with the records that carry it out."""
    try:
        label = reports.year_label(fiscal_year)
    except ValueError:
        raise Http404 from None
    areas = reports.plan_overview(fiscal_year)
    others = [year for year in reports.plan_years() if year != fiscal_year]
    context = {
        "year_label": label,
        "other_years": [{"year": year, "label": reports.year_label(year)} for year in others],
        "areas": areas,
        "charts": reports.area_charts(areas),
    }
    if not areas:
        return render(request, "programs/plan_missing.html", context, status=404)
    return render(request, "programs/plan.html", context)


@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """List the calls: open, upcoming, past."""
    return render(request, "programs/call_list.html", _announced(timezone.now()))


def _announced(now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return the announced calls in three lists, those that close first on top."""
    related = Call.objects.announced(now).select_related("edition__program", "edition__rules")
    current = related.filter(closes_at__gte=now).order_by("closes_at", "pk")
    past = related.filter(closes_at__lt=now).order_by("-closes_at", "-pk")[:PAST_CALLS]
    return {
        "open": [_row(call) for call in current if call.is_open(now)],
        "upcoming": [_row(call) for call in current if call.is_upcoming(now)],
        "past": [_row(call) for call in past],
    }


def _row(call: Call) -> dict[str, Any]:
    rules = call.edition.rules.rules if call.edition.rules else None
    program = call.edition.program  # calls have Japanese titles: its English name says what it is
    return {
        "call": call,
        "year_label": reports.year_label(call.edition.fiscal_year),
        "program": str(program) if program.name != str(program) else "",
        "who": who(rules, kinds=KINDS) if rules else "",
        "amounts": amounts(rules, kinds=KINDS) if rules else "",
    }


@require_safe
def call(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one call: the box, the rules in words with their clauses, dates, contact."""
    now = timezone.now()
    related = Call.objects.select_related(
        "edition__program", "edition__section__office", "edition__rules", "form"
    )
    found = get_object_or_404(related.announced(now), public_id=public_id)
    rules = found.edition.rules.rules if found.edition.rules else None
    year = found.edition.fiscal_year
    context = _row(found) | {
        "is_open": found.is_open(now),
        "is_upcoming": found.is_upcoming(now),
        "sentences": sentences(rules, fiscal_year=year, kinds=KINDS) if rules else (),
        "dates": _dates(found, now),
        "questions": _questions(found),
        "contact": found.edition.section,
        "crumbs": [{"label": _("Calls"), "url": reverse("calls")}],
    }
    return render(request, "programs/call_detail.html", context)


def _dates(call: Call, now: datetime) -> list[dict[str, Any]]:
    """Return the schedule as a line of dates, each done or still to come."""
    moments = [
        (_("Applications open"), call.opens_at),
        (pgettext("call", "Deadline"), call.closes_at),
    ]
    dates: list[dict[str, Any]] = [
        {"label": label, "moment": moment, "is_past": moment < now} for label, moment in moments
    ]
    if call.decides_on:
        day = {"day": call.decides_on, "is_past": call.decides_on < today(now)}
        dates.append({"label": _("Day planned for the notice of the decision"), **day})
    return dates


def _questions(call: Call) -> list[Any]:
    version = call.form.current if call.form else None
    return answers.questions_of(version) if version else []
