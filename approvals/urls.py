"""Addresses of the approvals' screens."""

from django.urls import include, path

from approvals.views import ApprovalScreens

app_name = "approvals"
urlpatterns = [path("", include(ApprovalScreens.urls()))]
