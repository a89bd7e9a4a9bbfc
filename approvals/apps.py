"""App configuration of the approvals floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApprovalsConfig(AppConfig):
    """Drafting, circulating, deciding (起案・決裁)."""

    name = "approvals"
    verbose_name = _("Approvals")
