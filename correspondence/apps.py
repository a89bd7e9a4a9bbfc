"""App configuration of the correspondence floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CorrespondenceConfig(AppConfig):
    """Question and answer inside a case, and what staff note about it."""

    name = "correspondence"
    verbose_name = _("Correspondence")
