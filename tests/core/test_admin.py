"""What every case's admin does by core: versions, papers, acts that are not possible now."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core import outbox
from core.models import OutboxMessage
from grants.models import Application
from tests.factories.accounts import make_staff
from tests.factories.grants import make_application, make_draft, town_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(settings):
    settings.STAFF_MFA_OPTIONAL = True
    return town_story()


@pytest.fixture
def officer(client, story):
    client.force_login(story.desk.officer)
    return client


def change_page(case):
    return reverse("admin:grants_application_change", args=[case.pk])


def act_page(case, name):
    return reverse("admin:grants_application_transition", args=[case.pk, name])


def filled(client, case, **changes):
    """The change form as the browser would send it back, with changes."""
    page = client.get(change_page(case))
    form = page.context["adminform"].form
    data = {}
    for bound in form:
        value = bound.value()
        data[bound.html_name] = "" if value is None else value
    for formset in page.context["inline_admin_formsets"]:
        for bound in formset.formset.management_form:
            data[bound.html_name] = bound.value()
        for row in formset.formset.initial_forms:
            data |= {bound.html_name: bound.value() or "" for bound in row}
    paper = {"behalf_reason": "紙で届いた", "paper_arrived_on": "令和3年8月9日"}
    return data | paper | changes


def errors_of(answer):
    return answer.context["adminform"].form.errors


def test_paper_is_written_for_the_body(officer, story):
    case = make_draft(story)

    answer = officer.post(change_page(case), filled(officer, case, title="紙の題名"))

    case.refresh_from_db()
    assert (answer.status_code, case.title) == (302, "紙の題名")


@pytest.mark.parametrize("missing", ["behalf_reason", "paper_arrived_on"])
def test_half_a_paper_is_told_beside_its_field_and_keeps_what_was_typed(officer, story, missing):
    case = make_draft(story)

    answer = officer.post(
        change_page(case), filled(officer, case, title="紙の題名", **{missing: ""})
    )

    assert (answer.status_code, set(errors_of(answer))) == (200, {missing})
    assert "紙の題名" in answer.content.decode()
    assert Application.objects.get(pk=case.pk).title == case.title


@pytest.mark.parametrize("read", ["", "1"])
def test_save_of_an_old_or_unnamed_version_is_refused(officer, story, read):
    case = make_draft(story)

    answer = officer.post(
        change_page(case), filled(officer, case, title="紙の題名", read_version=read)
    )

    assert answer.status_code == 200
    assert errors_of(answer).as_data()["__all__"][0].code == "stale-version"
    assert "紙の題名" in answer.content.decode()
    assert Application.objects.get(pk=case.pk).title == case.title


def test_act_that_was_made_already_is_409_and_says_the_status(officer, story):
    case = make_application(story, "received")

    answer = officer.post(act_page(case, "receive"), {"incoming_number": "収受第9号"})

    assert answer.status_code == 409
    assert "受理済" in answer.content.decode()


def test_act_of_others_is_403(officer, story):
    case = make_application(story, "submitted")

    assert officer.get(act_page(case, "refuse")).status_code == 403
    assert officer.post(act_page(case, "refuse"), {"reason": "対象外"}).status_code == 403
    case.refresh_from_db()
    assert case.status == "submitted"


def test_act_that_is_none_is_404(officer, story):
    assert officer.get(act_page(make_draft(story), "approve")).status_code == 404


@pytest.mark.parametrize(("days", "status_code", "status"), [(1, 400, "open"), (-1, 302, "closed")])
def test_act_of_the_system_asked_for_by_hand_is_refused_or_made(
    client, story, days, status_code, status
):
    call = story.call
    call.closes_at = timezone.now() + timedelta(days=days)
    call.save()
    client.force_login(story.desk.manager)

    answer = client.post(reverse("admin:programs_call_transition", args=[call.pk, "close"]))

    call.refresh_from_db()
    assert (answer.status_code, call.status) == (status_code, status)


class TestNotices:
    """Staff see the notices of cases; nobody sees the links of sign-in mails."""

    def page(self, client, message):
        page = reverse("admin:core_outboxmessage_change", args=[message.pk])
        return client.get(page).content.decode()

    def test_words_of_a_cases_notice(self, officer, story):
        make_application(story, "submitted")
        notices = OutboxMessage.objects.filter(template="grants/mail/application_submit")
        message = notices.order_by("pk").first()

        assert message.body.splitlines()[0] in self.page(officer, message)

    def test_no_words_of_a_sign_in_mail(self, client, settings):
        settings.STAFF_MFA_OPTIONAL = True
        client.force_login(make_staff("administrator"))
        outbox.enqueue_rendered(
            recipient="hana@example.jp",
            subject="【クレア】再設定",
            body="https://portal.example/reset/secret-token/",
            template="accounts/mail/password_reset",
        )

        page = self.page(client, OutboxMessage.objects.get())

        assert "【クレア】再設定" in page
        assert "secret-token" not in page
