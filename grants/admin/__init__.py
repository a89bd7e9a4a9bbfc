"""The staff's pages of grants: applications, awards, reviews, the ranking."""

from grants.admin.applications import ApplicationAdmin
from grants.admin.awards import AwardAdmin
from grants.admin.reviews import ReviewAdmin

__all__ = ["ApplicationAdmin", "AwardAdmin", "ReviewAdmin"]
