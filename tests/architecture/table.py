"""Who gets what at every address: the one table of the permission matrix.

A rule is read from the left: `"401 anonymous; 200 town-a hq; 404 *"`. 401 stands for a redirect to
the sign-in too, and 404 for the admin's redirect to its index where a record is not there.
Records in the addresses are town A's wherever they can be a body's. `ok` is any answer of a view
that took the request: 200, 302, 400 (an empty form), 409 (not now), 415 or 428. `no` is 403 or 404.
"""

from tests.architecture.world import PEOPLE

HQ = ("officer", "manager", "director", "finance", "document-officer", "administrator", "auditor")
BODIES = ("town-a", "town-b", "prefecture", "association")
GROUPS = {
    "hq": HQ,
    "staff": ("office", *HQ),
    "bodies": BODIES,
    "outside": ("partner", "reviewer"),
    "read-only-keys": ("partner", "auditor"),
    "*": PEOPLE,
}
ANSWERS = {"ok": frozenset({200, 302, 400, 409, 415, 428}), "no": frozenset({403, 404})}


def rule(text: str) -> dict[str, frozenset[int]]:
    """What each person may get; the first part that names a person counts."""
    found: dict[str, frozenset[int]] = {}
    for part in text.split(";"):
        status, *names = part.split()
        allowed = ANSWERS.get(status) or frozenset({int(status)})
        for name in names:
            for person in GROUPS.get(name, (name,)):
                found.setdefault(person, allowed)
    return found


PUBLIC = {"GET": "200 *"}
SIGNED_IN = {"GET": "401 anonymous; 200 *"}
CLOSED = {"GET": "404 *", "POST": "404 *"}
_READ = "401 anonymous; 200 town-a hq; 404 *"
_WRITES = "401 anonymous; 403 read-only-keys"
OF_TOWN_A = {"GET": _READ}
OF_THE_REVIEWER = {"GET": "401 anonymous; 200 reviewer hq; 404 *"}
API_LIST = {"GET": "401 anonymous; 200 *"}
API_CASES = "401 anonymous; 200 bodies staff; 403 *"
API_APPROVAL = {"GET": "401 anonymous; 200 hq; 404 *"}
API_EDIT = f"{_WRITES}; ok town-a; 403 hq; 404 *"
API_EDIT_PAPER = f"{_WRITES}; ok town-a officer manager; 403 hq; 404 *"
PART = "401 anonymous; ok town-a officer manager; 403 hq; 404 *"
APPROVAL_EDIT = "401 anonymous; ok officer manager; 403 hq; 404 *"

_PEOPLE_ACT = "401 anonymous; 302 town-a administrator; 403 hq; 404 *"

