"""The base screens of the bodies: cases, papers, and the demo's mailbox."""

from core.views.screens import CaseScreens

__all__ = ["CaseScreens"]
