"""Approvals in the staff's admin: drafted in one form, signed by buttons."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.forms import value_of
from approvals.models import Approval
from tests.factories.accounts import make_body, make_member, make_staff
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


@pytest.fixture
def as_user(client):
    def sign_in(user):
        Authenticator.objects.get_or_create(
            user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}}
        )
        client.force_login(user)
        return client

    return sign_in


def address(page="changelist", *args):
    return reverse(f"admin:approvals_approval_{page}", args=args)


def typed(desk, cases, **changes):
    return {
        "subject": "採択一覧",
        "reason": "予算の範囲内",
        "cases": [value_of("decide", case) for case in cases],
        "step_1": f"review:{post_of(desk.manager).pk}",
        "step_2": f"consult:{post_of(desk.finance).pk}",
        "decide": post_of(desk.director).pk,
        "steps-TOTAL_FORMS": 0,
        "steps-INITIAL_FORMS": 0,
    } | changes


def test_officer_drafts_in_the_form_that_offers_the_waiting_cases(as_user, desk):
    waiting, other = make_recommended(), make_recommended(status="under_review")
    held = make_recommended()
    make_approval(desk, cases=[held])
    client = as_user(desk.officer)

    page = client.get(address("add"))
    answer = client.post(address("add"), typed(desk, [waiting]))

    shown = page.content.decode()
    assert [case.title in shown for case in (waiting, other, held)] == [True, False, False]
    assert answer.status_code == 302
    approval = Approval.objects.order_by("-pk").first()
    assert (approval.subject, approval.cases()) == ("採択一覧", [waiting])
    assert [step.kind for step in approval.route] == ["review", "consult", "decide"]


def test_wrong_route_is_told_beside_what_was_typed(as_user, desk):
    client = as_user(desk.officer)

    answer = client.post(
        address("add"), typed(desk, [make_recommended()], subject="消えない件名", step_2="")
    )

    assert answer.status_code == 200
    assert "消えない件名" in answer.content.decode()
    assert not Approval.objects.exists()


def test_drafter_corrects_and_a_stale_page_overwrites_nothing(as_user, desk):
    approval = make_approval(desk, cases=[make_recommended()])
    more = make_recommended()
    client = as_user(desk.officer)
    body = typed(desk, [*approval.cases(), more], read_version=1)

    assert client.post(address("change", approval.pk), body).status_code == 302
    stale = client.post(address("change", approval.pk), body | {"subject": "古い頁"})

    approval.refresh_from_db()
    assert (approval.subject, len(approval.cases()), approval.version) == ("採択一覧", 2, 2)
    assert stale.status_code == 200


def test_others_and_circulating_approvals_are_read_only(as_user, desk):
    approval = make_approval(desk)
    body = typed(desk, approval.cases(), read_version=1)

    assert as_user(desk.manager).post(address("change", approval.pk), body).status_code == 403
    circulate(approval, desk)
    assert as_user(desk.officer).post(address("change", approval.pk), body).status_code == 403
    page = as_user(desk.officer).get(address("change", approval.pk))
    assert (page.status_code, 'name="subject"' in page.content.decode()) == (200, False)


def test_buttons_lead_through_the_route_to_the_decision(as_user, desk):
    case = make_recommended()
    approval = make_approval(desk, cases=[case])

    for user, name in (
        (desk.officer, "submit"),
        (desk.manager, "endorse"),
        (desk.finance, "endorse"),
        (desk.director, "decide"),
    ):
        client = as_user(user)
        path = address("transition", approval.pk, name)
        assert path in client.get(address("change", approval.pk)).content.decode()
        assert client.get(path).status_code == 200
        assert client.post(path, {"comment": ""}).status_code == 302

    case.refresh_from_db()
    assert case.status == "decided"


def test_button_is_not_shown_out_of_turn(as_user, desk):
    approval = circulate(make_approval(desk), desk)

    page = as_user(desk.finance).get(address("change", approval.pk)).content.decode()

    assert address("transition", approval.pk, "endorse") not in page


def test_repeated_post_is_409_and_signs_nothing_more(as_user, desk):
    approval = circulate(make_approval(desk), desk)
    client, path = as_user(desk.manager), address("transition", approval.pk, "endorse")

    statuses = [client.post(path, {"step": 1}).status_code for _click in range(2)]

    assert statuses == [302, 409]
    assert Approval.objects.get().current_step.order == 2


def test_admin_is_closed_to_bodies_and_drafting_to_readers(as_user, desk):
    make_approval(desk)

    member = as_user(make_member(make_body()))
    assert member.get(address()).status_code == 404
    auditor = as_user(make_staff("auditor"))
    assert auditor.get(address()).status_code == 200
    assert auditor.get(address("add")).status_code == 403


def test_filter_finds_what_waits_for_me(as_user, desk):
    waiting, other = circulate(make_approval(desk), desk), make_approval(desk)
    client = as_user(desk.manager)

    shown = {
        value: client.get(address(), {"mine": value}).content.decode()
        for value in ("sign", "read", "drafted")
    }

    assert (waiting.number in shown["sign"], other.number in shown["sign"]) == (True, False)
    assert waiting.number not in shown["read"] + shown["drafted"]


@pytest.mark.parametrize("count", [1, 3])
def test_changelist_asks_no_query_per_row(as_user, desk, count):
    for _row in range(count):
        circulate(make_approval(desk), desk)
    client = as_user(make_staff("auditor"))
    client.get(address())

    with CaptureQueriesContext(connection) as queries:
        assert client.get(address()).status_code == 200

    assert len(queries) == 8, "\n".join(query["sql"][:150] for query in queries)


def test_page_says_how_many_cases_and_how_much_money_one_signature_decides(as_user, desk):
    approval = make_approval(desk, cases=[make_recommended(), make_recommended()])
    circulate(approval, desk)

    page = as_user(desk.manager).get(address("change", approval.pk)).content.decode()

    assert "2件、合計 2,000,000円" in page