PAGES = {
    "healthz": PUBLIC,
    "readyz": {"GET": "503 *"},  # no worker runs in the tests
    "metrics": {"GET": "404 *"},  # to whoever has no token there is nothing
    "front": {"GET": "200 anonymous; 302 *"},
    "home": {"GET": "401 anonymous; 302 staff; 200 *"},
    "plan": {"GET": "302 *"},
    "plan-year": PUBLIC,
    "calls": PUBLIC,
    "call": PUBLIC,
    "call-check": PUBLIC,
    "results": PUBLIC,
    "results-csv": PUBLIC,
    "results-json": PUBLIC,
    "results-360giving-json": PUBLIC,
    "results-360giving-csv": PUBLIC,
    "money": PUBLIC,
    "money-csv": PUBLIC,
    "money-json": PUBLIC,
    "statistics": PUBLIC,
    "statistics-csv": PUBLIC,
    "letter-verify-form": PUBLIC,
    "letter-verify": PUBLIC,
    "contact": PUBLIC,
    "privacy": PUBLIC,
    "accessibility": PUBLIC,
    "components": PUBLIC,  # not in production
    "demo-mailbox": PUBLIC,  # in the demo alone
    "demo-mail": {"GET": "404 *"},
    "set_language": {"GET": "302 *", "POST": "302 *"},
    "file-content": OF_TOWN_A,
    "letters-packed": {"GET": "405 *", "POST": "401 anonymous; 302 bodies staff; 404 *"},
    "letter-content": OF_TOWN_A,
    "receipt": OF_TOWN_A,
    "receipt-pdf": OF_TOWN_A,
    "jobs": SIGNED_IN,
    "job": {"GET": "401 anonymous; 200 officer; 404 *"},
    "job-cancel": {"POST": "401 anonymous; 302 officer; 404 *"},
    "accounts:invitation": {"GET": "410 *", "POST": "410 *"},
    "accounts:people": {
        "GET": "401 anonymous; 200 bodies; 403 *",
        "POST": "401 anonymous; ok bodies; 403 *",
    },
    "accounts:membership-end": {
        "GET": "401 anonymous; 200 town-a administrator; 403 hq; 404 *",
        "POST": "401 anonymous; ok town-a administrator; 403 hq; 404 *",
    },
    "accounts:membership-deputise": {
        "GET": "401 anonymous; 200 town-a administrator; 403 hq; 404 *",
        "POST": "401 anonymous; ok town-a administrator; 403 hq; 404 *",
    },
    "accounts:invitation-resend": {"GET": "401 anonymous; 405 *", "POST": _PEOPLE_ACT},
    "accounts:invitation-withdraw": {"GET": "401 anonymous; 405 *", "POST": _PEOPLE_ACT},
    "accounts:handover": {
        "GET": "401 anonymous; 200 town-a administrator; 403 hq; 404 *",
        "POST": "401 anonymous; ok town-a administrator; 403 hq; 404 *",
    },
    "accounts:handover-cancel": {"GET": "401 anonymous; 405 *", "POST": _PEOPLE_ACT},
    "accounts:profile": {"GET": "401 anonymous; 200 *", "POST": "401 anonymous; ok *"},
    "accounts:address": {"GET": "401 anonymous; 200 *", "POST": "401 anonymous; ok *"},
    "accounts:address-confirm": {"GET": "410 *", "POST": "410 *"},
    "accounts:api-keys": {"GET": "401 anonymous; 200 *", "POST": "401 anonymous; ok *"},
    "accounts:api-key": {
        "GET": "401 anonymous; 200 town-a; 404 *",
        "POST": "401 anonymous; ok town-a; 404 *",
    },
    "accounts:api-key-revoke": {
        "GET": "401 anonymous; 405 *",
        "POST": "401 anonymous; 302 town-a; 404 *",
    },
    "approvals:approval-list": API_APPROVAL,
    "approvals:approval-create": {
        "GET": "401 anonymous; 200 officer manager; 403 *",
        "POST": "401 anonymous; 400 officer manager; 403 *",
    },
    "approvals:approval-detail": API_APPROVAL,
    "approvals:approval-update": {"GET": APPROVAL_EDIT, "POST": APPROVAL_EDIT},
    "approvals:approval-transition": {
        "GET": "401 anonymous; 403 administrator auditor; ok hq; 404 *",
        "POST": "401 anonymous; 403 administrator auditor; 409 hq; 404 *",
    },
    "correspondence:thread-list": SIGNED_IN,
    # Without ?case= there is nothing to ask about.
    "correspondence:thread-create": {
        "GET": "401 anonymous; 404 *",
        "POST": "401 anonymous; 404 *",
    },
    "correspondence:thread-detail": OF_TOWN_A,
    "correspondence:thread-update": {
        "GET": "401 anonymous; 403 town-a hq; 404 *",
        "POST": "401 anonymous; 403 town-a hq; 404 *",
    },
    "correspondence:thread-record": {
        "GET": "401 anonymous; 200 officer manager; 403 hq; 404 *",
        "POST": "401 anonymous; 400 officer manager; 403 hq; 404 *",
    },
    "correspondence:thread-transition": {
        "GET": "401 anonymous; 200 town-a officer manager; 403 hq; 404 *",
        "POST": "401 anonymous; ok town-a officer manager; 403 hq; 404 *",
    },
    "grants:announce": {
        "GET": "401 anonymous; 200 manager; 403 staff; 404 *",
        "POST": "401 anonymous; 302 manager; 403 staff; 404 *",
    },
    "grants:announce-preview": {
        "GET": "401 anonymous; 302 manager; 403 staff; 404 *",
        "POST": "401 anonymous; 302 manager; 403 staff; 404 *",
    },
    "grants:announce-letters": {"GET": "401 anonymous; 404 manager; 403 staff; 404 *"},
    "grants:announce-batch": {
        "GET": "401 anonymous; 200 manager; 403 staff; 404 *",
        "POST": "401 anonymous; 400 manager; 403 staff; 404 *",
    },
    "grants:review-list": SIGNED_IN,
    "grants:review-create": {
        "GET": "401 anonymous; 302 officer; 403 *",
        "POST": "401 anonymous; 302 officer; 403 *",
    },
    "grants:review-detail": OF_THE_REVIEWER,
    "grants:review-paper": {"GET": "401 anonymous; 403 reviewer; 404 *"},  # not declared yet
    "grants:review-update": {
        "GET": "401 anonymous; 302 reviewer; 403 hq; 404 *",
        "POST": "401 anonymous; 409 reviewer; 403 hq; 404 *",
    },
    "grants:review-transition": {
        "GET": "401 anonymous; 200 reviewer; 403 hq; 404 *",
        "POST": "401 anonymous; 400 reviewer; 403 hq; 404 *",
    },
    # Without ?call= there is nothing to apply for.
    "grants:application-create": {
        "GET": "401 anonymous; 404 bodies; 403 *",
        "POST": "401 anonymous; 404 bodies; 403 *",
    },
    "grants:application-list": SIGNED_IN,
    "grants:application-export": {"POST": "401 anonymous; 302 bodies staff; 403 *"},
    "grants:application-detail": OF_TOWN_A,
    "grants:application-draft": OF_TOWN_A,
    "grants:application-word": OF_TOWN_A,
    "grants:application-budget": {"GET": PART, "POST": PART},
    "grants:application-budget-check": {"POST": PART},
    "grants:application-budget-workbook": OF_TOWN_A,
    "grants:application-budget-upload": {"POST": PART},
    "grants:application-section": {"GET": PART, "POST": PART},
    "grants:application-autosave": {"POST": "401 anonymous; ok town-a; 403 hq; 404 *"},
    "grants:application-papers": OF_TOWN_A,
    "grants:application-files": {"GET": PART, "POST": PART},
    "grants:application-parties": {"GET": PART, "POST": PART},
    "grants:application-update": {
        "GET": "401 anonymous; ok town-a; 403 hq; 404 *",
        "POST": "401 anonymous; ok town-a; 403 hq; 404 *",
    },
    "grants:application-transition": {
        "GET": "401 anonymous; 200 officer; 403 hq town-a; 404 *",
        "POST": "401 anonymous; 400 officer; 403 hq town-a; 404 *",
    },
}

