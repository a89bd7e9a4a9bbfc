"""Approvals (起案・決裁) and the rules that say which route an amount takes."""

from approvals.models.approvals import (
    MONEY_ACTS,
    Approval,
    ApprovalCounter,
    ApprovalItem,
    ApprovalStep,
    next_number,
    post_ids,
)
from approvals.models.routes import ACTING_ROLES, RouteRule, RouteRuleStep

__all__ = [
    "ACTING_ROLES",
    "MONEY_ACTS",
    "Approval",
    "ApprovalCounter",
    "ApprovalItem",
    "ApprovalStep",
    "RouteRule",
    "RouteRuleStep",
    "next_number",
    "post_ids",
]
