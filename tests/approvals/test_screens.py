"""Approvals on the screens: for headquarters; everybody else finds nothing."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.forms import value_of
from approvals.models import Approval
from core.search import find
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


def address(screen, *args):
    return reverse(f"approvals:approval-{screen}", args=args)


def typed(desk, *cases):
    return {
        "subject": "採択一覧",
        "cases": [value_of("decide", case) for case in cases],
        "step_1": f"consult:{post_of(desk.finance).pk}",
        "decide": post_of(desk.director).pk,
    }


def test_officer_drafts_corrects_and_circulates(as_user, desk):
    first, second = make_recommended(), make_recommended()
    client = as_user(desk.officer)

    assert client.get(address("create")).status_code == 200
    assert client.post(address("create"), typed(desk, first)).status_code == 302
    approval = Approval.objects.get()
    edit = address("update", approval.public_id)
    assert client.get(edit).status_code == 200
    assert client.post(edit, typed(desk, first, second) | {"version": 1}).status_code == 302
    assert client.post(address("transition", approval.public_id, "submit")).status_code == 302

    approval.refresh_from_db()
    assert (approval.status, approval.cases()) == ("circulating", [first, second])


def test_detail_shows_route_and_the_buttons_of_ones_turn(as_user, desk):
    approval = circulate(make_approval(desk), desk)
    endorse = address("transition", approval.public_id, "endorse")
    detail = address("detail", approval.public_id)

    manager = as_user(desk.manager).get(detail).content.decode()
    finance = as_user(desk.finance).get(detail).content.decode()

    assert (endorse in manager, endorse in finance) == (True, False)
    assert post_of(desk.director).label in finance


def test_edit_is_offered_and_open_to_the_drafter_alone(as_user, desk):
    approval = make_approval(desk)
    edit, detail = (address(s, approval.public_id) for s in ("update", "detail"))

    assert edit in as_user(desk.officer).get(detail).content.decode()
    client = as_user(desk.manager)
    assert edit not in client.get(detail).content.decode()
    body = typed(desk, *approval.cases()) | {"version": 1}
    assert client.post(edit, body).status_code == 403


def test_signing_out_of_turn_is_refused_with_409(as_user, desk):
    approval = circulate(make_approval(desk), desk)

    answer = as_user(desk.director).post(address("transition", approval.public_id, "decide"))

    assert answer.status_code == 409


def test_body_and_overseas_office_find_nothing(as_user, desk):
    approval = make_approval(desk)

    for outsider in (make_member(make_body()), make_staff("office")):
        client = as_user(outsider)
        assert client.get(address("list")).status_code == 404
        assert client.get(address("detail", approval.public_id)).status_code == 404
        assert client.get(address("create")).status_code in {403, 404}


def test_search_finds_the_number_for_headquarters_alone(desk):
    approval = make_approval(desk)

    assert [hit.text for hit in find(approval.number, desk.finance)] == [str(approval)]
    assert find(approval.number, make_member(make_body())) == []


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_no_query_per_row(as_user, desk, count):
    for _row in range(count):
        circulate(make_approval(desk), desk)
    client = as_user(desk.finance)
    client.get(address("list"))

    with CaptureQueriesContext(connection) as queries:
        assert client.get(address("list")).status_code == 200

    assert len(queries) == 7, "\n".join(query["sql"][:150] for query in queries)
