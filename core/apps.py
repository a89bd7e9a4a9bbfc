"""The app configuration: finds each app's registering modules by name."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Mechanisms, no programme word."""

    name = "core"
    verbose_name = _("Letters, notices, audit")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Fill the registries as Django finds admin.py: nothing imports upward to register."""
        autodiscover_modules(
            "workflow",
            "deadlines",
            "reports",
            "exports",
            "letter_batch",
            "schedules",
            "search",
            "today",
            "trials",
            "year_end",
        )
