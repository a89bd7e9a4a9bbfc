"""Every role is well formed, and holds what design.md and cases.md give it."""

import re

import pytest
from django.apps import apps

from accounts import roles
from core import registry

APPS = {"core", "accounts", "approvals", "programs", "finance", "correspondence", "grants"}
NAME = re.compile(r"(?P<app>[a-z]+)\.(?P<verb>[a-z_]+)_(?P<model>[a-z]+)\Z")
CASE_ACTS = re.compile(r"grants\.(?!view_)")
SPECIAL = {"core.file_for_body"}


def every_permission():
    return sorted(frozenset().union(*(role.permissions for role in roles.ROLES.values())) - SPECIAL)


def existing():
    """Permissions that a model or a registered workflow declares."""
    found = set()
    for model in apps.get_models():
        label, name = model._meta.app_label, model._meta.model_name
        found |= {f"{label}.{verb}_{name}" for verb in model._meta.default_permissions}
        found |= {f"{label}.{codename}" for codename, _text in model._meta.permissions}
    for model, flow in registry.workflows.items():
        label, name = model._meta.app_label, model._meta.model_name
        verbs = {"view", "add", "change"} | {row.verb for row in flow.transitions}
        found |= {f"{label}.{verb}_{name}" for verb in verbs}
    return found


@pytest.mark.parametrize("permission", every_permission())
def test_permission_names_an_app_a_verb_and_a_model(permission):
    match = NAME.match(permission)

    assert match is not None
    assert match["app"] in APPS
    assert match["model"] in {
        m._meta.model_name for m in apps.get_app_config(match["app"]).get_models()
    }


def test_every_permission_exists():
    # The letter's two acts are core's own and no workflow's; the audit is read on its own page.
    beside = {"core.issue_letter", "core.void_letter", "core.view_auditevent"}

    assert set(every_permission()) - existing() - beside == set()


def test_roles_are_exactly_those_of_the_design():
    assert set(roles.STAFF_ROLES) == {
        "officer",
        "manager",
        "director",
        "finance",
        "document_officer",
        "office",
        "jet_placement",
        "jet_subsidy",
        "jet_counselling",
        "jet_alumni",
        "jet_safety",
        "administrator",
        "auditor",
    }
    assert set(roles.BODY_ROLES) == {"org_admin", "submitter", "contact", "viewer"}
    assert set(roles.HOLDER_ROLES) == {"branch", "coordinating", "contracting"}
    assert set(roles.OUTSIDE_ROLES) == {"reviewer", "expert", "participant", "company", "partner"}
    assert all(role.name == name and str(role.label) for name, role in roles.ROLES.items())


def acts(role):
    return {p.partition(".")[2] for p in roles.ROLES[role].permissions if CASE_ACTS.match(p)}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("officer", "receive return_for_correction start_review recommend judge_again"),
        ("manager", "accept_late refuse lapse send_back decide notify_informally announce"),
        ("director", "decide"),
        ("finance", ""),
        ("document_officer", ""),
        ("administrator", ""),
        ("auditor", ""),
        ("submitter", "add change submit withdraw"),
        ("contact", "add change"),
        ("viewer", ""),
        ("org_admin", ""),
        ("branch", "forward"),
        ("party_joint", ""),
        ("party_implementer", "change"),
        ("partner", ""),
        ("reviewer", ""),
    ],
)
def test_acts_on_an_application_are_those_of_the_table(role, expected):
    found = {act for act in acts(role) if act.endswith("_application")}
    assert found == {f"{verb}_application" for verb in expected.split()}


def test_reviews_are_assigned_by_officers_and_scored_by_reviewers_alone():
    verbs = ("add", "change", "declare", "score", "submit", "reopen")
    may = {
        verb: {
            name
            for name, role in roles.ROLES.items()
            if f"grants.{verb}_review" in role.permissions
        }
        for verb in verbs
    }

    own = {"reviewer"}
    assert may == {
        **dict.fromkeys(verbs, own),
        "add": {"officer"},
        "reopen": {"officer"},
    }


def test_nobody_may_delete():
    assert [p for p in every_permission() if ".delete_" in p] == []


def test_audit_is_read_by_auditor_and_administrator_alone():
    readers = {n for n, r in roles.ROLES.items() if "core.view_auditevent" in r.permissions}

    assert readers == {"administrator", "auditor"}


def test_partners_read_what_is_public():
    held = roles.permissions_of({"partner", *roles.OF_EVERY_USER})

    assert "programs.view_call" in held
    assert "accounts.view_organization" in held
    assert not any(".view_application" in p or ".view_letter" in p for p in held)
