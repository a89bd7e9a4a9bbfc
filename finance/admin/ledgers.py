"""Ledgers of the editions, their entries, and the closing of a year."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from core import audit
from core.admin import ScopedAdmin
from core.admin.base import ScopedRelatedFilter, UsedRelatedFilter
from core.csv_lines import book_of, csv_of
from core.exports import FORMATS
from core.fiscal import FiscalYear
from core.workflow import InvalidTransition
from finance import charts
from finance.actions import years
from finance.forms import ClosingForm
from finance.models import EditionLedger, LedgerCheck, LedgerEntry, YearClosing

PROGRAM = "edition__program__id__exact"  # as the list's filter names it


class ReadOnlyAdmin(ScopedAdmin):
    """Written by the acts on money alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody types it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes it."""
        return False


class LedgerYearFilter(admin.SimpleListFilter):
    """The fiscal years of the editions that have a ledger."""

    title = gettext_lazy("fiscal year")
    parameter_name = "edition__fiscal_year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list:
        """Offer the years in use, the latest first."""
        rows = EditionLedger.objects.order_by("-edition__fiscal_year")
        found = rows.values_list("edition__fiscal_year", flat=True).distinct()
        return [(year, FiscalYear(year).label) for year in found]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow to the chosen year."""
        year = self.value() or ""
        return queryset.filter(edition__fiscal_year=int(year)) if year.isdecimal() else queryset


