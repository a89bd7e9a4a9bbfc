"""Every row of cases.md, grants.Application: from where to where, who may, what it needs and does."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core import audit, workflow
from core.fiscal import JST
from core.workflow import InvalidTransition
from grants.models import Application, ApplicationParty
from tests.factories.accounts import make_body, make_member, make_section, make_staff
from tests.factories.grants import (
    ANSWERED,
    DATA,
    NOW,
    PATHS,
    edit,
    mails_of,
    make_application,
    make_approval_of,
    make_draft,
    paper,
    town_story,
)

pytestmark = pytest.mark.django_db

# cases.md, row by row: name → {from: to}. `submit` and `forward` have tests of their own targets.
ROWS = {
    "submit": {"draft": "submitted", "returned": "received"},
    "forward": {"at_intermediary": "submitted"},
    "accept_late": {"late": "received"},
    "refuse": {"late": "not_accepted", "submitted": "not_accepted"},
    "receive": {"submitted": "received"},
    "return_for_correction": {
        "at_intermediary": "returned",
        "received": "returned",
        "under_review": "returned",
    },
    "lapse": {"returned": "not_accepted"},
    "start_review": {"received": "under_review"},
    "recommend": {"under_review": "recommended"},
    "send_back": {"recommended": "under_review"},
    "notify_informally": {"decided": "informally_notified"},
    "announce": {"decided": "announced", "informally_notified": "announced"},
    "withdraw": {
        status: "withdrawn"
        for status in PATHS
        if status not in ("announced", "not_accepted", "withdrawn")
    },
}
WHO = {
    "submit": {"clerk"},
    "forward": {"branch"},
    "accept_late": {"manager"},
    "refuse": {"manager"},
    "receive": {"officer"},
    "return_for_correction": {"officer"},
    "lapse": {"manager"},
    "start_review": {"officer"},
    "recommend": {"officer"},
    "send_back": {"manager"},
    "notify_informally": {"manager"},
    "announce": {"manager"},
    "withdraw": {"clerk"},
}
CASES = [(name, before, after) for name, to in ROWS.items() for before, after in to.items()]


@pytest.fixture
def story():
    return town_story()


def routed_for(status):
    return town_story(routed=status == "at_intermediary")


def at(status, story):
    """The case in its status, made ready for what comes next."""
    case = make_application(story, status)
    if status == "returned":
        case = edit(story, case, **ANSWERED)
    return case


def when(name):
    due = date.fromisoformat(DATA["return_for_correction"]["due"])
    overdue = datetime.combine(due + timedelta(days=1), time(0), JST)
    return overdue if name == "lapse" else NOW


def people(story):
    """Everybody who may be tried: the story's, and staff who only read."""
    return {
        "clerk": story.clerk,
        "drafter": story.drafter,
        "viewer": story.viewer,
        "other": story.other,
        "branch": story.branch,
        "officer": story.desk.officer,
        "manager": story.desk.manager,
        "director": story.desk.director,
        "finance": story.desk.finance,
        "auditor": make_staff("auditor"),
        "administrator": make_staff("administrator"),
        "office": make_staff("office"),
    }


@pytest.mark.parametrize(("name", "before", "after"), CASES)
def test_row_leads_from_its_source_to_its_target(name, before, after):
    story = routed_for(before)
    case = at(before, story)
    by = story.branch if before == "at_intermediary" and name != "withdraw" else None

    moved = story.run(case, name, when(name), **({"by": by} if by else {}))

    assert (moved.status, moved.version) == (after, case.version + 1)
    assert audit.latest_actor(moved, name) == (by or story.actor(name)).pk


@pytest.mark.parametrize("status", PATHS)
def test_rows_of_other_statuses_do_not_run(status):
    story = routed_for(status)
    case = at(status, story)

    for name in [name for name in ROWS if status not in ROWS[name]]:
        with pytest.raises((InvalidTransition, PermissionDenied)):
            story.run(case, name, when(name))
    case.refresh_from_db()
    assert case.status == status


@pytest.mark.parametrize("name", [name for name in ROWS if name != "forward"])
def test_row_is_for_those_named_and_nobody_else(name, story):
    case = at(next(iter(ROWS[name])) if name != "return_for_correction" else "received", story)

    allowed = {
        who
        for who, user in people(story).items()
        if user.has_perm(f"grants.{name}_application", case)
    }
    refused = [user for who, user in people(story).items() if who not in WHO[name]]

    assert allowed == WHO[name]
    for user in refused:
        with pytest.raises(PermissionDenied):
            workflow.run(case, name, by=user, now=when(name), data=DATA.get(name))


