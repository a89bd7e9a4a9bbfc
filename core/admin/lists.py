"""What our lists add to the stock changelist: keyset pages, chosen columns, views, exports."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import IS_POPUP_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import exports, reports, search
from core.admin.keyset import BadCursor, Keyset
from core.models import SavedView

COUNTED = 10_000
COLUMNS = "columns"
PLACE = ("after", "before", "from", "count")


class CappedPaginator(Paginator):
    """Counts up to a limit: nobody turns 200 pages, and a full count reads the whole table."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, at most one more than the limit."""
        rows: Any = self.object_list
        return rows.order_by().values("pk")[: COUNTED + 1].count()


class OurChangeList(ChangeList):
    """A changelist by keyset, whose address also names its columns; it counts only when asked."""

    def get_filters_params(self, params: Any = None) -> Any:
        """Leave out what is no filter; another order, filter or search begins at the first page."""
        for name in PLACE:
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        found = super().get_filters_params(params)
        found.pop(COLUMNS, None)
        return found

    def get_results(self, request: HttpRequest) -> None:
        """Read one page after or before the cursor, and say what is known of the rest."""
        before, after = request.GET.get("before", ""), request.GET.get("after", "")
        keyset, size = Keyset(self.queryset), self.list_per_page
        try:
            rows, more = keyset.page(size, before or after, backwards=bool(before))
        except (BadCursor, DataError) as error:
            raise IncorrectLookupParameters from error
        is_first = not after and not (before and more)
        is_last = not before and not more
        begins = request.GET.get("from", "")
        first = int(begins) if begins.isdecimal() and len(begins) < 10 and not is_first else 1
        total = len(rows) if is_first and is_last else None
        if total is None and "count" in request.GET:
            total = self.model_admin.get_paginator(request, self.queryset, size).count
        self.result_list, self.paginator, self.multi_page = rows, None, False
        self.result_count = len(rows) if total is None else total
        self.full_result_count = self.result_count if total is None else None
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = True
        self.place = {"first": first if rows else 0, "last": first + len(rows) - 1, "total": total}
        self.links = self._links(keyset, is_first=is_first, is_last=is_last, first=first)

    def _links(self, keyset: Keyset, *, is_first: bool, is_last: bool, first: int) -> dict:
        """Return the addresses of the pages around this one, and of the count."""
        rows, kept = self.result_list, {"count": 1} if self.place["total"] else {}
        found = {}
        if rows and not is_first:
            found["start"] = self.get_query_string(kept)
            back = {"before": keyset.cursor(rows[0]), "from": max(first - self.list_per_page, 1)}
            found["previous"] = self.get_query_string(kept | back)
        if rows and not is_last:
            ahead = {"after": keyset.cursor(rows[-1]), "from": first + len(rows)}
            found["next"] = self.get_query_string(kept | ahead)
        if self.place["total"] is None:
            found["count"] = self.get_query_string({"count": 1})
        return found


