"""Every list asks the database as often for three rows as for one.

API lists, changelists and screens are found in the resolver and the registries, so that a new one
joins by itself; where it has fewer than three rows, world.load must make some.
"""

import uuid
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import actions
from accounts.models import Membership
from core import registry
from core.views import screens
from programs.models import Call
from tests.architecture import house
from tests.architecture.test_permission_matrix import ROUTES
from tests.architecture.world import World, copy_of

API_LISTS = sorted(
    name
    for name, view in house.endpoints()
    if name.endswith("-list") and hasattr(view, "list") and not ROUTES[name].parameters
)
SCREEN_LISTS = sorted(
    name
    for name, view in house.endpoints()
    if isinstance(view, type) and issubclass(view, screens.CaseListView)
)
CHANGELISTS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def asked(world: World, who: str, path: str) -> tuple[int, Any]:
    """How many queries the answer took (the second time, when caches are warm), and the answer."""
    world.ask(who, "GET", path)
    with CaptureQueriesContext(connection) as captured:
        response = world.ask(who, "GET", path)
    assert response.status_code == 200
    return len(captured), response


def test_every_list_is_found():
    cases = {model._meta.label_lower.replace(".", "-") for model in registry.workflows}

    assert {name.removesuffix("-list") for name in API_LISTS} >= cases
    assert len(SCREEN_LISTS) >= len(cases) - 1
    assert len(CHANGELISTS) >= 24


@pytest.mark.parametrize("name", API_LISTS)
def test_api_list(world: World, name: str):
    path = ROUTES[name].path({})
    counts = {}
    for rows in (1, 3):
        counts[rows], response = asked(world, "administrator", f"{path}?limit={rows}")
        assert len(response.json()["results"]) == rows

    assert counts[3] == counts[1]


@pytest.mark.parametrize("model", CHANGELISTS, ids=lambda model: model._meta.label)
def test_changelist(world: World, model: Any, monkeypatch: pytest.MonkeyPatch):
    counts = changelist_counts(world, model, monkeypatch)

    assert counts[3] == counts[1]


def changelist_counts(world: World, model: Any, monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """How many queries the changelist takes with one row and with three."""
    path = ROUTES[f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"].path({})
    counts = {}
    for rows in (1, 3):
        monkeypatch.setattr(admin.site._registry[model], "list_per_page", rows)
        counts[rows], response = asked(world, "administrator", path)
        assert len(response.context["cl"].result_list) == rows
    return counts


def test_query_for_each_row_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admin.site._registry[Membership], "list_select_related", ("user",))

    counts = changelist_counts(world, Membership, monkeypatch)

    assert counts[3] > counts[1]


@pytest.mark.parametrize("name", SCREEN_LISTS)
def test_screen_list(world: World, name: str, monkeypatch: pytest.MonkeyPatch):
    others = {"approvals:approval-list": "manager", "grants:review-list": "reviewer"}
    who = others.get(name, "town-a")
    counts = {}
    for rows in (1, 3):
        monkeypatch.setattr(screens, "PAGE_SIZE", rows)
        counts[rows], response = asked(world, who, ROUTES[name].path({}))
        assert len(response.context["object_list"]) == rows

    assert counts[3] == counts[1]


def more_cases(world: World) -> None:
    for case in world.cases_of("town-b"):
        for number in range(2):
            receipt = case.receipt_number and f"写し{case.pk}-{number}"
            copy_of(case, public_id=uuid.uuid4(), receipt_number=receipt)


def more_calls(world: World) -> None:
    for call in Call.objects.order_by("pk"):
        copy_of(call, public_id=uuid.uuid4(), round=call.round + 10)


def more_people(world: World) -> None:
    held = Membership.objects.filter(user=world.users["town-b"]).order_by("pk")[0]
    for name in ("town-a", "association"):
        copy_of(held, public_id=uuid.uuid4(), user=world.users[name])


def more_handovers(world: World) -> None:
    user = world.users["town-b"]
    for number, held in enumerate(user.memberships.order_by("pk")[1:]):
        actions.plan_handover(
            by=user,
            now=timezone.now(),
            outgoing=user,
            memberships=[held],
            starts_on=timezone.localdate(),
            email=f"successor{number}@example.jp",
        )


def more_invitations(world: World) -> None:
    post = world.users["town-b"].access.posts[0]
    for number in range(2):
        email = f"more{number}@example.jp"
        actions.invite(by=world.users["town-b"], now=timezone.now(), email=email, post=post)


def more_keys(world: World) -> None:
    key = world.users["town-b"].api_keys.get()
    for number in range(2):
        copy_of(key, public_id=uuid.uuid4(), sha256=str(number))


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("home", more_cases),
        ("home", more_calls),
        ("calls", more_calls),
        ("statistics", more_calls),
        ("accounts:people", more_people),
        ("accounts:people", more_handovers),
        ("accounts:people", more_invitations),
        ("accounts:profile", more_keys),
        ("accounts:api-keys", more_keys),
    ],
)
def test_page_with_a_list_of_its_own(world: World, key: str, more: Any):
    path = ROUTES[key].path({})
    with transaction.atomic():
        few, before = asked(world, "town-b", path)
        more(world)
        many, after = asked(world, "town-b", path)
        transaction.set_rollback(True)

    assert len(after.content) > len(before.content)
    assert many == few
