"""The staff's pages of grants: applications, reviews, the ranking."""

from grants.admin.applications import ApplicationAdmin
from grants.admin.reviews import ReviewAdmin

__all__ = ["ApplicationAdmin", "ReviewAdmin"]
