"""Addresses of the threads' screens."""

from django.urls import include, path

from correspondence.views import ThreadScreens

app_name = "correspondence"
urlpatterns = [path("", include(ThreadScreens.urls()))]
