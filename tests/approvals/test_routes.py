"""The route by amount: which rule a sum falls under, what it proposes, and what it refuses."""

import re
from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from approvals.actions import RouteStep, draft_approval, revise, save_route_rule
from approvals.models import Approval, RouteRule
from core import audit, workflow
from tests.factories.accounts import bearer, make_body, make_member, make_section, make_staff
from tests.factories.approvals import (
    circulate,
    make_approval,
    make_desk,
    make_recommended,
    post_of,
)

pytestmark = pytest.mark.django_db
LIMIT = 3_000_000  # yen; from here on the director decides
STEPS = [("review", "manager"), ("consult", "finance")]


@pytest.fixture
def desk():
    return make_desk()


def make_rule(desk, at_least=0, decider="manager", **values):
    usual = {
        "act": "decide",
        "name": f"{at_least:,}円以上",
        "steps": STEPS,
        "valid_from": date(2020, 4, 1),
        "clause": "決裁規程 第5条",
        "is_confirmed": True,
    }
    return save_route_rule(
        by=desk.director,
        now=timezone.now(),
        at_least=at_least,
        decider=decider,
        **{**usual, **values},
    )


@pytest.fixture
def as_user(client):
    def sign_in(user):
        Authenticator.objects.get_or_create(
            user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}}
        )
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def rules(desk):
    return make_rule(desk), make_rule(desk, LIMIT, "director")


def of_yen(*amounts):
    outcomes = ["adopted" if amount else "rejected" for amount in amounts]
    return [
        make_recommended(decided_amount=amount, outcome=outcome)
        for amount, outcome in zip(amounts, outcomes, strict=True)
    ]


def kinds(approval):
    return [(step.kind, step.post.role) for step in approval.route]


def low_route(desk):
    steps = [("consult", desk.finance), ("decide", desk.manager)]
    return [RouteStep(kind, post_of(user)) for kind, user in steps]


@pytest.mark.parametrize(
    ("amounts", "decider", "total"),
    [
        ([LIMIT - 1], "manager", 2_999_999),
        ([LIMIT], "director", 3_000_000),
        ([LIMIT + 1], "director", 3_000_001),
        ([1_500_000, 1_499_999], "manager", 2_999_999),  # bulk: 1,500,000 + 1,499,999
        ([1_500_000, 1_500_000], "director", 3_000_000),  # bulk: 1,500,000 × 2
        ([None], "manager", 0),  # not adopted
    ],
)
def test_sum_of_the_records_asks_for_the_route(desk, rules, amounts, decider, total):
    approval = make_approval(desk, cases=of_yen(*amounts))

    assert (approval.total_yen, approval.rule.decider) == (total, decider)
    assert kinds(approval)[-1] == ("decide", decider)


def test_manager_who_decides_does_not_review_too(desk, rules):
    assert kinds(make_approval(desk, cases=of_yen(100))) == [
        ("consult", "finance"),
        ("decide", "manager"),
    ]
    assert kinds(make_approval(desk, cases=of_yen(LIMIT))) == [
        ("review", "manager"),
        ("consult", "finance"),
        ("decide", "director"),
    ]


def test_manager_who_drafts_leaves_the_decision_to_the_director(desk, rules):
    approval = make_approval(desk, cases=of_yen(100), by=desk.manager)

    assert kinds(approval) == [("consult", "finance"), ("decide", "director")]


def test_without_a_rule_the_director_decides(desk):
    approval = make_approval(desk, cases=of_yen(100))

    assert (approval.rule, kinds(approval)[-1]) == (None, ("decide", "director"))


def test_lower_post_than_the_amount_asks_is_refused_with_the_rule(desk, rules):
    with pytest.raises(ValidationError) as caught:
        make_approval(desk, cases=of_yen(LIMIT), steps=low_route(desk))

    [message] = caught.value.messages
    assert (caught.value.error_list[0].code, "決裁規程 第5条" in message) == (
        "decider_too_low",
        True,
    )
    assert "3,000,000円以上" in message
    assert not Approval.objects.exists()


def test_higher_post_than_the_amount_asks_may_decide(desk, rules):
    steps = [("consult", desk.finance), ("decide", desk.director)]
    route = [RouteStep(kind, post_of(user)) for kind, user in steps]

    assert kinds(make_approval(desk, cases=of_yen(100), steps=route))[-1][1] == "director"


def test_records_added_later_are_asked_about_when_it_is_sent(desk, rules):
    cases = of_yen(LIMIT - 1, 1)
    approval = make_approval(desk, cases=cases[:1])
    now = timezone.now()
    approval = revise(approval, by=desk.officer, now=now, version=1, changes={}, cases=cases)

    stored = Approval.objects.get(pk=approval.pk)
    assert (stored.total_yen, stored.rule.decider) == (LIMIT, "director")
    with pytest.raises(ValidationError) as caught:
        circulate(approval, desk)
    assert caught.value.error_list[0].code == "decider_too_low"


