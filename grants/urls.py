"""Addresses of the bodies' screens."""

from django.urls import include, path

from core.views.screens import CaseCreateView
from grants import views
from grants.views.screens import BeginScreens

app_name = "grants"
application = [
    path("budget/", views.ApplicationBudget.as_view(), name="application-budget"),
    path("budget/check/", views.BudgetCheck.as_view(), name="application-budget-check"),
    path("budget.xlsx", views.BudgetWorkbook.as_view(), name="application-budget-workbook"),
    path("budget/file/", views.BudgetUpload.as_view(), name="application-budget-upload"),
    path("files/", views.ApplicationFiles.as_view(), name="application-files"),
    path("parties/", views.ApplicationParties.as_view(), name="application-parties"),
    path("sections/<slug:section>/", views.SectionPage.as_view(), name="application-section"),
    path("autosave/", views.Autosave.as_view(), name="application-autosave"),
    path("draft.pdf", views.draft, name="application-draft"),
    path("draft.docx", views.word, name="application-word"),
    path("papers.zip", views.Papers.as_view(), name="application-papers"),
]
award = [
    path("edit/", views.ReportResults.as_view(), name="award-update"),
    path("report/lines/", views.ReportLines.as_view(), name="award-report-lines"),
    path("report/files/", views.ReportFiles.as_view(), name="award-report-files"),
    path("report/passed-on/", views.ReportPassedOn.as_view(), name="award-report-passed-on"),
    path("report/results/", views.ReportResults.as_view(), name="award-report-results"),
    path("report/comments/", views.ReportComments.as_view(), name="award-report-comments"),
    path("report/autosave/", views.ReportAutosave.as_view(), name="award-report-autosave"),
    path("assets/", views.AwardAssets.as_view(), name="award-assets"),
    path("stages/", views.StagesPage.as_view(), name="award-stages"),
    path("stages.pdf", views.StagesPdf.as_view(), name="award-stages-pdf"),
    path("stages.xlsx", views.StagesWorkbook.as_view(), name="award-stages-workbook"),
]
urlpatterns = [
    path("announce/", views.announce, name="announce"),
    path("announce/preview/", views.preview, name="announce-preview"),
    path("announce/letters.pdf", views.specimens, name="announce-letters"),
    path("announce/<uuid:public_id>/", views.batch, name="announce-batch"),
    path("reviews/", include(views.ReviewScreens.urls())),
    path(
        "applications/new/",
        CaseCreateView.as_view(screens=BeginScreens()),
        name="application-create",
    ),
    path("applications/<uuid:public_id>/", include(application)),
    path("awards/<uuid:public_id>/", include(award)),
    path(
        "awards/<uuid:public_id>/<slug:name>/",
        views.AwardTransition.as_view(screens=views.AwardScreens()),
        name="award-transition",
    ),
    path("awards/", include(views.AwardScreens.urls())),
    path(
        "changes/<uuid:public_id>/lines/",
        views.ChangeLines.as_view(),
        name="changerequest-lines",
    ),
    path(
        "changes/<uuid:public_id>/files/",
        views.ChangeFiles.as_view(),
        name="changerequest-files",
    ),
    path(
        "disposals/<uuid:public_id>/files/",
        views.DisposalFiles.as_view(),
        name="disposalrequest-files",
    ),
    path(
        "tax-reports/<uuid:public_id>/files/",
        views.TaxReportFiles.as_view(),
        name="taxcreditreport-files",
    ),
    path("disposals/", include(views.DisposalRequestScreens.urls())),
    path("tax-reports/", include(views.TaxCreditReportScreens.urls())),
    path("changes/", include(views.ChangeRequestScreens.urls())),
    path("applications/", include(views.ApplicationScreens.urls())),
]
