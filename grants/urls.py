"""Addresses of the bodies' screens."""

from django.urls import include, path

from core.views.screens import CaseCreateView
from grants import views
from grants.views.screens import BeginScreens

app_name = "grants"
urlpatterns = [
    path("announce/", views.announce, name="announce"),
    path(
        "applications/new/",
        CaseCreateView.as_view(screens=BeginScreens()),
        name="application-create",
    ),
    path(
        "applications/<uuid:public_id>/budget/",
        views.ApplicationBudget.as_view(),
        name="application-budget",
    ),
    path(
        "applications/<uuid:public_id>/files/",
        views.ApplicationFiles.as_view(),
        name="application-files",
    ),
    path(
        "applications/<uuid:public_id>/parties/",
        views.ApplicationParties.as_view(),
        name="application-parties",
    ),
    path("applications/<uuid:public_id>/draft.pdf", views.draft, name="application-draft"),
    path("applications/", include(views.ApplicationScreens.urls())),
]