_MANAGER_ACT = "401 anonymous; 200 manager director; 403 hq town-a; 404 *"
PAGES |= {
    "grants:award-list": SIGNED_IN,
    "grants:award-create": {"GET": "401 anonymous; 403 *", "POST": "401 anonymous; 403 *"},
    "grants:award-detail": OF_TOWN_A,
    "grants:award-stages": OF_TOWN_A,
    "grants:award-stages-pdf": OF_TOWN_A,
    "grants:award-stages-workbook": OF_TOWN_A,
    **{
        f"grants:award-report-{part}": {"GET": PART, "POST": PART}
        for part in ("lines", "files", "passed-on", "results", "comments")
    },
    "grants:award-report-autosave": {"POST": "401 anonymous; ok town-a; 403 hq; 404 *"},
    "grants:award-update": {"GET": PART, "POST": PART},
    "grants:award-transition": {
        "GET": _MANAGER_ACT,
        "POST": "401 anonymous; 400 manager director; 403 hq town-a; 404 *",
    },
}

_OWNER_ACT = "401 anonymous; ok town-a; 403 hq; 404 *"
PAGES |= {
    "grants:award-assets": {"GET": _READ, "POST": PART},
    "grants:disposalrequest-list": SIGNED_IN,
    # Without ?asset= there is nothing to dispose of.
    "grants:disposalrequest-create": {
        "GET": "401 anonymous; 404 bodies; 403 *",
        "POST": "401 anonymous; 404 bodies; 403 *",
    },
    "grants:taxcreditreport-list": SIGNED_IN,
    "grants:taxcreditreport-create": {
        "GET": "401 anonymous; 403 *",
        "POST": "401 anonymous; 403 *",
    },
    **{
        f"grants:{duty}-{page}": OF_TOWN_A
        if page == "detail"
        else {"GET": _OWNER_ACT, "POST": _OWNER_ACT}
        for duty in ("disposalrequest", "taxcreditreport")
        for page in ("detail", "update", "transition")
    },
    "grants:changerequest-list": SIGNED_IN,
    # Without ?award= there is nothing to change.
    "grants:changerequest-create": {
        "GET": "401 anonymous; 404 bodies; 403 *",
        "POST": "401 anonymous; 404 bodies; 403 *",
    },
    "grants:changerequest-detail": OF_TOWN_A,
    "grants:changerequest-lines": {"GET": PART, "POST": PART},
    **{
        f"grants:{case}-files": {"GET": PART, "POST": PART}
        for case in ("changerequest", "disposalrequest", "taxcreditreport")
    },
    "grants:changerequest-update": {"GET": _OWNER_ACT, "POST": _OWNER_ACT},
    "grants:changerequest-transition": {"GET": _OWNER_ACT, "POST": _OWNER_ACT},
}

