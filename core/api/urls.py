"""API addresses of core: files, letters, reports and jobs."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from core.api.reports import JobViewSet, ReportRunView, ReportsView
from core.api.views import LetterViewSet, StoredFileViewSet

router = SimpleRouter()
router.register("files", StoredFileViewSet, basename="core-file")
router.register("letters", LetterViewSet, basename="core-letter")
router.register("jobs", JobViewSet, basename="core-job")
urlpatterns = [
    *router.urls,
    path("reports/", ReportsView.as_view(), name="core-reports"),
    path("reports/<slug:name>/runs/", ReportRunView.as_view(), name="core-report-runs"),
]
