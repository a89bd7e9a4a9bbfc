"""The rate limit: per key, per person, per address; told on each answer."""

import pytest
import time_machine

from accounts.models import ApiUsage
from core.api import limits
from tests.factories.accounts import bearer, make_user

pytestmark = pytest.mark.django_db
ME = "/api/v1/accounts/me/"
PUBLIC = "/common-grants/opportunities"
NOON = "2027-01-04T12:00:10Z"


def left(answer):
    return (
        answer.status_code,
        answer["RateLimit-Limit"],
        answer["RateLimit-Remaining"],
        answer["RateLimit-Reset"],
    )


def test_key_is_told_what_is_left_and_refused_beyond(client, settings):
    settings.API_REQUESTS_PER_MINUTE = 2

    with time_machine.travel(NOON, tick=False):
        headers, others = bearer(make_user()), bearer(make_user())
        answers = [client.get(ME, **headers) for _ in range(3)]
        other = client.get(ME, **others)

    assert [left(a) for a in answers] == [
        (200, "2", "1", "50"),
        (200, "2", "0", "50"),
        (429, "2", "0", "50"),
    ]
    assert answers[2]["Retry-After"] == "50"
    assert answers[2]["Content-Type"] == "application/problem+json"
    assert answers[2].json()["code"] == "throttled"
    assert left(other) == (200, "2", "1", "50")
    assert sorted(ApiUsage.objects.values_list("requests", "refused", "limited")) == [
        (1, 0, 0),
        (3, 1, 1),
    ]


def test_next_minute_begins_anew(client, settings):
    settings.API_REQUESTS_PER_MINUTE = 1

    with time_machine.travel(NOON, tick=False) as clock:
        headers = bearer(make_user())
        first, second = client.get(ME, **headers), client.get(ME, **headers)
        clock.shift(50)
        third = client.get(ME, **headers)

    assert [a.status_code for a in (first, second, third)] == [200, 429, 200]


def test_what_is_refused_counts_too(client, settings):
    settings.API_REQUESTS_PER_MINUTE = 1

    with time_machine.travel(NOON, tick=False):
        headers = bearer(make_user(), scopes=("read",))
        found = [client.post(ME, {}, **headers).status_code for _ in range(2)]

    assert found == [403, 429]


def test_public_is_limited_by_address(client, settings):
    settings.API_PUBLIC_REQUESTS_PER_MINUTE = 1

    with time_machine.travel(NOON, tick=False):
        found = [
            client.get(PUBLIC, REMOTE_ADDR=address).status_code
            for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")
        ]

    assert found == [200, 429, 200]


def test_without_a_cache_nobody_is_limited(client, settings, caplog):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
        }
    }

    assert limits.take("key:1", limit=1).used == 0
    assert "not counted" in caplog.text