def test_amount_that_grew_in_the_draft_is_asked_about_when_it_is_sent(desk, rules):
    [case] = of_yen(LIMIT - 1)
    approval = make_approval(desk, cases=[case])
    type(case).objects.filter(pk=case.pk).update(decided_amount=LIMIT)

    with pytest.raises(ValidationError):
        circulate(approval, desk)


def test_withdrawn_record_lowers_the_sum(desk, rules):
    cases = of_yen(LIMIT - 1, 1)
    approval = make_approval(desk, cases=cases[:1])
    approval = revise(
        approval, by=desk.officer, now=timezone.now(), version=1, changes={}, cases=cases
    )
    type(cases[1]).objects.filter(pk=cases[1].pk).update(status="withdrawn")

    approval = circulate(approval, desk, desk.finance)
    approval = workflow.run(approval, "decide", by=desk.manager, now=timezone.now())

    assert (approval.status, approval.total_yen) == ("decided", LIMIT - 1)
    assert approval.rule.decider == "manager"


def test_rule_that_came_while_it_circulated_counts_at_the_decision(desk, rules):
    approval = circulate(make_approval(desk, cases=of_yen(1000)), desk, desk.finance)
    make_rule(desk, 1000, "director", name="改正後")

    with pytest.raises(ValidationError) as caught:
        workflow.run(approval, "decide", by=desk.manager, now=timezone.now())

    assert "改正後" in caught.value.messages[0]
    assert Approval.objects.get(pk=approval.pk).status == "circulating"


def test_rule_of_the_record_type_comes_before_those_for_any(desk, rules):
    make_rule(desk, 0, "director", case_label="grants.Application", name="申請")

    assert make_approval(desk, cases=of_yen(100)).rule.name == "申請"


def test_rule_counts_within_its_days_alone(desk):
    today = timezone.localdate()
    make_rule(desk, 0, "manager", valid_to=today - timedelta(days=1))
    make_rule(desk, 1, "manager", valid_from=today + timedelta(days=1))

    assert make_approval(desk, cases=of_yen(100)).rule is None


def test_rule_may_ask_a_certain_post(desk):
    documents = make_staff("document_officer", make_section())
    make_rule(desk, steps=[*STEPS, ("consult", post_of(documents))])

    approval = make_approval(desk, cases=of_yen(100))

    assert ("consult", "document_officer") in kinds(approval)


def test_saving_a_rule_again_changes_it_and_the_audit_tells(desk):
    first = make_rule(desk, LIMIT, "director")

    again = make_rule(desk, LIMIT, "director", name="改めた名", steps=STEPS[:1])
    make_rule(desk, LIMIT, "director", name="改めた名", steps=STEPS[:1])

    assert (again.pk, RouteRule.objects.count()) == (first.pk, 1)
    events = list(audit.events_for(first))
    assert [e.action.rpartition(".")[2] for e in events] == ["change", "add"]
    assert events[0].changes["steps"] == [["review manager", "consult finance"], ["review manager"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"at_least": -1},
        {"valid_to": date(2020, 3, 31)},
        {"decider": "officer"},
        {"steps": [("review", "reviewer")]},
    ],
)
def test_impossible_rule_is_refused(desk, wrong):
    with pytest.raises(ValidationError):
        make_rule(desk, **{"at_least": 0, **wrong})


@given(st.lists(st.integers(0, 10**7), min_size=1, unique=True), st.integers(0, 10**7))
def test_rule_is_the_highest_amount_that_is_reached(amounts, total):
    found = max((a for a in amounts if a <= total), default=None)
    rules = [
        RouteRule(at_least=a, valid_from=date(2020, 4, 1), pk=n) for n, a in enumerate(amounts)
    ]

    reached = RouteRule.reached(rules, total)

    assert (reached.at_least if reached else None) == found


def boxes(case, decider, *steps):
    named = {f"step_{n}": f"{kind}:{post_of(user).pk}" for n, (kind, user) in enumerate(steps, 1)}
    return {
        "subject": "件名",
        "cases": [f"grants.Application:decide:{case.pk}"],
        "decide": post_of(decider).pk,
        **named,
    }


def test_screen_says_the_rule_beside_what_was_typed(client, as_user, desk, rules):
    [case] = of_yen(LIMIT)
    as_user(desk.officer)
    typed = boxes(case, desk.manager, ("consult", desk.finance))

    page = client.post(reverse("approvals:approval-create"), typed)

    assert page.status_code == 400
    assert "3,000,000円以上" in page.context["form"].errors["decide"][0]
    assert client.post(
        reverse("approvals:approval-create"),
        boxes(case, desk.director, ("consult", desk.finance)),
    ).url == reverse("approvals:approval-detail", args=[Approval.objects.get().public_id])