class LedgerProgramFilter(ScopedRelatedFilter):
    """The programmes that have a ledger."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list:
        """Return the programmes by code."""
        used = EditionLedger.objects.order_by().values("edition__program")
        rows = field.related_model._default_manager.filter(pk__in=used)
        return [(row.pk, str(row)) for row in rows.order_by("code")]


def _yen(name: str, label: Any) -> Any:
    @admin.display(description=label, ordering=name)
    def shown(self: Any, ledger: EditionLedger) -> str:
        amount = getattr(ledger, name)
        return "－" if amount is None else f"{amount:,}"

    return shown


@admin.register(EditionLedger)
class EditionLedgerAdmin(ReadOnlyAdmin):
    """Budget, committed, paid in advance and in settlement, returned, left: by edition."""

    change_form_template = "finance/ledger.html"
    change_list_template = "finance/ledger_change_list.html"
    list_display = (
        "edition",
        "budget_yen",
        "committed_yen",
        "advanced_yen",
        "settled_yen",
        "returned_yen",
        "interest_yen",
        "left_yen",
    )
    list_select_related = ("edition__program",)
    list_filter = (LedgerYearFilter, ("edition__program", LedgerProgramFilter))
    search_fields = ("edition__name",)
    ordering = ("-edition__fiscal_year", "pk")
    fields = ("edition",)
    committed_yen = _yen("committed", pgettext_lazy("ledger", "committed"))
    advanced_yen = _yen("advanced", pgettext_lazy("ledger", "paid in advance"))
    settled_yen = _yen("settled", pgettext_lazy("ledger", "paid in settlement"))
    returned_yen = _yen("returned", pgettext_lazy("ledger", "returned"))
    interest_yen = _yen("interest", pgettext_lazy("ledger", "interest received"))

    @admin.display(description=gettext_lazy("budget (yen)"), ordering="edition__budget")
    def budget_yen(self, ledger: EditionLedger) -> str:
        """Return the edition's budget."""
        budget = ledger.edition.budget
        return "－" if budget is None else f"{budget:,}"

    @admin.display(description=pgettext_lazy("ledger", "left"))
    def left_yen(self, ledger: EditionLedger) -> str:
        """Return what of the budget is not committed."""
        return "－" if ledger.left is None else f"{ledger.left:,}"

    def get_urls(self) -> list:
        """Add the page of the years."""
        guarded = self.admin_site.admin_view
        pages = [
            path("years/", guarded(self.years_view), name=self._name("years")),
            path(
                "<path:object_id>/months/",
                guarded(require_safe(self.months_view)),
                name=self._name("months"),
            ),
        ]
        return [*pages, *super().get_urls()]

    def months_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Download the table of months as CSV, or as XLSX (?format=xlsx)."""
        ledger = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.has_view_permission(request, ledger):
            raise PermissionDenied
        lines = charts.lines(charts.by_month([ledger.edition_id]), ledger.edition.budget)
        is_book = request.GET.get("format") == "xlsx"
        kind = "xlsx" if is_book else "csv"
        table = [charts.heads(), *lines]
        content = book_of(str(ledger), table) if is_book else b"".join(csv_of(table))
        audit.record("export", ledger, by=request.user, note=kind)
        response = HttpResponse(content, content_type=FORMATS[kind])
        name = f"ledger-{ledger.edition.program.code}-{ledger.edition.fiscal_year}.{kind}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Add the ways to the years and the entries."""
        links = {
            "years_url": reverse("admin:finance_editionledger_years"),
            "entries_url": reverse("admin:finance_ledgerentry_changelist"),
        }
        response = super().changelist_view(request, {**(extra_context or {}), **links})
        listed = getattr(response, "context_data", None)
        if listed and "cl" in listed:
            listed["sums"] = self._sums(listed["cl"].queryset)
        if listed and "cl" in listed and PROGRAM in request.GET:
            listed.update(self._of_program(listed["cl"].queryset))
        return response

    def _sums(self, ledgers: Any) -> list[tuple[Any, int]]:
        """Return the sums of the filtered list, from budget to what is left (yen)."""
        rows = ledgers.order_by()
        found = rows.aggregate(
            budget=Sum("edition__budget", default=0),
            held=Sum("committed", filter=Q(edition__budget__isnull=False), default=0),
            **{f"sum_{name}": Sum(name, default=0) for name in charts.KINDS},
        )
        return [
            (pgettext_lazy("ledger", "budget"), found["budget"]),
            (pgettext_lazy("ledger", "committed"), found["sum_committed"]),
            (pgettext_lazy("ledger", "paid in advance"), found["sum_advanced"]),
            (pgettext_lazy("ledger", "paid"), found["sum_advanced"] + found["sum_settled"]),
            (pgettext_lazy("ledger", "returned"), found["sum_returned"]),
            (pgettext_lazy("ledger", "left"), found["budget"] - found["held"]),
        ]

    def _of_program(self, ledgers: Any) -> dict[str, Any]:
        """Return the months of all the listed editions of one programme together."""
        found = list(ledgers.select_related("edition__program"))
        if not found:
            return {}
        months = charts.by_month([ledger.edition_id for ledger in found])
        title = str(found[0].edition.program)
        budgets = [ledger.edition.budget for ledger in found]
        budget = None if None in budgets else sum(budgets)
        return {
            "chart": charts.chart("program", title, months),
            "months": charts.table(months, budget),
        }

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show the figures from budget to what is left, and the months."""
        ledger = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if ledger:
            months = charts.by_month([ledger.edition_id])
            entries = reverse("admin:finance_ledgerentry_changelist")
            extra |= {
                "ledger": ledger,
                "way": self._way(ledger),
                "chart": charts.chart("ledger", str(ledger), months),
                "months": charts.table(months, ledger.edition.budget),
                "entries_url": f"{entries}?edition__id__exact={ledger.edition_id}",
                "months_url": reverse(f"admin:{self._name('months')}", args=[ledger.pk]),
                "program_url": f"{self._list()}?{PROGRAM}={ledger.edition.program_id}",
            }
        return super().change_view(request, object_id, form_url, extra)

    def _list(self) -> str:
        return reverse("admin:finance_editionledger_changelist")

    def _way(self, ledger: EditionLedger) -> list[tuple[Any, str]]:
        """Return budget → committed → advanced → paid → returned → left, in words and yen."""
        return [
            (_("budget (yen)"), self.budget_yen(ledger)),
            (pgettext_lazy("ledger", "committed"), f"{ledger.committed:,}"),
            (pgettext_lazy("ledger", "paid in advance"), f"{ledger.advanced:,}"),
            (pgettext_lazy("ledger", "paid"), f"{ledger.paid:,}"),
            (pgettext_lazy("ledger", "returned"), f"{ledger.returned:,}"),
            (pgettext_lazy("ledger", "interest received"), f"{ledger.interest:,}"),
            (pgettext_lazy("ledger", "left"), self.left_yen(ledger)),
        ]

    def years_view(self, request: HttpRequest) -> HttpResponse:
        """Show closed years and what a year leaves open; POST closes it."""
        if not request.user.has_perm("finance.view_yearclosing"):
            raise PermissionDenied
        status, form = 200, ClosingForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if not request.user.has_perm("finance.add_yearclosing"):
                raise PermissionDenied
            if form.is_valid():
                try:
                    years.close_year(
                        form.cleaned_data["accounting_fy"],
                        by=request.user,
                        now=timezone.now(),
                        note=form.cleaned_data["note"],
                    )
                except (ValidationError, InvalidTransition) as error:
                    is_form = isinstance(error, ValidationError)
                    form.add_error(None, "; ".join(error.messages) if is_form else str(error))
                    status = 400 if is_form else 409
                else:
                    messages.success(request, _("The year is closed."))
                    return redirect("admin:finance_editionledger_years")
            else:
                status = 400
        return render(request, "finance/years.html", self._years(request, form), status=status)

    def _years(self, request: HttpRequest, form: ClosingForm) -> dict[str, Any]:
        asked = request.POST.get("accounting_fy") or request.GET.get("year", "")
        now = FiscalYear.of(timezone.now())
        year = int(asked) if asked.isdecimal() and len(asked) == 4 else int(now) - 1
        closed = YearClosing.objects.filter(accounting_fy=year).exists()
        form.initial["accounting_fy"] = year
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Closing of the year"),
            "form": form,
            "errors": form.errors,
            "year": FiscalYear(year).label,
            "is_closed": closed,
            "choices": [(int(now) - n, FiscalYear(int(now) - n).label) for n in range(5)],
            "open_items": years.open_items(year),
            "closings": YearClosing.objects.select_related("closed_by").order_by("-accounting_fy"),
            "check": LedgerCheck.objects.order_by("-checked_on").first(),
            "is_over": year < int(now),
            "may_close": request.user.has_perm("finance.add_yearclosing") and not closed,
        }


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """Every movement of money, one line each; taken out as CSV or XLSX."""

    list_display = (
        "booked_on",
        "kind",
        "amount_yen",
        "reference",
        "organization",
        "edition",
        "accounting_fy",
    )
    list_display_links = ("booked_on",)
    list_select_related = ("edition__program", "commitment__organization")
    list_filter = ("kind", "accounting_fy", ("edition", UsedRelatedFilter))
    search_fields = ("commitment__reference", "commitment__organization__name")
    ordering = ("-pk",)
    fields = ("edition", "commitment", "kind", "amount", "booked_on", "accounting_fy")
    amount_yen = _yen("amount", gettext_lazy("amount (yen)"))

    @admin.display(description=gettext_lazy("reference number"))
    def reference(self, entry: LedgerEntry) -> str:
        """Return the number of the decision."""
        return entry.commitment.reference

    @admin.display(description=gettext_lazy("body"))
    def organization(self, entry: LedgerEntry) -> str:
        """Return the body."""
        return entry.commitment.organization.name
