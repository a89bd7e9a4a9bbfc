"""Example rules of who decides from which sum on; no public source states CLAIR's (決裁規程)."""

from datetime import date, datetime

from accounts.actors import system_actor
from approvals.actions import save_route_rule
from grants.models import Application

SINCE = date(2021, 4, 1)
# From how many yen on, who decides, and what the rule is called.
RULES = (
    (0, "manager", "助成の決定 30万円未満（例）", (("consult", "finance"),)),
    (
        300_000,
        "director",
        "助成の決定 30万円以上（例）",
        (("review", "manager"), ("consult", "finance")),
    ),
)


def load(*, now: datetime) -> None:
    """Make both rules, not confirmed."""
    for at_least, decider, name, steps in RULES:
        save_route_rule(
            by=system_actor(),
            now=now,
            act="decide",
            case_label=Application._meta.label,
            at_least=at_least,
            decider=decider,
            name=name,
            steps=steps,
            valid_from=SINCE,
        )