def test_screen_and_admin_show_the_rule_of_the_approval(client, as_user, desk, rules):
    approval = make_approval(desk, cases=of_yen(LIMIT))
    as_user(desk.officer)

    for url in (
        reverse("approvals:approval-detail", args=[approval.public_id]),
        reverse("admin:approvals_approval_change", args=[approval.pk]),
    ):
        page = client.get(url).content.decode()
        assert "3,000,000円以上" in page
        assert "決裁規程 第5条" in page


def test_admin_proposes_the_route_of_the_records_that_a_list_names(client, as_user, desk, rules):
    [case] = of_yen(100)
    as_user(desk.officer)
    query = {"act": "decide", "case_label": "grants.Application", "items": str(case.public_id)}

    page = client.get(reverse("admin:approvals_approval_add"), query).content.decode()

    chosen = re.search(r'<select name="decide".*?</select>', page, re.DOTALL)[0]
    assert f'<option value="{post_of(desk.manager).pk}" selected>' in chosen


def test_administrator_keeps_the_rules_and_others_read_them(client, as_user, desk):
    administrator = make_staff("administrator", make_section())
    typed = {
        "name": "課長の決裁",
        "act": "decide",
        "case_label": "",
        "at_least": "３００万円",
        "decider": "manager",
        "clause": "決裁規程 第5条",
        "valid_from": "2021-04-01",
        "valid_to": "",
        "step_1": "review:manager",
        "step_2": f"consult:{post_of(desk.finance).pk}",
    }
    add = reverse("admin:approvals_routerule_add")
    as_user(desk.manager)
    assert client.post(add, typed).status_code == 403

    as_user(administrator)
    assert client.get(add).status_code == 200
    assert client.post(add, typed).status_code == 302

    rule = RouteRule.objects.get()
    assert (rule.at_least, rule.is_confirmed) == (LIMIT, False)
    assert [(s.kind, s.role, s.post) for s in rule.steps.order_by("order")] == [
        ("review", "manager", None),
        ("consult", "", post_of(desk.finance)),
    ]
    assert audit.events_for(rule).get().actor_id == administrator.pk
    change = reverse("admin:approvals_routerule_change", args=[rule.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {**typed, "name": "改めた"}).status_code == 302
    assert client.post(add, typed).status_code == 200  # the same rule twice: said on the form
    assert RouteRule.objects.get().name == "改めた"

    as_user(desk.manager)
    page = client.get(change).content.decode()
    assert "改めた" in page
    assert 'name="step_1"' not in page


def test_api_tells_rules_and_the_rule_of_an_approval(client, desk, rules):
    approval = make_approval(desk, cases=of_yen(LIMIT))
    key = bearer(desk.officer)

    listed = client.get("/api/v1/approvals/route-rules/?act=decide&current=true", **key).json()
    found = client.get(f"/api/v1/approvals/approvals/{approval.public_id}/", **key).json()

    assert [(r["at_least"], r["decider"]) for r in listed["results"]] == [
        (0, "manager"),
        (LIMIT, "director"),
    ]
    assert [(s["kind"], s["role"]) for s in listed["results"][0]["steps"]] == STEPS
    assert (found["total_yen"], found["rule"]) == (LIMIT, str(rules[1].public_id))
    assert "決裁規程 第5条" in found["rule_words"]


def test_bodies_see_no_rule(client, desk, rules):
    key = bearer(make_member(make_body(), "submitter"))

    assert client.get("/api/v1/approvals/route-rules/", **key).status_code == 403
    detail = f"/api/v1/approvals/route-rules/{rules[0].public_id}/"
    assert client.get(detail, **key).status_code == 404


def test_draft_over_the_api_names_the_rule(client, desk, rules):
    [case] = of_yen(LIMIT)
    key = bearer(desk.officer)
    body = {
        "subject": "件名",
        "act": "decide",
        "case_label": "grants.application",
        "items": [str(case.public_id)],
        "steps": [{"kind": "consult", "role": "finance"}, {"kind": "decide", "role": "manager"}],
    }

    answer = client.post("/api/v1/approvals/approvals/", body, "application/json", **key)

    assert answer.status_code == 400
    assert "3,000,000円以上" in answer.content.decode()
    assert (
        draft_approval(
            subject="件名", act="decide", cases=[case], by=desk.officer, now=timezone.now()
        ).rule
        == rules[1]
    )


def test_schema_says_that_a_step_by_role_names_no_post(client):
    schema = client.get("/api/v1/schema/").json()

    post = schema["components"]["schemas"]["RouteRuleStep"]["properties"]["post"]

    assert "null" in post["type"]
