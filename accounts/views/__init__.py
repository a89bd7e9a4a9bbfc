"""Pages of people: invitations, colleagues, hand-over, one's own account and keys."""

from accounts.views.handovers import HandoverView, cancel_handover
from accounts.views.invitations import InvitationView
from accounts.views.keys import ApiKeysView, ApiKeyView, revoke_api_key
from accounts.views.people import (
    DeputyView,
    EndMembershipView,
    PeopleView,
    act_on_invitation,
)
from accounts.views.profile import AddressConfirmView, AddressView, ProfileView

__all__ = [
    "AddressConfirmView",
    "AddressView",
    "ApiKeyView",
    "ApiKeysView",
    "DeputyView",
    "EndMembershipView",
    "HandoverView",
    "InvitationView",
    "PeopleView",
    "ProfileView",
    "act_on_invitation",
    "cancel_handover",
    "revoke_api_key",
]
