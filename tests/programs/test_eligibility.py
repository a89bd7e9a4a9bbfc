"""May we apply? Asked on a public page before anybody signs in."""

import pytest
import time_machine
from django.urls import reverse

from programs.rules import eligibility
from tests.factories.programs import NOW, grant_rules, make_call, make_edition

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def ask(client, call, kind, joint="alone", place="10"):
    page = reverse("call-check", args=[call.public_id])
    return client.get(page, {"kind": kind, "is_joint": joint, "place": place})


@pytest.mark.parametrize(
    ("kind", "joint", "may", "implements", "cap"),
    [
        ("town", False, True, False, 3_000_000),
        ("designated_city", False, True, False, 4_000_000),
        ("town", True, True, False, 4_000_000),
        ("npo", False, False, True, None),
        ("company", False, False, False, None),
    ],
)
def test_rules_say_who_may_apply(kind, joint, may, implements, cap):
    rules = make_edition().rules.rules

    found = eligibility(rules, kind=kind, is_joint=joint)

    assert (found.may_apply, found.may_implement) == (may, implements)
    assert found.cap == cap


def test_page_answers_and_leads_to_the_application(client):
    call = make_call(make_edition(routes_through_branch=True))

    yes, no = ask(client, call, "town").content.decode(), ask(client, call, "company")

    begin = f"{reverse('grants:application-create')}?call={call.public_id}"
    assert "申請できます" in yes
    assert "群馬県" in yes
    assert begin in yes
    assert "この種類の団体は申請できません" in no.content.decode()
    assert begin not in no.content.decode()
    assert "実施団体" in ask(client, call, "npo").content.decode()


def test_page_asks_again_for_what_is_missing_and_hides_what_is_not_announced(client):
    call = make_call(make_edition())

    half = client.get(reverse("call-check", args=[call.public_id]), {"kind": "town"})

    assert set(half.context["form"].errors) == {"is_joint", "place"}
    assert (
        reverse("call-check", args=[call.public_id])
        in client.get(call.get_absolute_url()).content.decode()
    )
    type(call).objects.filter(pk=call.pk).update(form=None, status="draft")
    assert ask(client, call, "town").status_code == 404


def test_page_asks_for_the_place_where_the_ceiling_depends_on_it(client):
    kinds = grant_rules()["applicant_kinds"]
    caps = [
        {"kinds": kinds, "cap": 5_000_000, "place": "overseas"},
        {"kinds": kinds, "cap": 3_000_000, "place": "domestic"},
    ]
    call = make_call(make_edition(rules=grant_rules(places=["domestic", "overseas"], caps=caps)))
    page = reverse("call-check", args=[call.public_id])
    asked = {"kind": "town", "is_joint": "alone", "place": "10"}

    home, abroad = (
        client.get(page, asked | {"project": place}) for place in ("domestic", "overseas")
    )

    assert (home.context["answer"].cap, abroad.context["answer"].cap) == (3_000_000, 5_000_000)
    assert set(client.get(page, asked).context["form"].errors) == {"project"}
    assert (
        "project"
        not in client.get(reverse("call-check", args=[make_call().public_id]))
        .context["form"]
        .fields
    )
