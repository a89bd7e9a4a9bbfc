"""App configuration of the programmes floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgramsConfig(AppConfig):
    """The plan, its editions with rules, calls and forms."""

    name = "programs"
    verbose_name = _("Plan and calls")
