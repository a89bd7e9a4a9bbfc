"""Queries whose SQL is written once answer as Django's own do, with each call's values."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiKey, Membership
from core.compiled import Compiled
from tests.factories.accounts import make_body, make_member, make_staff

pytestmark = pytest.mark.django_db
DAY = date(2021, 8, 1)


def of_user(user_id, day):
    rows = Membership.objects.filter(user_id=user_id).current(day)
    return rows.select_related("post__section__office", "post__section__organization")


def test_it_reads_anew_with_its_own_values_and_what_is_related():
    ask = Compiled(of_user, 2)
    clerk, officer = make_member(make_body()), make_staff("officer")

    for person in (clerk, officer, clerk):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = ask(person.pk, date.max)
            units = [membership.post.section.unit.name for membership in found]
        assert len(queries) == 1
        assert found == list(of_user(person.pk, date.max))
        assert units == [row.post.section.unit.name for row in of_user(person.pk, date.max)]

    clerk.memberships.update(ends_on=DAY, starts_on=DAY)
    assert ask(clerk.pk, date.max) == []
    assert ask(clerk.pk, DAY) == list(clerk.memberships.all())
    assert ask(None, DAY) == []


def test_columns_that_a_field_reads_in_its_own_way_are_read_so():
    moment = timezone.now()
    key = ApiKey.objects.create(
        user=make_member(make_body()),
        name="k",
        prefix="p",
        sha256="a" * 64,
        created_at=moment,
        expires_at=moment + timedelta(days=1),
    )
    ask = Compiled(lambda sha256: ApiKey.objects.select_related("user").filter(sha256=sha256), 1)

    [found] = ask("a" * 64)

    assert (found.key_scopes, found.user) == (ApiKey.objects.get(pk=key.pk).key_scopes, key.user)
