"""Whoever prepared does not decide, and whoever decided does not pay: on each face, with its reason.

One person holds several posts, as in a small office; each second act is tried by screens, API and
admin, and refused with the same words.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from approvals.actions import RouteStep, draft_approval
from approvals.models import Approval
from core import workflow
from finance.actions.payments import request_payment
from finance.models import BankAccount, Payment
from grants.models import Award
from tests.factories.accounts import join, make_post, make_staff
from tests.factories.approvals import post_of
from tests.factories.awards import ENDED, make_checked, make_reported, run
from tests.factories.finance import ACCOUNT
from tests.factories.grants import Story, make_application, town_story
from tests.factories.rest import Caller
from tests.journeys.award_faces import browser, commitment_of

pytestmark = pytest.mark.django_db
PREPARED = "The person who prepared this may not also decide it."
FIXED = "The person who fixed the amount may not also pay it."
FACES = ("screens", "api", "admin")


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Story, User]]:
    """A town's story, and one person of CLAIR's who is officer, director and finance at once."""
    with django_db_blocker.unblock(), transaction.atomic():
        story = town_story()
        both = make_staff("officer", story.desk.section)
        for role in ("director", "finance"):
            join(both, make_post(story.desk.section, role))
        yield story, both
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    """The clock stands after the project's end."""
    settings.STAFF_MFA_OPTIONAL = True
    with time_machine.travel(ENDED, tick=False) as traveller:
        yield traveller


def waiting(story: Story, act: str, case: Any, decider: User) -> Approval:
    """Return an approval that another officer drafted and all but the decider signed."""
    desk = story.desk
    posts = [post for post in decider.access.posts if post.role == "director"]
    steps = [
        RouteStep("review", post_of(desk.manager)),
        RouteStep("consult", post_of(desk.finance)),
        RouteStep("decide", posts[0]),
    ]
    approval = draft_approval(
        subject="見本", act=act, cases=[case], by=desk.officer, now=ENDED, steps=steps
    )
    for who, name in (
        (desk.officer, "submit"),
        (desk.manager, "endorse"),
        (desk.finance, "endorse"),
    ):
        approval = workflow.run(approval, name, by=who, now=ENDED)
    return approval


def claimed(story: Story, award: Award) -> Payment:
    """Return the town's claim of the whole fixed amount, to its checked account."""
    section = story.clerk.access.posts[0].section
    values = ACCOUNT | {"organization": story.town, "section": section}
    account = workflow.create(BankAccount, by=story.clerk, now=ENDED, changes=values)
    workflow.run(account, "check", by=story.desk.finance, now=ENDED)
    data = {"kind": "settlement", "amount": award.fixed_amount, "invoice_number": "国際第9号"}
    data |= {"invoice_date": date(2023, 3, 10), "reason": "", "cash_plan": ""}
    return request_payment(commitment_of(award), by=story.clerk, now=ENDED, changes=data)


def recommended(story: Story, both: User) -> tuple[Any, str, dict[str, str]]:
    """They drafted the adoption; now they would decide it."""
    case = make_application(story, "recommended", recommend={"by": both})
    return waiting(story, "decide", case, both), "decide", {}


def checked(story: Story, both: User) -> tuple[Any, str, dict[str, str]]:
    """They inspected the report; now they would fix the amount."""
    award = run(story, make_reported(story), "check_report", by=both)
    return waiting(story, "fix_amount", award, both), "decide", {}


def approved(story: Story, both: User) -> tuple[Any, str, dict[str, str]]:
    """They decided the payment; now they would pay it."""
    award = make_checked(story)
    sign(waiting(story, "fix_amount", award, story.desk.director), story.desk.director)
    payment = claimed(story, Award.objects.get(pk=award.pk))
    sign(waiting(story, "approve", payment, both), both)
    return Payment.objects.get(pk=payment.pk), "pay", {"paid_on": "2023-03-10"}


def fixed(story: Story, both: User) -> tuple[Any, str, dict[str, str]]:
    """They fixed the amount; another decided the payment; now they would pay it."""
    award = make_checked(story)
    sign(waiting(story, "fix_amount", award, both), both)
    payment = claimed(story, Award.objects.get(pk=award.pk))
    sign(waiting(story, "approve", payment, story.desk.director), story.desk.director)
    return Payment.objects.get(pk=payment.pk), "pay", {"paid_on": "2023-03-10"}


def sign(approval: Approval, who: User) -> None:
    """Decide."""
    workflow.run(approval, "decide", by=who, now=ENDED)


def tried(face: str, case: Any, name: str, by: User, data: dict[str, str]) -> Any:
    """Try the act by that face."""
    app, model = case._meta.app_label, case._meta.model_name
    if face == "api":
        path = f"/api/v1/{app}/{model}s/{case.public_id}/transitions/{name}/"
        return Caller(Client(), by).send("post", path, data)
    if face == "admin":
        return browser(by).post(
            reverse(f"admin:{app}_{model}_transition", args=[case.pk, name]), data
        )
    return browser(by).post(reverse(f"{app}:{model}-transition", args=[case.public_id, name]), data)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("made", "words"),
    [(recommended, PREPARED), (checked, PREPARED), (approved, PREPARED), (fixed, FIXED)],
    ids=["recommend-decide", "check-fix", "approve-pay", "fix-pay"],
)
def test_same_person_is_refused_with_the_reason(
    face: str,
    made: Callable[[Story, User], tuple[Any, str, dict[str, str]]],
    words: str,
    office: tuple[Story, User],
) -> None:
    story, both = office
    case, name, data = made(story, both)
    before = type(case).objects.get(pk=case.pk).status

    answer = tried(face, case, name, both, data)

    with translation.override("ja"):
        told = translation.gettext(words)
    said = answer.json()["detail"] if face == "api" else answer.content.decode()
    assert (answer.status_code, told in said) == (403, True), said[-800:]
    assert type(case).objects.get(pk=case.pk).status == before


def test_bank_file_is_not_booked_by_who_fixed_one_of_its_amounts(
    office: tuple[Story, User],
) -> None:
    """On the transfer day too: the page says why, and nothing of the file is booked."""
    story, both = office
    payment, _name, data = fixed(story, both)
    made = browser(both).post("/admin/finance/payment/transfers/", {"transfer_on": "2023-03-10"})

    answer = browser(both).post(made.url, data)

    with translation.override("ja"):
        assert translation.gettext(FIXED) in answer.content.decode()
    assert answer.status_code == 409
    assert Payment.objects.get(pk=payment.pk).status == "approved"
    assert browser(story.desk.finance).post(made.url, data).status_code == 302
    assert Payment.objects.get(pk=payment.pk).status == "paid"


def test_form_of_an_approval_offers_a_cancellation_only_where_it_is_drafted(
    office: tuple[Story, User],
) -> None:
    """Every standing award may be cancelled: hundreds of boxes stood there, ticked by mistake."""
    story, _both = office
    standing = run(story, make_reported(story), "check_report")
    drafted = run(story, make_reported(story), "propose_cancel", amount="600000")
    path = reverse("admin:approvals_approval_add")

    boxes = browser(story.desk.officer).get(path).context["adminform"].form.fields["cases"].choices

    offered = [value for _group, options in boxes for value, _label in options]
    assert f"grants.Award:cancel_part:{drafted.pk}" in offered
    assert f"grants.Award:fix_amount:{standing.pk}" in offered
    assert not [value for value in offered if ":cancel:" in value]
    assert f"grants.Award:cancel_part:{standing.pk}" not in offered
