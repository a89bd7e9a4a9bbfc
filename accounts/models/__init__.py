"""People, the posts they hold, and the bodies and offices to which the posts belong."""

from accounts.models.handovers import Handover, HandoverLine
from accounts.models.keys import ApiKey, ApiRequest, ApiUsage
from accounts.models.memberships import Invitation, Membership
from accounts.models.offices import Office, OfficeJurisdiction
from accounts.models.organizations import Organization, OrganizationRole
from accounts.models.sections import Post, Section, SectionGrant, contact_of
from accounts.models.users import User

__all__ = [
    "ApiKey",
    "ApiRequest",
    "ApiUsage",
    "Handover",
    "HandoverLine",
    "Invitation",
    "Membership",
    "Office",
    "OfficeJurisdiction",
    "Organization",
    "OrganizationRole",
    "Post",
    "Section",
    "SectionGrant",
    "User",
    "contact_of",
]
