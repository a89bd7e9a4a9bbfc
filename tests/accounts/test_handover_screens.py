"""Hand-over in two pages, by members, administrators of a body and CLAIR's administrator."""

from datetime import date, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts import actions
from accounts.models import Handover
from core.fiscal import JST
from tests.factories.accounts import (
    api_key_for,
    join,
    make_body,
    make_member,
    make_post,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 25, 9, 0, tzinfo=JST)
NEW = "hana@example.jp"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def town():
    return make_body(name="当別町")


@pytest.fixture
def admin(town):
    return make_member(town, "org_admin")


@pytest.fixture
def old(town):
    return make_member(town, user=make_user("old@example.jp", "旧 太郎"))


@pytest.fixture
def heir(town):
    return make_member(town, "viewer", user=make_user("heir@example.jp", "新 花子"))


def plan(old, by, successor):
    return actions.plan_handover(
        by=by,
        now=NOW,
        outgoing=old,
        memberships=old.memberships.all(),
        starts_on=date(2026, 4, 1),
        successor=successor,
    )


def page_of(user):
    return reverse("accounts:handover", args=[user.public_id])


def posted(old, **more):
    posts = [str(held.public_id) for held in old.memberships.all()]
    return {"posts": posts, "starts_on": "令和8年4月1日", **more}


def test_two_pages_and_the_second_says_exactly_what_moves(client, admin, old, heir):
    api_key_for(old)
    client.force_login(admin)

    first = client.get(page_of(old))
    check = client.post(page_of(old), posted(old, successor=heir.pk))
    done = client.post(page_of(old), posted(old, successor=heir.pk, step="confirm"))

    assert first.context["form"].fields["posts"].initial == [
        str(held.public_id) for held in old.memberships.all()
    ]
    text = check.content.decode()
    assert [key.name for key in check.context["keys"]] == ["test"]
    assert "新 花子" in text
    assert Handover.objects.count() == 1
    assert (done.status_code, done["Location"]) == (302, reverse("accounts:people"))
    assert "新 花子" in client.get(reverse("accounts:people")).content.decode()


def test_check_page_changes_nothing_and_goes_back_with_what_was_typed(client, old, heir):
    client.force_login(old)

    client.post(page_of(old), posted(old, successor=heir.pk))
    back = client.post(page_of(old), posted(old, successor=heir.pk, step="back"))

    assert Handover.objects.count() == 0
    assert back.context["form"]["successor"].value() == str(heir.pk)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"successor": "", "email": ""}, "successor"),
        ({"successor": "", "email": "nobody"}, "email"),
        ({"email": NEW}, "successor"),
        ({"starts_on": "令和8年2月30日"}, "starts_on"),
        ({"posts": []}, "posts"),
    ],
)
def test_errors_stand_beside_their_field(client, old, heir, change, field):
    client.force_login(old)

    answer = client.post(page_of(old), posted(old, successor=heir.pk) | change)

    assert set(answer.context["form"].errors) == {field}


def test_refusal_of_the_act_is_shown_on_the_first_page(client, admin, old, heir):
    plan(old, admin, heir)
    client.force_login(admin)

    answer = client.post(page_of(old), posted(old, successor=heir.pk, step="confirm"))

    assert answer.status_code == 200
    assert len(answer.context["form"].non_field_errors()) == 1
    assert len(answer.context["handovers"]) == 1


def test_other_town_finds_nobody_and_colleagues_may_not(client, settings, old, heir):
    settings.STAFF_MFA_OPTIONAL = True
    handover = plan(old, old, heir)
    cancel = reverse("accounts:handover-cancel", args=[handover.public_id])
    client.force_login(make_member(make_body(), "org_admin"))
    assert client.get(page_of(old)).status_code == 404
    assert client.post(cancel).status_code == 404

    client.force_login(heir)
    assert client.get(page_of(old)).status_code == 403
    assert client.post(cancel).status_code == 403

    client.force_login(make_staff("officer"))
    assert client.get(page_of(old)).status_code == 403
    assert client.post(cancel).status_code == 403
    assert Handover.objects.get().state == "planned"


def test_planned_hand_over_is_cancelled_by_a_button(client, old, heir):
    handover = plan(old, old, heir)
    client.force_login(old)

    answer = client.post(reverse("accounts:handover-cancel", args=[handover.public_id]))

    assert answer.status_code == 302
    assert Handover.objects.get().state == "cancelled"


def test_administrator_hands_staff_over_from_the_admin(client, settings):
    settings.STAFF_MFA_OPTIONAL = True
    section = make_section(name="多文化共生課")
    officer, heir = make_staff("officer", section), make_staff("officer", section)
    join(officer, make_post(section, "finance"))
    client.force_login(make_staff("administrator"))

    change = client.get(reverse("admin:accounts_user_change", args=[officer.pk]))
    assert page_of(officer) in change.content.decode()
    client.post(page_of(officer), posted(officer, successor=heir.pk, step="confirm"))

    assert Handover.objects.get().lines.count() == 2