_API_INVITATION = f"{_WRITES}; 200 town-a administrator; 403 hq; 404 *"
_KEY = {"GET": "401 anonymous; 200 town-a administrator auditor; 404 *"}
_KEY_ITSELF = "401 anonymous; 403 read-only-keys administrator"
API = {
    "api-schema": PUBLIC,
    "api-docs": PUBLIC,
    "api-problem": PUBLIC,
    "jgrants-subsidies": {"GET": "400 *"},  # without keyword and acceptance
    "jgrants-subsidy": PUBLIC,
    "commongrants-opportunities": PUBLIC,
    "commongrants-opportunity": PUBLIC,
    "commongrants-search": {"GET": "405 *", "POST": "415 *"},
    "accounts-key-list": API_LIST,
    "accounts-membership-list": API_LIST,
    "accounts-membership-detail": OF_TOWN_A,
    "accounts-membership-end": {
        "POST": f"{_WRITES}; 400 town-a administrator; 403 hq; 404 *",
    },
    "accounts-invitation-list": {
        "GET": "401 anonymous; 200 bodies hq; 403 *",
        "POST": f"{_WRITES}; 400 bodies administrator; 403 *",
    },
    "accounts-invitation-detail": OF_TOWN_A,
    "accounts-invitation-resend": {"POST": _API_INVITATION},
    "accounts-invitation-withdraw": {"POST": _API_INVITATION},
    "accounts-key-detail": _KEY,
    "accounts-key-usage": _KEY,
    "accounts-key-request-list": _KEY,
    "accounts-key-rotate": {"POST": f"{_KEY_ITSELF}; 201 town-a; 404 *"},
    "accounts-key-revoke": {"POST": f"{_KEY_ITSELF}; 200 town-a; 404 *"},
    "api/v1/^.*$": {"GET": "404 *", "POST": "404 *", "PUT": "404 *", "PATCH": "404 *"},
    "core-file-list": {"POST": f"{_WRITES}; 415 *"},
    "core-file-detail": OF_TOWN_A,
    "core-file-content": OF_TOWN_A,
    "core-letter-list": {"GET": API_CASES},
    "core-letter-detail": OF_TOWN_A,
    "core-letter-content": OF_TOWN_A,
    "core-letter-pack": {"POST": f"{_WRITES}; 400 bodies staff; 403 *"},
    "core-reports": API_LIST,
    "core-report-runs": {"POST": f"{_WRITES}; 202 bodies staff; 404 *"},
    "core-job-list": API_LIST,
    "core-job-detail": {"GET": "401 anonymous; 200 officer; 404 *"},  # the officer's own
    "core-job-cancel": {"POST": f"{_WRITES}; 200 officer; 404 *"},
    "accounts-organization-list": API_LIST,
    "accounts-organization-detail": API_LIST,
    "accounts-office-list": API_LIST,
    "accounts-office-detail": API_LIST,
    "accounts-me": API_LIST,
    "approvals-approval-list": {
        "GET": "401 anonymous; 200 hq; 403 *",
        "POST": f"{_WRITES}; 400 officer manager; 403 *",
    },
    "approvals-approval-detail": {
        **API_APPROVAL,
        "PUT": f"{_WRITES}; 428 officer; 403 hq; 404 *",
        "PATCH": f"{_WRITES}; 428 officer; 403 hq; 404 *",
    },
    "approvals-approval-available": API_APPROVAL,
    "approvals-approval-letter-list": API_APPROVAL,
    "approvals-approval-receipt-list": API_APPROVAL,
    "approvals-approval-transition": {
        "POST": f"{_WRITES}; 403 administrator; 409 hq; 404 *",
    },
    "approvals-routerule-list": {"GET": "401 anonymous; 200 hq; 403 *"},
    "approvals-routerule-detail": API_APPROVAL,
    "programs-planline-list": API_LIST,
    "programs-planline-detail": API_LIST,
    "programs-edition-list": API_LIST,
    "programs-edition-detail": API_LIST,
    "programs-call-list": {**API_LIST, "POST": f"{_WRITES}; 400 manager; 403 *"},
    "programs-call-detail": {
        **API_LIST,
        "PUT": f"{_WRITES}; 428 manager; 403 *",
        "PATCH": f"{_WRITES}; 428 manager; 403 *",
    },
    "programs-call-available": API_LIST,
    "programs-call-letter-list": API_LIST,
    "programs-call-receipt-list": API_LIST,
    "programs-call-transition": {"POST": f"{_WRITES}; 400 manager; 403 *"},
    "correspondence-thread-list": {
        "GET": API_CASES,
        "POST": f"{_WRITES}; 400 bodies officer manager; 403 *",
    },
    "correspondence-thread-detail": OF_TOWN_A,
    "correspondence-thread-available": OF_TOWN_A,
    "correspondence-thread-letter-list": OF_TOWN_A,
    "correspondence-thread-receipt-list": OF_TOWN_A,
    "correspondence-thread-messages": {
        "POST": f"{_WRITES}; 400 town-a officer manager; 403 hq; 404 *",
    },
    "correspondence-thread-read": {
        "POST": f"{_WRITES}; 200 town-a hq; 404 *",
    },
    "correspondence-thread-close": {
        "POST": f"{_WRITES}; 200 town-a officer manager; 403 hq; 404 *",
    },
    "correspondence-thread-reopen": {
        "POST": f"{_WRITES}; 409 town-a officer manager; 403 hq; 404 *",
    },
    "correspondence-thread-transition": {
        "POST": f"{_WRITES}; ok town-a officer manager; 403 hq; 404 *",
    },
    "grants-application-list": {
        "GET": API_CASES,
        "POST": f"{_WRITES}; 400 bodies officer manager; 403 *",
    },
    "grants-application-detail": {**OF_TOWN_A, "PUT": API_EDIT, "PATCH": API_EDIT},
    "grants-application-available": OF_TOWN_A,
    "grants-application-letter-list": OF_TOWN_A,
    "grants-application-receipt-list": OF_TOWN_A,
    "grants-application-budget-lines": {"PUT": API_EDIT},
    "grants-application-file-list": {"PUT": API_EDIT},
    "grants-application-parties": {"PUT": API_EDIT},
    "grants-application-replies": {"PUT": API_EDIT},
    "grants-application-judge-again": {
        "GET": "401 anonymous; 200 officer; 403 hq town-a; 404 *",
        "POST": f"{_WRITES}; 428 officer; 403 hq town-a; 404 *",
    },
    "grants-application-transition": {
        "POST": f"{_WRITES}; 400 officer; 403 hq town-a; 404 *",
    },
}

