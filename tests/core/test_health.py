"""/healthz, /readyz and the request id."""

import io
import json
import logging
import re

import pytest
from django.core.cache import cache, caches
from django.db import connections

from core import audit, tasks
from core.logs import JsonFormatter
from core.models import AuditEvent
from tests.factories.accounts import make_body, make_member
from tests.factories.core import Api, pdf, upload
from tests.factories.mail import free_port


@pytest.fixture
def heartbeat():
    """A worker that did what beat asked."""
    tasks.beat_heartbeat()


@pytest.fixture
def database_away(django_db_blocker):
    """The database at an address where nothing listens."""
    connection = connections["default"]
    connection.close()
    port = connection.settings_dict["PORT"]
    connection.settings_dict["PORT"] = free_port()
    with django_db_blocker.unblock():
        yield
    connection.close()
    connection.settings_dict["PORT"] = port


def test_healthz_says_only_that_the_process_lives(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert "no-cache" in answer["Cache-Control"]


def test_healthz_lives_without_a_database(database_away, client):
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_readyz_with_every_part(heartbeat, client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "database": "ok",
        "broker": "ok",
        "worker": "ok",
    }


@pytest.mark.django_db
def test_readyz_without_a_worker(client):
    cache.clear()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["worker"] == "no heartbeat"
    assert answer.json()["database"] == answer.json()["broker"] == "ok"


@pytest.mark.django_db
def test_readyz_without_a_broker(heartbeat, client, settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "database": "ok",
        "broker": "failed: ConnectionError",
        "worker": "ok",
    }


@pytest.mark.django_db
def test_readyz_without_a_cache_names_the_worker(client, settings):
    away = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": away,
        }
    }
    assert caches["default"]._servers == [away]

    assert client.get("/readyz").json()["worker"] == "failed: ConnectionError"


def test_readyz_without_a_database(database_away, heartbeat, client):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "database": "failed: OperationalError",
        "broker": "ok",
        "worker": "ok",
    }


class TestRequestId:
    """One id on the answer, the problem, the log line and the audit event."""

    def test_is_echoed(self, client):
        answer = client.get("/healthz", headers={"X-Request-Id": "partner-2021.08_10"})

        assert answer["X-Request-Id"] == "partner-2021.08_10"

    @pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space 12", "<script>alert"])
    def test_is_made_where_none_fits(self, client, given):
        answer = client.get("/healthz", headers={"X-Request-Id": given})

        assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-Id"])

    def test_differs_from_request_to_request(self, client):
        assert client.get("/healthz")["X-Request-Id"] != client.get("/healthz")["X-Request-Id"]

    @pytest.mark.django_db
    def test_stands_in_problem_and_audit(self):
        api = Api(make_member(make_body()))
        problem = api("GET", "nothing/", X_Request_Id="partner-0001")
        stored = api.send_file(upload("計画.pdf", pdf())).json()

        api("GET", f"core/files/{stored['id']}/content/", X_Request_Id="partner-0002")

        assert problem.json()["request_id"] == problem["X-Request-Id"] == "partner-0001"
        assert AuditEvent.objects.latest("pk").request_id == "partner-0002"

    @pytest.mark.django_db
    def test_does_not_leak_into_the_next_event(self, client):
        client.get("/healthz", headers={"X-Request-Id": "partner-0001"})

        event = audit.record("read", make_body(), by=make_member(make_body()))

        assert event.request_id == ""

    def test_stands_in_the_log_line(self, client, monkeypatch):
        (console,) = [
            handler
            for handler in logging.getLogger().handlers
            if isinstance(handler.formatter, JsonFormatter)
        ]
        written = io.StringIO()
        monkeypatch.setattr(console, "stream", written)

        client.get("/nothing-here/", headers={"X-Request-Id": "partner-0003"})

        lines = [json.loads(line) for line in written.getvalue().splitlines()]
        assert "partner-0003" in {line["request_id"] for line in lines}
