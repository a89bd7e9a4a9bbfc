"""What the database itself refuses of applications and their parts."""

import pytest
from django.db import IntegrityError, transaction

from grants.models import Application, ApplicationFile, ApplicationParty, BudgetLine
from tests.factories.accounts import make_body
from tests.factories.grants import PATHS, make_application, make_draft, town_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return town_story()


@pytest.mark.parametrize("status", PATHS)
def test_every_status_is_reached_by_real_acts(status):
    story = town_story(routed=status == "at_intermediary")

    case = make_application(story, status)

    assert Application.objects.get(pk=case.pk).status == status


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"status": "lost"}, "grants_application_status"),
        ({"status": "submitted"}, "grants_application_submitted_has_receipt"),
        ({"outcome": "adopted"}, "grants_application_adopted_has_amount"),
        ({"outcome": "adopted", "decided_amount": 0}, "grants_application_adopted_has_amount"),
        (
            {"status": "decided", "receipt_number": "1", "arrived_at": "2021-08-10T09:00+09:00"},
            "grants_application_recommended_has_outcome",
        ),
        ({"ends_on": "2022-05-31"}, "grants_application_period"),
    ],
)
def test_database_refuses_what_cannot_be(story, values, constraint):
    case = make_draft(story)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Application.objects.filter(pk=case.pk).update(**values)


def test_receipt_number_is_given_once(story):
    first, second = make_application(story, "submitted"), make_application(story, "submitted")

    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=second.pk).update(receipt_number=first.receipt_number)


def test_body_takes_part_once_and_leads_alone(story):
    case, body = make_draft(story), make_body()
    assert [party.kind for party in case.parties.all()] == ["lead"]
    ApplicationParty.objects.create(application=case, organization=body, kind="joint")

    for organization, kind in ((body, "implementer"), (make_body(), "lead")):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApplicationParty.objects.create(application=case, organization=organization, kind=kind)


def test_cost_without_class_is_refused_and_income_needs_none(story):
    case = make_draft(story)
    BudgetLine.objects.create(application=case, kind="income", description="会費", amount=1)

    with pytest.raises(IntegrityError, match="expense_has_class"), transaction.atomic():
        BudgetLine.objects.create(application=case, kind="expense", description="旅費", amount=1)


def test_file_stands_once_in_an_application(story):
    case = make_draft(story)
    link = case.files.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        ApplicationFile.objects.create(application=case, file=link.file)
