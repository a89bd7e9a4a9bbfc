"""Drafting: who may, on which cases, on which route, under which number."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from approvals.actions import RouteStep, draft_approval, revise, standard_route
from approvals.models import Approval
from core import audit, workflow
from core.fiscal import JST
from core.workflow import InvalidTransition, StaleVersion
from tests.factories.accounts import join, make_body, make_member, make_post, make_staff
from tests.factories.approvals import (
    circulate,
    make_approval,
    make_desk,
    make_recommended,
    post_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return make_desk()


def route(*steps):
    return [RouteStep(kind, post_of(user)) for kind, user in steps]


def refused(**values):
    with pytest.raises(ValidationError) as caught:
        draft_approval(**{"subject": "件名", "act": "decide", "now": timezone.now(), **values})
    return caught.value.messages


def test_numbers_run_by_fiscal_year_without_gap(desk):
    before, after = datetime(2026, 3, 31, 23, 59, tzinfo=JST), datetime(2026, 4, 1, tzinfo=JST)

    numbers = [make_approval(desk, now=now).number for now in (before, before, after)]
    with pytest.raises(ValidationError):
        make_approval(desk, cases=[make_recommended(status="under_review")], now=after)
    numbers.append(make_approval(desk, now=after).number)

    assert numbers == ["起案2025-0001", "起案2025-0002", "起案2026-0001", "起案2026-0002"]


def test_draft_holds_its_cases_in_order_and_is_audited(desk):
    cases = [make_recommended(), make_recommended(), make_recommended()]

    approval = make_approval(desk, cases=[cases[2], cases[0], cases[1]])

    assert approval.cases() == [cases[2], cases[0], cases[1]]
    assert (approval.status, approval.case_label) == ("draft", "grants.Application")
    assert (approval.drafted_post, approval.section) == (post_of(desk.officer), desk.section)
    event = audit.events_for(approval).get()
    assert (event.action, event.actor_id) == ("approvals.approval.add", desk.officer.pk)


def test_standard_route_asks_the_manager_finance_and_the_director(desk):
    approval = make_approval(desk)

    assert [(step.kind, step.post) for step in approval.route] == [
        ("review", post_of(desk.manager)),
        ("consult", post_of(desk.finance)),
        ("decide", post_of(desk.director)),
    ]


def test_standard_route_leaves_out_the_drafter_and_finance_where_no_money_moves(desk):
    today = timezone.localdate()

    kinds = [step.kind for step in standard_route("award", post_of(desk.manager), today)]

    assert kinds == ["decide"]


@pytest.mark.parametrize("role", ["director", "finance", "auditor", "administrator"])
def test_only_officers_and_managers_draft(desk, role):
    staff = make_staff(role)

    with pytest.raises(PermissionDenied):
        make_approval(desk, by=staff)


def test_bodies_do_not_draft(desk):
    member = make_member(make_body())

    with pytest.raises(PermissionDenied):
        make_approval(desk, by=member)


def test_money_needs_the_consent_of_finance(desk):
    steps = route(("review", desk.manager), ("decide", desk.director))

    assert len(refused(cases=[make_recommended()], steps=steps, by=desk.officer)) == 1


@pytest.mark.parametrize(
    "kinds",
    [
        ("consult",),
        ("decide", "consult"),
        ("decide", "consult", "decide"),
        ("consult", "review"),
    ],
)
def test_route_has_exactly_one_decision_at_its_end(desk, kinds):
    people = {"decide": [desk.director, desk.manager], "consult": [desk.finance]}
    people["review"] = [desk.officer]
    steps = route(*((kind, people[kind].pop()) for kind in kinds))

    assert len(refused(cases=[make_recommended()], steps=steps, by=desk.officer)) == 1


def test_empty_route_is_refused(desk):
    assert len(refused(cases=[make_recommended()], steps=[], by=desk.officer)) == 2


def test_decider_is_a_manager_or_director(desk):
    other = make_staff("officer", desk.section)
    steps = route(("consult", desk.finance), ("decide", other))

    assert len(refused(cases=[make_recommended()], steps=steps, by=desk.officer)) == 1


def test_post_stands_once_on_the_route(desk):
    steps = route(("review", desk.director), ("consult", desk.finance), ("decide", desk.director))

    assert len(refused(cases=[make_recommended()], steps=steps, by=desk.officer)) == 1


def test_post_that_ended_or_is_a_bodys_does_not_sign(desk):
    member = make_member(make_body())
    ended = make_post(desk.section, "manager")
    ended.valid_to = timezone.localdate() - timedelta(days=1)
    ended.save()
    steps = [RouteStep("review", ended), RouteStep("review", post_of(member))]
    steps += route(("consult", desk.finance), ("decide", desk.director))

    assert len(refused(cases=[make_recommended()], steps=steps, by=desk.officer)) == 2


def test_cases_are_asked_for_and_named_once(desk):
    case = make_recommended()

    assert refused(cases=[], by=desk.officer) != refused(cases=[case, case], by=desk.officer)


def test_act_must_be_one_that_needs_an_approval(desk):
    steps = route(("decide", desk.director))

    messages = refused(cases=[make_recommended()], act="send_back", steps=steps, by=desk.officer)

    assert len(messages) == 1


def test_case_in_another_status_is_named(desk):
    cases = [make_recommended(), make_recommended(title="浜の講座", status="under_review")]

    [message] = refused(cases=cases, by=desk.officer)

    assert message.startswith("浜の講座")


def test_case_is_in_one_open_approval_until_that_is_recalled(desk):
    case = make_recommended()
    first = make_approval(desk, cases=[case])

    [message] = refused(cases=[case], by=desk.officer)
    workflow.run(first, "recall", by=desk.officer, now=timezone.now())
    second = make_approval(desk, cases=[case])

    assert first.number in message
    assert second.cases() == [case]
    with pytest.raises(ValidationError):
        workflow.run(first, "submit", by=desk.officer, now=timezone.now())


def test_drafter_revises_words_cases_and_route_and_the_audit_tells(desk):
    first, second = make_recommended(), make_recommended()
    approval = make_approval(desk, cases=[first])
    steps = route(("consult", desk.finance), ("decide", desk.manager))

    changed = revise(
        approval,
        by=desk.officer,
        now=timezone.now(),
        version=1,
        changes={"subject": "改めた件名"},
        cases=[second, first],
        steps=steps,
    )

    assert (changed.subject, changed.version) == ("改めた件名", 2)
    assert changed.cases() == [second, first]
    assert [step.kind for step in changed.route] == ["consult", "decide"]
    told = set(audit.events_for(approval).first().changes)
    assert told == {"subject", "items", "steps", "total_yen"}


def test_nobody_else_revises_and_nothing_while_it_circulates(desk):
    approval = make_approval(desk)
    values = {"now": timezone.now(), "changes": {"subject": "別の件名"}}

    with pytest.raises(PermissionDenied):
        revise(approval, by=desk.manager, version=1, **values)
    with pytest.raises(StaleVersion):
        revise(approval, by=desk.officer, version=9, **values)
    circulating = circulate(approval, desk)
    with pytest.raises(InvalidTransition):
        revise(circulating, by=desk.officer, version=None, **values)

    assert Approval.objects.get().subject == "助成金の採択について"


def test_successor_on_the_drafting_post_is_the_drafter_too(desk):
    approval = make_approval(desk)
    successor = join(make_staff("finance"), post_of(desk.officer))

    submitted = workflow.run(approval, "submit", by=successor, now=timezone.now())

    assert submitted.status == "circulating"