class ListMixin:
    """Columns to choose from, views to save and share, and the filtered list to take out."""

    paginator = CappedPaginator
    change_list_template = "admin/our_change_list.html"
    more_columns: tuple[str, ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return OurChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Search by the stored column where there is one, as the search box does."""
        found = search.matching(queryset, search_term) if search_term.strip() else None
        if found is not None:
            return found, False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show the chosen columns, in our order; the usual ones where none is chosen."""
        usual = super().get_list_display(request)  # type: ignore[misc]
        wanted = request.GET.getlist(COLUMNS)
        chosen = [name for name in (*usual, *self.more_columns) if name in wanted]
        return chosen or usual

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """Link the usual column, or the first where it is not shown."""
        usual = super().get_list_display_links(request, list_display)  # type: ignore[misc]
        shown = [name for name in usual or () if name in list_display]
        return shown or list(list_display)[:1]

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"  # type: ignore[attr-defined]

    def get_urls(self) -> list:
        """Add the acts on the list: take it out, save it as a view, drop a view."""
        guarded = self.admin_site.admin_view  # type: ignore[attr-defined]
        found = [
            path("view/", guarded(require_POST(self.save_view)), name=self._name("save_view")),
            path(
                "view/<int:pk>/drop/",
                guarded(require_POST(self.drop_view)),
                name=self._name("drop_view"),
            ),
        ]
        if reports.of_model(self.model):  # type: ignore[attr-defined]
            view = guarded(require_POST(self.export))
            found.append(path("export/", view, name=self._name("export")))
        return [*found, *super().get_urls()]  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Add views, columns and exports."""
        report = reports.of_model(self.model)  # type: ignore[attr-defined]
        query = _kept(request.GET.urlencode())
        extra = {
            "list_query": query,
            "columns": self._columns(request),
            "column_params": [
                (key, value)
                for key, values in request.GET.lists()
                for value in values
                if key not in (COLUMNS, *PLACE, "p", "e")
            ],
            "views": self._views(request, query),
            "save_view_url": reverse(f"admin:{self._name('save_view')}"),
            "export_url": reverse(f"admin:{self._name('export')}") if report else "",
            "formats": list(exports.FORMATS),
            "counted": COUNTED,
        }
        if IS_POPUP_VAR not in request.GET:
            extra["title"] = _("List of %(name)s") % {"name": self.opts.verbose_name_plural}  # type: ignore[attr-defined]
        return super().changelist_view(request, {**(extra_context or {}), **extra})  # type: ignore[misc]

    def _columns(self, request: HttpRequest) -> list[dict[str, Any]]:
        if not self.more_columns:
            return []
        usual = super().get_list_display(request)  # type: ignore[misc]
        shown = self.get_list_display(request)
        return [
            {"name": name, "label": self._label(name), "is_shown": name in shown}
            for name in (*usual, *self.more_columns)
        ]

    def _label(self, name: str) -> str:
        method = getattr(self, name, None)
        if method is not None:
            return capfirst(str(method.short_description))
        return capfirst(str(self.model._meta.get_field(name).verbose_name))  # type: ignore[attr-defined]

    def _views(self, request: HttpRequest, query: str) -> list[dict[str, Any]]:
        rows = SavedView.objects.filter(
            Q(owner=request.user.pk) | Q(is_shared=True),
            model_label=self.opts.label_lower,  # type: ignore[attr-defined]
        )
        return [
            {
                "view": row,
                "is_current": row.query == query,
                "drop_url": reverse(f"admin:{self._name('drop_view')}", args=[row.pk])
                if row.owner_id == request.user.pk
                else "",
            }
            for row in rows.order_by("is_shared", "name", "pk")
        ]

    def _to_list(self, query: str) -> HttpResponse:
        page = reverse(f"admin:{self._name('changelist')}")
        return redirect(f"{page}?{query}" if query else page)

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Keep filters, search and columns under a name; the same name again replaces it."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        query = _kept(request.POST.get("query", ""))
        name = request.POST.get("name", "").strip()[:60]
        if not name or len(query) > 4000:
            messages.error(request, _("Give the view a name."))
            return self._to_list(query)
        SavedView.objects.update_or_create(
            owner_id=request.user.pk,
            model_label=self.opts.label_lower,  # type: ignore[attr-defined]
            name=name,
            defaults={"query": query, "is_shared": request.POST.get("shared") == "1"},
        )
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": name})
        return self._to_list(query)

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget one's own view; 404 for another's."""
        own = SavedView.objects.filter(owner=request.user.pk)
        view = get_object_or_404(own, pk=pk, model_label=self.opts.label_lower)  # type: ignore[attr-defined]
        view.delete()
        messages.success(request, _("The view “%(name)s” is gone.") % {"name": view.name})
        return self._to_list("")

    def export(self, request: HttpRequest) -> HttpResponse:
        """Begin a job that writes the filtered list, and show how far it is."""
        report = reports.of_model(self.model)  # type: ignore[attr-defined]
        kind = request.POST.get("format", "")
        if report is None or not report.may(request.user):
            raise PermissionDenied
        query = _kept(request.POST.get("query", ""))
        if kind not in exports.FORMATS:
            messages.error(request, _("Choose CSV or XLSX."))
            return self._to_list(query)
        job = exports.start(report, kind=kind, query=query, by=request.user)
        return redirect("admin:job", job.public_id)


def _kept(query: str) -> str:
    """Return the query string in one order, without the page and Django's error mark."""
    pairs = [
        (key, value)
        for key, values in QueryDict(query).lists()
        for value in values
        if key not in (*PLACE, "p", "e") and value
    ]
    return urlencode(sorted(pairs))
