"""The home of a body: what is open, what is begun, what came back, what was decided."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organization
from accounts.workload import orphaned_sections
from core import workflow
from core.fiscal import JST, jst_date
from core.models import Letter
from finance.actions import commitments
from grants.award_money import money_left, open_orders, order_words
from grants.models import Application, Award
from programs.models import Call

SHOWN = 10
SOON = timedelta(days=7)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show the body's home; staff begin in the admin."""
    user, now = request.user, timezone.now()
    if user.is_staff:  # type: ignore[union-attr]
        return redirect("admin:index")
    mine = Application.objects.visible_to(user).select_related("organization", "edition", "call")
    calls = Call.objects.visible_to(user).filter(opens_at__lte=now, closes_at__gte=now)
    returned = mine.filter(status=Application.Status.RETURNED).order_by("return_due", "pk")
    drafts = mine.filter(status=Application.Status.DRAFT).order_by("call__closes_at", "pk")
    due = _due(user, now)
    running = mine.exclude(status__in=(Application.Status.RETURNED, Application.Status.DRAFT))
    context = {
        "title": _("Home"),
        "calls": _calls(calls.select_related("edition__rules", "form"), user, now),
        "returned": returned[:SHOWN],
        "drafts": drafts[:SHOWN],
        "due": due,
        "running": [
            {"case": case, "status_label": workflow.status_label(case, user)}
            for case in running.order_by("-pk")[:SHOWN]
        ],
        "awards": _awards(user),
        "orders": _orders(user),
        "letters": Letter.objects.visible_to(user).filter(status="issued").order_by("-pk")[:SHOWN],
        "orphans": orphaned_sections(user),
    }
    return render(request, "grants/home.html", context)


def _calls(calls: Any, user: Any, now: datetime) -> list[dict[str, Any]]:
    """Return the open calls, those first that are for a body of the user's."""
    bodies = Organization.objects.filter(pk__in=user.access.organization_ids)
    kinds = set(bodies.values_list("kind", flat=True))
    may_add = user.has_perm("grants.add_application")
    rows = [
        {
            "call": call,
            "is_for_us": bool(kinds & set(call.edition.rules.rules.applicant_kinds)),
            "may_begin": may_add,
        }
        for call in calls.order_by("closes_at", "pk")
        if call.is_open(now)
    ]
    return sorted(rows, key=lambda row: not row["is_for_us"])[:SHOWN]


def _awards(user: Any) -> list[dict[str, Any]]:
    """Return the awards that go on, what is due first; one query for the rows."""
    over = (Award.Status.CLOSED, Award.Status.WITHDRAWN, Award.Status.CANCELLED)
    rows = Award.objects.visible_to(user).exclude(status__in=over).select_related("edition")
    related = ("application__rule_set", "application__edition__rules")
    found = list(rows.select_related(*related).order_by("report_due", "pk")[:SHOWN])
    fixed = [award for award in found if award.status == Award.Status.AMOUNT_FIXED]
    money = commitments.settlements_of(fixed) if fixed else {}
    return [
        {
            "case": award,
            "status_label": workflow.status_label(award, user),
            "money": money_left(award, money[award.pk]) if award.pk in money else [],
        }
        for award in found
    ]


def _orders(user: Any) -> list[dict[str, Any]]:
    """Return what is to be paid back, of closed and cancelled awards too."""
    return [{"order": order, "words": order_words(order)} for order in open_orders(user)[:SHOWN]]


def _due(user: Any, now: datetime) -> list[dict[str, Any]]:
    """Return what must be sent within seven days, the nearest first."""
    mine = Application.objects.visible_to(user).select_related("call")
    soon = now + SOON
    drafts = mine.filter(status="draft", call__closes_at__range=(now, soon))
    days = (jst_date(now), jst_date(soon))
    returned = mine.filter(status="returned", return_due__range=days)
    awards = Award.objects.visible_to(user).filter(
        Q(status__in=("active", "suspended"), report_due__range=days)
        | Q(status__in=("report_returned", "correction_ordered"), correction_due__range=days)
    )
    rows = [{"case": case, "until": case.call.closes_at} for case in drafts[:SHOWN]]
    rows += [
        {"case": award, "until": datetime.combine(award.due, time(23, 59, 59), JST)}
        for award in awards[:SHOWN]
        if award.due
    ]
    rows += [
        {"case": case, "until": datetime.combine(case.return_due, time(23, 59, 59), JST)}
        for case in returned[:SHOWN]
    ]
    return sorted(rows, key=lambda row: row["until"])[:SHOWN]
