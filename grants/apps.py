"""The app configuration."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """The grant engine: application, review, award."""

    name = "grants"
    default_auto_field = "django.db.models.BigAutoField"
