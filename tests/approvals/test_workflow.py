"""The route: signatures in order, acting persons, the decision for the whole list."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from approvals.models import Approval, ApprovalItem, ApprovalStep
from core import audit, workflow
from core.models import OutboxMessage
from core.workflow import InvalidTransition
from tests.factories.accounts import make_body, make_member, make_staff
from tests.factories.approvals import (
    circulate,
    make_approval,
    make_desk,
    make_recommended,
)
from tests.factories.programs import make_call, make_edition

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return make_desk()


def run(approval, name, by, **data):
    return workflow.run(approval, name, by=by, now=timezone.now(), data=data)


def ready(desk, cases):
    """An approval that waits for the decision alone."""
    return circulate(make_approval(desk, cases=cases), desk, desk.manager, desk.finance)


def names(approval, user):
    return {row.name for row in workflow.available(approval, user)}


def test_decision_runs_the_act_on_every_case(desk):
    cases = [make_recommended(), make_recommended()]

    approval = run(ready(desk, cases), "decide", desk.director, comment="異議なし")

    assert (approval.status, approval.decided_at is not None) == ("decided", True)
    for case in cases:
        case.refresh_from_db()
        assert (case.status, case.decided_at) == ("decided", approval.decided_at)
        assert audit.latest_actor(case, "decide") == desk.director.pk
    assert approval.route[-1].comment == "異議なし"


def test_act_does_not_run_without_or_with_an_undecided_approval(desk):
    case = make_recommended()
    approval = ready(desk, [case])

    for authority in (None, approval):
        with pytest.raises(InvalidTransition):
            workflow.run(case, "decide", by=desk.director, now=timezone.now(), authority=authority)


def test_decided_approval_covers_its_own_cases_and_act_alone(desk):
    case, other = make_recommended(), make_recommended()
    approval = run(ready(desk, [case]), "decide", desk.director)

    assert approval.covers(case, "decide")
    assert not approval.covers(case, "announce")
    assert not approval.covers(other, "decide")
    with pytest.raises(InvalidTransition):
        workflow.run(other, "decide", by=desk.director, now=timezone.now(), authority=approval)


def test_decision_beyond_the_budget_changes_nothing(desk):
    call = make_call(make_edition(budget=1_500_000))
    cases = [make_recommended(call), make_recommended(call)]
    approval = ready(desk, cases)

    with pytest.raises(ValidationError):
        run(approval, "decide", desk.director)

    approval.refresh_from_db()
    call.edition.refresh_from_db()
    assert (approval.status, approval.current_step.kind) == ("circulating", "decide")
    assert call.edition.decided_total == 0
    assert {type(c).objects.get(pk=c.pk).status for c in cases} == {"recommended"}


def test_withdrawn_case_drops_out_and_the_rest_is_decided(desk):
    town = make_body()
    member = make_member(town)
    withdrawn, kept = make_recommended(organization=town), make_recommended()
    approval = ready(desk, [withdrawn, kept])
    workflow.run(
        withdrawn, "withdraw", by=member, now=timezone.now(), data={"reason": "計画の中止"}
    )

    approval = run(approval, "decide", desk.director)

    kept.refresh_from_db()
    withdrawn.refresh_from_db()
    assert (kept.status, withdrawn.status) == ("decided", "withdrawn")
    [dropped] = ApprovalItem.objects.exclude(dropped_at=None)
    assert (dropped.case_id, bool(dropped.note)) == (withdrawn.pk, True)
    assert not approval.covers(withdrawn, "decide")


def test_nothing_is_decided_where_every_case_was_withdrawn(desk):
    case = make_recommended()
    approval = ready(desk, [case])
    type(case).objects.filter(pk=case.pk).update(status="withdrawn")

    with pytest.raises(InvalidTransition):
        run(approval, "decide", desk.director)

    assert Approval.objects.get().status == "circulating"


def test_case_that_changed_since_it_circulated_is_not_decided(desk):
    case = make_recommended()
    approval = ready(desk, [case])
    sent_back = workflow.run(
        case, "send_back", by=desk.manager, now=timezone.now(), data={"reason": "再計算"}
    )
    type(case).objects.filter(pk=case.pk).update(status="recommended", decided_amount=2_000_000)

    with pytest.raises(InvalidTransition):
        run(approval, "decide", desk.director)
    returned = run(approval, "return_for_correction", desk.director, reason="金額が変わった")
    again = circulate(returned, desk, desk.manager, desk.finance)
    decided = run(again, "decide", desk.director)

    assert sent_back.status == "under_review"
    assert decided.status == "decided"


def test_steps_are_signed_in_order(desk):
    approval = circulate(make_approval(desk), desk)

    with pytest.raises(InvalidTransition):
        run(approval, "decide", desk.director)
    with pytest.raises(InvalidTransition):
        run(approval, "endorse", desk.finance)
    approval = run(approval, "endorse", desk.manager)

    with pytest.raises(InvalidTransition):
        run(approval, "endorse", desk.manager)
    assert approval.current_step.kind == "consult"


def test_repeated_click_signs_only_the_step_that_was_shown(desk):
    approval = circulate(make_approval(desk), desk)
    run(approval, "endorse", desk.manager, step=1)

    with pytest.raises(InvalidTransition):
        run(approval, "endorse", desk.finance, step=1)

    assert Approval.objects.get().current_step.order == 2


def test_stranger_does_not_sign(desk):
    approval = circulate(make_approval(desk), desk)
    stranger = make_desk()

    for person in (stranger.officer, stranger.manager, stranger.finance):
        with pytest.raises(PermissionDenied):
            run(approval, "endorse", person)
    with pytest.raises(PermissionDenied):
        run(approval, "decide", stranger.director)
    with pytest.raises(PermissionDenied):
        run(approval, "return_for_correction", stranger.manager, reason="無関係")


def test_body_sees_nothing_and_does_nothing(desk):
    member = make_member(make_body())
    approval = make_approval(desk)

    assert not Approval.objects.visible_to(member).exists()
    with pytest.raises(PermissionDenied):
        run(approval, "submit", member)


def test_acting_person_signs_and_the_post_reads_later_once(desk):
    approval = circulate(make_approval(desk), desk)

    approval = run(approval, "endorse", desk.director)

    step = approval.route[0]
    assert (step.acted_by, step.is_acting) == (desk.director, True)
    assert list(Approval.objects.to_read_later([step.post_id])) == [approval]
    with pytest.raises(PermissionDenied):
        run(approval, "read_later", desk.finance)
    approval = run(approval, "read_later", desk.manager)
    assert (approval.status, approval.route[0].later_read_by) == ("circulating", desk.manager)
    with pytest.raises(InvalidTransition):
        run(approval, "read_later", desk.manager)


def test_manager_decides_for_the_director_who_reads_it_after_the_decision(desk):
    approval = run(ready(desk, [make_recommended()]), "decide", desk.manager)

    approval = run(approval, "read_later", desk.director)

    assert (approval.status, approval.route[-1].is_acting) == ("decided", True)
    assert approval.route[-1].later_read_at is not None
    notes = {event.action.rpartition(".")[2]: event.note for event in audit.events_for(approval)}
    acting = gettext("as acting person")
    assert [acting in notes[name] for name in ("decide", "read_later", "endorse")] == [
        True,
        True,
        False,
    ]


def test_drafter_neither_decides_nor_acts_for_another(desk):
    approval = make_approval(desk, by=desk.manager)
    approval = run(approval, "submit", desk.manager)
    with pytest.raises(PermissionDenied):
        run(approval, "return_for_correction", desk.manager, reason="自分で")
    approval = run(approval, "endorse", desk.finance)

    with pytest.raises(PermissionDenied):
        run(approval, "decide", desk.manager)

    assert "decide" not in names(approval, desk.manager)
    assert "decide" in names(approval, desk.director)


def test_who_recommended_does_not_decide(desk):
    case = make_recommended()
    audit.record("recommend", case, by=desk.director)
    approval = ready(desk, [case])

    with pytest.raises(PermissionDenied):
        run(approval, "decide", desk.director)

    assert Approval.objects.get().status == "circulating"


def test_returned_approval_begins_its_route_anew(desk):
    approval = circulate(make_approval(desk), desk, desk.manager)

    approval = run(approval, "return_for_correction", desk.finance, reason="根拠を添えること")
    assert approval.status == "returned"
    assert audit.events_for(approval).first().note == "根拠を添えること"
    approval = run(approval, "submit", desk.officer)

    assert approval.current_step.order == 1


def test_return_needs_a_reason(desk):
    approval = circulate(make_approval(desk), desk)

    with pytest.raises(ValidationError):
        run(approval, "return_for_correction", desk.manager)


def test_only_the_drafter_submits_and_recalls(desk):
    approval = make_approval(desk)
    colleague = make_staff("officer", desk.section)

    for name in ("submit", "recall"):
        with pytest.raises(PermissionDenied):
            run(approval, name, colleague)

    assert run(circulate(approval, desk), "recall", desk.officer).status == "recalled"


def test_decided_approval_is_final(desk):
    approval = run(ready(desk, [make_recommended()]), "decide", desk.director)

    for name, person in (("recall", desk.officer), ("decide", desk.director)):
        with pytest.raises(InvalidTransition):
            run(approval, name, person)


def test_each_is_offered_only_what_is_their_turn(desk):
    approval = make_approval(desk)
    assert names(approval, desk.officer) == {"submit", "recall"}
    assert names(approval, desk.manager) == set()

    approval = circulate(approval, desk)
    assert names(approval, desk.officer) == {"recall"}
    assert names(approval, desk.manager) == {"endorse", "return_for_correction"}
    assert names(approval, desk.finance) == set()


def test_waiting_for_names_the_post_whose_turn_it_is(desk):
    approval = circulate(make_approval(desk), desk, desk.manager)
    posts = {user: [user.access.posts[0].pk] for user in (desk.manager, desk.finance)}

    assert list(Approval.objects.waiting_for(posts[desk.finance])) == [approval]
    assert not Approval.objects.waiting_for(posts[desk.manager]).exists()


def test_notices_go_to_the_next_post_and_back_to_the_drafter(desk):
    run(ready(desk, [make_recommended()]), "decide", desk.director)

    sent = OutboxMessage.objects.filter(template__startswith="approvals/").order_by("pk")
    told = [(message.template.rsplit("_", 1)[1], message.recipient) for message in sent]

    assert told == [
        ("submit", desk.section.mailbox),
        ("endorse", desk.finance.access.posts[0].section.mailbox),
        ("endorse", desk.section.mailbox),
        ("decide", desk.officer.email),
    ]


def test_notices_say_what_to_do_without_amounts(desk):
    approval = circulate(make_approval(desk), desk)
    run(approval, "return_for_correction", desk.manager, reason="1,000,000円は過大")

    for message in OutboxMessage.objects.all():
        assert message.subject.startswith("【クレア】")
        assert len(message.subject.strip()) <= 50
        assert approval.number in message.subject
        assert message.body.count("http") == 1
        assert "1,000,000" not in message.body


def test_database_refuses_half_signatures(desk):
    approval = make_approval(desk)
    halves = [
        {"acted_at": timezone.now()},
        {"is_acting": True},
        {"later_read_by": desk.manager},
    ]

    for half in halves:
        with pytest.raises(IntegrityError), transaction.atomic():
            ApprovalStep.objects.filter(approval=approval, order=1).update(**half)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(status="decided")