API |= {
    "grants-award-list": {"GET": API_CASES},
    "grants-award-detail": {**OF_TOWN_A, "PUT": API_EDIT, "PATCH": API_EDIT},
    "grants-award-available": OF_TOWN_A,
    "grants-award-letter-list": OF_TOWN_A,
    "grants-award-receipt-list": OF_TOWN_A,
    "grants-award-stages": OF_TOWN_A,
    **{
        f"grants-award-{part}": {"PUT": API_EDIT}
        for part in ("actual-lines", "results", "passed-on", "file-list", "replies")
    },
    "grants-award-transition": {
        "POST": f"{_WRITES}; 400 manager director; 403 hq town-a; 404 *",
    },
    "grants-asset-list": {"GET": API_CASES, "POST": f"{_WRITES}; 400 bodies; 403 *"},
    "grants-asset-detail": OF_TOWN_A,
    "grants-disposalrequest-list": {
        "GET": API_CASES,
        "POST": f"{_WRITES}; 400 bodies officer manager; 403 *",
    },
    "grants-taxcreditreport-list": {"GET": API_CASES},
    **{
        f"grants-{duty}-{part}": OF_TOWN_A
        for duty in ("disposalrequest", "taxcreditreport")
        for part in ("available", "letter-list", "receipt-list")
    },
    **{
        f"grants-{duty}-detail": {**OF_TOWN_A, "PUT": API_EDIT, "PATCH": API_EDIT}
        for duty in ("disposalrequest", "taxcreditreport")
    },
    **{
        f"grants-{duty}-transition": {"POST": f"{_WRITES}; ok town-a; 403 hq; 404 *"}
        for duty in ("disposalrequest", "taxcreditreport")
    },
    "grants-changerequest-list": {
        "GET": API_CASES,
        "POST": f"{_WRITES}; 400 bodies officer manager; 403 *",
    },
    "grants-changerequest-detail": {**OF_TOWN_A, "PUT": API_EDIT, "PATCH": API_EDIT},
    "grants-changerequest-available": OF_TOWN_A,
    "grants-changerequest-letter-list": OF_TOWN_A,
    "grants-changerequest-receipt-list": OF_TOWN_A,
    "grants-changerequest-compared": OF_TOWN_A,
    "grants-changerequest-lines": {"PUT": API_EDIT},
    **{
        f"grants-{case}-file-list": {"PUT": API_EDIT}
        for case in ("changerequest", "disposalrequest", "taxcreditreport")
    },
    "grants-changerequest-transition": {"POST": f"{_WRITES}; 400 town-a; 403 hq; 404 *"},
    "grants-review-list": {
        "GET": "401 anonymous; 200 reviewer hq; 403 *",
        "POST": f"{_WRITES}; 400 officer; 403 *",
    },
    "grants-review-detail": {
        **OF_THE_REVIEWER,
        "PUT": f"{_WRITES}; 428 reviewer; 403 hq; 404 *",
        "PATCH": f"{_WRITES}; 428 reviewer; 403 hq; 404 *",
    },
    "grants-review-available": OF_THE_REVIEWER,
    "grants-review-letter-list": OF_THE_REVIEWER,
    "grants-review-receipt-list": OF_THE_REVIEWER,
    "grants-review-transition": {"POST": f"{_WRITES}; 400 reviewer; 403 hq; 404 *"},
}

_API_OF_HQ = {"GET": "401 anonymous; 200 hq; 403 *"}
API |= {
    "finance-commitment-list": {"GET": API_CASES},
    "finance-commitment-detail": OF_TOWN_A,
    "finance-payment-list": {
        "GET": API_CASES,
        "POST": f"{_WRITES}; 400 bodies officer manager; 403 *",
    },
    "finance-payment-detail": {
        **OF_TOWN_A,
        "PUT": f"{_WRITES}; 428 town-a; 403 hq; 404 *",
        "PATCH": f"{_WRITES}; 428 town-a; 403 hq; 404 *",
    },
    "finance-payment-available": OF_TOWN_A,
    "finance-payment-letter-list": OF_TOWN_A,
    "finance-payment-receipt-list": OF_TOWN_A,
    "finance-payment-transition": {"POST": f"{_WRITES}; 400 finance; 403 hq town-a; 404 *"},
    "finance-repayment-list": {"GET": API_CASES},
    "finance-repayment-detail": OF_TOWN_A,
    "finance-repayment-available": OF_TOWN_A,
    "finance-repayment-letter-list": OF_TOWN_A,
    "finance-repayment-receipt-list": OF_TOWN_A,
    "finance-repayment-transition": {"POST": f"{_WRITES}; 400 finance; 403 hq town-a; 404 *"},
    "finance-bankaccount-list": {
        "GET": API_CASES,
        "POST": f"{_WRITES}; 400 bodies officer manager; 403 *",
    },
    "finance-bankaccount-detail": {
        **OF_TOWN_A,
        "PUT": f"{_WRITES}; 428 town-a; 403 hq; 404 *",
        "PATCH": f"{_WRITES}; 428 town-a; 403 hq; 404 *",
    },
    "finance-bankaccount-available": OF_TOWN_A,
    "finance-bankaccount-letter-list": OF_TOWN_A,
    "finance-bankaccount-receipt-list": OF_TOWN_A,
    "finance-bankaccount-transition": {"POST": f"{_WRITES}; 200 finance; 403 hq town-a; 404 *"},
    "finance-ledger-list": _API_OF_HQ,
    "finance-ledger-detail": {"GET": "401 anonymous; 200 hq; 404 *"},
    "finance-yearclosing-list": {**_API_OF_HQ, "POST": f"{_WRITES}; 400 finance; 403 *"},
    "finance-yearclosing-detail": {"GET": "401 anonymous; 200 hq; 404 *"},
}
PAGES |= {
    "finance:payment-list": SIGNED_IN,
    "finance:payment-export": {"POST": "401 anonymous; 302 staff; 403 *"},
    # Without ?commitment= there is nothing to claim under.
    "finance:payment-create": {
        "GET": "401 anonymous; 404 bodies; 403 *",
        "POST": "401 anonymous; 404 bodies; 403 *",
    },
    "finance:payment-detail": OF_TOWN_A,
    "finance:payment-update": {
        "GET": "401 anonymous; ok town-a; 403 hq; 404 *",
        "POST": "401 anonymous; ok town-a; 403 hq; 404 *",
    },
    "finance:payment-transition": {
        "GET": "401 anonymous; 200 finance; 403 hq town-a; 404 *",
        "POST": "401 anonymous; 400 finance; 403 hq town-a; 404 *",
    },
    "finance:repayment-list": SIGNED_IN,
    "finance:repayment-create": {"GET": "401 anonymous; 403 *", "POST": "401 anonymous; 403 *"},
    "finance:repayment-detail": OF_TOWN_A,
    "finance:repayment-update": {
        "GET": "401 anonymous; 403 town-a hq; 404 *",
        "POST": "401 anonymous; 403 town-a hq; 404 *",
    },
    "finance:repayment-transition": {
        "GET": "401 anonymous; 200 finance; 403 hq town-a; 404 *",
        "POST": "401 anonymous; 400 finance; 403 hq town-a; 404 *",
    },
    "finance:bankaccount-list": SIGNED_IN,
    "finance:bankaccount-create": {
        "GET": "401 anonymous; 200 bodies; 403 *",
        "POST": "401 anonymous; 400 bodies; 403 *",
    },
    "finance:bankaccount-detail": OF_TOWN_A,
    "finance:bankaccount-update": {
        "GET": "401 anonymous; 200 town-a; 403 hq; 404 *",
        "POST": "401 anonymous; 400 town-a; 403 hq; 404 *",
    },
    "finance:bankaccount-transition": {
        "GET": "401 anonymous; 200 finance; 403 hq town-a; 404 *",
        "POST": "401 anonymous; 302 finance; 403 hq town-a; 404 *",
    },
}

