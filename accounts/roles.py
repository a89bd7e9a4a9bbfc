"""Every role and what it may do; the only source of permissions (design.md 6).

A permission is `<app>.<verb>_<model>`: view, add, change, or a transition of the model's workflow.
Roles name permissions, never models. A person with several roles has the union.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

from core.workflow import FILE_FOR_BODY


@dataclass(frozen=True)
class Role:
    """A named list of permissions, with the words for people."""

    name: str
    label: Any
    permissions: frozenset[str]


def _of(app: str, verbs: str, models: str) -> frozenset[str]:
    """Return one permission for each verb and model; both are lists of words."""
    return frozenset(f"{app}.{verb}_{model}" for verb in verbs.split() for model in models.split())


_PLAN = "area initiative program edition criterion planline ruleset call form formversion question"
_DIRECTORY = "organization organizationrole office officejurisdiction"
_PEOPLE = "user section post membership"
_MONEY = (
    "payment repayment bankaccount commitment editionledger ledgerentry yearclosing ledgercheck"
)

# What everyone signed in may read: the directory, the plan, and files (each by its own scope).
EVERYONE = (
    _of("accounts", "view", f"{_DIRECTORY} section post")
    | _of("programs", "view", _PLAN)
    | _of("core", "view add", "storedfile")
)
_AWARDED = "application award asset changerequest disposalrequest taxcreditreport"
STAFF_READS = (
    _of("accounts", "view", f"{_DIRECTORY} {_PEOPLE} sectiongrant invitation")
    | _of("programs", "view", _PLAN)
    | _of("core", "view", "letter outboxmessage reminder storedfile")
    | _of("approvals", "view", "approval routerule")
    | _of("grants", "view", f"{_AWARDED} review")
    | _of("correspondence", "view", "thread")
    | _of("finance", "view", _MONEY)
)
_FILES_FOR_BODIES = frozenset({FILE_FOR_BODY})
_STEPS = _of("approvals", "endorse return_for_correction read_later", "approval")
_DRAFTS = _of("approvals", "add change submit recall", "approval")
_WRITES = _of("correspondence", "add ask answer close reopen", "thread")
_NOTES = _of("correspondence", "add", "message")
_FINANCES = (
    _of("finance", "return_claim refuse pay fail", "payment")
    | _of("finance", "receive propose_waiver", "repayment")
    | _of("finance", "check reject read_number", "bankaccount")
    | _of("finance", "view add", "transferfile")
    | _of("finance", "add", "yearclosing")
)
_REACHES_BODIES = _of("core", "handle", "reminder")
_KEEPS_EDITIONS = _of("programs", "add change", _PLAN.replace(" call", ""))

OFFICER = (
    STAFF_READS
    | _FILES_FOR_BODIES
    | _DRAFTS
    | _STEPS
    | _WRITES
    | _NOTES
    | _REACHES_BODIES
    | _of(
        "grants", "receive return_for_correction start_review recommend judge_again", "application"
    )
    | _of("grants", "add reopen", "review")
    | _of("grants", "return_for_correction check_report close propose_cancel", "award")
    | _of("grants", "return_for_correction note", "changerequest")
    | _of("grants", "accept", "taxcreditreport")
)
MANAGER = (
    STAFF_READS
    | _FILES_FOR_BODIES
    | _DRAFTS
    | _STEPS
    | _of("approvals", "decide", "approval")
    | _WRITES
    | _NOTES
    | _REACHES_BODIES
    | _of("grants", "accept_late refuse lapse send_back decide", "application")
    | _of("grants", "notify_informally announce", "application")
    | _of("grants", "suspend resume order_correction fix_amount order_income_repayment", "award")
    | _of("grants", "approve deny instruct", "changerequest")
    | _of("grants", "approve deny", "disposalrequest")
    | _of("grants", "return_money", "taxcreditreport")
    | _KEEPS_EDITIONS
    | _of("programs", "add change open close decide extend move_decision", "call")
    | _of("finance", "approve", "payment")
    | _of("finance", "propose_waiver", "repayment")
)
DIRECTOR = (
    STAFF_READS
    | _STEPS
    | _of("approvals", "decide", "approval")
    | _of("grants", "decide", "application")
    | _of("grants", "suspend fix_amount cancel cancel_part", "award")
    | _of("grants", "approve", "changerequest")
    | _of("finance", "approve", "payment")
    | _of("finance", "waive", "repayment")
)
FINANCE = STAFF_READS | _STEPS | _FINANCES
ADMINISTRATOR = (
    STAFF_READS
    | _KEEPS_EDITIONS
    | _of("accounts", "add change", f"{_DIRECTORY} {_PEOPLE} sectiongrant invitation")
    | _of("accounts", "view change", "apikey")
    | _of("accounts", "view", "handover")
    | _of("approvals", "add change", "routerule")
    | _of("core", "view", "auditevent purgelist")
    | _of("core", "decide", "purgelist")
)
AUDITOR = (
    STAFF_READS | _of("accounts", "view", "apikey") | _of("core", "view", "auditevent purgelist")
)

VIEWER = (
    _of("grants", "view", _AWARDED)
    | _of("core", "view", "letter")
    | _of("correspondence", "view", "thread")
    | _of("finance", "view", "commitment payment repayment bankaccount")
)
CONTACT = (
    VIEWER
    | _WRITES
    | _of("grants", "add change", "application changerequest disposalrequest")
    | _of("grants", "change", "taxcreditreport")
    | _of("grants", "add", "asset")
    | _of("grants", "change report_status", "award")
)
SUBMITTER = (
    CONTACT
    | _of("grants", "submit withdraw", "application")
    | _of("grants", "report withdraw_after_decision", "award")
    | _of("grants", "submit withdraw", "changerequest")
    | _of("grants", "submit", "disposalrequest taxcreditreport")
    | _of("finance", "add change request", "payment")
    | _of("finance", "add change read_number", "bankaccount")
)
ORG_ADMIN = (
    VIEWER
    | _of("accounts", "view", "user section post sectiongrant")
    | _of("accounts", "view add change", "membership invitation")
    | _of("accounts", "view", "handover")
    | _of("accounts", "add", "post")
)
REVIEWER = _of("grants", "view change declare score submit", "review")
PERSON = _of("accounts", "view", "user membership handover") | _of(
    "accounts", "view add change", "apikey"
)

_NOTHING_YET: frozenset[str] = frozenset()


def _role(name: str, label: Any, permissions: frozenset[str]) -> tuple[str, Role]:
    return name, Role(name, label, permissions)


STAFF_ROLES = dict(
    (
        _role("officer", pgettext_lazy("role", "officer"), OFFICER),
        _role("manager", pgettext_lazy("role", "manager"), MANAGER),
        _role("director", pgettext_lazy("role", "director"), DIRECTOR),
        _role("finance", pgettext_lazy("role", "finance officer"), FINANCE),
        _role(
            "document_officer",
            pgettext_lazy("role", "document officer"),
            STAFF_READS | _STEPS | _of("core", "issue void", "letter"),
        ),
        _role("office", pgettext_lazy("role", "overseas office"), VIEWER),
        _role("jet_placement", pgettext_lazy("role", "JET placement"), _NOTHING_YET),
        _role("jet_subsidy", pgettext_lazy("role", "JET subsidies"), _NOTHING_YET),
        _role("jet_counselling", pgettext_lazy("role", "JET counselling"), _NOTHING_YET),
        _role("jet_alumni", pgettext_lazy("role", "JET alumni"), _NOTHING_YET),
        _role("jet_safety", pgettext_lazy("role", "JET safety"), _NOTHING_YET),
        _role("administrator", pgettext_lazy("role", "administrator"), ADMINISTRATOR),
        _role("auditor", pgettext_lazy("role", "auditor"), AUDITOR),
    )
)
BODY_ROLES = dict(
    (
        _role("org_admin", pgettext_lazy("role", "body's administrator"), ORG_ADMIN),
        _role("submitter", pgettext_lazy("role", "submitter"), SUBMITTER),
        _role("contact", pgettext_lazy("role", "drafter"), CONTACT),
        _role("viewer", pgettext_lazy("role", "reader"), VIEWER),
    )
)
HOLDER_ROLES = dict(
    (
        _role(
            "branch",
            pgettext_lazy("role", "branch"),
            VIEWER | _of("grants", "forward", "application"),
        ),
        _role("coordinating", pgettext_lazy("role", "coordinating body"), _NOTHING_YET),
        _role("contracting", pgettext_lazy("role", "contracting body"), _NOTHING_YET),
    )
)
OUTSIDE_ROLES = dict(
    (
        _role("reviewer", pgettext_lazy("role", "reviewer"), REVIEWER),
        _role("expert", pgettext_lazy("role", "expert"), _NOTHING_YET),
        _role("participant", pgettext_lazy("role", "JET participant"), _NOTHING_YET),
        _role("company", pgettext_lazy("role", "company"), _NOTHING_YET),
        _role("partner", pgettext_lazy("role", "partner system"), _NOTHING_YET),
    )
)
SCOPE_ROLES = dict(
    (
        _role("party_lead", pgettext_lazy("role", "lead applicant"), VIEWER),
        _role("party_joint", pgettext_lazy("role", "joint applicant"), VIEWER),
        _role(
            "party_implementer",
            pgettext_lazy("role", "implementing body"),
            VIEWER | _of("grants", "change", "application award"),
        ),
        _role("person", pgettext_lazy("role", "the person concerned"), PERSON),
        _role("uploader", pgettext_lazy("role", "uploader"), _of("core", "view", "storedfile")),
        _role("everyone", pgettext_lazy("role", "everyone signed in"), EVERYONE),
    )
)
ROLES: dict[str, Role] = STAFF_ROLES | BODY_ROLES | HOLDER_ROLES | OUTSIDE_ROLES | SCOPE_ROLES

OVERSEAS_ROLES = frozenset({"office"})
HEADQUARTERS_ROLES = frozenset(STAFF_ROLES) - OVERSEAS_ROLES
BODY_POST_ROLES = frozenset(BODY_ROLES) | frozenset(OUTSIDE_ROLES)
OF_EVERY_USER = frozenset({"everyone", "person", "uploader"})


def post_role_choices() -> list[tuple[str, Any]]:
    """Return the roles that a post may carry, with their labels."""
    held_by_posts = STAFF_ROLES | BODY_ROLES | OUTSIDE_ROLES
    return [(role.name, role.label) for role in held_by_posts.values()]


def permits(names: Iterable[str], permission: str) -> bool:
    """Tell whether one of the roles has the permission."""
    return any(permission in ROLES[name].permissions for name in names)


def permits_app(names: Iterable[str], app: str) -> bool:
    """Tell whether one of the roles has any permission of the app."""
    return any(p.startswith(f"{app}.") for name in names for p in ROLES[name].permissions)


def permissions_of(names: Iterable[str]) -> frozenset[str]:
    """Return all that the roles may do together."""
    return frozenset().union(*(ROLES[name].permissions for name in names))
