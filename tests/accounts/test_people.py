"""One's own record and address, a lost second factor, leavers, and orphaned sections."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import actions, tasks, today
from accounts.actors import system_actor
from accounts.models import Membership, Section, User
from core import audit
from core.fiscal import JST
from core.models import OutboxMessage
from tests.factories.accounts import (
    PASSWORD,
    api_key_for,
    bearer,
    join,
    make_body,
    make_member,
    make_post,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 1, 9, 0, tzinfo=JST)
TODAY = date(2026, 4, 1)
PROFILE, ADDRESS, NEW = "/account/", "/account/address/", "new@example.jp"


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
def member(town):
    return make_member(town, user=make_user("me@example.jp", "試験 花子", PASSWORD))


# One's own page


def test_my_page_shows_what_is_held(client, member):
    api_key_for(member)
    client.force_login(member)

    page = client.get(PROFILE).content.decode()

    for held in ("試験 花子", "me@example.jp", "当別町", "test"):
        assert held in page
    assert reverse("accounts:handover", args=[member.public_id]) in page


def test_correction_is_kept_and_masked_in_the_audit(client, member):
    client.force_login(member)

    answer = client.post(
        PROFILE, {"name": "試験　花", "kana": "しけん はな", "language": "en"}, follow=False
    )

    kept = User.objects.get(pk=member.pk)
    assert (kept.name, kept.kana, kept.language) == ("試験 花", "シケン ハナ", "en")
    assert answer.cookies["language"].value == "en"
    event = audit.events_for(kept).get()
    assert event.changes == {name: ["***", "***"] for name in ("name", "kana", "language")}


def test_correction_that_cannot_be_read_stays_in_its_box(client, member):
    client.force_login(member)

    answer = client.post(PROFILE, {"name": "", "kana": "花子", "language": "ja"})

    assert set(answer.context["form"].errors) == {"name", "kana"}
    assert 'value="花子"' in answer.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_my_page_asks_as_often_for_one_as_for_three(client, town, count, django_assert_num_queries):
    user = make_user()
    for _post in range(count):
        join(user, make_post(make_section(town), "viewer"))
        api_key_for(user)
    client.force_login(user)

    # session, user, posts; memberships, given, taken, keys, sessions
    with django_assert_num_queries(8):
        client.get(PROFILE)


# One's own address


def link_in(mail):
    return next(line for line in mail.body.splitlines() if line.startswith("http"))


def ask(client, member, email=NEW, password=PASSWORD):
    client.force_login(member)
    return client.post(ADDRESS, {"email": email, "password": password})


def test_new_address_is_confirmed_by_its_mailbox_and_the_old_one_is_told(client, member):
    ask(client, member)
    mails = {mail.recipient: mail for mail in OutboxMessage.objects.all()}
    assert set(mails) == {NEW, "me@example.jp"}
    assert NEW not in mails["me@example.jp"].body
    assert User.objects.get(pk=member.pk).email == "me@example.jp"
    path = link_in(mails[NEW]).partition("/account/")[2]

    client.logout()
    shown = client.get(f"/account/{path}")
    done = client.post(f"/account/{path}")

    assert (shown.status_code, done.status_code) == (200, 302)
    assert User.objects.get(pk=member.pk).email == NEW
    assert client.get(f"/account/{path}").status_code == 410
    assert client.login(email=NEW, password=PASSWORD)


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [("ME@example.jp", PASSWORD, "email"), (NEW, "wrong", "password"), ("no", PASSWORD, "email")],
)
def test_wrong_password_and_own_address_are_refused(client, member, email, password, field):
    answer = ask(client, member, email, password)

    assert set(answer.context["form"].errors) == {field}
    assert OutboxMessage.objects.count() == 0


def test_address_of_somebody_else_gets_no_link_and_the_page_does_not_tell(client, member):
    make_user("taken@example.jp")

    answer = ask(client, member, "taken@example.jp")

    assert answer.status_code == 302
    assert [mail.recipient for mail in OutboxMessage.objects.all()] == ["me@example.jp"]


def test_link_of_yesterday_and_an_invented_one_open_nothing(client, clock, member):
    ask(client, member)
    path = link_in(OutboxMessage.objects.get(recipient=NEW)).partition("/account/")[2]
    clock.move_to(NOW + timedelta(days=1, minutes=1))

    assert client.get(f"/account/{path}").status_code == 410
    assert client.post("/account/address/invented/").status_code == 410


# A lost second factor


def give_factor(user):
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    Authenticator.objects.create(user=user, type="recovery_codes", data={})


def test_administrator_resets_the_factor_of_another_and_the_person_is_told(client, settings):
    settings.STAFF_MFA_OPTIONAL = True
    administrator, officer = make_staff("administrator"), make_staff("officer")
    give_factor(officer)
    client.force_login(administrator)
    path = reverse("admin:accounts_user_reset_factor", args=[officer.pk])
    assert (
        path
        in client.get(reverse("admin:accounts_user_change", args=[officer.pk])).content.decode()
    )

    without = client.post(path, {"reason": ""})
    answer = client.post(path, {"reason": "電話で本人を確認した"})

    assert set(without.context["form"].errors) == {"reason"}
    assert answer.status_code == 302
    assert Authenticator.objects.count() == 0
    event = audit.events_for(officer).get()
    assert (event.action, event.note) == ("accounts.user.reset_factor", "電話で本人を確認した")
    assert event.changes == {"factors": [["recovery_codes", "totp"], []]}
    assert OutboxMessage.objects.get().recipient == officer.email


def test_after_the_reset_the_next_sign_in_sets_up_a_new_one(client):
    administrator, officer = make_staff("administrator"), make_staff("officer")
    give_factor(officer)
    actions.reset_second_factor(by=administrator, now=NOW, user=officer, reason="紛失")
    client.force_login(officer)

    assert client.get("/admin/")["Location"] == reverse("mfa_index")


def test_nobody_resets_their_own_and_only_administrators_reset(client, settings, admin, member):
    settings.STAFF_MFA_OPTIONAL = True
    administrator = make_staff("administrator")
    for user in (administrator, member):
        give_factor(user)

    for by, user in (
        (administrator, administrator),
        (make_staff("manager"), member),
        (admin, member),
    ):
        with pytest.raises(PermissionDenied):
            actions.reset_second_factor(by=by, now=NOW, user=user, reason="理由")
    client.force_login(administrator)
    own = reverse("admin:accounts_user_reset_factor", args=[administrator.pk])

    assert client.post(own, {"reason": "理由"}).status_code == 403
    assert Authenticator.objects.count() == 4


def test_without_a_factor_there_is_nothing_to_reset(member):
    with pytest.raises(ValidationError):
        actions.reset_second_factor(
            by=make_staff("administrator"), now=NOW, user=member, reason="理由"
        )


# Leavers


def leaver(last_day=TODAY, role="officer"):
    return join(make_user(), make_post(make_section(), role), ends_on=last_day)


def test_account_is_closed_on_the_day_after_the_last_day_and_once(client, clock):
    user = leaver()
    client.force_login(user)
    secret = bearer(user)
    assert tasks.close_leavers() == 0

    clock.move_to(datetime(2026, 4, 2, 0, 7, tzinfo=JST))
    assert [tasks.close_leavers() for _run in range(2)] == [1, 0]

    closed = User.objects.get(pk=user.pk)
    assert (closed.is_active, closed.left_on) == (False, date(2026, 4, 2))
    assert closed.api_keys.get().revoked_at is not None
    assert client.get(PROFILE).status_code == 302
    assert client.get("/api/v1/accounts/me/", **secret).status_code == 401
    assert audit.events_for(closed).get().action == "accounts.user.close"


@pytest.mark.parametrize(("grace", "closed"), [(0, 1), (5, 1), (6, 0), (30, 0)])
def test_days_of_grace(settings, grace, closed):
    settings.LEAVER_GRACE_DAYS = grace
    leaver(TODAY - timedelta(days=6))

    assert actions.close_leavers(by=system_actor(), now=NOW) == closed


def test_people_with_a_post_now_or_later_and_people_without_any_stay(town):
    make_member(town)
    make_user()
    later = join(leaver(date(2025, 3, 31)), make_post(make_section(), "officer"), date(2026, 5, 1))

    assert actions.close_leavers(by=system_actor(), now=NOW) == 0
    assert User.objects.get(pk=later.pk).is_active


def test_leaver_who_gets_a_post_again_may_sign_in_but_one_who_was_closed_may_not():
    administrator = make_staff("administrator")
    left, shut = leaver(date(2025, 3, 31)), leaver(date(2025, 3, 31))
    User.objects.filter(pk=shut.pk).update(is_active=False)
    actions.close_leavers(by=system_actor(), now=NOW)

    for user in (left, shut):
        post = make_post(make_section(), "officer")
        actions.assign_post(by=administrator, now=NOW, user=user, post=post)

    assert [User.objects.get(pk=user.pk).is_active for user in (left, shut)] == [True, False]


def test_the_last_administrator_is_not_closed_in_the_admin(client, settings):
    settings.STAFF_MFA_OPTIONAL = True
    administrator = make_staff("administrator")
    client.force_login(administrator)
    page = reverse("admin:accounts_user_change", args=[administrator.pk])
    given = {"email": administrator.email, "name": "試験", "kana": "", "language": "ja"}
    lines = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}

    refused = client.post(page, given | lines)
    make_staff("administrator")
    accepted = client.post(page, given | lines)

    assert "is_active" in refused.context["adminform"].form.errors
    assert accepted.status_code == 302


def test_last_administrator_is_not_ended_in_the_admin(client, settings):
    settings.STAFF_MFA_OPTIONAL = True
    administrator = make_staff("administrator")
    held = administrator.memberships.get()
    client.force_login(administrator)
    page = reverse("admin:accounts_membership_change", args=[held.pk])

    refused = client.post(page, {"ends_on": "2026-04-30"})

    assert "ends_on" in refused.context["adminform"].form.errors
    assert Membership.objects.get(pk=held.pk).ends_on is None


# Orphans


def test_section_without_a_submitter_is_told_to_its_administrator_and_to_staff(client, town, admin):
    section = make_section(town, "観光課")
    join(make_user(), make_post(section, "submitter"), ends_on=date(2026, 3, 31))
    make_section(town, "総務課")  # never had a submitter's post

    client.force_login(admin)
    assert "観光課" in client.get("/home/").content.decode()
    client.force_login(make_member(town, "contact"))
    assert "観光課" not in client.get("/home/").content.decode()

    for role, found in (("administrator", [section]), ("officer", [])):
        assert list(today.orphaned(Section.objects.all(), make_staff(role), NOW)) == found


def test_section_with_a_closed_account_alone_is_an_orphan(town):
    user = make_member(town)
    section = user.memberships.get().post.section
    assert section not in Section.objects.orphaned(TODAY)

    User.objects.filter(pk=user.pk).update(is_active=False)

    assert section in Section.objects.orphaned(TODAY)


def test_leaver_is_opened_again_in_the_admin(client, settings):
    settings.STAFF_MFA_OPTIONAL = True
    user = leaver(date(2025, 3, 31))
    actions.close_leavers(by=system_actor(), now=NOW)
    client.force_login(make_staff("administrator"))
    given = {"email": user.email, "name": "試験", "kana": "", "language": "ja", "is_active": "on"}
    lines = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}

    answer = client.post(reverse("admin:accounts_user_change", args=[user.pk]), given | lines)

    opened = User.objects.get(pk=user.pk)
    assert (answer.status_code, opened.is_active, opened.left_on) == (302, True, None)


def test_password_for_a_new_address_is_tried_ten_times_a_minute(client, member):
    answers = [ask(client, member, password="wrong").status_code for _try in range(11)]

    assert answers == [200] * 10 + [429]


def test_one_person_keeps_the_newest_sessions_and_a_sign_in_costs_the_same(member):
    kept, given = actions.SESSIONS_KEPT, {"login": member.email, "password": PASSWORD}
    browsers, asked = [Client() for _one in range(kept + 3)], []
    for browser in browsers:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            browser.post(reverse("account_login"), given)
        asked.append(len(queries))

    signed_in = [browser.get(PROFILE).status_code for browser in browsers]

    assert signed_in == [302] * 3 + [200] * kept
    assert asked[-1] == asked[-2]
