"""Addresses of the calls in the shapes of others; theirs end without a slash."""

from django.urls import path, re_path

from programs.api import commongrants, jgrants

urlpatterns = [
    path(
        "api/jgrants/v1/public/subsidies", jgrants.SubsidiesView.as_view(), name="jgrants-subsidies"
    ),
    re_path(
        r"^api/jgrants/v1/public/subsidies/id/(?P<id>[0-9a-f]{18})$",
        jgrants.SubsidyView.as_view(),
        name="jgrants-subsidy",
    ),
    path(
        "common-grants/opportunities",
        commongrants.OpportunitiesView.as_view(),
        name="commongrants-opportunities",
    ),
    path(
        "common-grants/opportunities/search",
        commongrants.SearchView.as_view(),
        name="commongrants-search",
    ),
    path(
        "common-grants/opportunities/<uuid:oppId>",
        commongrants.OpportunityView.as_view(),
        name="commongrants-opportunity",
    ),
]
