"""The bodies' screens of grants."""

from grants.views.announcing import announce
from grants.views.home import home
from grants.views.parts import ApplicationBudget, ApplicationFiles, ApplicationParties, draft
from grants.views.screens import ApplicationScreens

__all__ = [
    "ApplicationBudget",
    "ApplicationFiles",
    "ApplicationParties",
    "ApplicationScreens",
    "announce",
    "draft",
    "home",
]
