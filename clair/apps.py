"""App configurations of the project package."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ClairAdminConfig(AdminConfig):
    """The stock admin on our own site (second factor, search, today's work)."""

    default_site = "core.site.ClairAdminSite"


class ClairConfig(AppConfig):
    """Holds the commands that need every app, such as load_demo."""

    name = "clair"
