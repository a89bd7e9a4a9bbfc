"""Our admin site: staff only, sign-in by the portal's own page.

Outside core.admin, whose import registers core's own records on the finished site.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import search, today
from core.views import deadlines, jobs, papers


class ClairAdminSite(admin.AdminSite):
    """The stock admin with one search box and the portal's sign-in (second factor included)."""

    site_header = _("CLAIR staff portal")
    site_title = _("CLAIR staff portal")
    index_title = _("Today's work")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Only people who hold a post in an office today."""
        return request.user.is_active and request.user.is_staff  # type: ignore[union-attr]

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """Let staff in; to other signed-in people nothing is here, whether a record exists or not."""
        checked = super().admin_view(view, cacheable)

        @wraps(checked)
        def staff_only(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return checked(request, *args, **kwargs)

        return staff_only

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Send to the portal's sign-in; others who are signed in find nothing here."""
        if request.user.is_authenticated:
            raise Http404
        target = request.GET.get("next", reverse("admin:index"))
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")

    def logout(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Sign out as everywhere else."""
        return redirect("account_logout")

    def password_change(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        """Change the password as everywhere else."""
        return redirect("account_change_password")

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Open with what waits for this person; all records stand below."""
        waiting = {"today_lists": today.lists(request.user, timezone.now())}
        return super().index(request, {**(extra_context or {}), **waiting})

    def get_urls(self) -> list[URLPattern]:
        return [
            path("search/", self.admin_view(self.search_view), name="search"),
            path(
                "file-preview/<uuid:public_id>/",
                self.admin_view(papers.file_preview),
                name="file_preview",
            ),
            path("deadlines/", self._page(deadlines.deadline_list), name="deadlines"),
            path("jobs/", self._page(jobs.job_list), name="jobs"),
            path("jobs/<uuid:public_id>/", self._page(jobs.job_page), name="job"),
            path("jobs/<uuid:public_id>/cancel/", self._page(jobs.job_cancel), name="job-cancel"),
            *super().get_urls(),
        ]

    def _page(self, view: Callable) -> Callable:
        """Give a page of core the frame of the admin."""

        @wraps(view)
        def framed(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            return view(request, self.each_context(request), **kwargs)

        return self.admin_view(framed)

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Find a body, number or case by one box."""
        text = request.GET.get("q", "")[:200]
        if request.GET.get("format") == "json":
            found = search.find(text, request.user, limit=8)
            return JsonResponse({"hits": [asdict(hit) for hit in found]})
        context = {
            **self.each_context(request),
            "title": _("Search"),
            "q": text,
            "hits": search.find(text, request.user),
        }
        return render(request, "admin/search.html", context)
