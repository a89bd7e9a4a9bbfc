"""What happens to accounts: invitations, posts from day to day, hand-over, API keys."""

from accounts.actions.accepting import ClosedInvitationError, accept_invitation, open_invitation
from accounts.actions.handovers import (
    cancel_handover,
    carry_out,
    carry_out_due,
    keys_that_end,
    may_hand_over,
    plan_handover,
    posts_to_hand_over,
)
from accounts.actions.invitations import (
    INVITATION_DAYS,
    invite,
    resend_invitation,
    withdraw_invitation,
)
from accounts.actions.keys import (
    KEPT_DAYS,
    KEPT_REQUESTS,
    forget_requests,
    issue_api_key,
    note_request,
    revoke_api_key,
    rotate_api_key,
)
from accounts.actions.people import (
    ClosedAddressLinkError,
    ask_new_address,
    close_leavers,
    confirm_new_address,
    correct_profile,
    is_last_administrator,
    read_address_link,
    reset_second_factor,
)
from accounts.actions.posts import (
    assign_post,
    check_end,
    deputise,
    end_membership,
    ensure_post,
    refuse_both_sides,
)

__all__ = [
    "INVITATION_DAYS",
    "KEPT_DAYS",
    "KEPT_REQUESTS",
    "ClosedAddressLinkError",
    "ClosedInvitationError",
    "accept_invitation",
    "ask_new_address",
    "assign_post",
    "cancel_handover",
    "carry_out",
    "carry_out_due",
    "check_end",
    "close_leavers",
    "confirm_new_address",
    "correct_profile",
    "deputise",
    "end_membership",
    "ensure_post",
    "forget_requests",
    "invite",
    "is_last_administrator",
    "issue_api_key",
    "keys_that_end",
    "may_hand_over",
    "note_request",
    "open_invitation",
    "plan_handover",
    "posts_to_hand_over",
    "read_address_link",
    "refuse_both_sides",
    "resend_invitation",
    "reset_second_factor",
    "revoke_api_key",
    "rotate_api_key",
    "withdraw_invitation",
]