_OWN = {"GET": "401 anonymous; ok *", "POST": "401 anonymous; ok *"}
_OWN_NONE_YET = {"GET": "401 anonymous; 404 *"}
SIGN_IN = {
    "account_login": {"GET": "200 anonymous; 302 *", "POST": "200 anonymous; 302 *"},
    "account_logout": {"GET": "302 anonymous; 200 *", "POST": "302 *"},
    "account_inactive": PUBLIC,
    "account_email_verification_sent": PUBLIC,
    "account_confirm_email": PUBLIC,
    "account_reset_password": {"GET": "200 *", "POST": "200 *"},
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": {"GET": "200 *", "POST": "200 *"},
    "account_reset_password_from_key_done": PUBLIC,
    "account_confirm_login_code": {"GET": "401 anonymous; 302 *", "POST": "401 anonymous; 302 *"},
    # Says that accounts come by invitation.
    "account_signup": {"GET": "200 anonymous; 302 *", "POST": "200 anonymous; 302 *"},
    "account_email": CLOSED,
    "account/email/": CLOSED,
    "account_reauthenticate": _OWN,
    "account_change_password": _OWN,
    "account_set_password": _OWN,
    "usersessions_list": _OWN,
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": {"GET": "401 anonymous; 302 *", "POST": "401 anonymous; 302 *"},
    "mfa_login_webauthn": {"GET": "401 anonymous; 302 *", "POST": "401 anonymous; 302 *"},
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_reauthenticate": _OWN,
    "mfa_reauthenticate_webauthn": _OWN,
    "mfa_activate_totp": _OWN,
    "mfa_deactivate_totp": _OWN_NONE_YET,
    "mfa_view_recovery_codes": _OWN_NONE_YET,
    "mfa_download_recovery_codes": _OWN_NONE_YET,
    "mfa_generate_recovery_codes": _OWN,
    "mfa_add_webauthn": _OWN,
    "mfa_remove_webauthn": _OWN,
    "mfa_edit_webauthn": _OWN,
}


def staff(text: str) -> str:
    """A rule of the admin: to people of no office nothing is there."""
    return f"401 anonymous; 404 bodies outside; {text}"


