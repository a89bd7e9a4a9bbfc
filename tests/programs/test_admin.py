"""The staff's pages of the plan, rules, forms and calls."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import audit
from programs.models import Call, Edition
from tests.factories.accounts import make_body, make_member, make_staff
from tests.factories.programs import make_call, make_edition, make_line, make_version

pytestmark = pytest.mark.django_db
MODELS = [
    "area", "initiative", "program", "edition", "planline", "ruleset", "form", "formversion",
    "call",
]  # fmt: skip


@pytest.fixture(autouse=True)
def second_factor_optional(settings):
    settings.STAFF_MFA_OPTIONAL = True


@pytest.fixture
def manager(client):
    user = make_staff("manager")
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return user


def make():
    edition = make_edition()
    make_line(edition)
    make_call(edition)


def url(model, page, *args):
    return reverse(f"admin:programs_{model}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_lists_cost_the_same_for_one_and_three(client, manager, model):
    def count():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(model, "changelist")).status_code == 200
        return len(captured)

    make()
    count()
    one = count()
    make()
    make()
    assert count() == one


def test_published_form_is_shown_and_not_edited(client, manager):
    published, draft = make_version(), make_version(published_at=None)
    assert (
        b"questions-0-label" not in client.get(url("formversion", "change", published.pk)).content
    )
    assert b"questions-0-label" in client.get(url("formversion", "change", draft.pk)).content


def test_call_is_edited_as_draft_and_opened_by_its_button(client, manager):
    call = make_call(status="draft")
    page = url("call", "change", call.pk)
    assert client.get(page).status_code == 200
    assert client.post(url("call", "transition", call.pk, "open")).status_code == 302
    call.refresh_from_db()
    assert call.status == "open"
    assert client.get(page).status_code == 200
    assert Call.objects.get().version == 2


def test_town_has_no_admin(client):
    client.force_login(make_member(make_body()), backend="accounts.backends.RoleBackend")
    assert client.get(url("call", "changelist")).status_code == 404


def test_saving_an_edition_leaves_alone_what_was_decided_meanwhile(rf, manager):
    """A page begun before a decision must not write the old total back."""
    edition = make_edition(budget=5_000_000)
    pages = admin.site.get_model_admin(Edition)
    request = rf.post("/", {})
    request.user = manager
    form = pages.get_form(request, edition, fields=["name"])(
        {"name": "新しい名称"}, instance=edition
    )
    assert form.is_valid()
    Edition.objects.filter(pk=edition.pk).update(decided_total=3_000_000)

    pages.save_model(request, form.save(commit=False), form, change=True)

    edition = Edition.objects.get(pk=edition.pk)
    event = audit.events_for(edition)[0]
    assert (edition.name, edition.decided_total) == ("新しい名称", 3_000_000)
    assert set(event.changes) == {"name"}