def test_branch_alone_forwards_and_returns_what_waits_for_it():
    story = routed_for("at_intermediary")
    case = make_application(story, "at_intermediary")

    for name in ("forward", "return_for_correction"):
        for who, user in people(story).items():
            if who == "branch":
                continue
            with pytest.raises((PermissionDenied, InvalidTransition)):
                workflow.run(case, name, by=user, now=NOW, data=DATA.get(name))
    assert workflow.run(case, "forward", by=story.branch, now=NOW).forwarded_at == NOW


def test_other_branch_and_a_branch_that_is_not_on_the_route_see_nothing(story):
    routed = routed_for("at_intermediary")
    case = make_application(routed, "at_intermediary")
    direct = make_application(story, "submitted")

    def seen(user):
        return set(Application.objects.visible_to(user))

    assert seen(routed.branch) == {case}
    assert seen(story.branch) == set()
    assert direct not in seen(routed.branch)


def test_branch_does_not_see_a_draft():
    story = town_story(routed=True)
    make_draft(story)

    assert not Application.objects.visible_to(story.branch).exists()


@pytest.mark.parametrize("status", ROWS["withdraw"])
def test_withdrawal_is_the_same_everywhere_and_frees_the_budget(status):
    story = routed_for(status)
    case = make_application(story, status)
    shown = workflow.status_label(case, story.clerk)

    with pytest.raises(ValidationError):
        story.run(case, "withdraw", reason="")
    case = story.run(case, "withdraw")

    story.call.edition.refresh_from_db()
    assert (case.status, story.call.edition.decided_total) == ("withdrawn", 0)
    assert case.closing_reason == DATA["withdraw"]["reason"]
    assert mails_of(case, "withdraw") == ([] if status == "draft" else [story.desk.section.mailbox])
    if status in ("recommended", "decided"):
        under_review = make_application(story, "under_review")
        assert shown == workflow.status_label(under_review, story.clerk)
    else:
        assert shown


def test_withdrawn_one_drops_out_of_its_approval(story):
    gone, kept = (make_application(story, "recommended") for _ in range(2))
    approval = make_approval_of(story, [gone, kept])
    story.run(gone, "withdraw")

    workflow.run(approval, "decide", by=story.desk.director, now=NOW)

    kept.refresh_from_db()
    story.call.edition.refresh_from_db()
    assert (kept.status, story.call.edition.decided_total) == ("decided", 1_000_000)


def test_officer_withdraws_only_for_the_body_whose_letter_came(story):
    case = make_application(story, "received")

    with pytest.raises(PermissionDenied):
        story.run(case, "withdraw", by=story.desk.officer)
    behalf = paper(story, NOW.date())
    case = story.run(case, "withdraw", by=story.desk.officer, behalf=behalf)

    assert audit.events_for(case)[0].on_behalf_of == story.town.name


def test_joint_body_reads_the_implementer_drafts_and_only_the_lead_submits(story):
    case = make_draft(story)
    joint, npo = make_member(make_body("city")), make_member(make_body("npo"))
    for user, kind in ((joint, "joint"), (npo, "implementer")):
        body = user.access.posts[0].section.organization
        ApplicationParty.objects.create(application=case, organization=body, kind=kind)

    rights = defaultdict(set)
    for who, user in {
        "clerk": story.clerk,
        "joint": joint,
        "npo": npo,
        "other": story.other,
    }.items():
        for verb in ("view", "change", "submit", "withdraw"):
            if user.has_perm(f"grants.{verb}_application", case):
                rights[who].add(verb)

    assert dict(rights) == {
        "clerk": {"view", "change", "submit", "withdraw"},
        "joint": {"view"},
        "npo": {"view", "change"},
    }
    assert workflow.edit(
        case, by=npo, now=NOW, version=case.version, changes={"title": "NPOの下書き"}
    )
    for user in (joint, npo):
        with pytest.raises(PermissionDenied):
            story.run(case, "submit", by=user)


@pytest.mark.parametrize("status", PATHS)
def test_application_is_edited_as_draft_or_returned_and_at_no_other_time(status):
    story = routed_for(status)
    case = make_application(story, status)

    assert workflow.may_edit(case, story.drafter) == (status in ("draft", "returned"))
    assert not workflow.may_edit(case, story.viewer)
    if status not in ("draft", "returned"):
        with pytest.raises(InvalidTransition):
            edit(story, case, title="後からの変更")


def test_other_section_of_the_same_town_sees_nothing(story):
    make_application(story, "submitted")
    tourism = make_member(story.town, section=make_section(story.town, name="観光課"))

    assert not Application.objects.visible_to(tourism).exists()
    assert not Application.objects.visible_to(story.other).exists()
    assert Application.objects.visible_to(story.viewer).count() == 1