ADMIN_PAGES = {
    "admin:index": {"GET": staff("200 *")},
    "admin:search": {"GET": staff("200 *")},
    "admin:file_preview": {"GET": staff("404 office; 200 *")},
    "admin:jobs": {"GET": staff("200 *")},
    "admin:job": {"GET": staff("200 officer; 404 *")},  # the officer's own
    "admin:job-cancel": {"POST": staff("302 officer; 404 *")},
    "admin:grants_application_statistics": {"GET": staff("200 *")},
    "admin:grants_application_export": {"POST": staff("302 *")},
    "admin:grants_application_reviewers": {
        "GET": staff("404 officer; 403 *"),  # without ?items= there is nothing to assign
        "POST": staff("404 officer; 403 *"),
    },
    "admin:grants_application_ranking": {
        "GET": staff("403 office; 200 *"),
        "POST": staff("403 office; 200 *"),
    },
    "admin:grants_application_ranking_export": {"POST": staff("404 *")},
    "admin:grants_review_transition": {
        "GET": staff("404 office; 403 *"),
        "POST": staff("404 office; 403 *"),
    },
    "admin:app_list": {"GET": staff("200 *")},
    "admin:jsi18n": {"GET": staff("200 *")},
    "admin:deadlines": {"GET": staff("200 *")},
    "admin:login": {"GET": "401 anonymous; 404 *"},
    "admin:logout": {"GET": "302 anonymous; 404 bodies outside; 302 *"},
    "admin:password_change": {"GET": staff("302 *")},
    "admin:password_change_done": {"GET": staff("200 *")},
    "admin:autocomplete": {"GET": staff("403 *")},  # 403 without the name of a field
    "admin:view_on_site": {"GET": staff("404 *")},
    "admin/(?P<url>.*)$": {"GET": staff("404 *")},
    "admin:core_purgelist_rules": {"GET": staff("200 administrator auditor; 403 *")},
    "admin:core_purgelist_decide": {"POST": staff("404 office; 302 administrator; 403 *")},
    "admin:core_reminder_handle": {"POST": staff("404 office; 302 officer manager; 403 *")},
    "admin:core_letter_pack": {"POST": staff("302 *")},
    "admin:core_letter_issue": {"POST": staff("404 office; 302 document-officer; 403 *")},
    "admin:core_letter_void": {
        "GET": staff("404 office; 200 document-officer; 403 *"),
        "POST": staff("404 office; 200 document-officer; 403 *"),
    },
    "admin:core_letter_reissue": {
        "GET": staff("404 office; 200 document-officer; 403 *"),
        "POST": staff("404 office; 200 document-officer; 403 *"),
    },
    "admin:accounts_user_reset_factor": {
        "GET": staff("404 office; 200 administrator; 403 *"),
        "POST": staff("404 office; 200 administrator; 403 *"),
    },
    "admin:grants_application_transition": {
        "GET": staff("404 office; 200 officer; 403 *"),
        "POST": staff("404 office; 400 officer; 403 *"),
    },
    "admin:grants_award_transition": {
        "GET": staff("404 office; 200 manager director; 403 *"),
        "POST": staff("404 office; 400 manager director; 403 *"),
    },
    "admin:grants_changerequest_transition": {
        "GET": staff("404 office; 200 officer manager; 403 *"),
        "POST": staff("404 office; 400 officer manager; 403 *"),
    },
    **{
        f"admin:grants_{duty}_transition": {
            "GET": staff("404 office; 200 officer manager; 403 *"),
            "POST": staff("404 office; 400 officer manager; 403 *"),
        }
        for duty in ("disposalrequest", "taxcreditreport")
    },
    **{
        f"admin:grants_{duty}_preview": {
            "GET": staff("404 office; 200 *"),
            "POST": staff("405 *"),
        }
        for duty in ("disposalrequest", "taxcreditreport")
    },
    "admin:grants_changerequest_preview": {
        "GET": staff("404 office; 200 *"),
        "POST": staff("405 *"),
    },
    "admin:grants_award_preview": {"GET": staff("404 office; 200 *"), "POST": staff("405 *")},
    "admin:grants_application_judge_again": {
        "GET": staff("404 office; 200 officer; 403 *"),
        "POST": staff("404 office; 400 officer; 403 *"),
    },
    "admin:grants_application_preview": {
        "GET": staff("404 office; 200 *"),
        "POST": staff("405 *"),
    },
    "admin:correspondence_thread_transition": {
        "GET": staff("404 office; 200 officer manager; 403 *"),
        "POST": staff("404 office; 400 officer manager; 403 *"),
    },
    "admin:approvals_approval_transition": {
        "GET": staff("404 office; 403 *"),
        "POST": staff("404 office; 403 administrator auditor; 409 *"),
    },
    "admin:programs_formversion_preview": {"GET": staff("200 *"), "POST": staff("200 *")},
    "admin:programs_formversion_publish": {  # the sample is published
        "GET": staff("403 *"),
        "POST": staff("403 *"),
    },
    "admin:programs_call_transition": {
        "GET": staff("200 manager; 403 *"),
        "POST": staff("400 manager; 403 *"),
    },
    "admin:programs_edition_opening": {
        "GET": staff("200 *"),
        "POST": staff("400 manager administrator; 403 *"),
    },
    "admin:programs_edition_copy": {
        "GET": staff("200 manager administrator; 403 *"),
        "POST": staff("400 manager administrator; 403 *"),
    },
    "admin:programs_edition_checklist": {
        "GET": staff("200 *"),
        "POST": staff("409 manager administrator; 403 *"),
    },
}

