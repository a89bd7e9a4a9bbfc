"""The staff's pages of grants: applications, awards, changes, reviews, the ranking."""

from grants.admin.applications import ApplicationAdmin
from grants.admin.awards import AwardAdmin
from grants.admin.changes import ChangeRequestAdmin
from grants.admin.duties import DisposalRequestAdmin, TaxCreditReportAdmin
from grants.admin.reviews import ReviewAdmin

__all__ = [
    "ApplicationAdmin",
    "AwardAdmin",
    "ChangeRequestAdmin",
    "DisposalRequestAdmin",
    "ReviewAdmin",
    "TaxCreditReportAdmin",
]
