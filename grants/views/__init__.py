"""The bodies' screens of grants."""

from grants.views.announcing import announce
from grants.views.filling import ApplicationBudget, Autosave, BudgetCheck, SectionPage
from grants.views.home import home
from grants.views.papers import Papers
from grants.views.parts import ApplicationFiles, ApplicationParties, draft
from grants.views.screens import ApplicationScreens

__all__ = [
    "ApplicationBudget",
    "ApplicationFiles",
    "ApplicationParties",
    "ApplicationScreens",
    "Autosave",
    "BudgetCheck",
    "Papers",
    "SectionPage",
    "announce",
    "draft",
    "home",
]