_FINANCE_PAGE = {"GET": staff("200 finance; 403 *"), "POST": staff("400 finance; 403 *")}
ADMIN_PAGES |= {
    "admin:finance_payment_transfers": _FINANCE_PAGE,
    "admin:finance_payment_transfer": {"GET": staff("404 finance; 403 *")},
    "admin:finance_payment_transition": {
        "GET": staff("404 office; 200 finance; 403 *"),
        "POST": staff("404 office; 400 finance; 403 *"),
    },
    "admin:finance_payment_preview": {"GET": staff("404 office; 200 *"), "POST": staff("405 *")},
    "admin:finance_payment_export": {"POST": staff("302 *")},
    "admin:finance_repayment_transition": {
        "GET": staff("404 office; 200 finance; 403 *"),
        "POST": staff("404 office; 400 finance; 403 *"),
    },
    "admin:finance_repayment_preview": {"GET": staff("404 office; 200 *"), "POST": staff("405 *")},
    "admin:finance_bankaccount_transition": {
        "GET": staff("404 office; 200 finance; 403 *"),
        "POST": staff("404 office; 302 finance; 403 *"),
    },
    "admin:finance_bankaccount_preview": {
        "GET": staff("404 office; 200 *"),
        "POST": staff("405 *"),
    },
    "admin:finance_editionledger_months": {"GET": staff("404 office; 200 *")},
    "admin:finance_editionledger_years": {
        "GET": staff("403 office; 200 *"),
        "POST": staff("400 finance; 403 *"),
    },
    "admin:finance_ledgerentry_export": {"POST": staff("403 office; 302 *")},
}

_EDITORS = "manager administrator"
# Who of the staff lists, reads the sample record, adds, and changes it.
ADMIN_MODELS = {
    "accounts_user": ("staff", "hq", "", "administrator"),
    "accounts_organization": ("staff", "staff", "administrator", "administrator"),
    "accounts_organizationrole": ("staff", "staff", "administrator", "administrator"),
    "accounts_office": ("staff", "staff", "administrator", "administrator"),
    "accounts_section": ("staff", "staff", "administrator", "administrator"),
    "accounts_post": ("staff", "staff", "administrator", "administrator"),
    "accounts_membership": ("staff", "hq", "administrator", "administrator"),
    "accounts_invitation": ("hq", "hq", "administrator", ""),
    "accounts_sectiongrant": ("hq", "hq", "administrator", "administrator"),
    "accounts_apikey": ("staff", "administrator auditor", "", "administrator"),  # or one's own
    "approvals_approval": ("hq", "hq", "officer manager", ""),  # the sample is decided
    "approvals_routerule": ("hq", "hq", "administrator", "administrator"),
    "programs_area": ("staff", "staff", _EDITORS, _EDITORS),
    "programs_initiative": ("staff", "staff", _EDITORS, _EDITORS),
    "programs_program": ("staff", "staff", _EDITORS, _EDITORS),
    "programs_edition": ("staff", "staff", _EDITORS, _EDITORS),
    "programs_planline": ("staff", "staff", _EDITORS, _EDITORS),
    "programs_ruleset": ("staff", "staff", _EDITORS, ""),  # saved anew, never changed
    "programs_form": ("staff", "staff", _EDITORS, _EDITORS),
    "programs_formversion": ("staff", "staff", _EDITORS, ""),  # the sample is published
    "programs_call": ("staff", "staff", "manager", ""),  # the sample is open
    "grants_application": ("staff", "hq", "officer manager", ""),  # the sample is submitted
    "grants_award": ("staff", "hq", "", "officer manager"),  # the sample is under way
    "grants_changerequest": ("staff", "hq", "", "officer manager"),  # the sample is a draft
    "grants_disposalrequest": ("staff", "hq", "", "officer manager"),  # the sample is a draft
    "grants_taxcreditreport": ("staff", "hq", "", "officer manager"),  # the sample is due
    "grants_review": ("hq", "hq", "", ""),
    "correspondence_thread": ("staff", "hq", "", ""),
    "finance_payment": ("staff", "hq", "officer manager", ""),  # the sample is claimed
    "finance_repayment": ("staff", "hq", "", ""),
    "finance_bankaccount": ("staff", "hq", "officer manager", "officer manager"),
    "finance_editionledger": ("hq", "hq", "", ""),
    "finance_ledgerentry": ("hq", "hq", "", ""),
    "core_letter": ("staff", "hq", "", ""),
    "core_outboxmessage": ("hq", "hq", "", ""),
    "core_reminder": ("hq", "hq", "", ""),
    "core_purgelist": ("administrator auditor", "administrator auditor", "", ""),
    "core_auditevent": ("administrator auditor", "administrator auditor", "", ""),
}


def _of_model(label: str) -> dict[str, dict[str, str]]:
    lists, reads, adds, changes = ADMIN_MODELS[label]
    app, model = label.split("_")
    shown = f"200 {reads}; 404 {lists}; 403 *"
    saved = f"ok {changes}; no *"
    return {
        f"admin:{label}_changelist": {"GET": staff(f"200 {lists}; 403 *")},
        f"admin:{label}_save_view": {"POST": staff(f"302 {lists}; 403 *")},
        f"admin:{label}_drop_view": {"POST": staff("404 *")},  # nobody else's view
        f"admin:{label}_add": {
            "GET": staff(f"200 {adds}; 403 *"),
            "POST": staff(f"ok {adds}; 403 *"),
        },
        f"admin:{label}_change": {"GET": staff(shown), "POST": staff(saved)},
        f"admin:{label}_history": {"GET": staff(f"200 {reads}; 404 {lists}; no *")},
        f"admin:{label}_delete": {"GET": staff("403 *"), "POST": staff("403 *")},
        f"admin/{app}/{model}/<path:object_id>/": {"GET": staff("302 *")},  # to …/change/
    }


TABLE: dict[str, dict[str, str]] = {**PAGES, **API, **SIGN_IN, **ADMIN_PAGES}
for _label in ADMIN_MODELS:
    TABLE |= _of_model(_label)
