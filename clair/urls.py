"""Every address of the portal."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from clair import metrics
from clair.gallery import gallery
from core import health
from core.api import problems
from core.views import api_docs, jobs, pages, papers
from core.views.schema import SchemaView
from finance.views import money, money_csv, money_json
from grants.views import (
    giving_csv,
    giving_json,
    home,
    results,
    results_csv,
    results_json,
    statistics,
    statistics_csv,
)
from programs import views as programs_views

handler400 = "core.errors.bad_request"
handler403 = "core.errors.permission_denied"
handler404 = "core.errors.not_found"
handler500 = "core.errors.server_error"

api = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", api_docs.api_docs, name="api-docs"),
    path("problems/<slug:code>/", api_docs.api_problem, name="api-problem"),
    path("core/", include("core.api.urls")),
    path("accounts/", include("accounts.api.urls")),
    path("approvals/", include("approvals.api.urls")),
    path("programs/", include("programs.api.urls")),
    path("finance/", include("finance.api.urls")),
    path("correspondence/", include("correspondence.api.urls")),
    path("grants/", include("grants.api.urls")),
    re_path(r"^.*$", problems.not_found),
]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", programs_views.front, name="front"),
    path("home/", home, name="home"),
    path("api/v1/", include(api)),
    path("", include("programs.api.outward")),
    path("account/email/", papers.nothing_here),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("files/<uuid:public_id>/", papers.file_content, name="file-content"),
    path("letters/pack/", papers.letters_packed, name="letters-packed"),
    path("letters/<uuid:public_id>/", papers.letter_content, name="letter-content"),
    path("receipts/<uuid:public_id>/", papers.receipt, name="receipt"),
    path("receipts/<uuid:public_id>/pdf/", papers.receipt_pdf, name="receipt-pdf"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<uuid:public_id>/", jobs.job_page, name="job"),
    path("jobs/<uuid:public_id>/cancel/", jobs.job_cancel, name="job-cancel"),
    path("results/", results, name="results"),
    path("results.csv", results_csv, name="results-csv"),
    path("results.json", results_json, name="results-json"),
    path("results/360giving.json", giving_json, name="results-360giving-json"),
    path("results/360giving.csv", giving_csv, name="results-360giving-csv"),
    path("results/money/", money, name="money"),
    path("results/money.csv", money_csv, name="money-csv"),
    path("results/money.json", money_json, name="money-json"),
    path("statistics/", statistics, name="statistics"),
    path("statistics/<slug:table>.csv", statistics_csv, name="statistics-csv"),
    path("verify/", papers.letter_verify_form, name="letter-verify-form"),
    path("verify/<str:code>/", papers.letter_verify, name="letter-verify"),
    path("contact/", pages.contact, name="contact"),
    path("privacy/", pages.privacy, name="privacy"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("demo/mail/", papers.demo_mailbox, name="demo-mailbox"),
    path("demo/mail/<str:name>/", papers.demo_mail, name="demo-mail"),
    path("", include("accounts.urls")),
    path("", include("programs.urls")),
    path("approvals/", include("approvals.urls")),
    path("threads/", include("correspondence.urls")),
    path("finance/", include("finance.urls")),
    path("grants/", include("grants.urls")),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("components/", gallery, name="components"))
